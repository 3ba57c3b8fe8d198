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
import { channels, connectWatched, stopwatch, trace } from './diagnostics/channels.ts'
import { createLogs, type Logs } from './diagnostics/log.ts'
import { type AcquireMessage, ConnectMessage, type DriverIdentity } from './diagnostics/messages.ts'
import { Warnings } from './diagnostics/warnings.ts'
import { type Driver, driverOf } from './driver/driver.ts'
import { ConfigurationError, ServiceUnavailable } from './errors/index.ts'
import { ResultFactory } from './results/result-factory.ts'
import { ClusterRouter } from './routing/cluster.ts'
import { DirectRouter } from './routing/direct.ts'
import type { Router } from './routing/router.ts'
import type { RoutingTableSnapshot } from './routing/routing-table.ts'
import type { DriverSettings } from './settings/config.ts'
import type { CheckedResolver } from './settings/resolver.ts'
import { TlsSource } from './settings/tls-source.ts'
import { Deadline } from './time/deadline.ts'
import { type Lookup, systemLookup } from './transport/resolve.ts'
import { connectSocket } from './transport/socket.ts'
import type { Transport } from './transport/transport.ts'
import type { Address } from './values/address.ts'
import { type Auth, sameAuth, toAuth } from './values/auth.ts'
import { isThenable } from './values/thenable.ts'
import { VERSION } from './values/version.ts'
import { createBookmarkManager } from './work/bookmark-manager.ts'

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
  const router = routerFor(settings, logs, opener, identity)
  const driver = driverOf({
    settings,
    source: {
      driver: identity,
      router,
      auth: () => currentAuth(settings),
      handleSecurityException: (auth, error) => settings.authManager.handleSecurityException(auth, error),
      acquisitionTimeout: settings.connectionAcquisitionTimeout,
      retryTime: settings.maxTransactionRetryTime,
      telemetryDisabled: settings.telemetryDisabled,
      autoCommitRetries: !settings.disableAutoCommitRetries,
      log: logs.driver,
    },
    results: new ResultFactory(warnings, logs.notifications, settings.warnNotificationSeverity),
    warnings,
    bookmarkManager: createBookmarkManager(),
    poolMetrics: () => router.metrics(),
    diagnose: () => diagnose(diagnosisParts(settings, opener)),
    closeConnections: () => router.close(),
  })
  internalsByDriver.set(
    driver,
    Object.assign(opener, {
      refreshRoutingTable: async (database: string | null, bookmarks: readonly string[]) => {
        const auth = await currentAuth(settings)
        const request = { mode: 'READ', database, impersonatedUser: null, bookmarks, auth } as const
        await routedOver(router).refresh(request, Deadline.in(settings.connectionAcquisitionTimeout))
      },
      routingTable: (database: string | null) => routedOver(router).routingTable(database),
    }),
  )
  return driver
}

function routedOver(router: Router<Connection>): ClusterRouter<Connection> {
  if (router instanceof ClusterRouter) return router
  throw new ConfigurationError('Only a driver with the scheme neo4j has routing tables; this one talks to one server')
}

function diagnosisParts(settings: DriverSettings, opener: Opener): DiagnosisParts {
  const never = new AbortController().signal
  return {
    target: `${settings.scheme}://${settings.address}`,
    address: settings.address,
    encrypted: settings.tls !== null,
    routed: settings.routing,
    resolve: settings.resolver,
    lookup: (host) => (opener.lookup ?? systemLookup)(host),
    link: (address, encrypted) => opener.link(address, encrypted, Deadline.in(settings.connectionTimeout), never, null),
    credentials: async () => currentAuth(settings),
    connect: (address, auth) =>
      opener.open(address, auth, Deadline.in(settings.connectionAcquisitionTimeout), never, null, null),
    advertised: async (connection) => {
      const request = { database: null, impersonatedUser: null, bookmarks: [] }
      const { servers } = await fetchRoutingTable(connection, routingContext(settings), request)
      const addresses = (servers as { readonly addresses: readonly string[] }[]).flatMap((entry) => entry.addresses)
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

function routerFor(settings: DriverSettings, logs: Logs, opener: Opener, driver: DriverIdentity): Router<Connection> {
  const connect = async (
    address: Address,
    deadline: Deadline,
    signal: AbortSignal,
    auth: Auth | null | undefined,
    acquire: AcquireMessage | undefined,
  ) => {
    const traced = connectWatched() ? new ConnectMessage(driver, address, acquire ?? null) : null
    const open = async () => opener.open(address, auth ?? (await currentAuth(settings)), deadline, signal, traced)
    const connection = await (traced === null ? open() : trace(channels.connect, traced, open))
    connection.onFailure = (failed, error) => router.onError(failed, error)
    return connection
  }
  const pool = {
    max: settings.maxConnectionPoolSize,
    maxLifetime: settings.maxConnectionLifetime,
    livenessCheckTimeout: settings.livenessCheckTimeout,
    log: logs.pool,
    driver,
    // From Bolt 5.1 on any connection can log in as somebody else; older ones are replaced.
    accepts: (connection: Connection, auth: Auth | null | undefined) =>
      connection.version.logon || !mustLogInAgain(connection, auth ?? null),
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
        fetchTable: (connection, request) => {
          if (request.auth !== null) connection.logInAs(request.auth)
          return fetchRoutingTable(connection, routingContext(settings), request)
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

  /** A link to an address, which nobody has spoken over. */
  async link(
    address: Address,
    encrypted: boolean,
    deadline: Deadline,
    signal: AbortSignal,
    resolve: CheckedResolver | null = this.#resolver,
  ): Promise<Transport> {
    const settings = this.#settings
    const addresses = resolve === null ? undefined : await resolve(address)
    if (addresses?.length === 0) throw new ServiceUnavailable(`The resolver gave no address for ${address}`)
    return connectSocket(
      {
        host: address.host,
        port: address.portNumber,
        ...(addresses !== undefined && {
          addresses: addresses.map(({ host, portNumber }) => ({ host, port: portNumber })),
        }),
      },
      {
        deadline,
        keepAlive: settings.keepAlive,
        tls: encrypted ? await this.#tls.current() : null,
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
    const opening = Deadline.in(Math.min(settings.connectionTimeout, deadline.remaining()))
    const transport = await this.link(address, settings.tls !== null, opening, signal, resolve)
    const linked = stopwatch()
    if (traced !== null) traced.transportTime = linked - started
    const cut = () => transport.destroy()
    signal.addEventListener('abort', cut, { once: true })
    try {
      const connection = await login(
        transport,
        {
          address,
          auth,
          client: this.#client,
          routing: settings.routing ? routingContext(settings) : null,
          filter: settings.notifications,
          versions: this.#versions,
          log: this.#logs.io,
        },
        opening,
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

function currentAuth(settings: DriverSettings): Auth | Promise<Auth> {
  const auth = settings.authManager.getAuth()
  return isThenable(auth) ? Promise.resolve(auth).then(toAuth) : toAuth(auth)
}

function mustLogInAgain(connection: Connection, auth: Auth | null): boolean {
  if (connection.authExpired) return true
  return auth !== null && connection.auth !== null && !sameAuth(connection.auth, auth)
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
