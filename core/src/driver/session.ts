/**
 * A session: one piece of work at a time, causally chained by bookmarks. A thin handle over a workspace; what is kept
 * here is what the session is busy with, so that two uses at once are refused instead of mixed up.
 */

import { channels, enter } from '../diagnostics/channels.ts'
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
import { isResult, type Result, resultOf } from '../results/result.ts'
import type { ResultFactory } from '../results/result-factory.ts'
import { ResultPromise } from '../results/result-promise.ts'
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
import { found } from '../values/options.ts'
import { type CheckedQuerySettings, type Query, unitOfWorkSettings } from '../values/query.ts'
import { runManaged } from '../work/managed.ts'
import type { AcceptedQuery } from '../work/shared-transaction.ts'
import { telemetryApis } from '../work/telemetry.ts'
import type { OpenTransaction } from '../work/transaction.ts'
import type { WorkOptions, Workspace } from '../work/workspace.ts'
import { checkedParameters, checkedQuery } from './arguments.ts'
import { type ManagedTransaction, managedTransactionOf, type Transaction, transactionOf } from './transaction.ts'
import { TransactionScope } from './transaction-scope.ts'

/** What a session is made of. */
export interface SessionParts {
  readonly workspace: Workspace
  readonly results: ResultFactory
  readonly warnings: Warnings
  readonly mode: AccessMode
  /** Of transactions that have none of their own. */
  readonly timeout: number | undefined
  /** Calls off every transaction, besides their own. */
  readonly signal: Abortable | undefined
  /** Raises when the driver is closed. */
  readonly demandOpenDriver: (call: string) => void
}

/** A unit of work; see {@link Session.executeWrite}. */
export type TransactionWorkFunction<T> = (tx: ManagedTransaction) => Promise<T> | T

interface Unread {
  readonly query: AcceptedQuery
  readonly reader: ResultReader
}

/** Makes a session; users call `driver.session`. */
export let sessionOf: (parts: SessionParts) => Session

/**
 * A logical container for work that belongs together: each transaction sees what the ones before it did, also in a
 * cluster. Cheap to make; use one for each unit of work and don't share it between things that run at the same time.
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
  readonly #workspace: Workspace
  /** The call whose promise is pending. */
  #busy: string | null = null
  #wakeIdle: (() => void) | null = null
  /** An auto-commit query whose result may not have been read to its end. */
  #unread: Unread | null = null
  #transaction: Transaction | null = null
  /** What `#transaction` is a handle of. */
  #transactionWork: OpenTransaction | null = null
  /** Whether a unit of work is going on. */
  #working = false
  /** What the unit of work has been given. */
  #managed: ManagedTransaction | null = null
  #closed = false

  static {
    sessionOf = (parts) => new Session(parts)
  }

  private constructor(parts: SessionParts) {
    this.#parts = parts
    this.#workspace = parts.workspace
    unclosed.opened(this, parts.warnings)
  }

  /** Whether the session has been closed. */
  get closed(): boolean {
    return this.#closed
  }

  /**
   * Runs a query in a transaction of its own, which commits when the result has arrived. Not retried.
   *
   * The promise is fulfilled when the server has accepted the query; an unread earlier result is buffered first.
   * @throws SessionError (as a rejection) when the session is closed or busy with another call
   * @throws ParameterError (as a rejection) for values that can't be sent; the session stays usable
   *
   * @example
   * ```ts
   * const result = await session.run('MATCH (p:Person {id: $id}) RETURN p', { id: 1 }, { timeout: 5_000 })
   * ```
   */
  // biome-ignore lint/suspicious/noExplicitAny: a row nobody described is read without casts
  run<Row extends object = any>(
    query: string | Query,
    parameters?: object | null,
    config?: TransactionConfig | null,
  ): ResultPromise<Row> {
    const started = this.#exclusively('run', captureCallSite(this.run), () => this.#run(query, parameters, config))
    return new ResultPromise<Row>((resolve, reject) => {
      started.then(resolve as (result: Result) => void, (error) => reject(aboutQuery(error, query, parameters)))
    })
  }

  /**
   * Begins a transaction that you end yourself. At most one can be open in a session.
   * @throws TransactionNestingError (as a rejection) when one is open
   */
  beginTransaction(config?: TransactionConfig | null): Promise<Transaction> {
    return this.#exclusively('beginTransaction', captureCallSite(this.beginTransaction), async () => {
      const options = parseTransactionConfig(config)
      await this.#finishUnread()
      const { mode } = this.#parts
      const telemetry = this.#workspace.telemetry(telemetryApis.unmanaged)
      const operation = this.#workspace.operation('beginTransaction', mode)
      const begin = async () => this.#workspace.begin(mode, this.#workOptions(options), telemetry, false, operation)
      const work = await (operation === null ? begin() : enter(channels.operation, operation, begin))
      const scope = new TransactionScope(work, this.#parts.results, (error) => this.#workspace.judge(error))
      const transaction: Transaction = transactionOf(scope, () => {
        if (this.#transaction === transaction) this.#transaction = null
      })
      this.#transaction = transaction
      this.#transactionWork = work
      return transaction
    })
  }

  /**
   * Does `work` in a read transaction; see {@link executeWrite}. In a cluster it goes to a reader.
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
   * Does `work` in a write transaction: committed when it succeeds, rolled back when it throws, and done again after
   * failures that may pass (deadlocks, leader changes, lost connections) for up to `maxTransactionRetryTime`. The work
   * must therefore be safe to repeat, and must not return a live result.
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
   * The bookmarks of the last transaction, or those the session started with. An auto-commit query counts once its
   * result is consumed.
   */
  lastBookmarks(): Bookmarks {
    return this.#workspace.bookmarks.last()
  }

  /**
   * Consumes an unread auto-commit result, so that its write is done; rolls back an open transaction; gives back the
   * connection. Waits for a call that is pending. May be called again.
   * @throws the failure of an auto-commit query that nobody has read
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
          // Whoever waits for the call goes on first: it may be about to read its result.
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
    const autoCommit = await this.#workspace.run(
      this.#parts.mode,
      checked.text,
      given,
      options,
      this.#workspace.telemetry(telemetryApis.autoCommit),
    )
    const reader = this.#parts.results.of(
      autoCommit.cursor,
      autoCommit.connection,
      checked.text,
      given,
      {
        settled: () => autoCommit.bookmarked(),
        judge: (error) => this.#workspace.judge(error, options.signal),
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
    const options = this.#workOptions(checked, unitOfWorkSettings(work))
    await this.#finishUnread()
    this.#working = true
    try {
      return await runManaged(
        this.#workspace,
        { kind, mode, options, api: telemetryApis.managed, pipelined: false, onRetry: checked.onRetry },
        async (transaction) => {
          const scope = new TransactionScope(transaction, this.#parts.results, (error) => this.#workspace.judge(error))
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

  /** The call's options over those of the work or query over the session's, key by key. */
  #workOptions(options: CheckedTransactionConfig, given: CheckedQuerySettings = {}): WorkOptions {
    return {
      timeout: options.timeout ?? given.timeout ?? this.#parts.timeout,
      metadata: options.metadata ?? given.metadata,
      signal: either(options.signal, this.#parts.signal),
      responseTimeout: options.responseTimeout,
    }
  }

  /** Lets `call` run while no other call does. */
  async #exclusively<T>(name: string, site: CallSite, call: () => Promise<T>): Promise<T> {
    try {
      this.#demandUsable(name)
      this.#busy = name
      this.#workspace.caller = site
      try {
        return await call()
      } finally {
        this.#busy = null
        this.#wakeIdle?.()
        this.#wakeIdle = null
      }
    } catch (error) {
      await this.#workspace.judge(error)
      throw atCallSite(error, site)
    }
  }

  #demandUsable(name: string): void {
    this.#parts.demandOpenDriver(name)
    if (this.#closed) {
      throw new SessionError(`${name}() was called on a closed session. Open another with driver.session()`, {
        session: this,
      })
    }
    // A transaction that has failed is over on the server, whether or not anybody has closed it.
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

  /** Keeps the rest of an unread result in memory, so that its connection is free. */
  async #bufferUnread(): Promise<void> {
    const unread = this.#unread
    if (unread === null) return
    this.#unread = null
    await unread.query.cursor.bufferAll()
    this.#demandReported(unread)
    await this.#bookmarked(unread.query)
  }

  /** Makes room for the next call. */
  async #finishUnread(): Promise<void> {
    const query = await this.#discardUnread()
    if (query !== null) await this.#bookmarked(query)
  }

  /** A failure of the bookmark manager must not look like one of the next call, which has not been made. */
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

  /** Discards the rest of an unread result; its query has done its work all the same. */
  async #discardUnread(): Promise<AcceptedQuery | null> {
    const unread = this.#unread
    if (unread === null) return null
    this.#unread = null
    await unread.reader.unattended()
    await unread.reader.abandon('its session has gone on')
    await unread.query.cursor.end()
    this.#demandReported(unread)
    return unread.query
  }

  /** A failure that nobody has met at the result is met here: no lost write goes unnoticed. An abort is no news. */
  #demandReported({ query, reader }: Unread): void {
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
