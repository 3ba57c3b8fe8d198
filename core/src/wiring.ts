/**
 * Assembles a driver from its parts: settings, transport, login, pool, router, driver. The parts get what they need of each
 * other as functions and do not import each other.
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
import { SecurityWarning, Warnings } from './diagnostics/warnings.ts'
import { type Driver, driverOf } from './driver/driver.ts'
import { ConfigurationError, DriverError, notAnswered, ServiceUnavailable } from './errors/index.ts'
import { createBookmarkManager } from './execution/bookmark-manager.ts'
import type { ExecutionServices } from './execution/executor.ts'
import { assertNoOther, SharedTransaction } from './execution/shared-transaction.ts'
import type { Opening } from './pool/poolable.ts'
import { ResultFactory } from './results/result-factory.ts'
import { ClusterRouter } from './routing/cluster.ts'
import { DirectRouter } from './routing/direct.ts'
import { effectOf, isUnfitPeer, refusedCertificate } from './routing/error-effects.ts'
import type { Router } from './routing/router.ts'
import { RoutingTable, type RoutingTableSnapshot } from './routing/routing-table.ts'
import type { DriverSettings } from './settings/config.ts'
import { Credentials } from './settings/credentials.ts'
import type { CheckedResolver } from './settings/resolver.ts'
import { uncheckedCertificates } from './settings/tls-config.ts'
import { type ClientTls, TlsSource } from './settings/tls-source.ts'
import { Deadline } from './time/deadline.ts'
import { onAbort } from './time/on-abort.ts'
import { stopwatch } from './time/stopwatch.ts'
import { waitFor } from './time/wait-for.ts'
import { type Lookup, systemLookup } from './transport/resolve.ts'
import { connectSocket } from './transport/socket.ts'
import type { Transport } from './transport/transport.ts'
import { Address } from './values/address.ts'
import type { Auth } from './values/auth.ts'
import { isThenable } from './values/thenable.ts'
import { VERSION } from './values/version.ts'

const boltAgent = Object.freeze({
  product: `boltline/${VERSION}`,
  platform: `${platform()} ${release()}; ${arch()}`,
  language: `Node.js/${process.versions.node}`,
  language_details: `v8 ${process.versions.v8}`,
})

/** The internals of a driver that tests use; see testing.ts. */
export interface DriverInternals {
  /** Replaces the system's name resolution for connections opened from now on. */
  lookup: Lookup | undefined
  /** Fetches the routing table of a database even if the known one is fresh. */
  refreshRoutingTable(database: string | null, bookmarks: readonly string[]): Promise<void>
  /** The known routing table of a database; with empty lists when there is none. */
  routingTable(database: string | null): RoutingTableSnapshot
  /**
   * Makes all work of the driver join one transaction, until `end()` of the returned object closes it, which rolls it back.
   * @throws TransactionNestingError when the driver already shares a transaction
   */
  shareTransaction(): { end(): Promise<void> }
}

const internalsByDriver = new WeakMap<Driver, DriverInternals>()

/** @throws TypeError when another copy of the package made the driver */
export function driverInternals(driver: Driver): DriverInternals {
  const internals = internalsByDriver.get(driver)
  if (internals === undefined) throw new TypeError('driverInternals takes a driver made by this copy of the package')
  return internals
}

/** Creates a driver from checked settings. Opens no connection. */
export function assembleDriver(settings: DriverSettings): Driver {
  const logs = createLogs(settings.logger, settings.redact)
  const warnings = new Warnings(settings.redact)
  warnOfUncheckedCertificates(settings, logs, warnings)
  const opener = new Connector(settings, logs)
  const identity = identityFor(settings)
  const closing = new AbortController()
  const credentials = new Credentials(settings.authManager, logs.auth, closing.signal)
  const router = routerFor(settings, logs, opener, credentials, identity)
  const source: ExecutionServices = {
    driver: identity,
    router,
    handleAuthError: (error, signal) =>
      credentials.handleAuthError(error, Deadline.in(settings.connectionAcquisitionTimeout), signal),
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
    diagnose: () => diagnose(diagnosisParts(settings, opener, credentials, closing.signal)),
    closeConnections: () => {
      closing.abort(new DriverError('The driver has been closed'))
      return router.close()
    },
  })
  internalsByDriver.set(
    driver,
    Object.assign(opener, {
      refreshRoutingTable: async (database: string | null, bookmarks: readonly string[]) => {
        const request = { database, impersonatedUser: null, bookmarks: () => bookmarks, auth: null }
        await routedOver(router).refresh(request, Deadline.in(settings.connectionAcquisitionTimeout))
      },
      routingTable: (database: string | null) => routedOver(router).routingTable(database),
      shareTransaction: () => {
        assertNoOther(source.shared)
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

function warnOfUncheckedCertificates({ scheme, address, tls }: DriverSettings, logs: Logs, warnings: Warnings): void {
  const setting = uncheckedCertificates(scheme, tls)
  if (setting === null) return
  const text = `The driver for ${address} accepts every certificate (${setting}): an attacker in between can pretend to be the server. Use ${scheme.replace(/\+.*/, '')}+s://, or encrypted: true with trustedCertificates: TrustCustomCAs('ca.pem')`
  logs.driver.warn(text)
  warnings.emit(new SecurityWarning(text))
}

function routedOver(router: Router<Connection>): ClusterRouter<Connection> {
  if (router instanceof ClusterRouter) return router
  throw new ConfigurationError('Only a driver with the scheme neo4j has routing tables; this one talks to one server')
}

function diagnosisParts(
  settings: DriverSettings,
  opener: Connector,
  credentials: Credentials,
  closed: AbortSignal,
): DiagnosisParts {
  const { connectionTimeout, connectionAcquisitionTimeout } = settings
  return {
    target: `${settings.scheme}://${settings.address}`,
    address: settings.address,
    encrypted: settings.tls !== null,
    routed: settings.routing,
    connectionTimeout,
    connectionAcquisitionTimeout,
    closed,
    resolve: settings.resolver,
    lookup: (host) => (opener.lookup ?? systemLookup)(host),
    link: async (place, encrypted, opening, signal) => {
      const tls = encrypted ? await opener.clientTls(opening, signal) : null
      return opener.openTransport(place, tls, { opening, signal })
    },
    credentials: async (deadline) => credentials.current(deadline),
    connect: async (place, auth, opening, signal) => {
      const tls = await opener.clientTls(opening, signal)
      return opener.openOne(place, tls, auth, { opening, signal }, null)
    },
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
  opener: Connector,
  credentials: Credentials,
  driver: DriverIdentity,
): Router<Connection> {
  const connect = async (
    address: Address,
    deadline: Deadline,
    signal: AbortSignal,
    own: Auth | null | undefined,
    acquire: AcquireMessage | undefined,
    how: Opening | undefined,
  ) => {
    const traced = connectWatched() ? new ConnectMessage(driver, address, acquire ?? null) : null
    const auth = own ?? (await credentials.current(deadline, signal))
    const time = { deadline, share: how?.share ?? 1, signal }
    const open = () => opener.open(address, how?.resolvedFrom, auth, time, traced)
    let connection: Connection
    try {
      connection = await (traced === null ? open() : trace(channels.connect, traced, open))
    } catch (error) {
      if (!own) credentials.recordAuthError(error, auth)
      await credentials.handleAuthError(error, deadline, signal)
      throw error
    }
    connection.responseTimeout = settings.responseTimeout
    connection.redact = settings.redact
    connection.ownAuth = !own
    connection.onFailure = (failed, error) => {
      router.onError(failed, error)
      if (failed.ownAuth && failed.auth !== null) credentials.recordAuthError(error, failed.auth)
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
    admit: (connection: Connection, own: Auth | null | undefined, timeout: number) =>
      admit(connection, own ?? null, credentials, timeout),
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
        routingTimeout: settings.routingTimeout,
        acquisitionTimeout: settings.connectionAcquisitionTimeout,
        routesItself: (connection) => connection.hints['ssr.enabled'] === true,
        fetchTable: async (connection, question, deadline, signal) => {
          try {
            return await fetchRoutingTable(connection, routingContext(settings), question)
          } catch (error) {
            // Handled here, because the caller does not see this error when another router answers.
            await credentials.handleAuthError(error, deadline, signal)
            throw error
          }
        },
      })
    : new DirectRouter<Connection>({
        ...pool,
        address: settings.address,
        connect: (deadline, signal, auth, acquire, how) =>
          connect(settings.address, deadline, signal, auth, acquire, how),
      })
  return router
}

/** The routing context for HELLO and ROUTE: the URI's query, and the address that the driver was created with. */
function routingContext(settings: DriverSettings): Readonly<Record<string, string>> {
  return { ...settings.routingContext, address: String(settings.address) }
}

/** Opens transports and connections as configured by the settings. */
class Connector {
  /** Replaces the system's name resolution. */
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

  /**
   * Opens a transport to a server, before any Bolt bytes. `connectionTimeout` bounds name resolution and TCP, `opening` the
   * TLS handshake.
   */
  openTransport({ address, name, addresses }: Place, tls: ClientTls | null, time: OpeningTime): Promise<Transport> {
    const settings = this.#settings
    const { opening, signal } = time
    const left = opening.remaining()
    return connectSocket(
      {
        host: address.host,
        port: address.portNumber,
        name,
        addresses: addresses.map(({ host, portNumber }) => ({ host, port: portNumber })),
      },
      {
        deadline: Deadline.in(Math.min(settings.connectionTimeout, left)),
        deadlineName: left < settings.connectionTimeout ? 'connectionAcquisitionTimeout' : 'connectionTimeout',
        tlsDeadline: opening,
        keepAliveInitialDelay: settings.keepAliveInitialDelay,
        goodbyeTimeout: settings.goodbyeTimeout,
        tls,
        signal,
        lookup: this.lookup,
      },
    )
  }

  /**
   * Opens a connection and logs in, at the first usable one of the addresses that the resolver gives for `address`.
   * `resolvedFrom`: the address for which the resolver already gave `address`; the resolver is not called again.
   */
  async open(
    address: Address,
    resolvedFrom: Address | undefined,
    auth: Auth,
    { deadline, share, signal }: { readonly deadline: Deadline; readonly share: number; readonly signal: AbortSignal },
    traced: ConnectMessage | null,
  ): Promise<Connection> {
    const { resolver } = this.#settings
    const name = (resolvedFrom ?? address).host
    const asked = resolver !== null && resolvedFrom === undefined
    let addresses = asked ? await this.#resolved(resolver, address, deadline, signal) : [address]
    const tls = await this.clientTls(deadline, signal)
    // The time that the user's functions took does not count against the server's share.
    const opening = deadline.part(share)
    const failures: unknown[] = []
    for (;;) {
      const part = opening.part(addresses.length > 1 ? 0.5 : 1)
      let peer: string | null = null
      const onLink = (transport: Transport) => {
        peer = transport.peer
      }
      try {
        return await this.openOne({ address, name, addresses }, tls, auth, { opening: part, signal }, traced, onLink)
      } catch (error) {
        failures.push(error)
        // Without a peer, every address failed at TCP or TLS. Otherwise only the address that was connected to is excluded.
        addresses = peer === null ? [] : addresses.filter((each) => each.toString() !== peer)
        const elsewhere = effectOf(error) === 'unavailable' || isUnfitPeer(error)
        if (addresses.length === 0 || !elsewhere || signal.aborted || opening.expired) throw oneOf(failures, address)
      }
    }
  }

  /** Opens a connection to the first address of a place that accepts a transport, and logs in. */
  async openOne(
    place: Place,
    tls: ClientTls | null,
    auth: Auth,
    time: OpeningTime,
    traced: ConnectMessage | null,
    onLink?: (transport: Transport) => void,
  ): Promise<Connection> {
    const settings = this.#settings
    const started = stopwatch()
    const transport = await this.openTransport(place, tls, time)
    onLink?.(transport)
    const linked = stopwatch()
    if (traced !== null) traced.transportTime = linked - started
    const forget = onAbort(time.signal, () => transport.destroy())
    // Without routing, the address of a result's server is the peer's, since a resolver may name several servers.
    const named = !settings.routing && settings.resolver !== null
    try {
      const connection = await login(
        transport,
        {
          address: named ? Address.parse(transport.peer) : place.address,
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
        time.opening,
      )
      if (traced !== null) {
        traced.loginTime = stopwatch() - linked
        traced.server = connection.peer
      }
      return connection
    } finally {
      forget()
    }
  }

  /** The TLS settings for a new connection; null when the driver does not encrypt. */
  clientTls(deadline: Deadline, signal: AbortSignal): ReturnType<TlsSource['current']> {
    const tls = this.#tls.current()
    if (!isThenable(tls)) return tls
    const onTimeout = () => {
      this.#tls.giveUpOn(tls)
      return notAnswered('getCertificate() of the client certificate provider', deadline.allotted)
    }
    return waitFor(tls, signal, { deadline, onTimeout })
  }

  async #resolved(
    resolver: CheckedResolver,
    address: Address,
    deadline: Deadline,
    signal: AbortSignal,
  ): Promise<readonly Address[]> {
    const onTimeout = () => notAnswered(`The resolver for ${address}`, deadline.allotted)
    const addresses = await waitFor(resolver(address), signal, { deadline, onTimeout })
    if (addresses.length > 0) return addresses
    throw new ServiceUnavailable(`The resolver gave no address for ${address}`)
  }
}

/** The target of a connection. */
interface Place {
  /** The address of the server in the URI or in the routing table. */
  readonly address: Address
  /** The TLS server name (SNI), which the server's certificate must be valid for. */
  readonly name: string
  /** The addresses to connect to: those that the resolver gave, or the address itself. */
  readonly addresses: readonly Address[]
}

/** The limits of opening a connection. */
interface OpeningTime {
  readonly opening: Deadline
  readonly signal: AbortSignal
}

/** Combines the failures of the addresses that the resolver gave for `address` into one error. */
function oneOf(failures: readonly unknown[], address: Address): unknown {
  if (failures.length === 1) return failures[0]
  const why = failures.map((error) => (error instanceof Error ? error.message : String(error))).join('; ')
  const cause = new AggregateError(failures, 'every address failed')
  return (
    refusedCertificate(failures) ??
    new ServiceUnavailable(`No address that the resolver gave for ${address} could be used: ${why}`, { cause })
  )
}

/**
 * Ensures that a connection is logged in with the session's `own` credentials, or else with the driver's current ones.
 * False when the connection has to be replaced.
 *
 * @throws ConfigurationError when the server does not support credentials of sessions (before Bolt 5.1)
 */
function admit(
  connection: Connection,
  own: Auth | null,
  credentials: Credentials,
  timeout: number,
): boolean | Promise<boolean> {
  if (own !== null) {
    connection.assertLogons()
    return connection.logInAs(own, false)
  }
  // A new connection has just logged in with the credentials of the auth manager.
  if (connection.fresh && connection.ownAuth && !connection.authExpired) return true
  const auth = credentials.current(timeout)
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
