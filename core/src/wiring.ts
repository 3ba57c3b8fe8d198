/**
 * The one place where a driver's parts are put together: settings, transport, login, pool, router, driver. Everything
 * below is told what it needs by functions and knows nothing of the rest.
 */

import { arch, platform, release } from 'node:os'
import type { Connection } from './bolt/connection.ts'
import { login } from './bolt/login.ts'
import type { ClientIdentity } from './bolt/requests.ts'
import { fetchRoutingTable } from './bolt/routing-table.ts'
import { type BoltVersion, boltVersions, versionName } from './bolt/versions.ts'
import { type DiagnosisParts, diagnose } from './diagnosing.ts'
import { channels, connectWatched, trace } from './diagnostics/channels.ts'
import { createLogs, type Logs } from './diagnostics/log.ts'
import { type AcquireMessage, ConnectMessage, type DriverIdentity } from './diagnostics/messages.ts'
import { Warnings } from './diagnostics/warnings.ts'
import { type Driver, driverOf } from './driver/driver.ts'
import { ConfigurationError, ConnectionAcquisitionTimeoutError, ServiceUnavailable } from './errors/index.ts'
import { ResultFactory } from './results/result-factory.ts'
import { ClusterRouter } from './routing/cluster.ts'
import { DirectRouter } from './routing/direct.ts'
import type { Router } from './routing/router.ts'
import { RoutingTable, type RoutingTableSnapshot } from './routing/routing-table.ts'
import type { DriverSettings } from './settings/config.ts'
import { Credentials } from './settings/credentials.ts'
import type { CheckedResolver } from './settings/resolver.ts'
import { TlsSource } from './settings/tls-source.ts'
import { Deadline } from './time/deadline.ts'
import { stopwatch } from './time/stopwatch.ts'
import { waitFor } from './time/wait-for.ts'
import { type Lookup, systemLookup } from './transport/resolve.ts'
import { connectSocket } from './transport/socket.ts'
import type { Transport } from './transport/transport.ts'
import { Address } from './values/address.ts'
import type { Auth } from './values/auth.ts'
import { isThenable } from './values/thenable.ts'
import { VERSION } from './values/version.ts'
import { createBookmarkManager } from './work/bookmark-manager.ts'
import { demandNoOther, SharedTransaction } from './work/shared-transaction.ts'
import type { WorkspaceSource } from './work/workspace.ts'

const boltAgent = Object.freeze({
  product: `boltline/${VERSION}`,
  platform: `${platform()} ${release()}; ${arch()}`,
  language: `Node.js/${process.versions.node}`,
  language_details: `v8 ${process.versions.v8}`,
})

/** What tests reach for inside of a driver; see testing.ts. */
export interface DriverInternals {
  /** In place of the system's name resolution, for the connections to come. */
  lookup: Lookup | undefined
  /** Has the routing table of a database fetched anew, whatever is known. */
  refreshRoutingTable(database: string | null, bookmarks: readonly string[]): Promise<void>
  /** What is known of a database's servers; empty lists when nothing is. */
  routingTable(database: string | null): RoutingTableSnapshot
  /**
   * From now on all work of the driver joins one transaction, which `end()` of what this gives undoes.
   * @throws TransactionNestingError where that is so already
   */
  shareTransaction(): { end(): Promise<void> }
}

const internalsByDriver = new WeakMap<Driver, DriverInternals>()

/** @throws TypeError when this copy of the package has not made the driver */
export function driverInternals(driver: Driver): DriverInternals {
  const internals = internalsByDriver.get(driver)
  if (internals === undefined) throw new TypeError('driverInternals takes a driver made by this copy of the package')
  return internals
}

/** A driver for settings that have been checked. Opens nothing. */
export function assembleDriver(settings: DriverSettings): Driver {
  const logs = createLogs(settings.logger)
  const warnings = new Warnings()
  const opener = new Opener(settings, logs)
  const identity = identityFor(settings)
  const credentials = new Credentials(settings.authManager)
  const router = routerFor(settings, logs, opener, credentials, identity)
  const closing = new AbortController()
  const source: WorkspaceSource = {
    driver: identity,
    router,
    judge: (error) => credentials.judge(error),
    acquisitionTimeout: settings.connectionAcquisitionTimeout,
    retryTime: settings.maxTransactionRetryTime,
    responseTimeout: settings.responseTimeout,
    rollbackTimeout: settings.rollbackTimeout,
    closed: closing.signal,
    telemetryDisabled: settings.telemetryDisabled,
    autoCommitRetries: !settings.disableAutoCommitRetries,
    log: logs.driver,
    shared: null,
  }
  const driver = driverOf({
    settings,
    source,
    results: new ResultFactory(warnings, logs.notifications, settings.warnNotificationSeverity),
    warnings,
    bookmarkManager: createBookmarkManager(),
    poolMetrics: () => router.metrics(),
    diagnose: () => diagnose(diagnosisParts(settings, opener, credentials)),
    closeConnections: () => {
      closing.abort()
      return router.close()
    },
  })
  internalsByDriver.set(
    driver,
    Object.assign(opener, {
      refreshRoutingTable: async (database: string | null, bookmarks: readonly string[]) => {
        const request = { database, impersonatedUser: null, bookmarks: () => bookmarks, auth: null }
        await routedOver(router).refresh(request, settings.connectionAcquisitionTimeout)
      },
      routingTable: (database: string | null) => routedOver(router).routingTable(database),
      shareTransaction: () => {
        demandNoOther(source.shared)
        const shared = new SharedTransaction()
        source.shared = shared
        return {
          end: () => {
            source.shared = null
            return shared.end()
          },
        }
      },
    }),
  )
  return driver
}

function routedOver(router: Router<Connection>): ClusterRouter<Connection> {
  if (router instanceof ClusterRouter) return router
  throw new ConfigurationError('Only a driver with the scheme neo4j has routing tables; this one talks to one server')
}

function diagnosisParts(settings: DriverSettings, opener: Opener, credentials: Credentials): DiagnosisParts {
  const never = new AbortController().signal
  return {
    target: `${settings.scheme}://${settings.address}`,
    address: settings.address,
    encrypted: settings.tls !== null,
    routed: settings.routing,
    resolve: settings.resolver,
    lookup: (host) => (opener.lookup ?? systemLookup)(host),
    link: (address, encrypted) => opener.link(address, encrypted, Deadline.in(settings.connectionTimeout), never, null),
    credentials: async () => credentials.current(),
    connect: (address, auth) =>
      opener.open(address, auth, Deadline.in(settings.connectionAcquisitionTimeout), never, null, null),
    advertised: async (connection) => {
      const request = { database: null, impersonatedUser: null, bookmarks: [] }
      const { routers, readers, writers } = RoutingTable.parse(
        await fetchRoutingTable(connection, routingContext(settings), request),
        null,
      )
      const addresses = [...routers, ...readers, ...writers].map(String)
      return [...new Set(addresses)]
    },
  }
}

let drivers = 0

function identityFor(settings: DriverSettings): DriverIdentity {
  const { scheme, address, routing, tls } = settings
  drivers += 1
  return Object.freeze({
    id: drivers,
    uri: `${scheme}://${address}`,
    host: address.host,
    port: address.portNumber,
    routed: routing,
    encrypted: tls !== null,
  })
}

function routerFor(
  settings: DriverSettings,
  logs: Logs,
  opener: Opener,
  credentials: Credentials,
  driver: DriverIdentity,
): Router<Connection> {
  const connect = async (
    address: Address,
    deadline: Deadline,
    signal: AbortSignal,
    own: Auth | null | undefined,
    acquire: AcquireMessage | undefined,
  ) => {
    const traced = connectWatched() ? new ConnectMessage(driver, address, acquire ?? null) : null
    const auth = own ?? (await within(deadline, signal, credentials.current(), 'The auth manager'))
    const open = () => opener.open(address, auth, deadline, signal, traced)
    let connection: Connection
    try {
      connection = await (traced === null ? open() : trace(channels.connect, traced, open))
    } catch (error) {
      if (!own) credentials.note(error, auth)
      await credentials.judge(error)
      throw error
    }
    connection.responseTimeout = settings.responseTimeout
    connection.ownAuth = !own
    connection.onFailure = (failed, error) => {
      router.onError(failed, error)
      if (failed.ownAuth && failed.auth !== null) credentials.note(error, failed.auth)
    }
    return connection
  }
  const pool = {
    max: settings.maxConnectionPoolSize,
    maxLifetime: settings.maxConnectionLifetime,
    livenessCheckTimeout: settings.livenessCheckTimeout,
    resetTimeout: settings.resetTimeout,
    goodbyeTimeout: settings.goodbyeTimeout,
    livenessProbeTimeout: Math.min(settings.livenessProbeTimeout, settings.connectionTimeout),
    log: logs.pool,
    driver,
    admit: (connection: Connection, own: Auth | null | undefined) => admit(connection, own ?? null, credentials),
    expireLogin: (connection: Connection) => {
      connection.authExpired = true
    },
  }
  const router: Router<Connection> = settings.routing
    ? new ClusterRouter<Connection>({
        ...pool,
        connect,
        seed: settings.address,
        resolve: settings.resolver ?? undefined,
        routesItself: (connection) => connection.hints['ssr.enabled'] === true,
        fetchTable: async (connection, question) => {
          try {
            return await fetchRoutingTable(connection, routingContext(settings), question)
          } catch (error) {
            // Another router may make this error good, and nobody else would hear of it.
            await credentials.judge(error)
            throw error
          }
        },
      })
    : new DirectRouter<Connection>({
        ...pool,
        address: settings.address,
        connect: (deadline, signal, auth, acquire) => connect(settings.address, deadline, signal, auth, acquire),
      })
  return router
}

/** What a router is told about this client: the URI's query, and under which address it found the cluster. */
function routingContext(settings: DriverSettings): Readonly<Record<string, string>> {
  return { ...settings.routingContext, address: String(settings.address) }
}

/** Opens links and connections as the settings say. */
class Opener {
  /** In place of the system's name resolution. */
  lookup: Lookup | undefined
  readonly #settings: DriverSettings
  readonly #logs: Logs
  readonly #tls: TlsSource
  readonly #versions: readonly BoltVersion[]
  readonly #client: ClientIdentity

  constructor(settings: DriverSettings, logs: Logs) {
    this.#settings = settings
    this.#logs = logs
    this.#tls = new TlsSource(settings.tls)
    this.#versions = versionsFor(settings.protocolVersions)
    this.#client = { userAgent: settings.userAgent, boltAgent }
  }

  /** With routing, the resolver replaces the first address only, and the router sees to that. */
  get #resolver(): CheckedResolver | null {
    return this.#settings.routing ? null : this.#settings.resolver
  }

  /** A link to an address, which nobody has spoken over. `connectionTimeout` bounds TCP, the deadline everything. */
  async link(
    address: Address,
    encrypted: boolean,
    deadline: Deadline,
    signal: AbortSignal,
    resolve: CheckedResolver | null = this.#resolver,
  ): Promise<Transport> {
    const settings = this.#settings
    const addresses = resolve && (await within(deadline, signal, resolve(address), `The resolver for ${address}`))
    if (addresses?.length === 0) throw new ServiceUnavailable(`The resolver gave no address for ${address}`)
    const tls = encrypted && (await within(deadline, signal, this.#tls.current(), 'The client certificate provider'))
    return connectSocket(
      {
        host: address.host,
        port: address.portNumber,
        ...(addresses !== null && {
          addresses: addresses.map(({ host, portNumber }) => ({ host, port: portNumber })),
        }),
      },
      {
        deadline: Deadline.in(Math.min(settings.connectionTimeout, deadline.remaining())),
        tlsDeadline: deadline,
        keepAliveInitialDelay: settings.keepAliveInitialDelay,
        goodbyeTimeout: settings.goodbyeTimeout,
        tls: tls || null,
        signal,
        lookup: this.lookup,
      },
    )
  }

  /** A connection, logged in and ready for use. */
  async open(
    address: Address,
    auth: Auth,
    deadline: Deadline,
    signal: AbortSignal,
    traced: ConnectMessage | null,
    resolve: CheckedResolver | null = this.#resolver,
  ): Promise<Connection> {
    const settings = this.#settings
    const started = stopwatch()
    const transport = await this.link(address, settings.tls !== null, deadline, signal, resolve)
    const linked = stopwatch()
    if (traced !== null) traced.transportTime = linked - started
    const cut = () => transport.destroy()
    signal.addEventListener('abort', cut, { once: true })
    try {
      const connection = await login(
        transport,
        {
          // Where a resolver has named the servers, the one that answered is the one that results are from.
          address: resolve === null ? address : Address.parse(transport.peer),
          auth,
          client: this.#client,
          routing: settings.routing ? routingContext(settings) : null,
          filter: settings.notifications,
          versions: this.#versions,
          busyPollTime: settings.busyPollTime,
          maxMessageSize: settings.maxMessageSize,
          maxMessageValues: settings.maxMessageValues,
          probeAfter: settings.keepAliveInitialDelay,
          log: this.#logs.io,
        },
        deadline,
      )
      if (traced !== null) {
        traced.loginTime = stopwatch() - linked
        traced.server = connection.peer
      }
      return connection
    } finally {
      signal.removeEventListener('abort', cut)
    }
  }
}

/** Waits for somebody else's work while there is time to open a connection. */
function within<T>(deadline: Deadline, signal: AbortSignal, work: T | Promise<T>, whose: string): T | Promise<T> {
  if (!isThenable(work)) return work
  const onTimeout = () =>
    new ConnectionAcquisitionTimeoutError(`${whose} did not answer in time (connectionAcquisitionTimeout)`)
  return waitFor(work, signal, { deadline, onTimeout })
}

/**
 * Sees to it that a connection is logged in with a session's `own` credentials, or else with the driver's of this very
 * moment. False where it has to be replaced.
 *
 * @throws ConfigurationError where the server knows no credentials of sessions
 */
function admit(connection: Connection, own: Auth | null, credentials: Credentials): boolean | Promise<boolean> {
  if (own !== null) {
    connection.demandLogons()
    return connection.logInAs(own, false)
  }
  // The manager was asked for the credentials of this connection a moment ago.
  if (connection.unused && connection.ownAuth && !connection.authExpired) return true
  const auth = credentials.current()
  return isThenable(auth) ? auth.then((given) => connection.logInAs(given, true)) : connection.logInAs(auth, true)
}

function versionsFor(names: readonly string[] | undefined): readonly BoltVersion[] {
  if (names === undefined) return boltVersions
  const unknown = names.find((name) => !boltVersions.some((row) => versionName(row) === name))
  if (unknown !== undefined) {
    throw new ConfigurationError(
      `protocolVersions names Bolt ${unknown}, which this driver doesn't speak; it speaks ${boltVersions.map(versionName).join(', ')}`,
    )
  }
  return boltVersions.filter((row) => names.includes(versionName(row)))
}
