/**
 * A session: a sequence of transactions, causally chained by bookmarks, one at a time. A thin handle over a executor; it
 * tracks the pending call so that concurrent calls are rejected.
 *
 * Longer than other files because of the documentation of its public members.
 */

import { Unclosed } from '../diagnostics/unclosed.ts'
import type { Warnings } from '../diagnostics/warnings.ts'
import {
  aboutQuery,
  atCallSite,
  type CallSite,
  captureCallSite,
  SessionError,
  TransactionError,
  TransactionNestingError,
} from '../errors/index.ts'
import type { OpenTransaction } from '../execution/bolt-transaction.ts'
import type { ExecutionOptions, Executor } from '../execution/executor.ts'
import { runManaged } from '../execution/managed.ts'
import type { AcceptedQuery } from '../execution/shared-transaction.ts'
import { telemetryApis } from '../execution/telemetry.ts'
import { found } from '../platform/checked-options.ts'
import type { NotInferred, NotPassed, ParametersFor, QueryAlone } from '../query-types/calls.ts'
import { isResult, type Result, resultOf } from '../results/result.ts'
import type { ResultFactory } from '../results/result-factory.ts'
import { type ResultFor, ResultPromise } from '../results/result-promise.ts'
import type { ResultReader } from '../results/result-reader.ts'
import {
  type CheckedTransactionConfig,
  type ManagedTransactionConfig,
  parseManagedTransactionConfig,
  parseTransactionConfig,
  type TransactionConfig,
} from '../settings/config.ts'
import { type Abortable, FirstAborted } from '../time/on-abort.ts'
import type { Bookmarks } from '../values/bookmarks.ts'
import type { AccessMode } from '../values/enums.ts'
import { type CheckedQuerySettings, type Query, unitOfWorkSettings } from '../values/query.ts'
import { checkedParameters, checkedQuery } from './arguments.ts'
import { type ManagedTransaction, managedTransactionOf, type Transaction, transactionOf } from './transaction.ts'
import { TransactionScope } from './transaction-scope.ts'

/** The parts of a session. */
export interface SessionParts {
  readonly executor: Executor
  readonly results: ResultFactory
  readonly warnings: Warnings
  readonly mode: AccessMode
  /** Default timeout of transactions, in ms. */
  readonly timeout: number | undefined
  /** Aborts every transaction, in addition to the signal of each call. */
  readonly signal: Abortable | undefined
  /** Throws when the driver is closed. */
  readonly assertOpenDriver: (call: string) => void
}

/** A transaction function: the caller's code that runs in a managed transaction. See {@link Session.executeWrite}. */
export type TransactionWorkFunction<T> = (tx: ManagedTransaction) => Promise<T> | T

interface Unread {
  readonly query: AcceptedQuery
  readonly reader: ResultReader
}

/** Creates a session; users call `driver.session`. */
export let sessionOf: (parts: SessionParts) => Session

/**
 * A sequence of transactions that are causally chained: each one sees the writes of those before it, also in a cluster. Cheap
 * to create. Runs one transaction at a time: use a session for each request or task, and don't share one between concurrent
 * tasks.
 *
 * @example
 * ```ts
 * await using session = driver.session({ database: 'neo4j' })
 * const names = await session.executeRead(async (tx) => {
 *   const result = await tx.run('MATCH (p:Person) RETURN p.name AS name')
 *   return result.value('name')
 * })
 * ```
 */
export class Session implements AsyncDisposable {
  readonly #parts: SessionParts
  readonly #executor: Executor
  /** The name of the pending call. */
  #busy: string | null = null
  #wakeIdle: (() => void) | null = null
  /** An auto-commit query whose result may not have been read to its end. */
  #unread: Unread | null = null
  #transaction: Transaction | null = null
  /** The transaction behind the handle `#transaction`. */
  #transactionWork: OpenTransaction | null = null
  /** Whether a unit of work is running. */
  #working = false
  /** The transaction of the running unit of work. */
  #managed: ManagedTransaction | null = null
  #closed = false

  static {
    sessionOf = (parts) => new Session(parts)
  }

  private constructor(parts: SessionParts) {
    this.#parts = parts
    this.#executor = parts.executor
    unclosed.opened(this, parts.warnings)
  }

  /** Whether the session has been closed. */
  get closed(): boolean {
    return this.#closed
  }

  /**
   * Runs an auto-commit query: the server commits it when its result has been consumed. The driver retries it at
   * most once, and only if the server marks the failure as safe to retry (see `disableAutoCommitRetries`).
   *
   * The promise is fulfilled when the server has accepted the query. An unread result of an earlier query is buffered first.
   * @throws SessionError (as a rejection) when the session is closed or busy with another call
   * @throws Neo4jError (as a rejection) when the server rejects the query
   * @throws ParameterError (as a rejection) for values that can't be sent; the session stays usable
   *
   * @example
   * ```ts
   * const result = await session.run('MATCH (p:Person {id: $id}) RETURN p', { id: 1 }, { timeout: 5_000 })
   * ```
   */
  run<Row extends object = NotPassed, const T extends string = string>(query: QueryAlone<T>): ResultFor<Row, T>
  run<
    Row extends object = NotPassed,
    const T extends string = string,
    P extends object | null | undefined = NotInferred,
  >(query: T | Query<T>, parameters: ParametersFor<T, P>, config?: TransactionConfig | null): ResultFor<Row, T>
  run(query: unknown, parameters?: unknown, config?: unknown): ResultPromise {
    const started = this.#exclusively('run', captureCallSite(this.run), () => this.#run(query, parameters, config))
    return new ResultPromise((resolve, reject) => {
      started.then(resolve as (result: Result) => void, (error) => reject(aboutQuery(error, query, parameters)))
    })
  }

  /**
   * Begins an explicit transaction, which the caller commits or rolls back. A session can have one open transaction.
   * @throws TransactionNestingError (as a rejection) when a transaction is open
   * @throws SessionError (as a rejection) when the session is closed or busy with another call
   */
  beginTransaction(config?: TransactionConfig | null): Promise<Transaction> {
    return this.#exclusively('beginTransaction', captureCallSite(this.beginTransaction), async () => {
      const options = parseTransactionConfig(config)
      await this.#finishUnread()
      const { mode } = this.#parts
      const telemetry = this.#executor.telemetry(telemetryApis.unmanaged)
      const operation = this.#executor.operation('beginTransaction', mode)
      const begin = async () => this.#executor.begin(mode, this.#workOptions(options), telemetry, false, operation)
      const work = await operation.enter(begin)
      const scope = new TransactionScope(work, this.#parts.results, (error) => this.#executor.handleAuthError(error))
      const transaction: Transaction = transactionOf(scope, () => {
        if (this.#transaction === transaction) this.#transaction = null
      })
      this.#transaction = transaction
      this.#transactionWork = work
      return transaction
    })
  }

  /**
   * Runs `work` in a managed read transaction; see {@link executeWrite}. In a cluster it is routed to a reader.
   *
   * @example
   * ```ts
   * const count = await session.executeRead((tx) => tx.run('MATCH (n) RETURN count(n)').single().then((r) => r?.at(0)))
   * ```
   */
  executeRead<T>(work: TransactionWorkFunction<T>, config?: ManagedTransactionConfig | null): Promise<T> {
    const site = captureCallSite(this.executeRead)
    return this.#exclusively('executeRead', site, () => this.#execute('READ', work, config))
  }

  /**
   * Runs `work` in a managed write transaction: the driver commits when `work` succeeds and rolls back when it throws. After
   * transient failures (deadlocks, leader changes, lost connections) the driver retries for up to `maxTransactionRetryTime` ms.
   * `work` must therefore be safe to repeat, and must not return a live result.
   *
   * @example
   * ```ts
   * await session.executeWrite(async (tx) => {
   *   await tx.run('MATCH (a:Account {id: $from}) SET a.balance = a.balance - $amount', { from: 1, amount: 10 })
   *   await tx.run('MATCH (a:Account {id: $to}) SET a.balance = a.balance + $amount', { to: 2, amount: 10 })
   * })
   * ```
   * @throws IncompleteCommit when the connection is lost between COMMIT and its answer; never retried
   */
  executeWrite<T>(work: TransactionWorkFunction<T>, config?: ManagedTransactionConfig | null): Promise<T> {
    const site = captureCallSite(this.executeWrite)
    return this.#exclusively('executeWrite', site, () => this.#execute('WRITE', work, config))
  }

  /**
   * The bookmarks of the last committed transaction, or the initial bookmarks of the session. The bookmark of an auto-commit
   * query is available once its result is consumed.
   */
  lastBookmarks(): Bookmarks {
    return this.#executor.bookmarks.last()
  }

  /**
   * Closes the session: waits for a pending call, discards the unread result of an auto-commit query, which completes its
   * writes, and rolls back an open transaction. May be called more than once.
   * @throws the failure of an auto-commit query if it was not reported when its result was read
   * @throws TransactionNestingError inside a unit of work of this session
   */
  async close(): Promise<void> {
    const site = captureCallSite(this.close)
    if (this.#working) {
      throw atCallSite(
        new TransactionNestingError("The session can't be closed by the unit of work that runs in it", {
          transaction: this.#managed ?? undefined,
        }),
        site,
      )
    }
    this.#closed = true
    unclosed.closed(this)
    if (this.#busy !== null) {
      const before = this.#wakeIdle
      await new Promise<void>((resolve) => {
        this.#wakeIdle = () => {
          before?.()
          // The caller that awaits the call continues first: it may read the result next.
          setImmediate(resolve)
        }
      })
    }
    try {
      await this.#transaction?.close()
      const unread = await this.#discardUnread()
      await unread?.bookmarked()
    } catch (error) {
      throw atCallSite(error, site)
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #run(query: unknown, parameters: unknown, config: unknown): Promise<Result> {
    const checked = checkedQuery(query)
    const given = checkedParameters(parameters)
    const options = this.#workOptions(parseTransactionConfig(config), checked)
    await this.#bufferUnread()
    const autoCommit = await this.#executor.run(
      this.#parts.mode,
      checked.text,
      given,
      options,
      this.#executor.telemetry(telemetryApis.autoCommit),
    )
    const reader = this.#parts.results.of(
      autoCommit.cursor,
      autoCommit.connection,
      checked.text,
      given,
      {
        settled: () => autoCommit.bookmarked(),
        handleAuthError: (error) => this.#executor.handleAuthError(error, options.signal),
        signal: options.signal,
      },
      null,
    )
    this.#unread = { query: autoCommit, reader }
    return resultOf(reader)
  }

  async #execute<T>(mode: AccessMode, work: TransactionWorkFunction<T>, config: unknown): Promise<T> {
    const kind = mode === 'READ' ? 'executeRead' : 'executeWrite'
    if (typeof work !== 'function') {
      throw new SessionError(`${kind} takes a function of the transaction, found ${found(work)}`, { session: this })
    }
    const checked = parseManagedTransactionConfig(config)
    const { retry, onRetry } = checked
    const options = this.#workOptions(checked, unitOfWorkSettings(work))
    await this.#finishUnread()
    this.#working = true
    try {
      return await runManaged(
        this.#executor,
        { kind, mode, options, api: telemetryApis.managed, pipelined: false, retry, onRetry },
        async (transaction) => {
          const scope = new TransactionScope(transaction, this.#parts.results, (error) =>
            this.#executor.handleAuthError(error),
          )
          const managed = managedTransactionOf(scope)
          this.#managed = managed
          try {
            const value = await work(managed)
            if (isResult(value)) {
              throw new TransactionError(
                'The unit of work returned a live result, which ends with its transaction. Read it first, for example with toEagerResult()',
                { transaction: managed },
              )
            }
            return value
          } finally {
            scope.leave()
          }
        },
      )
    } finally {
      this.#working = false
      this.#managed = null
    }
  }

  /** Merges options: those of the call take precedence over those of the transaction function or query, then the session's. */
  #workOptions(options: CheckedTransactionConfig, given: CheckedQuerySettings = {}): ExecutionOptions {
    return {
      timeout: options.timeout ?? given.timeout ?? this.#parts.timeout,
      metadata: options.metadata ?? given.metadata,
      signal: either(options.signal, this.#parts.signal),
      responseTimeout: options.responseTimeout,
    }
  }

  /** Runs `call` unless another call is pending. */
  async #exclusively<T>(name: string, site: CallSite, call: () => Promise<T>): Promise<T> {
    try {
      this.#assertUsable(name)
      this.#busy = name
      this.#executor.caller = site
      try {
        return await call()
      } finally {
        this.#busy = null
        this.#wakeIdle?.()
        this.#wakeIdle = null
      }
    } catch (error) {
      await this.#executor.handleAuthError(error)
      throw atCallSite(error, site)
    }
  }

  #assertUsable(name: string): void {
    this.#parts.assertOpenDriver(name)
    if (this.#closed) {
      throw new SessionError(`${name}() was called on a closed session. Open another with driver.session()`, {
        session: this,
      })
    }
    // The server has already rolled back a failed transaction, even if the caller has not closed it.
    if (this.#transaction !== null && this.#transactionWork?.giveUpIfFailed() === true) this.#transaction = null
    if (this.#transaction !== null || this.#working) {
      throw new TransactionNestingError(
        `${name}() was called on a session with an open transaction. Use the transaction, end it first, or open another session`,
        { transaction: this.#transaction ?? this.#managed ?? undefined },
      )
    }
    if (this.#busy !== null) {
      throw new SessionError(
        `${name}() was called while ${this.#busy}() of the same session is pending. Await one before the other, use one session for each, or run both queries in one transaction`,
        { session: this },
      )
    }
  }

  /** Buffers the rest of an unread result, which releases its connection. */
  async #bufferUnread(): Promise<void> {
    const unread = this.#unread
    if (unread === null) return
    this.#unread = null
    await unread.query.cursor.bufferAll()
    this.#assertReported(unread)
    await this.#bookmarked(unread.query)
  }

  /** Discards the unread result of the previous query before the next call. */
  async #finishUnread(): Promise<void> {
    const query = await this.#discardUnread()
    if (query !== null) await this.#bookmarked(query)
  }

  /** Waits for the bookmark manager. Its failure must not look like a failure of the next call, which has sent nothing. */
  async #bookmarked(query: AcceptedQuery): Promise<void> {
    try {
      await query.bookmarked()
    } catch (cause) {
      throw new SessionError(
        'The call was not made: the bookmark manager failed after the previous query of the session, which is committed (see cause). Consume each result, or fix the bookmark manager',
        { cause, session: this },
      )
    }
  }

  /** Discards the rest of an unread result. Its query still completes on the server. */
  async #discardUnread(): Promise<AcceptedQuery | null> {
    const unread = this.#unread
    if (unread === null) return null
    this.#unread = null
    await unread.reader.unattended()
    await unread.reader.abandon('its session has gone on')
    await unread.query.cursor.end()
    this.#assertReported(unread)
    return unread.query
  }

  /** Throws the failure of an unread result, so that a failed write is not lost. Aborts are ignored. */
  #assertReported({ query, reader }: Unread): void {
    if (query.cursor.failed && !reader.reported && !reader.aborted) {
      reader.reported = true
      throw query.cursor.error
    }
  }
}

const unclosed = new Unclosed(
  'A session was never closed. Close it with await session.close(), or declare it with await using',
)

function either(one: Abortable | undefined, other: Abortable | undefined): Abortable | undefined {
  return one === undefined || other === undefined ? (one ?? other) : new FirstAborted([one, other])
}
