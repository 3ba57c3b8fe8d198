/**
 * The configuration of a driver: what users may write, and what the rest of the package works with. Everything is checked
 * here, when the driver is made and before any socket is opened; an error names the setting, says what was found and what
 * would do. The defaults are those of the other Neo4j drivers.
 */
import type { ConnectionOptions } from 'node:tls'
import type { Logger } from '../diagnostics/log.ts'
import { AuthConfigurationError, ConfigurationError } from '../errors/index.ts'
import type { Address } from '../values/address.ts'
import { type AuthToken, toAuth } from '../values/auth.ts'
import { type NotificationDisabledCategory, NotificationMinimumSeverity } from '../values/enums.ts'
import type { IntegerMode } from '../values/integer.ts'
import { checkedOptions, found, isGiven } from '../values/options.ts'
import { VERSION } from '../values/version.ts'
import { type AuthManager, AuthManagers, isAuthManager } from './auth-managers.ts'
import type { ClientCertificateInput } from './client-certificates.ts'
import { type NotificationFilter, parseNotificationFilter, SEVERITIES } from './notification-filter.ts'
import { callback, choice, duration, flag, integerMode, limit, name, recordCount } from './options.ts'
import { type CheckedResolver, checkedResolver, type Resolver } from './resolver.ts'
import { parseTls, type TlsConfig } from './tls-config.ts'
import type { TrustedCertificates } from './trust.ts'
import { parseUri, type UriScheme } from './uri.ts'

export type { NotificationFilter } from './notification-filter.ts'
export * from './session-config.ts'

/**
 * The settings of `GraphDatabase.driver()`. All are optional; `undefined` and `null` mean that a setting is not given.
 * Durations are in ms, `Infinity` switches a limit off.
 */
export interface DriverConfig {
  /** Credentials, or where to get them from. Default: none (scheme `none`). */
  readonly auth?: AuthToken | AuthManager | null | undefined
  /**
   * How long a call waits for a connection, with everything that takes: the line in front of a full pool, connecting,
   * handshakes, login, routers and their answers, all servers of a routing table, and functions of the user that are asked on
   * the way (`resolver`, auth manager, provider of client certificates, bookmark manager). Then it fails with
   * `ConnectionAcquisitionTimeoutError`, or with what an attempt to connect knows better. Of several servers, each may use half
   * of the time that is left. Should be larger than `connectionTimeout`. Default: 60 000 ms.
   */
  readonly connectionAcquisitionTimeout?: number | null | undefined
  /**
   * How long finding a routing table may take apart from `connectionAcquisitionTimeout`: all routers and their answers. Each router
   * then has `connectionAcquisitionTimeout` for its connection, and so have the servers of the table together. For clusters whose
   * routers answer slowly, for instance until they have caught up with bookmarks. Default: none, finding a routing table is a part of
   * `connectionAcquisitionTimeout`.
   */
  readonly routingTimeout?: number | null | undefined
  /** How long to wait for a TCP connection, name resolution included, handshakes and login not. Default: 30 000 ms. */
  readonly connectionTimeout?: number | null | undefined
  /** Whether to encrypt. Only with the schemes `bolt` and `neo4j`; those with `+s` and `+ssc` always do. Default: false. */
  readonly encrypted?: boolean | null | undefined
  /** Whether links without traffic are probed, see `keepAliveInitialDelay`. Default: true. */
  readonly keepAlive?: boolean | null | undefined
  /**
   * After how many ms without traffic a link is probed: by TCP's keep-alive, ten probes a second apart; and, while an answer is
   * due, by a second TCP connection to the server, which waits for 10 000 ms and is tried twice, because no system probes a link
   * whose last bytes are unacknowledged. A link that no packet passes is thus destroyed within a minute. At least 1000;
   * `Infinity`, like `keepAlive: false`: never. Default: 30 000 ms.
   */
  readonly keepAliveInitialDelay?: number | null | undefined
  /**
   * How long an answer may be due without a single byte from the server before the connection is destroyed. The call fails with
   * `ServiceUnavailable` or `SessionExpired`, the COMMIT of a write with `IncompleteCommit`. A query may compute for that long
   * before its first record comes, so choose it above the slowest. Also a setting of sessions and calls; the server's own limit
   * (the hint `connection.recv_timeout_seconds`) applies besides. Default: `Infinity`.
   */
  readonly responseTimeout?: number | null | undefined
  /**
   * How long `rollback()` and `close()` of a transaction, and `session.close()` with an open one, wait for the server; then the
   * connection is destroyed, with which the server rolls back. Default: 30 000 ms.
   */
  readonly rollbackTimeout?: number | null | undefined
  /**
   * How long a server may take to answer RESET, by which a connection is made ready for the next caller; then the connection is
   * replaced. Default: 30 000 ms.
   */
  readonly resetTimeout?: number | null | undefined
  /**
   * How long a connection that is closed may take to deliver its GOODBYE and to be closed by the server; then it is cut.
   * `driver.close()` takes no longer than this. Default: 5000 ms.
   */
  readonly goodbyeTimeout?: number | null | undefined
  /**
   * For how long the event loop looks for answers that are due without falling asleep, while all connections of the process are
   * quiet. Short queries take up to 1.7 times as long without it where the server is on the same machine or close by; where
   * answers take longer, hardly any are polled. 0: never; `Infinity`: for as long as an answer is due. Default: 0.1 ms.
   */
  readonly busyPollTime?: number | null | undefined
  /** How old a connection may grow before it is replaced. Default: 3 600 000 ms, which is one hour. */
  readonly maxConnectionLifetime?: number | null | undefined
  /**
   * Connections that were idle for longer than this are probed before they are used again, which costs a round trip. 0: always
   * probe. Default: never probe.
   */
  readonly livenessCheckTimeout?: number | null | undefined
  /**
   * How long a call waits for the answer to a probe (see `livenessCheckTimeout`) before a new connection is opened in the place of
   * the silent one; at most `connectionTimeout`, and half of what is left of `connectionAcquisitionTimeout`. Connections that were
   * idle for as long as a silent one are closed with it. Default: 5000 ms.
   */
  readonly livenessProbeTimeout?: number | null | undefined
  /** How many connections there may be to one server. Default: 100. */
  readonly maxConnectionPoolSize?: number | null | undefined
  /**
   * The largest message that is taken from a server, in bytes: a record, or what a server says of a query. A larger one is a
   * {@link BoltProtocolError}. Until the login has succeeded the limit is 64 KiB, whatever is set. Default: 536 870 912, which is
   * 512 MiB.
   */
  readonly maxMessageSize?: number | null | undefined
  /**
   * How many values one message of a server may hold, because a few bytes can become a large object. A scalar counts as 1, a list, map
   * or structure as 8 more than its elements, an entry of a map as 4. A message beyond it is a {@link BoltProtocolError}. Until the login
   * has succeeded the limit is 4 000, whatever is set. Default: 20 000 000.
   *
   * @example
   * ```ts
   * // One record collects a million nodes.
   * GraphDatabase.driver(uri, { maxMessageValues: 100_000_000 })
   * ```
   */
  readonly maxMessageValues?: number | null | undefined
  /** For how long after its first failure a managed transaction is tried again. Default: 30 000 ms. */
  readonly maxTransactionRetryTime?: number | null | undefined
  /**
   * Turns addresses into others, ahead of DNS. Asked before each connection, for the address of the URI and for those of routing
   * tables. Default: none.
   */
  readonly resolver?: Resolver | null | undefined
  /**
   * Options of `node:tls`. Turns encryption on and makes `encrypted`, `trustedCertificates` and `clientCertificate` void. Only
   * with the schemes `bolt` and `neo4j`. Easily made insecure: prefer the other settings.
   */
  readonly tlsOptions?: ConnectionOptions | null | undefined
  /** Whom to trust when encrypted. Only with the schemes `bolt` and `neo4j`. Default: `TrustSystemCAs()`. */
  readonly trustedCertificates?: TrustedCertificates | null | undefined
  /** The client's own certificate (mutual TLS), on top of `auth`. Without effect when not encrypted. Default: none. */
  readonly clientCertificate?: ClientCertificateInput | null | undefined
  /** What this program calls itself towards the server. Default: `boltline/` and the version. */
  readonly userAgent?: string | null | undefined
  /** The least severe notifications the server is to send; needs Neo4j 5.7. Default: the server's setting. */
  readonly notificationsMinSeverity?: NotificationMinimumSeverity | null | undefined
  /** Kinds of notifications the server is not to send; needs Neo4j 5.7. Default: the server's setting. */
  readonly notificationsDisabledCategories?: Iterable<NotificationDisabledCategory> | null | undefined
  /**
   * From which severity on a notification of the server also becomes a `Neo4jWarning`. Default: `'OFF'`; `'INFORMATION'`
   * where the environment has `BOLTLINE_DEBUG=1`.
   */
  readonly warnNotificationSeverity?: NotificationMinimumSeverity | null | undefined
  /** Whether to keep from the server which part of the driver's API is used, even if it asks for it. Default: false. */
  readonly telemetryDisabled?: boolean | null | undefined
  /**
   * How many records to ask the server for at a time; −1: all at once. Default: 1000. An `executeQuery` that only reads and
   * keeps everything asks for all at once unless this is given, and takes one round trip.
   */
  readonly fetchSize?: number | null | undefined
  /** What Cypher INTEGERs in records become. Default: `'number'`. */
  readonly integers?: IntegerMode | null | undefined
  /** Gets the driver's log lines. `console` and pino fit. Default: none. */
  readonly logger?: Logger | null | undefined
  /**
   * Whether to take the values out of what servers say before it reaches logs, warnings and spans: Neo4j quotes the value that it
   * refuses. Names of labels, types and properties stay, and so does `message` of the error that the caller gets. Default: false.
   */
  readonly redact?: boolean | null | undefined
  /**
   * Whether to give up the single second try of an auto-commit query which the server declares safe to repeat (one that it
   * turned away before running it). Default: false.
   */
  readonly disableAutoCommitRetries?: boolean | null | undefined
  /** Restricts the Bolt versions to offer, for tests and for finding faults: `['5.4', '4.4']`. Default: all. */
  readonly protocolVersions?: readonly string[] | null | undefined
}

/** All there are; the documentation is compared with them. */
export const DRIVER_KEYS = [
  'auth',
  'connectionAcquisitionTimeout',
  'routingTimeout',
  'connectionTimeout',
  'encrypted',
  'keepAlive',
  'keepAliveInitialDelay',
  'responseTimeout',
  'rollbackTimeout',
  'resetTimeout',
  'goodbyeTimeout',
  'busyPollTime',
  'maxConnectionLifetime',
  'livenessCheckTimeout',
  'livenessProbeTimeout',
  'maxConnectionPoolSize',
  'maxMessageSize',
  'maxMessageValues',
  'maxTransactionRetryTime',
  'resolver',
  'tlsOptions',
  'trustedCertificates',
  'clientCertificate',
  'userAgent',
  'notificationsMinSeverity',
  'notificationsDisabledCategories',
  'warnNotificationSeverity',
  'telemetryDisabled',
  'fetchSize',
  'integers',
  'logger',
  'redact',
  'disableAutoCommitRetries',
  'protocolVersions',
] as const satisfies readonly (keyof DriverConfig)[]

/** The settings of a driver after checking, complete. Durations in ms; `Infinity` is no limit. */
export interface DriverSettings {
  readonly scheme: UriScheme
  /** Whether queries are routed over a cluster. */
  readonly routing: boolean
  readonly address: Address
  /** Of the URI's query string; null for schemes that do not route. */
  readonly routingContext: Readonly<Record<string, string>> | null
  readonly authManager: AuthManager
  /** Null: not encrypted. */
  readonly tls: TlsConfig | null
  readonly connectionAcquisitionTimeout: number
  /** Undefined: finding a routing table is a part of the acquisition. */
  readonly routingTimeout: number | undefined
  readonly connectionTimeout: number
  /** `Infinity`: links are not probed. */
  readonly keepAliveInitialDelay: number
  readonly responseTimeout: number
  readonly rollbackTimeout: number
  readonly resetTimeout: number
  readonly goodbyeTimeout: number
  readonly busyPollTime: number
  readonly maxConnectionLifetime: number
  /** Undefined: no check; 0: always. */
  readonly livenessCheckTimeout: number | undefined
  readonly livenessProbeTimeout: number
  readonly maxConnectionPoolSize: number
  readonly maxMessageSize: number
  readonly maxMessageValues: number
  readonly maxTransactionRetryTime: number
  /** Null: DNS alone. */
  readonly resolver: CheckedResolver | null
  readonly userAgent: string
  readonly notifications: NotificationFilter
  readonly warnNotificationSeverity: NotificationMinimumSeverity
  readonly telemetryDisabled: boolean
  /** −1: all at once. */
  readonly fetchSize: number
  /** Whether a result that is kept as a whole may be asked for at once: nobody has asked for batches. */
  readonly allAtOnce: boolean
  readonly integers: IntegerMode
  readonly logger: Logger | undefined
  readonly redact: boolean
  readonly disableAutoCommitRetries: boolean
  /** Undefined: all that the driver knows. */
  readonly protocolVersions: readonly string[] | undefined
}

/**
 * Checks the URI and the settings of a driver and fills in the defaults.
 *
 * @throws ConfigurationError when something is wrong or contradictory
 */
export function parseDriverConfig(uri: unknown, config: unknown): DriverSettings {
  const { scheme, routing, security, address, routingContext } = parseUri(uri)
  const options = checkedOptions(config, DRIVER_KEYS, 'driver')
  const resolver = callback<Resolver>('resolver', options.resolver)
  return Object.freeze({
    scheme,
    routing,
    address,
    routingContext,
    authManager: parseAuth(options.auth),
    tls: parseTls(scheme, security, options),
    connectionAcquisitionTimeout: duration(
      'connectionAcquisitionTimeout',
      options.connectionAcquisitionTimeout,
      60_000,
    ),
    routingTimeout: duration('routingTimeout', options.routingTimeout, undefined),
    connectionTimeout: duration('connectionTimeout', options.connectionTimeout, 30_000),
    keepAliveInitialDelay: keepAliveDelay(options.keepAlive, options.keepAliveInitialDelay),
    responseTimeout: duration('responseTimeout', options.responseTimeout, Number.POSITIVE_INFINITY),
    rollbackTimeout: duration('rollbackTimeout', options.rollbackTimeout, 30_000),
    resetTimeout: duration('resetTimeout', options.resetTimeout, 30_000),
    goodbyeTimeout: duration('goodbyeTimeout', options.goodbyeTimeout, 5_000),
    busyPollTime: duration('busyPollTime', options.busyPollTime, 0.1),
    maxConnectionLifetime: duration('maxConnectionLifetime', options.maxConnectionLifetime, 3_600_000),
    livenessCheckTimeout: duration('livenessCheckTimeout', options.livenessCheckTimeout, undefined),
    livenessProbeTimeout: duration('livenessProbeTimeout', options.livenessProbeTimeout, 5_000),
    maxConnectionPoolSize: limit('maxConnectionPoolSize', options.maxConnectionPoolSize, 100),
    maxMessageSize: limit('maxMessageSize', options.maxMessageSize, 512 * 1024 * 1024),
    maxMessageValues: limit('maxMessageValues', options.maxMessageValues, 20_000_000),
    maxTransactionRetryTime: duration('maxTransactionRetryTime', options.maxTransactionRetryTime, 30_000),
    resolver: resolver === undefined ? null : checkedResolver(resolver),
    userAgent: name('userAgent', options.userAgent, `boltline/${VERSION}`),
    notifications: parseNotificationFilter(options),
    warnNotificationSeverity: choice(
      'warnNotificationSeverity',
      options.warnNotificationSeverity,
      SEVERITIES,
      process.env['BOLTLINE_DEBUG'] === '1' ? NotificationMinimumSeverity.INFORMATION : NotificationMinimumSeverity.OFF,
    ),
    telemetryDisabled: flag('telemetryDisabled', options.telemetryDisabled, false),
    fetchSize: recordCount('fetchSize', options.fetchSize, 1000),
    allAtOnce: recordCount('fetchSize', options.fetchSize, -1) === -1,
    integers: integerMode(options.integers, 'number'),
    logger: parseLogger(options.logger),
    redact: flag('redact', options.redact, false),
    disableAutoCommitRetries: flag('disableAutoCommitRetries', options.disableAutoCommitRetries, false),
    protocolVersions: parseVersions(options.protocolVersions),
  })
}

function keepAliveDelay(keepAlive: unknown, keepAliveInitialDelay: unknown): number {
  const delay = duration('keepAliveInitialDelay', keepAliveInitialDelay, 30_000)
  return flag('keepAlive', keepAlive, true) ? Math.max(delay, 1000) : Number.POSITIVE_INFINITY
}

function parseAuth(auth: unknown): AuthManager {
  if (!isAuthManager(auth)) return AuthManagers.static(toAuth(auth as AuthToken | null | undefined))
  if (typeof auth.handleSecurityException === 'function') return auth
  throw new AuthConfigurationError(
    'auth has getAuth() like an AuthManager, but lacks handleSecurityException(auth, error)',
  )
}

function parseLogger(logger: unknown): Logger | undefined {
  if (!isGiven(logger)) return undefined
  const candidate = logger as Partial<Logger>
  for (const level of ['debug', 'info', 'warn', 'error'] as const) {
    if (typeof candidate[level] === 'function') continue
    throw new ConfigurationError(
      `logger must have the methods debug, info, warn and error, but ${level} is missing in ${found(logger)}`,
    )
  }
  return logger as Logger
}

function parseVersions(value: unknown): readonly string[] | undefined {
  if (!isGiven(value)) return undefined
  const versions = Array.isArray(value) ? value.map(String) : []
  if (versions.length > 0 && versions.every((version) => /^\d+\.\d+$/.test(version))) return Object.freeze(versions)
  throw new ConfigurationError(`protocolVersions must be an array of versions like '5.4', found ${found(value)}`)
}
