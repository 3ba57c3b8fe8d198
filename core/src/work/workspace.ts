/**
 * What a session, or one `executeQuery`, works with: where connections come from, which database and user it is about,
 * which bookmarks it must have seen. It opens transactions and auto-commit queries; it keeps no state of its own besides
 * bookmarks and the home database's name.
 */

import type { Connection } from '../bolt/connection.ts'
import type { NotificationFilter, TransactionSettings } from '../bolt/requests.ts'
import { acquireWatched, channels, enter, publishRetry, trace, watched } from '../diagnostics/channels.ts'
import type { Log } from '../diagnostics/log.ts'
import {
  AcquireMessage,
  type DriverIdentity,
  type OperationKind,
  OperationMessage,
  type WorkParent,
} from '../diagnostics/messages.ts'
import { type CallSite, isNeo4jError, notAnswered, ServiceUnavailable } from '../errors/index.ts'
import type { Acquired, AcquireRequest, Router } from '../routing/router.ts'
import { clock } from '../time/clock.ts'
import { Deadline } from '../time/deadline.ts'
import { type Abortable, onAbort } from '../time/on-abort.ts'
import { waitFor } from '../time/wait-for.ts'
import type { Auth } from '../values/auth.ts'
import type { AccessMode } from '../values/enums.ts'
import type { IntegerMode } from '../values/integer.ts'
import { isThenable } from '../values/thenable.ts'
import { AutoCommit } from './auto-commit.ts'
import type { WorkHost } from './host.ts'
import type { SessionBookmarks } from './session-bookmarks.ts'
import type { AcceptedQuery, JoiningWork, SharedTransaction } from './shared-transaction.ts'
import { Telemetry } from './telemetry.ts'
import { type OpenTransaction, TransactionWork } from './transaction.ts'

export type { Connection } from '../bolt/connection.ts'
export type { PoolMetrics } from '../diagnostics/pool-metrics.ts'

/** What all workspaces of one driver share. */
export interface WorkspaceSource {
  readonly driver: DriverIdentity
  readonly router: Router<Connection>
  /** Lets the auth manager deal with a refusal of the driver's credentials, so that another try may make sense. */
  readonly judge: (error: unknown, signal?: Abortable) => Promise<void> | undefined
  readonly acquisitionTimeout: number
  readonly retryTime: number
  /** In ms, of connections that nothing else is said about; see the setting of that name. */
  readonly responseTimeout: number
  readonly rollbackTimeout: number
  /** Aborts when the driver is closed. */
  readonly closed: Abortable
  readonly telemetryDisabled: boolean
  /** Whether an auto-commit query is tried once more where the server says that it's safe. */
  readonly autoCommitRetries: boolean
  readonly log: Log
  /** A transaction that all work joins for the time being; null: each has its own. */
  shared: SharedTransaction | null
}

export interface WorkspaceOptions {
  readonly database: string | null
  readonly impersonatedUser: string | null
  /** Credentials of this workspace alone; null: the driver's. */
  readonly auth: Auth | null
  readonly bookmarks: SessionBookmarks
  readonly fetchSize: number
  readonly integers: IntegerMode
  readonly filter: NotificationFilter | null
  /** For how many ms a server may take to catch up with the bookmarks. */
  readonly bookmarkTimeout: number
  readonly responseTimeout: number
}

/** What the caller says about one transaction. */
export interface WorkOptions {
  readonly timeout: number | undefined
  readonly metadata: object | undefined
  readonly signal: Abortable | undefined
  /** Undefined: that of the workspace. */
  readonly responseTimeout?: number | undefined
}

interface Lent {
  readonly connection: Connection
  readonly settings: TransactionSettings
}

export class Workspace implements WorkHost {
  readonly source: WorkspaceSource
  readonly bookmarks: SessionBookmarks
  readonly #options: WorkspaceOptions
  #database: string | null
  /** The call that is going on, for those who look for what holds on to connections. */
  caller: CallSite | null = null

  constructor(source: WorkspaceSource, options: WorkspaceOptions) {
    this.source = source
    this.#options = options
    this.bookmarks = options.bookmarks
    this.#database = options.database
  }

  /** The operation that begins now, for those who watch it; null where nobody does. */
  operation(kind: OperationKind, mode: AccessMode, text?: string, parameters?: object): OperationMessage | null {
    if (!watched()) return null
    const impersonated = this.#options.impersonatedUser !== null
    return new OperationMessage(this.source.driver, {
      kind,
      mode,
      database: this.#database,
      impersonated,
      text,
      parameters,
    })
  }

  /**
   * Begins a transaction: at once where nothing has to be waited for. With `pipelined`, BEGIN leaves together with the first
   * query.
   */
  begin(
    mode: AccessMode,
    work: WorkOptions,
    telemetry: Telemetry,
    pipelined: boolean,
    traced: WorkParent | null,
  ): OpenTransaction | Promise<OpenTransaction> {
    const { shared } = this.source
    if (shared !== null) return shared.join(this.#joining(work, telemetry, traced))
    const lent = this.#lent(mode, work, traced)
    return isThenable(lent) || !pipelined
      ? this.#beginLater(lent, work, telemetry, pipelined, traced)
      : this.#transaction(lent, work, telemetry, traced)
  }

  async #beginLater(
    lent: Lent | Promise<Lent>,
    work: WorkOptions,
    telemetry: Telemetry,
    pipelined: boolean,
    traced: WorkParent | null,
  ): Promise<TransactionWork> {
    const transaction = this.#transaction(isThenable(lent) ? await lent : lent, work, telemetry, traced)
    if (!pipelined) await transaction.begun()
    return transaction
  }

  #transaction(
    { connection, settings }: Lent,
    work: WorkOptions,
    telemetry: Telemetry,
    traced: WorkParent | null,
  ): TransactionWork {
    return new TransactionWork(connection, {
      settings,
      fetchSize: this.#options.fetchSize,
      integers: this.#options.integers,
      bookmarks: this.bookmarks,
      telemetry,
      signal: work.signal,
      bookmarkTimeout: this.#options.bookmarkTimeout,
      rollbackTimeout: this.source.rollbackTimeout,
      host: this,
      traced,
    })
  }

  /**
   * Runs an auto-commit query; the server has accepted it then. One that the server turned away as safe to repeat, before
   * it did anything, is sent once more.
   */
  run(
    mode: AccessMode,
    query: string,
    parameters: object,
    work: WorkOptions,
    telemetry: Telemetry,
  ): Promise<AcceptedQuery> {
    const operation = this.operation('run', mode, query, parameters)
    if (operation === null) return this.#runTwice(mode, query, parameters, work, telemetry, null)
    const run = () => this.#runTwice(mode, query, parameters, work, telemetry, operation)
    return enter(channels.operation, operation, run)
  }

  /**
   * Lends a connection to `use` for a round trip of the driver's own, until the signal aborts. The round trip counts as part of
   * getting the connection, which the caller wants for nothing else.
   */
  async borrow<T>(
    mode: AccessMode,
    signal: AbortSignal | undefined,
    use: (connection: Connection) => Promise<T>,
  ): Promise<T> {
    signal?.throwIfAborted()
    const deadline = Deadline.in(this.source.acquisitionTimeout)
    const connection = await this.#acquire(mode, signal, null, deadline)
    // The answer may never come; without the connection there is nothing left to wait for.
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

  /** Lets the auth manager deal with a refusal of the driver's credentials before it is decided whether to try again. */
  async judge(error: unknown, signal?: Abortable): Promise<void> {
    await this.source.judge(error, signal)
  }

  /** A note to the server about which part of the API is used. */
  telemetry(api: number): Telemetry {
    return new Telemetry(api, this.source.telemetryDisabled)
  }

  /** Keeps the home database's name where a choice of servers makes it matter. */
  resolved(database: string): void {
    if (!this.source.router.routed || this.#database !== null) return
    this.#database = database
    const { impersonatedUser, auth } = this.#options
    this.source.router.resolved({ impersonatedUser, auth }, database)
  }

  async #runTwice(
    mode: AccessMode,
    query: string,
    parameters: object,
    work: WorkOptions,
    telemetry: Telemetry,
    traced: OperationMessage | null,
  ): Promise<AcceptedQuery> {
    try {
      return await this.#run(mode, query, parameters, work, telemetry, traced)
    } catch (error) {
      if (this.source.shared !== null || !this.source.autoCommitRetries) throw error
      if (!isNeo4jError(error) || error.diagnosticRecord['_idempotent'] !== true) throw error
      if (traced !== null) publishRetry(traced, error, traced.attempts, 0)
      return this.#run(mode, query, parameters, work, telemetry, traced)
    }
  }

  async #run(
    mode: AccessMode,
    query: string,
    parameters: unknown,
    work: WorkOptions,
    telemetry: Telemetry,
    traced: OperationMessage | null,
  ): Promise<AcceptedQuery> {
    if (traced !== null) traced.attempts += 1
    const { shared } = this.source
    if (shared !== null) return shared.run(this.#joining(work, telemetry, traced), query, parameters)
    const lent = this.#lent(mode, work, traced)
    const { connection, settings } = isThenable(lent) ? await lent : lent
    const autoCommit = new AutoCommit(connection, query, parameters, {
      settings,
      fetchSize: this.#options.fetchSize,
      integers: this.#options.integers,
      bookmarks: this.bookmarks,
      telemetry,
      signal: work.signal,
      bookmarkTimeout: this.#options.bookmarkTimeout,
      host: this,
      traced,
    })
    await autoCommit.accepted()
    return autoCommit
  }

  /** What this workspace brings along to a transaction that all work joins, and how the first work begins it. */
  #joining(work: WorkOptions, telemetry: Telemetry, traced: WorkParent | null): JoiningWork {
    const { database, impersonatedUser, auth, fetchSize, integers } = this.#options
    const { signal } = work
    // Settings and the signal of one call are not those of all that follow.
    const settings = { timeout: undefined, metadata: undefined, signal: undefined }
    const begin = () => this.#beginLater(this.#lent('WRITE', settings, null), settings, telemetry, false, null)
    return { database, impersonatedUser, auth, fetchSize, integers, signal, traced, begin }
  }

  /** A connection, and what the server is told of the work to be done on it: at once where nothing has to be waited for. */
  #lent(mode: AccessMode, work: WorkOptions, traced: WorkParent | null): Lent | Promise<Lent> {
    const { signal } = work
    signal?.throwIfAborted()
    const { router, acquisitionTimeout } = this.source
    const lent = traced === null ? router.tryAcquire(this.#request(mode), acquisitionTimeout, signal) : undefined
    return lent === undefined || isThenable(lent)
      ? this.#lentLater(lent, mode, work, traced, Deadline.in(acquisitionTimeout))
      : this.#withSettings(this.#marked(lent), mode, work, undefined)
  }

  /** By one deadline: a connection, logged in as whom this workspace needs, and the bookmarks. */
  async #lentLater(
    idle: Promise<Connection | undefined> | undefined,
    mode: AccessMode,
    work: WorkOptions,
    traced: WorkParent | null,
    deadline: Deadline,
  ): Promise<Lent> {
    const tried = idle === undefined ? undefined : await idle
    const connection =
      tried === undefined ? await this.#acquire(mode, work.signal, traced, deadline) : this.#marked(tried)
    return this.#withSettings(connection, mode, work, deadline)
  }

  #withSettings(
    connection: Connection,
    mode: AccessMode,
    work: WorkOptions,
    deadline: Deadline | undefined,
  ): Lent | Promise<Lent> {
    if (work.responseTimeout !== undefined) connection.responseTimeout = work.responseTimeout
    const bookmarks = this.#bookmarks(connection, work.signal, deadline)
    return isThenable(bookmarks)
      ? bookmarks.then((known) => ({ connection, settings: this.#settings(mode, known, work) }))
      : { connection, settings: this.#settings(mode, bookmarks, work) }
  }

  /** Says on whose behalf a connection is out. */
  #marked(connection: Connection): Connection {
    connection.lentTo = this.caller
    connection.responseTimeout = this.#options.responseTimeout
    return connection
  }

  async #acquire(
    mode: AccessMode,
    signal: Abortable | undefined,
    traced: WorkParent | null,
    deadline: Deadline,
  ): Promise<Connection> {
    const { connection, database } = await this.#acquired(this.#request(mode), signal, traced, deadline)
    if (database !== null) this.#database = database
    return this.#marked(connection)
  }

  #acquired(
    request: AcquireRequest,
    signal: Abortable | undefined,
    traced: WorkParent | null,
    deadline: Deadline,
  ): Promise<Acquired<Connection>> {
    const { router, driver } = this.source
    if (traced === null && !acquireWatched()) return router.acquire(request, deadline, signal)
    const acquire = new AcquireMessage(driver, traced, request)
    return trace(channels.acquire, acquire, () => router.acquire({ ...request, traced: acquire }, deadline, signal))
  }

  #request(mode: AccessMode): AcquireRequest {
    const { impersonatedUser, auth } = this.#options
    return { mode, database: this.#database, impersonatedUser, bookmarks: () => this.bookmarks.current(), auth }
  }

  /** What the work must have seen, asked for when its connection is there, so that nothing newer is missed. */
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

  #settings(mode: AccessMode, bookmarks: readonly string[], work: WorkOptions): TransactionSettings {
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
