/**
 * Opens connections: name resolution, TCP, TLS, handshake and login, at the addresses that the user's resolver gives, within the limits
 * of the settings.
 */

import { arch, platform, release } from 'node:os'
import type { Connection, ConnectionOptions } from '../bolt/connection.ts'
import { login } from '../bolt/login.ts'
import type { ClientIdentity } from '../bolt/requests.ts'
import { type BoltVersion, boltVersions, versionName } from '../bolt/versions.ts'
import type { Logs } from '../diagnostics/log.ts'
import type { ConnectObserver } from '../diagnostics/observer.ts'
import { ConfigurationError, notAnswered, ServiceUnavailable } from '../errors/index.ts'
import { isThenable } from '../platform/thenable.ts'
import { VERSION } from '../platform/version.ts'
import { effectOf, isUnfitPeer, refusedCertificate } from '../routing/error-effects.ts'
import type { DriverSettings } from '../settings/config.ts'
import type { CheckedResolver } from '../settings/resolver.ts'
import { type ClientTls, TlsSource } from '../settings/tls-source.ts'
import { Deadline } from '../time/deadline.ts'
import { onAbort } from '../time/on-abort.ts'
import { stopwatch } from '../time/stopwatch.ts'
import { waitFor } from '../time/wait-for.ts'
import type { Lookup } from '../transport/resolve.ts'
import { connectSocket } from '../transport/socket.ts'
import type { Transport } from '../transport/transport.ts'
import { Address } from '../values/address.ts'
import type { Auth } from '../values/auth.ts'
import { routingContext } from './routing-context.ts'

const boltAgent = Object.freeze({
  product: `boltline/${VERSION}`,
  platform: `${platform()} ${release()}; ${arch()}`,
  language: `Node.js/${process.versions.node}`,
  language_details: `v8 ${process.versions.v8}`,
})

/** Opens transports and connections as configured by the settings. */
export class Connector {
  /** Replaces the system's name resolution. */
  lookup: Lookup | undefined
  /** Given to every connection that is opened from now on. */
  onFailure: ConnectionOptions['onFailure']
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
    own: boolean,
    { deadline, share, signal }: { readonly deadline: Deadline; readonly share: number; readonly signal: AbortSignal },
    observer: ConnectObserver,
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
        return await this.openOne(
          { address, name, addresses },
          tls,
          auth,
          own,
          { opening: part, signal },
          observer,
          onLink,
        )
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
    own: boolean,
    time: OpeningTime,
    observer: ConnectObserver,
    onLink?: (transport: Transport) => void,
  ): Promise<Connection> {
    const settings = this.#settings
    const started = stopwatch()
    const transport = await this.openTransport(place, tls, time)
    onLink?.(transport)
    const linked = stopwatch()
    observer.transportOpened(linked - started)
    const forget = onAbort(time.signal, () => transport.destroy())
    // Without routing, the address of a result's server is the peer's, since a resolver may name several servers.
    const named = !settings.routing && settings.resolver !== null
    try {
      const connection = await login(
        transport,
        {
          address: named ? Address.parse(transport.peer) : place.address,
          auth,
          own,
          client: this.#client,
          routing: settings.routing ? routingContext(settings) : null,
          filter: settings.notifications,
          versions: this.#versions,
          busyPollTime: settings.busyPollTime,
          maxMessageSize: settings.maxMessageSize,
          maxMessageValues: settings.maxMessageValues,
          probeAfter: settings.keepAliveInitialDelay,
          redact: settings.redact,
          onFailure: this.onFailure,
          log: this.#logs.io,
        },
        time.opening,
      )
      observer.loggedIn(stopwatch() - linked, connection)
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
export interface Place {
  /** The address of the server in the URI or in the routing table. */
  readonly address: Address
  /** The TLS server name (SNI), which the server's certificate must be valid for. */
  readonly name: string
  /** The addresses to connect to: those that the resolver gave, or the address itself. */
  readonly addresses: readonly Address[]
}

/** The limits of opening a connection. */
export interface OpeningTime {
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
