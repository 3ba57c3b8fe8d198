/**
 * Transactions of one connection, and which of them the running code belongs to. Handles scopes, propagation and hooks.
 * physical-transactions.ts begins and ends the transactions; transactional.decorator.ts holds the decorators.
 */

import { AsyncLocalStorage } from 'node:async_hooks'
import { type BookmarkManager, ConfigurationError, isRetryable } from '@boltline/core'
import { type StreamGate, StreamIdleError, watchReader } from '@boltline/core/web'
import type { LoggerService } from '@nestjs/common'
import type { Observable } from 'rxjs'
import { NoTransactionError, PoolDepthError, TransactionForbiddenError } from '../errors.ts'
import { addNotes, type ErrorNotes } from '../http/error-notes.ts'
import { currentRequest, type RequestScope, tiedRequest, untied } from '../http/request-scope.ts'
import { type Activity, untilAborted } from './activity.ts'
import { OwnedTransaction } from './owned-transaction.ts'
import type { PhysicalTransactions } from './physical-transactions.ts'
import { propagations } from './propagation.ts'
import { generated, Left, observed, type StreamedWork } from './streaming.ts'
import {
  type CheckedTransactionOptions,
  checkedTransactionOptions,
  type TransactionOptions,
} from './transaction-options.ts'
import type { CurrentTransaction, Hook } from './transaction-scope.ts'
import { TransactionScope } from './transaction-scope.ts'

/** Describes a query or transaction before it begins; the argument of a `context` function. */
export interface WorkInfo {
  /** The name of the connection. */
  readonly connection: string
  /** `'READ'` or `'WRITE'`. */
  readonly mode: 'READ' | 'WRITE'
  /** `Class.method`, or the query's text for a query outside of a transaction. */
  readonly initiator: string
}

/** The resolved database, impersonated user, bookmarks and metadata of a transaction. */
export interface WorkPlace {
  readonly database: string | null
  readonly impersonatedUser: string | null
  readonly bookmarkManager: BookmarkManager | null
  readonly metadata: Readonly<Record<string, unknown>>
  /** Whether the `context` function chose the database. */
  readonly databaseOfContext?: boolean | undefined
  /** Whether the `context` function chose the user. */
  readonly userOfContext?: boolean | undefined
}

/** What a host needs from its connection. */
export interface HostParts {
  readonly name: string
  readonly transactions: PhysicalTransactions
  readonly defaults: {
    readonly mode: 'READ' | 'WRITE'
    readonly timeout: number | undefined
    readonly retry: boolean
    readonly onJoinMismatch: 'error' | 'warn' | 'ignore'
  }
  /** Whether transactions are rolled back when the HTTP client disconnects. */
  readonly abort: boolean
  /** Limits concurrent streams to HTTP clients; undefined: no limit. */
  readonly streams: StreamGate | undefined
  readonly logger: Pick<LoggerService, 'debug' | 'warn' | 'error'>
  /** The maximum size of the driver's pool. */
  readonly poolSize: () => number
  readonly place: (info: WorkInfo) => Promise<WorkPlace>
  /** Registers work that the signals abort. Throws `ShuttingDownError` during a shutdown. */
  readonly enter: (initiator: string, signals: readonly (AbortSignal | undefined)[]) => Activity
}

/** The transaction state of the running code. */
interface Frame {
  /** Null: `notSupported` or `runOutside` has suspended the transaction. */
  readonly scope: TransactionScope | null
  /** Whether the running code joined the transaction rather than opened it. */
  readonly joined: boolean
  readonly outer: Frame | undefined
}

/** Creates a host. Applications inject theirs. */
export let transactionHostOf: (parts: HostParts) => TransactionHost
/** The open transaction that queries of the running code belong to. */
export let scopeOf: (host: TransactionHost) => TransactionScope | undefined
/** Runs a function in a transaction that is always rolled back and that refuses `requiresNew` inside it. */
export let runSealed: <T>(host: TransactionHost, options: TransactionOptions, fn: () => Promise<T>) => Promise<T>

/**
 * Runs code in transactions of one connection; the programmatic equivalent of `@Transactional()`.
 *
 * @example
 * ```ts
 * constructor(private readonly transactions: TransactionHost, private readonly neo: BoltlineClient) {}
 *
 * rename(id: string, name: string): Promise<void> {
 *   return this.transactions.run({ timeout: 5_000 }, async () => {
 *     await this.neo.consume('MATCH (p:Person {id: $id}) SET p.name = $name', { id, name })
 *     this.transactions.afterCommit(() => this.events.emit('renamed', id))
 *   })
 * }
 * ```
 */
export class TransactionHost {
  readonly #parts: HostParts
  readonly #frames = new AsyncLocalStorage<Frame>()
  readonly #mismatches = new Set<string>()

  static {
    transactionHostOf = (parts) => new TransactionHost(parts)
    scopeOf = (host) => host.#openScope()
    runSealed = (host, options, fn) => {
      const asked = checkedTransactionOptions({ ...options, propagation: 'requiresNew' })
      return host.#own(asked, fn, { sealed: true, streamed: undefined })
    }
  }

  private constructor(parts: HostParts) {
    this.#parts = parts
  }

  /** The name of the connection. */
  get connection(): string {
    return this.#parts.name
  }

  /**
   * Runs `fn` in a transaction, according to `options.propagation`. A call that opens a transaction commits it when `fn`
   * succeeds, rolls it back when `fn` fails, and retries it after a retryable failure, so `fn` may run several times.
   *
   * @throws the error of `fn`, unchanged
   * @throws NoTransactionError, TransactionForbiddenError when `options.propagation` rules the call out
   * @throws AccessModeError, ScopeMismatchError when the open transaction has another access mode, database or user
   * @throws UnexpectedRollbackError when a method that joined the transaction failed and its caller ignored the failure
   */
  async run<T>(options: TransactionOptions, fn: () => Promise<T> | T): Promise<T> {
    const asked = this.#asked(options)
    return this.#propagate(asked, async () => fn())
  }

  /**
   * Runs an async generator in a transaction that begins with the first `next()` and commits when the generator ends.
   * `return()` before the end rolls it back. A failure is not retried after the first value was yielded.
   */
  stream<T, R, N>(options: TransactionOptions, start: () => AsyncGenerator<T, R, N>): AsyncGenerator<T, R, N> {
    return generated((fn, streamed) => this.#propagate(this.#asked(options), fn, streamed), start)
  }

  /**
   * Runs an Observable in a transaction that begins with the subscription and commits before the Observable completes.
   * Unsubscribing rolls it back. A failure is not retried after the first value was emitted.
   */
  observe<T>(options: TransactionOptions, start: () => Observable<T>): Observable<T> {
    return observed((fn, streamed) => this.#propagate(this.#asked(options), fn, streamed), start)
  }

  /** Runs `fn` outside of any transaction of this connection: each of its queries is a transaction of its own. */
  async runOutside<T>(fn: () => Promise<T> | T): Promise<T> {
    return this.#suspended(async () => fn())
  }

  /**
   * The open transaction.
   * @throws NoTransactionError when none is open
   * @throws TransactionScopeEndedError when the transaction of the running code has ended
   */
  get current(): CurrentTransaction {
    return this.#assertScope('host.current')
  }

  /** The open transaction; undefined when none is open or the transaction of the running code has ended. */
  get currentOrUndefined(): CurrentTransaction | undefined {
    const scope = this.#frames.getStore()?.scope
    return scope === null || scope?.ended === true ? undefined : scope
  }

  /**
   * Marks the open transaction for rollback when its method ends. When the method that opened the transaction calls this, it
   * returns normally; when a method that joined it calls this, the opening call rejects with `UnexpectedRollbackError`.
   */
  setRollbackOnly(reason: unknown): void {
    this.#assertScope('setRollbackOnly()').bar(reason, this.#frames.getStore()?.joined === false)
  }

  /** Registers a hook that runs in the transaction, before its commit. An error of the hook rolls the transaction back. */
  beforeCommit(hook: Hook): void {
    this.#assertScope('beforeCommit()').beforeCommit.push(hook)
  }

  /**
   * Registers a hook that runs after the commit, outside of the transaction; the call waits for it. An error of the hook is
   * logged and does not fail the call. Put side effects here, because a retry runs the method again.
   */
  afterCommit(hook: Hook): void {
    this.#assertScope('afterCommit()').afterCommit.push(hook)
  }

  /** Registers a hook that runs after the final rollback, outside of the transaction. An error of the hook is logged. */
  afterRollback(hook: Hook): void {
    this.#assertScope('afterRollback()').afterRollback.push(hook)
  }

  #asked(options: TransactionOptions): CheckedTransactionOptions {
    const asked = checkedTransactionOptions(options)
    if (asked.connection !== undefined && asked.connection !== this.#parts.name) {
      throw new ConfigurationError(
        `The transaction host of connection '${this.#parts.name}' was asked for connection '${asked.connection}'; inject that one's with @InjectTransactionHost('${asked.connection}')`,
      )
    }
    return asked
  }

  async #propagate<T>(asked: CheckedTransactionOptions, fn: () => Promise<T>, streamed?: StreamedWork): Promise<T> {
    const frame = this.#frames.getStore()
    const scope = frame?.scope ?? null
    const rule = propagations[asked.propagation]
    // A call cannot join an ended transaction, but a call that needs no transaction may go on.
    const action = scope === null ? rule.without : scope.ended && rule.within === 'refuse' ? 'suspend' : rule.within
    switch (action) {
      case 'open':
        return this.#own(asked, fn, { sealed: false, streamed })
      case 'join':
        return this.#join(scope as TransactionScope, frame, asked, fn)
      case 'suspend':
        return this.#suspended(fn)
      case 'pass':
        return fn()
      default:
        throw this.#refusal(asked, scope)
    }
  }

  #refusal(asked: CheckedTransactionOptions, scope: TransactionScope | null): Error {
    if (scope === null) {
      return new NoTransactionError(
        `${asked.initiator} has propagation 'mandatory' and was called without a transaction. Call it from a transactional method, or let it open one with propagation 'required'`,
      )
    }
    return new TransactionForbiddenError(
      `${asked.initiator} has propagation 'never' and was called inside of the transaction of ${scope.initiator}. Call it outside, for example in afterCommit(), or let it leave the transaction with propagation 'notSupported'`,
    )
  }

  async #join<T>(
    scope: TransactionScope,
    outer: Frame | undefined,
    asked: CheckedTransactionOptions,
    fn: () => Promise<T>,
  ): Promise<T> {
    scope.assertOpen()
    scope.demand({ ...asked, mode: this.#demandedMode(asked) })
    this.#compare(asked, scope)
    try {
      return await this.#frames.run({ scope, joined: true, outer }, fn)
    } catch (error) {
      if (!(error instanceof Left) && !(await this.#commitsDespite(asked, error))) scope.bar(error, false)
      throw error
    }
  }

  /** Whether `noRollbackFor` names `error`. A matcher that throws must not replace the method's error. */
  async #commitsDespite({ commitsDespite, initiator }: CheckedTransactionOptions, error: unknown): Promise<boolean> {
    if (error instanceof Left) return false
    try {
      return Boolean(await commitsDespite(error))
    } catch (failure) {
      this.#parts.logger.error(
        `noRollbackFor of ${initiator} failed, so the transaction is rolled back`,
        stackOf(failure),
      )
      return false
    }
  }

  /** What a joining method requires of the transaction. With a propagation that never opens one, any mode will do. */
  #demandedMode({ mode, propagation }: CheckedTransactionOptions): 'READ' | 'WRITE' | undefined {
    return mode ?? (propagation === 'required' ? this.#parts.defaults.mode : undefined)
  }

  /** Handles settings of a joining method, which can't change a transaction that is already open. */
  #compare(asked: CheckedTransactionOptions, scope: TransactionScope): void {
    const { onJoinMismatch } = this.#parts.defaults
    if (onJoinMismatch === 'ignore') return
    const without = (['timeout', 'metadata', 'retry'] as const).filter((key) => asked[key] !== undefined)
    if (without.length === 0) return
    const message = `${asked.initiator} takes part in the transaction of ${scope.initiator}, where its ${without.join(' and ')} has no effect`
    if (onJoinMismatch === 'error') {
      throw new ConfigurationError(`${message}. Give it propagation 'requiresNew', or leave the setting to the owner`)
    }
    if (this.#mismatches.has(message)) return
    this.#mismatches.add(message)
    this.#parts.logger.warn(message)
  }

  #suspended<T>(fn: () => Promise<T>): Promise<T> {
    return this.#frames.run({ scope: null, joined: false, outer: this.#frames.getStore() }, fn)
  }

  async #own<T>(
    asked: CheckedTransactionOptions,
    fn: () => Promise<T>,
    { sealed, streamed }: { readonly sealed: boolean; readonly streamed: StreamedWork | undefined },
  ): Promise<T> {
    const { name, transactions, defaults, logger, place, enter } = this.#parts
    const outer = this.#frames.getStore()
    this.#assertRoom(outer, asked)
    const { initiator } = asked
    const mode = asked.mode ?? defaults.mode
    const ofClient = (asked.abort ?? this.#parts.abort) ? tiedRequest()?.signal : undefined
    const activity = enter(initiator, [asked.signal, ofClient])
    let unwatch: (() => void) | undefined
    try {
      unwatch = await this.#watched(currentRequest(), streamed, activity, initiator)
      const found = await untilAborted(place({ connection: name, mode, initiator }), activity.signal)
      const database = asked.database ?? found.database
      const impersonatedUser = asked.impersonatedUser ?? found.impersonatedUser
      const owned = new OwnedTransaction<T>({
        facts: { connection: name, mode, database, impersonatedUser, initiator, sealed, abort: activity.abort },
        fn,
        inside: (scope, work) => this.#frames.run({ scope, joined: false, outer }, work),
        commitsDespite: (error) => this.#commitsDespite(asked, error),
        mayRepeat: streamed?.mayRepeat ?? always,
        onOrphans: (scope) => {
          if (activity.signal.aborted) return
          logger.warn(`${initiator} ended while ${scope.pending} of its queries were pending. Await them inside of it`)
        },
      })
      const request = {
        mode,
        database,
        impersonatedUser,
        bookmarkManager: found.bookmarkManager,
        timeout: asked.timeout ?? defaults.timeout,
        metadata: { initiator, ...found.metadata, ...asked.metadata },
        signal: activity.signal,
        retry: asked.retry ?? defaults.retry,
        onRetry: (error: unknown, attempt: number) => {
          const surfaced = owned.surfaced(error)
          owned.failed(surfaced)
          logger.debug?.(`${initiator} is tried again after attempt ${attempt} failed: ${summaryOf(error)}`)
          return asked.onRetry?.(surfaced, attempt)
        },
      }
      return await this.#ended(
        owned,
        transactions.execute(request, (transaction) => owned.attempt(transaction)),
        notesOn(asked, found),
      )
    } finally {
      unwatch?.()
      activity.done()
    }
  }

  /**
   * Keeps slow clients from occupying the pool: admits a stream within its limit, and ends the transaction when the client
   * reads nothing for `streamIdleTimeout`. Returns a function that stops the watch.
   */
  #watched(
    request: RequestScope | undefined,
    streamed: StreamedWork | undefined,
    activity: Activity,
    initiator: string,
  ): (() => void) | undefined | Promise<() => void> {
    const { streams } = this.#parts
    if (request === undefined || streams === undefined) return undefined
    const cut = (error: StreamIdleError) => {
      this.#parts.logger.warn(`${request.name}, ${initiator}: ${error.message}`)
      activity.abort(error)
      request.cut()
    }
    const unwatch = watchReader(request.response, streams.idleTimeout, () => {
      cut(
        new StreamIdleError(
          `The client took nothing of the answer for ${streams.idleTimeout} ms (streamIdleTimeout); the transaction was ended`,
        ),
      )
    })
    if (streamed === undefined) return unwatch
    return streams.admit(activity.signal, cut).then(
      (pass) => {
        streamed.pass = pass
        return () => {
          unwatch()
          pass.leave()
        }
      },
      (error: unknown) => {
        unwatch()
        throw error
      },
    )
  }

  /** Waits for the end of a transaction, then runs its hooks. */
  async #ended<T>(
    owned: OwnedTransaction<T>,
    ending: ReturnType<OwnedTransaction<T>['attempt']>,
    notes: ErrorNotes,
  ): Promise<T> {
    const outcome = await ending.catch((error: unknown) => owned.settled(error))
    if (outcome.how === 'failed' || outcome.how === 'unknown') {
      const { error } = outcome
      addNotes(error, notes)
      if (owned.attempts > 1) {
        this.#parts.logger.warn(
          `${owned.scope?.initiator} has failed for good after ${owned.attempts} attempts: ${summaryOf(error)}`,
        )
      }
      // The answer to COMMIT was lost: neither afterCommit nor afterRollback hooks are known to apply.
      if (outcome.how === 'failed') await this.#runHooks(owned.scope, 'afterRollback')
      throw error
    }
    await this.#runHooks(owned.scope, outcome.how === 'rolledBack' ? 'afterRollback' : 'afterCommit')
    if (outcome.how === 'committedDespite') throw outcome.error
    return outcome.value
  }

  async #runHooks(scope: TransactionScope | undefined, when: 'afterCommit' | 'afterRollback'): Promise<void> {
    for (const hook of scope?.[when] ?? []) {
      try {
        // Hooks run to their end even when the client disconnects.
        await untied(hook)
      } catch (error) {
        this.#parts.logger.error(`A hook of ${scope?.initiator} (${when}) failed`, stackOf(error))
      }
    }
  }

  /** Guards against a deadlock on the pool: each enclosing transaction holds a connection while this one runs. */
  #assertRoom(frame: Frame | undefined, { initiator }: CheckedTransactionOptions): void {
    const open = new Set<TransactionScope>()
    for (let each = frame; each !== undefined; each = each.outer) {
      if (each.scope !== null && !each.scope.ended) open.add(each.scope)
    }
    for (const scope of open) {
      if (!scope.sealed) continue
      throw new PoolDepthError(
        `${initiator} would open a transaction beside one that is always rolled back (${scope.initiator}), and would commit it. Give it propagation 'required' in this test`,
      )
    }
    const size = this.#parts.poolSize()
    if (open.size < size) return
    throw new PoolDepthError(
      `${initiator} would open a transaction inside of ${open.size} others, which hold all ${size} connections of the pool until it has ended. Raise maxConnectionPoolSize, or open fewer inside of each other`,
    )
  }

  /** @throws TransactionScopeEndedError when the transaction of the running code has ended */
  #openScope(): TransactionScope | undefined {
    const scope = this.#frames.getStore()?.scope ?? undefined
    scope?.assertOpen()
    return scope
  }

  #assertScope(what: string): TransactionScope {
    const scope = this.#openScope()
    if (scope !== undefined) return scope
    throw new NoTransactionError(
      `${what} needs an open transaction of connection '${this.#parts.name}'. Call it inside of a method with @Transactional(), or of host.run()`,
    )
  }
}

const always = () => true

/** Notes for the exception filter about a failure in this database, as this user. */
export function notesOn(
  asked: { readonly database: string | undefined; readonly impersonatedUser: string | undefined },
  { databaseOfContext, userOfContext }: WorkPlace,
): ErrorNotes {
  return {
    databaseOfContext: databaseOfContext === true && asked.database === undefined,
    userOfContext: userOfContext === true && asked.impersonatedUser === undefined,
  }
}

/** Describes an error for the log without parameter values. */
function summaryOf(error: unknown): string {
  if (!(error instanceof Error)) return `a ${typeof error} was thrown`
  const { code } = error as { readonly code?: unknown }
  const may = isRetryable(error) ? ', which may pass' : ''
  return `${error.name}${typeof code === 'string' ? ` (${code})` : ''}${may}`
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? String(error)) : String(error)
}
