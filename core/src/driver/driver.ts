/**
 * The driver: one per application, made once, closed at the end. It owns the connections, and hands out sessions.
 * A thin handle: what it is made of is put together in wiring.ts.
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
  isNeo4jError,
  TransactionError,
} from '../errors/index.ts'
import type { Diagnosis } from '../results/diagnosis.ts'
import type { EagerResult } from '../results/eager-result.ts'
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
import type { BookmarkManager } from '../work/bookmark-manager.ts'
import { runManaged } from '../work/managed.ts'
import { SessionBookmarks } from '../work/session-bookmarks.ts'
import { telemetryApis } from '../work/telemetry.ts'
import type { Connection, PoolMetrics } from '../work/workspace.ts'
import { Workspace, type WorkspaceSource } from '../work/workspace.ts'
import { checkedParameters, checkedQuery } from './arguments.ts'
import { type Session, sessionOf } from './session.ts'

/** What a driver is made of. */
export interface DriverParts {
  readonly settings: DriverSettings
  readonly source: WorkspaceSource
  readonly results: ResultFactory
  readonly warnings: Warnings
  readonly bookmarkManager: BookmarkManager
  readonly poolMetrics: () => PoolMetrics[]
  readonly diagnose: () => Promise<Diagnosis>
  /** Closes every connection. */
  readonly closeConnections: () => Promise<void>
}

/** Makes a driver; users call `GraphDatabase.driver`. */
export let driverOf: (parts: DriverParts) => Driver

/**
 * Access to a Neo4j server or cluster. Made by `GraphDatabase.driver`; safe to share by everything in the process.
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
   * Runs a query in a transaction of its own and gives the whole result. Retried like a unit of work, so the query must be
   * safe to repeat; `CALL … IN TRANSACTIONS` needs `session.run`. Calls are causally chained by the driver's bookmark
   * manager.
   *
   * @param parameters - values for the query's `$names`
   * @param config - `routing` (default `'WRITE'`), `database`, `resultTransformer` and more
   * @throws Neo4jError (as a rejection) what the server says
   * @throws ParameterError (as a rejection) for a value that can't be sent, with its path
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
  executeQuery<T>(
    query: string | Query,
    parameters: object | null | undefined,
    config: ExecuteQueryConfig & { readonly resultTransformer: ResultTransformer<T> },
  ): Promise<T>
  // biome-ignore lint/suspicious/noExplicitAny: a row nobody described is read without casts
  executeQuery<Row extends object = any>(
    query: string | Query,
    parameters?: object | null,
    config?: (ExecuteQueryConfig & { readonly resultTransformer?: null | undefined }) | null,
  ): Promise<EagerResult<Row>>
  executeQuery(
    query: string | Query,
    parameters: object | null | undefined,
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

  // Apart from the function that waits, whose memory grows with all that is named in it.
  #executeQuery(query: unknown, parameters: unknown, config: unknown, site: CallSite): Promise<unknown> {
    this.#demandOpen('executeQuery')
    const checked = checkedQuery(query)
    const { text } = checked
    const given = checkedParameters(parameters)
    const options = parseExecuteQueryConfig(config, this.#settings, checked)
    const transform = options.resultTransformer
    // All of a read may leave at once: it is kept as a whole, and nothing is in doubt wherever it breaks off.
    const oneTrip = options.routing === 'READ' && this.#settings.allAtOnce && takesAll(transform)
    const manager = options.bookmarkManager === undefined ? this.#parts.bookmarkManager : options.bookmarkManager
    const workspace = new Workspace(this.#parts.source, {
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
    workspace.caller = site
    return runManaged(
      workspace,
      {
        kind: 'executeQuery',
        mode: options.routing,
        options,
        api: telemetryApis.executeQuery,
        pipelined: true,
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
   * Opens a session; synchronous and cheap, no connection is made before its first use.
   * @throws ConfigurationError for unknown or contradictory settings
   * @throws DriverError when the driver is closed
   */
  session(config?: SessionConfig | null): Session {
    this.#demandOpen('session')
    return this.#session(parseSessionConfig(config, this.#settings))
  }

  /**
   * Closes every connection. Work in progress fails. May be called again. After it, everything raises `DriverError`.
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

  /** What the messages of the diagnostics channels call this driver: they hold this very object. */
  get identity(): DriverIdentity {
    return this.#parts.source.driver
  }

  /** Whether connections are encrypted. */
  get encrypted(): boolean {
    return this.#settings.tls !== null
  }

  /** The bookmark manager that chains `executeQuery` calls; give it to sessions that shall see their writes. */
  get executeQueryBookmarkManager(): BookmarkManager {
    return this.#parts.bookmarkManager
  }

  /**
   * Makes a connection and exchanges a message with a server.
   * @param config - as for {@link session}
   * @throws ServiceUnavailable when no server can be reached
   * @throws AuthError when the credentials are refused
   */
  async verifyConnectivity(config?: SessionConfig | null): Promise<void> {
    await this.#serverInfo('verifyConnectivity', config, captureCallSite(this.verifyConnectivity))
  }

  /** Like {@link verifyConnectivity}, and says which server answered. */
  getServerInfo(config?: SessionConfig | null): Promise<ServerInfo> {
    return this.#serverInfo('getServerInfo', config, captureCallSite(this.getServerInfo))
  }

  /** Whether the server has several databases, going by its Bolt version: every version this driver speaks has. */
  async supportsMultiDb(): Promise<boolean> {
    const site = captureCallSite(this.supportsMultiDb)
    return this.#borrow('supportsMultiDb', {}, site, async () => true)
  }

  /** Whether sessions can have credentials of their own, going by the server's Bolt version (5.1). */
  async supportsSessionAuth(): Promise<boolean> {
    const site = captureCallSite(this.supportsSessionAuth)
    return this.#borrow('supportsSessionAuth', {}, site, async (connection) => connection.version.logon)
  }

  /**
   * Whether the credentials are valid. Unreachable servers and other failures reject.
   * @param auth - by default those of the driver
   * @param config - as for {@link session}; `database` is by default `system`, which every server has
   * @throws ConfigurationError (as a rejection) below Bolt 5.1 (Neo4j 5.5), where credentials can't be presented again
   */
  async verifyAuthentication(auth?: AuthToken | null, config?: SessionConfig | null): Promise<boolean> {
    const site = captureCallSite(this.verifyAuthentication)
    try {
      const token = auth === undefined || auth === null ? undefined : toAuth(auth)
      const session = { ...config, database: config?.database ?? 'system', ...(token && { auth: token }) }
      await this.#borrow('verifyAuthentication', session, site, async (connection) => connection.logInAgain())
      return true
    } catch (error) {
      if (isNeo4jError(error) && refusedCredentials.has(error.code ?? '')) return false
      throw error
    }
  }

  /**
   * Goes the way to the server step by step (DNS, TCP, TLS, credentials, handshake, login, routing table, the addresses in
   * it) and reports how far it gets and what to do. Never rejects for a server that can't be reached; uses no pooled connection.
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
      this.#demandOpen('diagnose')
      return await this.#parts.diagnose()
    } catch (error) {
      throw atCallSite(error, site)
    }
  }

  /** The figures of the connection pools, an entry for each server; never touches the network. */
  poolMetrics(): PoolMetrics[] {
    return this.#parts.poolMetrics()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #session(settings: SessionSettings): Session {
    return sessionOf({
      workspace: this.#workspace(settings),
      results: this.#parts.results,
      warnings: this.#parts.warnings,
      mode: settings.defaultAccessMode,
      timeout: settings.timeout,
      signal: settings.signal,
      demandOpenDriver: (call) => this.#demandOpen(call),
    })
  }

  #workspace(settings: SessionSettings): Workspace {
    return new Workspace(this.#parts.source, {
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
      // One that was opened for this has just exchanged messages.
      if (!connection.unused) await connection.reset()
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
      this.#demandOpen(call)
      const settings = parseSessionConfig(config, this.#settings)
      return await this.#workspace(settings).borrow('READ', settings.signal, use)
    } catch (error) {
      await this.#parts.source.judge(error, config?.signal ?? undefined)
      throw atCallSite(error, site)
    }
  }

  #demandOpen(call: string): void {
    if (this.#closing === null) return
    throw new DriverError(`${call}() was called on a closed driver. Make another with GraphDatabase.driver()`)
  }
}

/** What a transformer makes of a result: not the result itself, which can't outlive its transaction. */
async function transformed(
  reader: ResultReader,
  result: Result,
  transform: ResultTransformer<unknown>,
): Promise<unknown> {
  // It may look at the keys first.
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

/** What a server says to credentials that are not valid, as opposed to everything else that can go wrong. */
const refusedCredentials: ReadonlySet<string> = new Set([
  'Neo.ClientError.Security.CredentialsExpired',
  'Neo.ClientError.Security.Forbidden',
  'Neo.ClientError.Security.TokenExpired',
  'Neo.ClientError.Security.Unauthorized',
])

const unclosed = new Unclosed(
  'A driver was never closed. Close it with await driver.close(), or declare it with await using',
)
