/**
 * The driver: one per application, created once and closed at the end. It owns the connections and opens sessions.
 * A thin handle; wiring.ts assembles its parts.
 *
 * Longer than other files because of the documentation of its public members.
 */

import type { DriverIdentity } from '../diagnostics/messages.ts'
import { Unclosed } from '../diagnostics/unclosed.ts'
import type { Warnings } from '../diagnostics/warnings.ts'
import {
  aboutQuery,
  atCallSite,
  type CallSite,
  captureCallSite,
  captureFrequentCallSite,
  DriverError,
  factsOf,
  isNeo4jError,
  TransactionError,
} from '../errors/index.ts'
import type { BookmarkManager } from '../execution/bookmark-manager.ts'
import type { Connection, PoolMetrics } from '../execution/executor.ts'
import { type ExecutionServices, Executor } from '../execution/executor.ts'
import { runManaged } from '../execution/managed.ts'
import { SessionBookmarks } from '../execution/session-bookmarks.ts'
import { telemetryApis } from '../execution/telemetry.ts'
import type { NotInferred, NotPassed, ParametersFor, QueryAlone } from '../query-types/calls.ts'
import type { Diagnosis } from '../results/diagnosis.ts'
import type { EagerFor } from '../results/eager-result.ts'
import { isResult, type Result, resultOf } from '../results/result.ts'
import { type ResultFactory, serverInfoOf } from '../results/result-factory.ts'
import type { ResultReader } from '../results/result-reader.ts'
import { type ResultTransformer, resultTransformers, takesAll } from '../results/result-transformers.ts'
import type { ServerInfo } from '../results/server-info.ts'
import {
  type DriverSettings,
  type ExecuteQueryConfig,
  parseExecuteQueryConfig,
  parseSessionConfig,
  type SessionConfig,
  type SessionSettings,
} from '../settings/config.ts'
import { keepSettings } from '../settings/settings-of.ts'
import { type AuthToken, toAuth } from '../values/auth.ts'
import type { Query } from '../values/query.ts'
import { checkedParameters, checkedQuery } from './arguments.ts'
import { type Session, sessionOf } from './session.ts'

/** The parts of a driver. */
export interface DriverParts {
  readonly settings: DriverSettings
  readonly source: ExecutionServices
  readonly results: ResultFactory
  readonly warnings: Warnings
  readonly bookmarkManager: BookmarkManager
  readonly poolMetrics: () => PoolMetrics[]
  readonly diagnose: () => Promise<Diagnosis>
  /** Closes every connection. */
  readonly closeConnections: () => Promise<void>
}

/** Creates a driver; users call `GraphDatabase.driver`. */
export let driverOf: (parts: DriverParts) => Driver

/**
 * A client of a Neo4j server or cluster, with a connection pool for each server. Created by `GraphDatabase.driver`. Share one
 * driver across the whole process.
 *
 * @example
 * ```ts
 * await using driver = GraphDatabase.driver('neo4j://localhost:7687', { auth: basicAuth('neo4j', 'secret') })
 * await driver.verifyConnectivity()
 * const { records } = await driver.executeQuery('MATCH (p:Person) RETURN p.name AS name', {}, { routing: 'READ' })
 * ```
 */
export class Driver implements AsyncDisposable {
  readonly #parts: DriverParts
  readonly #settings: DriverSettings
  #closing: Promise<void> | null = null

  static {
    driverOf = (parts) => new Driver(parts)
  }

  private constructor(parts: DriverParts) {
    this.#parts = parts
    this.#settings = parts.settings
    keepSettings(this, parts.settings)
    unclosed.opened(this, parts.warnings)
  }

  /**
   * Runs a query in a transaction of its own and returns the whole result. The driver retries it after transient failures, so
   * the query must be safe to repeat. `CALL … IN TRANSACTIONS` needs `session.run` instead. The driver's bookmark manager
   * chains the calls causally: each sees the writes of those before it.
   *
   * Takes the text or a `Query`, values for the query's `$names`, and options: `routing` (default `'WRITE'`), `database`,
   * `resultTransformer` and more. The names of parameters and columns of a literal text are checked by the compiler.
   *
   * @throws Neo4jError (as a rejection) when the server rejects the query
   * @throws ParameterError (as a rejection) for a value that can't be sent; the error has its path
   *
   * @example
   * ```ts
   * const { records, summary } = await driver.executeQuery(
   *   'MATCH (p:Person {age: $age}) RETURN p.name AS name',
   *   { age: 42 },
   *   { routing: 'READ', database: 'neo4j' },
   * )
   * ```
   */
  executeQuery<Row extends object = NotPassed, const T extends string = string>(
    query: QueryAlone<T>,
  ): Promise<EagerFor<Row, T>>
  executeQuery<R, const T extends string = string, P extends object | null | undefined = NotInferred>(
    query: T | Query<T>,
    parameters: ParametersFor<T, P>,
    config: ExecuteQueryConfig & { readonly resultTransformer: ResultTransformer<R> },
  ): Promise<R>
  executeQuery<
    Row extends object = NotPassed,
    const T extends string = string,
    P extends object | null | undefined = NotInferred,
  >(
    query: T | Query<T>,
    parameters: ParametersFor<T, P>,
    config?: (ExecuteQueryConfig & { readonly resultTransformer?: null | undefined }) | null,
  ): Promise<EagerFor<Row, T>>
  executeQuery<const T extends string = string, P extends object | null | undefined = NotInferred>(
    query: T | Query<T>,
    parameters: ParametersFor<T, P>,
    config: ExecuteQueryConfig | null | undefined,
  ): Promise<unknown>
  async executeQuery(query: unknown, parameters?: unknown, config?: unknown): Promise<unknown> {
    const site = captureFrequentCallSite(this.executeQuery)
    try {
      return await this.#executeQuery(query, parameters, config, site)
    } catch (error) {
      throw atCallSite(aboutQuery(error, query, parameters), site)
    }
  }

  // Separate from the async function, whose suspended frame would keep all of these variables in memory.
  #executeQuery(query: unknown, parameters: unknown, config: unknown, site: CallSite): Promise<unknown> {
    this.#assertOpen('executeQuery')
    const checked = checkedQuery(query)
    const { text } = checked
    const given = checkedParameters(parameters)
    const options = parseExecuteQueryConfig(config, this.#settings, checked)
    const transform = options.resultTransformer
    // A read whose whole result is kept fits into one round trip: it can be retried wherever its connection is lost.
    const oneTrip = options.routing === 'READ' && this.#settings.allAtOnce && takesAll(transform)
    const manager = options.bookmarkManager === undefined ? this.#parts.bookmarkManager : options.bookmarkManager
    const executor = new Executor(this.#parts.source, {
      database: options.database,
      impersonatedUser: options.impersonatedUser,
      auth: options.auth,
      bookmarks: new SessionBookmarks(null, manager, this.#parts.source),
      fetchSize: this.#settings.fetchSize,
      integers: options.integers,
      filter: null,
      bookmarkTimeout: options.bookmarkTimeout,
      responseTimeout: options.responseTimeout ?? this.#settings.responseTimeout,
    })
    executor.caller = site
    return runManaged(
      executor,
      {
        kind: 'executeQuery',
        mode: options.routing,
        options,
        api: telemetryApis.executeQuery,
        pipelined: true,
        retry: true,
        text,
        parameters: given,
      },
      (transaction) => {
        const cursor = oneTrip ? transaction.runAlone(text, given) : transaction.run(text, given)
        const reader = this.#parts.results.of(cursor, transaction.connection, text, given, null, transaction)
        const result = resultOf(reader)
        return transform === undefined || transform === resultTransformers.eager
          ? reader.whole(site)
          : transformed(reader, result, transform)
      },
    )
  }

  /**
   * Opens a session. Synchronous and cheap: the session acquires a connection for each transaction.
   * @throws ConfigurationError for unknown, invalid or contradictory settings
   * @throws DriverError when the driver is closed
   */
  session(config?: SessionConfig | null): Session {
    this.#assertOpen('session')
    return this.#session(parseSessionConfig(config, this.#settings))
  }

  /**
   * Closes all connections; pending calls fail. May be called more than once. Later calls of the driver and its sessions raise
   * `DriverError`.
   */
  close(): Promise<void> {
    if (this.#closing === null) {
      unclosed.closed(this)
      this.#closing = this.#parts.closeConnections()
    }
    return this.#closing
  }

  /** Whether {@link close} has been called. */
  get closed(): boolean {
    return this.#closing !== null
  }

  /** Identifies this driver in messages of the diagnostics channels: their `driver` is this same object. */
  get identity(): DriverIdentity {
    return this.#parts.source.driver
  }

  /** Whether connections are encrypted. */
  get encrypted(): boolean {
    return this.#settings.tls !== null
  }

  /** The bookmark manager of `executeQuery`. Pass it to sessions that have to see the writes of those calls. */
  get executeQueryBookmarkManager(): BookmarkManager {
    return this.#parts.bookmarkManager
  }

  /**
   * Acquires a connection and exchanges a message with the server.
   * @param config - as for {@link session}
   * @throws ServiceUnavailable (as a rejection) when no server can be reached
   * @throws AuthError (as a rejection) when the server refuses the credentials
   */
  async verifyConnectivity(config?: SessionConfig | null): Promise<void> {
    await this.#serverInfo('verifyConnectivity', config, captureCallSite(this.verifyConnectivity))
  }

  /** Does the same as {@link verifyConnectivity} and returns the server that answered. */
  getServerInfo(config?: SessionConfig | null): Promise<ServerInfo> {
    return this.#serverInfo('getServerInfo', config, captureCallSite(this.getServerInfo))
  }

  /** Whether the server supports multiple databases. Connects to it; true for every Bolt version that this driver supports. */
  async supportsMultiDb(): Promise<boolean> {
    const site = captureCallSite(this.supportsMultiDb)
    return this.#borrow('supportsMultiDb', {}, site, async () => true)
  }

  /** Whether sessions can have their own credentials: true from Bolt 5.1 (Neo4j 5.5). Connects to the server. */
  async supportsSessionAuth(): Promise<boolean> {
    const site = captureCallSite(this.supportsSessionAuth)
    return this.#borrow('supportsSessionAuth', {}, site, async (connection) => connection.version.logon)
  }

  /**
   * Whether the server accepts the credentials. Other failures, such as an unreachable server, reject.
   * @param auth - the credentials to verify; default: those of the driver
   * @param config - as for {@link session}; the default `database` is `system`
   * @throws ConfigurationError (as a rejection) below Bolt 5.1 (Neo4j 5.5), where credentials can't be presented again
   */
  async verifyAuthentication(auth?: AuthToken | null, config?: SessionConfig | null): Promise<boolean> {
    const site = captureCallSite(this.verifyAuthentication)
    try {
      const token = auth === undefined || auth === null ? undefined : toAuth(auth)
      const session = { ...config, database: config?.database ?? 'system', ...(token && { auth: token }) }
      await this.#borrow('verifyAuthentication', session, site, async (connection) => connection.authentication.again())
      return true
    } catch (error) {
      if (isNeo4jError(error) && factsOf(error.code).refusesCredentials === true) return false
      throw error
    }
  }

  /**
   * Connects to the server step by step (DNS, TCP, TLS, credentials, handshake, login, routing table, advertised addresses) and
   * reports for each step whether it succeeded and what to do if not. Does not reject when the server can't be reached. Uses a
   * new connection, none of the pool.
   * @throws DriverError (as a rejection) when the driver is closed
   *
   * @example
   * ```ts
   * const diagnosis = await driver.diagnose()
   * if (!diagnosis.ok) console.error(String(diagnosis))
   * ```
   */
  async diagnose(): Promise<Diagnosis> {
    const site = captureCallSite(this.diagnose)
    try {
      this.#assertOpen('diagnose')
      return await this.#parts.diagnose()
    } catch (error) {
      throw atCallSite(error, site)
    }
  }

  /** Metrics of the connection pools, one entry for each server. Synchronous. */
  poolMetrics(): PoolMetrics[] {
    return this.#parts.poolMetrics()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #session(settings: SessionSettings): Session {
    return sessionOf({
      executor: this.#executor(settings),
      results: this.#parts.results,
      warnings: this.#parts.warnings,
      mode: settings.defaultAccessMode,
      timeout: settings.timeout,
      signal: settings.signal,
      assertOpenDriver: (call) => this.#assertOpen(call),
    })
  }

  #executor(settings: SessionSettings): Executor {
    return new Executor(this.#parts.source, {
      database: settings.database,
      impersonatedUser: settings.impersonatedUser,
      auth: settings.auth,
      bookmarks: new SessionBookmarks(settings.bookmarks, settings.bookmarkManager, this.#parts.source),
      fetchSize: settings.fetchSize,
      integers: settings.integers,
      filter: settings.notifications,
      bookmarkTimeout: settings.bookmarkTimeout,
      responseTimeout: settings.responseTimeout,
    })
  }

  #serverInfo(call: string, config: SessionConfig | null | undefined, site: CallSite): Promise<ServerInfo> {
    return this.#borrow(call, config, site, async (connection) => {
      // A connection that was just opened has already exchanged messages.
      if (!connection.authentication.fresh) await connection.reset()
      return serverInfoOf(connection)
    })
  }

  async #borrow<T>(
    call: string,
    config: SessionConfig | null | undefined,
    site: CallSite,
    use: (connection: Connection) => Promise<T>,
  ): Promise<T> {
    try {
      this.#assertOpen(call)
      const settings = parseSessionConfig(config, this.#settings)
      return await this.#executor(settings).borrow('READ', settings.signal, use)
    } catch (error) {
      await this.#parts.source.handleAuthError(error, config?.signal ?? undefined)
      throw atCallSite(error, site)
    }
  }

  #assertOpen(call: string): void {
    if (this.#closing === null) return
    throw new DriverError(`${call}() was called on a closed driver. Make another with GraphDatabase.driver()`)
  }
}

/** Runs a transformer. Throws if it returns the live result, which can't be read after its transaction. */
async function transformed(
  reader: ResultReader,
  result: Result,
  transform: ResultTransformer<unknown>,
): Promise<unknown> {
  // The transformer may read the keys first.
  await reader.cursor.ready()
  try {
    const value = await transform(result)
    if (!isResult(value)) return value
  } finally {
    reader.end('its transaction is closed')
  }
  throw new TransactionError(
    'The resultTransformer returned the live result, which ends with its transaction. Return what was read from it, for example result.toEagerResult()',
  )
}

const unclosed = new Unclosed(
  'A driver was never closed. Close it with await driver.close(), or declare it with await using',
)
