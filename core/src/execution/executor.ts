/**
 * Begins the transactions and auto-commit queries of a session or of one `executeQuery`: acquires connections for its
 * database, user and credentials, and adds its bookmarks. Its only state are the bookmarks and the home database's name.
 */

import type { Connection } from '../bolt/connection.ts'
import type { NotificationFilter, TransactionSettings } from '../bolt/requests.ts'
import { observeOperation, observeRoundTrip } from '../diagnostics/channel-observer.ts'
import type { Log } from '../diagnostics/log.ts'
import type { DriverIdentity, OperationKind } from '../diagnostics/messages.ts'
import { type CallObserver, type OperationObserver, silent } from '../diagnostics/observer.ts'
import { type CallSite, isNeo4jError, notAnswered, ServiceUnavailable } from '../errors/index.ts'
import { isThenable } from '../platform/thenable.ts'
import type { Acquired, AcquireRequest, Router } from '../routing/router.ts'
import { clock } from '../time/clock.ts'
import { Deadline } from '../time/deadline.ts'
import { type Abortable, onAbort } from '../time/on-abort.ts'
import { waitFor } from '../time/wait-for.ts'
import type { Auth } from '../values/auth.ts'
import type { AccessMode } from '../values/enums.ts'
import type { IntegerMode } from '../values/integer.ts'
import { AutoCommitQuery } from './auto-commit-query.ts'
import { BoltTransaction, type OpenTransaction } from './bolt-transaction.ts'
import type { ConnectionOwner } from './connection-owner.ts'
import { retryAfter } from './retry.ts'
import type { SessionBookmarks } from './session-bookmarks.ts'
import type { AcceptedQuery, JoiningCall, SharedTransaction } from './shared-transaction.ts'
import { Telemetry } from './telemetry.ts'
import type { UnitOptions } from './unit-options.ts'

export type { Connection } from '../bolt/connection.ts'
export type { PoolMetrics } from '../diagnostics/pool-metrics.ts'

/** Settings and services that all executors of one driver share. */
export interface ExecutionServices {
  readonly driver: DriverIdentity
  readonly router: Router<Connection>
  /** Lets the auth manager handle a security error, which may make the error retryable. */
  readonly handleAuthError: (error: unknown, signal?: Abortable) => Promise<void> | undefined
  readonly acquisitionTimeout: number
  readonly retryTime: number
  /** Default of the setting `responseTimeout`, in ms; sessions and transactions may override it. */
  readonly responseTimeout: number
  readonly rollbackTimeout: number
  /** Aborts when the driver is closed. */
  readonly closed: Abortable
  readonly telemetryDisabled: boolean
  /** Whether an auto-commit query is retried once if the server marks its failure as safe to retry. */
  readonly autoCommitRetries: boolean
  readonly log: Log
  /** The transaction that all units of work join; null if each has its own. */
  shared: SharedTransaction | null
}

export interface ExecutorOptions {
  readonly database: string | null
  readonly impersonatedUser: string | null
  /** Credentials of the session or query; null means those of the driver. */
  readonly auth: Auth | null
  readonly bookmarks: SessionBookmarks
  readonly fetchSize: number
  readonly integers: IntegerMode
  readonly filter: NotificationFilter | null
  /** How long a server may take to catch up with the bookmarks, in ms. */
  readonly bookmarkTimeout: number
  readonly responseTimeout: number
}

/** The options of one transaction. */
export interface ExecutionOptions {
  readonly timeout: number | undefined
  readonly metadata: object | undefined
  readonly signal: Abortable | undefined
  /** In ms; undefined means that of the executor. */
  readonly responseTimeout?: number | undefined
}

/** A leased connection and the settings of the transaction that is going to use it. */
interface Lease {
  readonly connection: Connection
  readonly settings: TransactionSettings
}

export class Executor implements ConnectionOwner {
  readonly source: ExecutionServices
  readonly bookmarks: SessionBookmarks
  readonly #options: ExecutorOptions
  #database: string | null
  /** The call site of the current public call; errors about an exhausted pool list it. */
  caller: CallSite | null = null

  constructor(source: ExecutionServices, options: ExecutorOptions) {
    this.source = source
    this.#options = options
    this.bookmarks = options.bookmarks
    this.#database = options.database
  }

  /** The observer of a public call. */
  operation(kind: OperationKind, mode: AccessMode, text?: string, parameters?: object): OperationObserver {
    const { impersonatedUser } = this.#options
    return observeOperation(this.source.driver, kind, mode, this.#database, impersonatedUser !== null, text, parameters)
  }

  /**
   * Begins a transaction. With `pipelined`, BEGIN is sent together with the first query, and the transaction is returned without
   * a promise if a connection is idle.
   */
  begin(
    mode: AccessMode,
    work: ExecutionOptions,
    telemetry: Telemetry,
    pipelined: boolean,
    observer: CallObserver,
  ): OpenTransaction | Promise<OpenTransaction> {
    const { shared } = this.source
    if (shared !== null) return shared.join(this.#joining(work, telemetry, observer))
    const lent = this.#lent(mode, work, observer)
    return isThenable(lent) || !pipelined
      ? this.#beginLater(lent, work, telemetry, pipelined, observer)
      : this.#transaction(lent, work, telemetry, observer)
  }

  async #beginLater(
    lent: Lease | Promise<Lease>,
    work: ExecutionOptions,
    telemetry: Telemetry,
    pipelined: boolean,
    observer: CallObserver,
  ): Promise<BoltTransaction> {
    const transaction = this.#transaction(isThenable(lent) ? await lent : lent, work, telemetry, observer)
    if (!pipelined) await transaction.begun()
    return transaction
  }

  #transaction(
    { connection, settings }: Lease,
    work: ExecutionOptions,
    telemetry: Telemetry,
    observer: CallObserver,
  ): BoltTransaction {
    return new BoltTransaction(connection, this.#unit(settings, work, telemetry, observer))
  }

  /**
   * Runs an auto-commit query and waits until the server has accepted it. Retries it once if the server reports that it did
   * nothing and a retry is safe.
   */
  run(
    mode: AccessMode,
    query: string,
    parameters: object,
    work: ExecutionOptions,
    telemetry: Telemetry,
  ): Promise<AcceptedQuery> {
    const operation = this.operation('run', mode, query, parameters)
    return operation.enter(() => this.#attempts(mode, query, parameters, work, telemetry, operation))
  }

  /**
   * Acquires a connection for a round trip of the driver itself, which `use` makes. Acquisition and round trip together are
   * limited by `connectionAcquisitionTimeout`.
   */
  async borrow<T>(
    mode: AccessMode,
    signal: AbortSignal | undefined,
    use: (connection: Connection) => Promise<T>,
  ): Promise<T> {
    signal?.throwIfAborted()
    const deadline = Deadline.in(this.source.acquisitionTimeout)
    const connection = await this.#acquire(mode, signal, observeRoundTrip(this.source.driver), deadline)
    // Destroying the connection rejects the pending round trip.
    const stopListening = signal && onAbort(signal, () => connection.destroy())
    const limit = clock.setTimeout(() => {
      const silence = `${connection.address} did not answer within ${Math.round(deadline.allotted)} ms`
      connection.destroy(new ServiceUnavailable(`${silence} (connectionAcquisitionTimeout)`))
    }, deadline.remaining())
    try {
      const value = await use(connection)
      await connection.loggedIn()
      return value
    } catch (error) {
      throw signal?.aborted ? signal.reason : error
    } finally {
      stopListening?.()
      clock.clearTimeout(limit)
      this.release(connection)
    }
  }

  release(connection: Connection): void {
    connection.responseTimeout = this.source.responseTimeout
    this.source.router.release(connection)
  }

  /** Lets the auth manager handle a security error before the retry decision. */
  async handleAuthError(error: unknown, signal?: Abortable): Promise<void> {
    await this.source.handleAuthError(error, signal)
  }

  /** Creates the TELEMETRY message for one public call. */
  telemetry(api: number): Telemetry {
    return new Telemetry(api, this.source.telemetryDisabled)
  }

  /** Stores the name of the home database, by which a cluster's routing table is looked up. */
  resolved(database: string): void {
    if (!this.source.router.routed || this.#database !== null) return
    this.#database = database
    const { impersonatedUser, auth } = this.#options
    this.source.router.resolved({ impersonatedUser, auth }, database)
  }

  async #attempts(
    mode: AccessMode,
    query: string,
    parameters: object,
    work: ExecutionOptions,
    telemetry: Telemetry,
    observer: OperationObserver,
  ): Promise<AcceptedQuery> {
    try {
      return await this.#run(mode, query, parameters, work, telemetry, observer)
    } catch (error) {
      if (this.source.shared !== null || !this.source.autoCommitRetries) throw error
      return retryAfter(error, () => this.#run(mode, query, parameters, work, telemetry, observer), {
        maxTime: Number.POSITIVE_INFINITY,
        mayRetry: (failure, attempt) => attempt === 1 && isSafeToRepeat(failure),
        immediate: true,
        onRetry: (failure, _attempt, delay) => observer.retried(failure, delay),
      })
    }
  }

  async #run(
    mode: AccessMode,
    query: string,
    parameters: unknown,
    work: ExecutionOptions,
    telemetry: Telemetry,
    observer: OperationObserver,
  ): Promise<AcceptedQuery> {
    observer.attempted()
    const { shared } = this.source
    if (shared !== null) return shared.run(this.#joining(work, telemetry, observer), query, parameters)
    const lent = this.#lent(mode, work, observer)
    const { connection, settings } = isThenable(lent) ? await lent : lent
    const unit = this.#unit(settings, work, telemetry, observer)
    const autoCommit = new AutoCommitQuery(connection, query, parameters, unit)
    await autoCommit.accepted()
    return autoCommit
  }

  #unit(
    settings: TransactionSettings,
    work: ExecutionOptions,
    telemetry: Telemetry,
    observer: CallObserver,
  ): UnitOptions {
    return {
      settings,
      fetchSize: this.#options.fetchSize,
      integers: this.#options.integers,
      bookmarks: this.bookmarks,
      telemetry,
      signal: work.signal,
      bookmarkTimeout: this.#options.bookmarkTimeout,
      rollbackTimeout: this.source.rollbackTimeout,
      host: this,
      observer,
    }
  }

  /** The settings with which this executor joins the shared transaction. */
  #joining(work: ExecutionOptions, telemetry: Telemetry, observer: CallObserver): JoiningCall {
    const { database, impersonatedUser, auth, fetchSize, integers } = this.#options
    const { signal } = work
    // Timeout, metadata and signal of one call must not affect the other units of work.
    const settings = { timeout: undefined, metadata: undefined, signal: undefined }
    const begin = () => this.#beginLater(this.#lent('WRITE', settings, silent), settings, telemetry, false, silent)
    return { database, impersonatedUser, auth, fetchSize, integers, signal, observer, begin }
  }

  /** Leases a connection and collects the transaction's settings; returns no promise if a connection is idle. */
  #lent(mode: AccessMode, work: ExecutionOptions, observer: CallObserver): Lease | Promise<Lease> {
    const { signal } = work
    signal?.throwIfAborted()
    const { router, acquisitionTimeout } = this.source
    const lent = observer.acquires ? undefined : router.tryAcquire(this.#request(mode), acquisitionTimeout, signal)
    return lent === undefined || isThenable(lent)
      ? this.#lentLater(lent, mode, work, observer, Deadline.in(acquisitionTimeout))
      : this.#withSettings(this.#marked(lent), mode, work, undefined)
  }

  /** Waits for the connection and then for the bookmarks; one deadline limits both. */
  async #lentLater(
    idle: Promise<Connection | undefined> | undefined,
    mode: AccessMode,
    work: ExecutionOptions,
    observer: CallObserver,
    deadline: Deadline,
  ): Promise<Lease> {
    const tried = idle === undefined ? undefined : await idle
    const connection =
      tried === undefined ? await this.#acquire(mode, work.signal, observer, deadline) : this.#marked(tried)
    return this.#withSettings(connection, mode, work, deadline)
  }

  #withSettings(
    connection: Connection,
    mode: AccessMode,
    work: ExecutionOptions,
    deadline: Deadline | undefined,
  ): Lease | Promise<Lease> {
    if (work.responseTimeout !== undefined) connection.responseTimeout = work.responseTimeout
    const bookmarks = this.#bookmarks(connection, work.signal, deadline)
    return isThenable(bookmarks)
      ? bookmarks.then((known) => ({ connection, settings: this.#settings(mode, known, work) }))
      : { connection, settings: this.#settings(mode, bookmarks, work) }
  }

  /** Records the call that leases the connection and sets the response timeout. */
  #marked(connection: Connection): Connection {
    connection.leasedBy = this.caller
    connection.responseTimeout = this.#options.responseTimeout
    return connection
  }

  async #acquire(
    mode: AccessMode,
    signal: Abortable | undefined,
    observer: Pick<CallObserver, 'acquire'>,
    deadline: Deadline,
  ): Promise<Connection> {
    const { connection, database } = await this.#acquired(this.#request(mode), signal, observer, deadline)
    if (database !== null) this.#database = database
    return this.#marked(connection)
  }

  #acquired(
    request: AcquireRequest,
    signal: Abortable | undefined,
    observer: Pick<CallObserver, 'acquire'>,
    deadline: Deadline,
  ): Promise<Acquired<Connection>> {
    const { router } = this.source
    return observer.acquire(request, (acquire) => router.acquire({ ...request, observer: acquire }, deadline, signal))
  }

  #request(mode: AccessMode): AcquireRequest {
    const { impersonatedUser, auth } = this.#options
    return { mode, database: this.#database, impersonatedUser, bookmarks: () => this.bookmarks.current(), auth }
  }

  /** Reads the bookmarks after the connection was acquired, so that the most recent ones are sent. */
  #bookmarks(
    connection: Connection,
    signal: Abortable | undefined,
    deadline: Deadline | undefined,
  ): readonly string[] | Promise<readonly string[]> {
    const giveUp = (error: unknown): never => {
      this.release(connection)
      throw error
    }
    try {
      const known = this.bookmarks.current()
      return isThenable(known) ? this.#inTime(known, signal, deadline).catch(giveUp) : known
    } catch (error) {
      return giveUp(error)
    }
  }

  #inTime(
    bookmarks: Promise<readonly string[]>,
    signal: Abortable | undefined,
    given: Deadline | undefined,
  ): Promise<readonly string[]> {
    const { acquisitionTimeout, closed } = this.source
    const deadline = given ?? Deadline.in(acquisitionTimeout)
    const onTimeout = () => notAnswered('The bookmark manager', deadline.allotted)
    return waitFor(bookmarks, signal, { deadline, onTimeout, closed })
  }

  #settings(mode: AccessMode, bookmarks: readonly string[], work: ExecutionOptions): TransactionSettings {
    return {
      bookmarks,
      mode,
      database: this.#database,
      impersonatedUser: this.#options.impersonatedUser,
      timeout: work.timeout,
      metadata: work.metadata,
      filter: this.#options.filter,
    }
  }
}

/** Whether the server reports that the failed query did nothing and may be sent again. */
function isSafeToRepeat(error: unknown): boolean {
  return isNeo4jError(error) && error.diagnosticRecord['_idempotent'] === true
}
