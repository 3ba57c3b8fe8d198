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
  type OperationDetails,
  OperationMessage,
  type WorkParent,
} from '../diagnostics/messages.ts'
import { type CallSite, isNeo4jError, markHandled, type Neo4jError } from '../errors/index.ts'
import type { Acquired, AcquireRequest, Router } from '../routing/router.ts'
import { Deadline } from '../time/deadline.ts'
import type { Auth } from '../values/auth.ts'
import type { AccessMode } from '../values/enums.ts'
import type { IntegerMode } from '../values/integer.ts'
import { AutoCommit } from './auto-commit.ts'
import type { SessionBookmarks } from './session-bookmarks.ts'
import { Telemetry } from './telemetry.ts'
import { TransactionWork } from './transaction.ts'

export type { Connection } from '../bolt/connection.ts'
export type { PoolMetrics } from '../diagnostics/pool-metrics.ts'

/** Errors that went to the auth manager already. */
const judged = new WeakSet<Neo4jError>()

/** What all workspaces of one driver share. */
export interface WorkspaceSource {
  readonly driver: DriverIdentity
  readonly router: Router<Connection>
  /** The driver's credentials: at once where they don't change. */
  readonly auth: () => Auth | Promise<Auth>
  /** Asks whoever manages the driver's credentials whether a refusal was dealt with, so that another try makes sense. */
  readonly handleSecurityException: (auth: Auth, error: Neo4jError) => boolean | Promise<boolean>
  readonly acquisitionTimeout: number
  readonly retryTime: number
  readonly telemetryDisabled: boolean
  /** Whether an auto-commit query is tried once more where the server says that it's safe. */
  readonly autoCommitRetries: boolean
  readonly log: Log
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
}

/** What the caller says about one transaction. */
export interface WorkOptions {
  readonly timeout: number | undefined
  readonly metadata: object | undefined
  readonly signal: AbortSignal | undefined
}

export class Workspace {
  readonly source: WorkspaceSource
  readonly bookmarks: SessionBookmarks
  readonly #options: WorkspaceOptions
  #database: string | null
  /** The credentials that were used last. */
  #auth: Auth | null = null
  /** The call that is going on, for those who look for what holds on to connections. */
  caller: CallSite | null = null
  readonly #release = (connection: Connection) => {
    this.source.router.release(connection)
  }
  readonly #resolved = (database: string) => this.#pin(database)

  constructor(source: WorkspaceSource, options: WorkspaceOptions) {
    this.source = source
    this.#options = options
    this.bookmarks = options.bookmarks
    this.#database = options.database
  }

  /** The operation that begins now, for those who watch it; null where nobody does. */
  operation(details: Pick<OperationDetails, 'kind' | 'mode' | 'text' | 'parameters'>): OperationMessage | null {
    if (!watched()) return null
    return new OperationMessage(this.source.driver, {
      ...details,
      database: this.#database,
      impersonated: this.#options.impersonatedUser !== null,
    })
  }

  /** Begins a transaction. With `pipelined`, BEGIN leaves together with the first query. */
  async begin(
    mode: AccessMode,
    work: WorkOptions,
    telemetry: Telemetry,
    pipelined: boolean,
    traced: WorkParent | null,
  ): Promise<TransactionWork> {
    work.signal?.throwIfAborted()
    const known = this.bookmarks.current()
    const bookmarks = known instanceof Promise ? await known : known
    const auth = this.#options.auth ?? this.source.auth()
    const lent = this.#connection(mode, bookmarks, auth instanceof Promise ? await auth : auth, work.signal, traced)
    const connection = lent instanceof Promise ? await lent : lent
    const transaction = new TransactionWork(connection, {
      settings: this.#settings(mode, bookmarks, work),
      fetchSize: this.#options.fetchSize,
      integers: this.#options.integers,
      bookmarks: this.bookmarks,
      telemetry,
      signal: work.signal,
      bookmarkTimeout: this.#options.bookmarkTimeout,
      release: this.#release,
      resolved: this.#resolved,
      traced,
    })
    if (!pipelined) await transaction.begun()
    return transaction
  }

  /**
   * Runs an auto-commit query; the server has accepted it then. One that the server turned away as safe to repeat, before
   * it did anything, is sent once more.
   */
  async run(
    mode: AccessMode,
    query: string,
    parameters: object,
    work: WorkOptions,
    telemetry: Telemetry,
  ): Promise<AutoCommit> {
    const operation = this.operation({ kind: 'run', mode, text: query, parameters })
    const tried = async () => {
      try {
        return await this.#run(mode, query, parameters, work, telemetry, operation)
      } catch (error) {
        if (!this.source.autoCommitRetries || !isNeo4jError(error) || error.diagnosticRecord['_idempotent'] !== true)
          throw error
        if (operation !== null) publishRetry(operation, error, operation.attempts, 0)
        return this.#run(mode, query, parameters, work, telemetry, operation)
      }
    }
    return operation === null ? tried() : enter(channels.operation, operation, tried)
  }

  /** Lends a connection to `use` for a round trip of the driver's own. */
  async borrow<T>(mode: AccessMode, use: (connection: Connection) => Promise<T>): Promise<T> {
    const known = this.bookmarks.current()
    const bookmarks = known instanceof Promise ? await known : known
    const connection = await this.#acquire(
      mode,
      bookmarks,
      this.#options.auth ?? (await this.source.auth()),
      undefined,
      null,
    )
    try {
      await connection.loggedIn()
      return await use(connection)
    } finally {
      this.#release(connection)
    }
  }

  /** Has a refusal of the driver's credentials dealt with before anybody decides whether to try again. */
  async judge(error: unknown): Promise<void> {
    if (!isNeo4jError(error) || !error.code?.startsWith('Neo.ClientError.Security.') || judged.has(error)) return
    judged.add(error)
    if (this.#options.auth !== null || this.#auth === null) return
    if (await this.source.handleSecurityException(this.#auth, error)) markHandled(error)
  }

  /** A note to the server about which part of the API is used. */
  telemetry(api: number): Telemetry {
    return new Telemetry(api, this.source.telemetryDisabled)
  }

  /** Keeps the home database's name where a choice of servers makes it matter. */
  #pin(database: string): void {
    if (!this.source.router.routed || this.#database !== null) return
    this.#database = database
    this.source.router.resolved({ impersonatedUser: this.#options.impersonatedUser, auth: this.#auth }, database)
  }

  async #run(
    mode: AccessMode,
    query: string,
    parameters: unknown,
    work: WorkOptions,
    telemetry: Telemetry,
    traced: OperationMessage | null,
  ): Promise<AutoCommit> {
    if (traced !== null) traced.attempts += 1
    work.signal?.throwIfAborted()
    const known = this.bookmarks.current()
    const bookmarks = known instanceof Promise ? await known : known
    const auth = this.#options.auth ?? this.source.auth()
    const lent = this.#connection(mode, bookmarks, auth instanceof Promise ? await auth : auth, work.signal, traced)
    const connection = lent instanceof Promise ? await lent : lent
    const autoCommit = new AutoCommit(connection, query, parameters, {
      settings: this.#settings(mode, bookmarks, work),
      fetchSize: this.#options.fetchSize,
      integers: this.#options.integers,
      bookmarks: this.bookmarks,
      telemetry,
      signal: work.signal,
      bookmarkTimeout: this.#options.bookmarkTimeout,
      release: this.#release,
      resolved: this.#resolved,
      traced,
    })
    await autoCommit.accepted()
    return autoCommit
  }

  #request(mode: AccessMode, bookmarks: readonly string[], auth: Auth | null): AcquireRequest {
    return { mode, database: this.#database, impersonatedUser: this.#options.impersonatedUser, bookmarks, auth }
  }

  /** A connection, logged in as whom this workspace needs: at once where one is idle. */
  #connection(
    mode: AccessMode,
    bookmarks: readonly string[],
    auth: Auth,
    signal: AbortSignal | undefined,
    traced: WorkParent | null,
  ): Connection | Promise<Connection> {
    this.#auth = auth
    const connection = traced === null ? this.source.router.tryAcquire(this.#request(mode, bookmarks, auth)) : undefined
    return connection === undefined
      ? this.#acquire(mode, bookmarks, auth, signal, traced)
      : this.#authenticated(connection, auth)
  }

  async #acquire(
    mode: AccessMode,
    bookmarks: readonly string[],
    auth: Auth,
    signal: AbortSignal | undefined,
    traced: WorkParent | null,
  ): Promise<Connection> {
    const deadline = Deadline.in(this.source.acquisitionTimeout)
    this.#auth = auth
    const request = this.#request(mode, bookmarks, auth)
    const { connection, database } = await this.#acquired(request, deadline, signal, traced)
    if (database !== null) this.#database = database
    return this.#authenticated(connection, auth)
  }

  #acquired(
    request: AcquireRequest,
    deadline: Deadline,
    signal: AbortSignal | undefined,
    traced: WorkParent | null,
  ): Promise<Acquired<Connection>> {
    const { router, driver } = this.source
    if (traced === null && !acquireWatched()) return router.acquire(request, deadline, signal)
    const acquire = new AcquireMessage(driver, traced, request)
    return trace(channels.acquire, acquire, () => router.acquire({ ...request, traced: acquire }, deadline, signal))
  }

  /** Presents the workspace's credentials where the connection was logged in with others. */
  #authenticated(connection: Connection, auth: Auth): Connection {
    try {
      // Below Bolt 5.1 it would be another connection for each user, which is not what a pool's limit is meant for.
      if (this.#options.auth !== null) connection.demandLogons()
      connection.logInAs(auth)
      connection.lentTo = this.caller
      return connection
    } catch (error) {
      this.#release(connection)
      throw error
    }
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
