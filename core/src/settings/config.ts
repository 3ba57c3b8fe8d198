/**
 * The configuration of a driver: the options that callers pass, and the checked settings that the rest of the package reads.
 * Every option is checked here, when the driver is made and before any socket is opened; an error names the setting, the value
 * that was found and the values that are allowed. The defaults are those of the official Neo4j drivers.
 */
import type { ConnectionOptions } from 'node:tls'
import type { Logger } from '../diagnostics/log.ts'
import { AuthConfigurationError, ConfigurationError } from '../errors/index.ts'
import { found, isGiven } from '../platform/checked-options.ts'
import { VERSION } from '../platform/version.ts'
import type { Address } from '../values/address.ts'
import { type AuthToken, toAuth } from '../values/auth.ts'
import { type NotificationDisabledCategory, NotificationMinimumSeverity } from '../values/enums.ts'
import type { IntegerMode } from '../values/integer.ts'
import { type AuthManager, AuthManagers, isAuthManager } from './auth-managers.ts'
import { callback, duration, flag, INTEGER_MODES, limit, name, oneOf, recordCount } from './checks.ts'
import type { ClientCertificateInput } from './client-certificates.ts'
import { type NotificationFilter, notificationFilter, notificationRows, SEVERITIES } from './notification-filter.ts'
import { type CheckedResolver, checkedResolver, type Resolver } from './resolver.ts'
import { defineSettings, type Row, readSettings, setting, type Values } from './schema.ts'
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
  /**
   * Credentials, or an `AuthManager` that supplies them. Default: none (scheme `none`).
   *
   * @see docs/security.md#credentials
   */
  readonly auth?: AuthToken | AuthManager | null | undefined
  /**
   * How long a call waits for a connection, all steps included: the queue of a full pool, connecting, handshakes, login, routers
   * and their responses, all servers of a routing table, and your functions that are called on the way. Of several servers, each
   * may use half of the remaining time, so that a silent one leaves time for the next; a router has at most 30 s to respond.
   * Should be larger than `connectionTimeout`. When it has passed, the call fails with `ConnectionAcquisitionTimeoutError`, or
   * with the more specific error of a failed connection attempt. Default: 60 000 ms.
   *
   * @see docs/configuration.md#your-functions
   */
  readonly connectionAcquisitionTimeout?: number | null | undefined
  /**
   * How long fetching a routing table may take in addition to `connectionAcquisitionTimeout`: all routers and their responses.
   * Each router then has `connectionAcquisitionTimeout` for its connection, and so have the servers of the table together. For
   * clusters whose routers respond slowly. Without it, fetching a table counts towards `connectionAcquisitionTimeout`. Default:
   * none.
   */
  readonly routingTimeout?: number | null | undefined
  /** How long to wait for TCP, name resolution included; handshakes and login are not. Default: 30 000 ms. */
  readonly connectionTimeout?: number | null | undefined
  /** Whether to encrypt. Only with `bolt` and `neo4j`: the schemes with `+s` and `+ssc` always encrypt. Default: false. */
  readonly encrypted?: boolean | null | undefined
  /** Whether the driver probes connections without traffic. Default: true. */
  readonly keepAlive?: boolean | null | undefined
  /**
   * After how long without traffic a connection is probed: by TCP keep-alive, ten probes a second apart, and, while a response is
   * due, by a second TCP connection to the server, tried twice for 10 s, because operating systems do not probe a connection
   * whose last bytes are unacknowledged. The driver destroys a dead connection within a minute. At least 1000. Default: 30 000
   * ms.
   */
  readonly keepAliveInitialDelay?: number | null | undefined
  /**
   * How long a response may be due without a byte from the server before the driver destroys the connection. The call then fails
   * with `ServiceUnavailable` or `SessionExpired`, the COMMIT of a write with `IncompleteCommit`. A query may compute for that
   * long before its first record arrives, so choose a value above the slowest query. The server's own limit, the hint
   * `connection.recv_timeout_seconds`, applies besides. Default: `Infinity`.
   *
   * @see docs/guides/cancel.md#limits
   */
  readonly responseTimeout?: number | null | undefined
  /**
   * How long `rollback()` and `close()` of a transaction, and `session.close()` with an open one, wait for the server. After that
   * the driver destroys the connection, and the server rolls back. Default: 30 000 ms.
   */
  readonly rollbackTimeout?: number | null | undefined
  /**
   * How long a server may take to respond to RESET, which prepares a connection for the next caller. After that the connection is
   * replaced. Default: 30 000 ms.
   */
  readonly resetTimeout?: number | null | undefined
  /**
   * How long a closing connection may take to send GOODBYE and to be closed by the server. After that the driver destroys it.
   * `driver.close()` takes no longer. Default: 5000 ms.
   */
  readonly goodbyeTimeout?: number | null | undefined
  /**
   * For how long the event loop polls for responses instead of sleeping, while all connections are silent. `0`: never.
   * `Infinity`: as long as a response is due. Default: 0.1 ms.
   *
   * @see docs/performance.md#waiting-for-answers
   */
  readonly busyPollTime?: number | null | undefined
  /** How old a connection may grow before it is replaced. Default: 3 600 000 ms (one hour). */
  readonly maxConnectionLifetime?: number | null | undefined
  /**
   * Connections that were idle for longer are probed before use, which costs a round trip. `0` probes always. Default: none.
   */
  readonly livenessCheckTimeout?: number | null | undefined
  /**
   * How long a call waits for the response to a liveness check (see `livenessCheckTimeout`) before it uses another connection; at
   * most `connectionTimeout`, and half of the remaining `connectionAcquisitionTimeout`. When a check gets no response, the pool
   * also closes the connections that were idle at least as long. Default: 5000 ms.
   */
  readonly livenessProbeTimeout?: number | null | undefined
  /** The largest number of connections to one server. Default: 100. */
  readonly maxConnectionPoolSize?: number | null | undefined
  /**
   * The largest message that the driver accepts from a server, in bytes: 512 MiB. A larger one raises {@link BoltProtocolError}.
   * Until the login has succeeded the limit is 64 KiB. Default: 536 870 912 (512 MiB).
   */
  readonly maxMessageSize?: number | null | undefined
  /**
   * How many values one message of a server may hold, because a few bytes can become a large object: a scalar counts as 1, a
   * list, map or structure as 8 more than its elements, an entry of a map as 4. Raise it for records that collect millions of
   * nodes. Until the login has succeeded the limit is 4,000. Default: 20 000 000.
   *
   * @example
   * ```ts
   * // A query returns a million nodes in one record.
   * GraphDatabase.driver(uri, { maxMessageValues: 100_000_000 })
   * ```
   */
  readonly maxMessageValues?: number | null | undefined
  /** For how long after its first failure a managed transaction is tried again. Default: 30 000 ms. */
  readonly maxTransactionRetryTime?: number | null | undefined
  /**
   * A function from an address to others, ahead of DNS. Called before each connection, for the address of the URI and for those
   * of routing tables. Default: none.
   *
   * @see docs/guides/connect.md#addresses-behind-others
   */
  readonly resolver?: Resolver | null | undefined
  /**
   * Options of `node:tls`. Enables encryption and overrides `encrypted`, `trustedCertificates` and `clientCertificate`. Only with
   * `bolt` and `neo4j`. Prefer the other settings: a mistake here easily makes connections insecure. Default: none.
   */
  readonly tlsOptions?: ConnectionOptions | null | undefined
  /**
   * Which certificates to trust: `TrustSystemCAs()`, `TrustCustomCAs(...pathsOrPem)` or `TrustAll()`. Only with `bolt` and
   * `neo4j`, and without effect when not encrypted. Default: `TrustSystemCAs()`.
   */
  readonly trustedCertificates?: TrustedCertificates | null | undefined
  /**
   * The client's own certificate (mutual TLS): `{ certfile, keyfile, password }` or a provider. Used in addition to `auth`, and
   * without effect on unencrypted connections. Default: none.
   */
  readonly clientCertificate?: ClientCertificateInput | null | undefined
  /** The name that the driver sends to the server for this program. Default: `boltline/` and the version. */
  readonly userAgent?: string | null | undefined
  /**
   * The least severe notifications that the server sends: `'OFF'`, `'INFORMATION'`, `'WARNING'`. Needs Neo4j 5.7. Default: the
   * server's setting.
   */
  readonly notificationsMinSeverity?: NotificationMinimumSeverity | null | undefined
  /** Categories of notifications that the server does not send. Needs Neo4j 5.7. Default: the server's setting. */
  readonly notificationsDisabledCategories?: Iterable<NotificationDisabledCategory> | null | undefined
  /**
   * The least severity at which a notification is also emitted as a `Neo4jWarning` of the process. Default: `'OFF'`;
   * `'INFORMATION'` if the environment has `BOLTLINE_DEBUG=1`.
   */
  readonly warnNotificationSeverity?: NotificationMinimumSeverity | null | undefined
  /** Whether to send no telemetry about the use of the driver's API, even if the server requests it. Default: false. */
  readonly telemetryDisabled?: boolean | null | undefined
  /**
   * How many records to request from the server at a time. `-1`: all at once. Without it, an `executeQuery` that reads in one
   * round trip requests all. Default: 1000.
   *
   * @see docs/performance.md
   */
  readonly fetchSize?: number | null | undefined
  /**
   * What Cypher INTEGERs in records become: `'number'`, `'bigint'` or `'auto'`. Default: `'number'`.
   *
   * @see docs/values.md#integers
   */
  readonly integers?: IntegerMode | null | undefined
  /**
   * Receives the driver's log lines: an object with `debug`, `info`, `warn` and `error`. `console` and pino fit. Default: none.
   */
  readonly logger?: Logger | null | undefined
  /**
   * Whether to remove quoted values from messages of the server before they reach logs, warnings and spans: Neo4j quotes the
   * value that it refuses. Names of labels, types and properties stay, and so does the `message` of the error that the caller
   * gets. Default: false.
   *
   * @see docs/security.md#what-errors-and-logs-contain
   */
  readonly redact?: boolean | null | undefined
  /**
   * Whether to disable the single retry of an auto-commit query that the server rejected before running it. Default: false.
   */
  readonly disableAutoCommitRetries?: boolean | null | undefined
  /** Restricts the Bolt versions that the driver offers, for debugging: `['5.4', '4.4']`. Default: all. */
  readonly protocolVersions?: readonly string[] | null | undefined
}

/** The settings of a driver. */
export const driverSettings = defineSettings({
  auth: setting(authManager, null),
  connectionAcquisitionTimeout: setting(duration, 60_000),
  routingTimeout: setting(duration, undefined),
  connectionTimeout: setting(duration, 30_000),
  encrypted: setting(checkedWithUri, false),
  keepAlive: setting(flag, true),
  keepAliveInitialDelay: setting(duration, 30_000),
  responseTimeout: setting(duration, Number.POSITIVE_INFINITY),
  rollbackTimeout: setting(duration, 30_000),
  resetTimeout: setting(duration, 30_000),
  goodbyeTimeout: setting(duration, 5_000),
  busyPollTime: setting(duration, 0.1),
  maxConnectionLifetime: setting(duration, 3_600_000),
  livenessCheckTimeout: setting(duration, undefined),
  livenessProbeTimeout: setting(duration, 5_000),
  maxConnectionPoolSize: setting(limit, 100),
  maxMessageSize: setting(limit, 512 * 1024 * 1024),
  maxMessageValues: setting(limit, 20_000_000),
  maxTransactionRetryTime: setting(duration, 30_000),
  resolver: setting(resolverFunction, null),
  tlsOptions: setting(checkedWithUri, undefined),
  trustedCertificates: setting(checkedWithUri, undefined),
  clientCertificate: setting(checkedWithUri, undefined),
  userAgent: setting(name, `boltline/${VERSION}`),
  ...notificationRows,
  warnNotificationSeverity: setting(oneOf(SEVERITIES), undefined),
  telemetryDisabled: setting(flag, false),
  fetchSize: setting(recordCount, 1000),
  integers: setting(oneOf(INTEGER_MODES), 'number'),
  logger: setting(loggerObject, undefined),
  redact: setting(flag, false),
  disableAutoCommitRetries: setting(flag, false),
  protocolVersions: setting(versionList, undefined),
} satisfies Record<keyof DriverConfig, Row<unknown>>)

/** The settings that do not appear under their own key in {@link DriverSettings}. */
type Combined =
  | 'auth'
  | 'encrypted'
  | 'tlsOptions'
  | 'trustedCertificates'
  | 'clientCertificate'
  | 'keepAlive'
  | 'notificationsMinSeverity'
  | 'notificationsDisabledCategories'
  | 'warnNotificationSeverity'

/**
 * The settings of a driver, checked and completed with defaults. Durations in ms; `Infinity` is no limit. `keepAliveInitialDelay` is
 * `Infinity` if connections are not probed, `fetchSize` −1 for all records at once, `resolver` null for DNS alone. Undefined:
 * without `routingTimeout`, finding a routing table is a part of the acquisition; without `livenessCheckTimeout`, connections
 * are not checked; without `protocolVersions`, all versions that the driver knows are offered.
 */
export interface DriverSettings extends Omit<Values<typeof driverSettings>, Combined> {
  readonly scheme: UriScheme
  /** Whether queries are routed over a cluster. */
  readonly routing: boolean
  readonly address: Address
  /** The routing context: the URI's query string; null for schemes that do not route. */
  readonly routingContext: Readonly<Record<string, string>> | null
  readonly authManager: AuthManager
  /** Null: not encrypted. */
  readonly tls: TlsConfig | null
  readonly notifications: NotificationFilter
  readonly warnNotificationSeverity: NotificationMinimumSeverity
  /** Whether a result that is collected as a whole may be requested in one batch: no explicit `fetchSize` forbids it. */
  readonly allAtOnce: boolean
}

/**
 * Checks the URI and the settings of a driver and fills in the defaults.
 *
 * @throws ConfigurationError if a setting is wrong or contradicts another
 */
export function parseDriverConfig(uri: unknown, config: unknown): DriverSettings {
  const { scheme, routing, security, address, routingContext } = parseUri(uri)
  const options = (config ?? {}) as DriverConfig
  const checked = readSettings(driverSettings, config, 'driver')
  const { auth, encrypted, tlsOptions, trustedCertificates, clientCertificate, keepAlive, ...settings } = checked
  const { notificationsMinSeverity, notificationsDisabledCategories, ...own } = settings
  return Object.freeze({
    ...own,
    scheme,
    routing,
    address,
    routingContext,
    authManager: auth ?? AuthManagers.static(toAuth(null)),
    tls: parseTls(scheme, security, options),
    keepAliveInitialDelay: keepAlive ? Math.max(own.keepAliveInitialDelay, 1000) : Number.POSITIVE_INFINITY,
    notifications: notificationFilter({ notificationsMinSeverity, notificationsDisabledCategories }),
    warnNotificationSeverity:
      own.warnNotificationSeverity ??
      (process.env['BOLTLINE_DEBUG'] === '1'
        ? NotificationMinimumSeverity.INFORMATION
        : NotificationMinimumSeverity.OFF),
    allAtOnce: !isGiven(options.fetchSize) || own.fetchSize === -1,
  })
}

/** Settings of encryption: which of them are allowed depends on the scheme of the URI, so {@link parseTls} checks them. */
function checkedWithUri(_setting: string, value: unknown): unknown {
  return value
}

function authManager(_setting: string, auth: unknown): AuthManager {
  if (!isAuthManager(auth)) return AuthManagers.static(toAuth(auth as AuthToken))
  if (typeof auth.handleSecurityException === 'function') return auth
  throw new AuthConfigurationError(
    'auth has getAuth() like an AuthManager, but lacks handleSecurityException(auth, error)',
  )
}

function resolverFunction(setting: string, value: unknown): CheckedResolver {
  return checkedResolver(callback<Resolver>(setting, value) as Resolver)
}

function loggerObject(setting: string, logger: unknown): Logger {
  const candidate = logger as Partial<Logger>
  for (const level of ['debug', 'info', 'warn', 'error'] as const) {
    if (typeof candidate[level] === 'function') continue
    throw new ConfigurationError(
      `${setting} must have the methods debug, info, warn and error, but ${level} is missing in ${found(logger)}`,
    )
  }
  return logger as Logger
}

function versionList(setting: string, value: unknown): readonly string[] {
  const versions = Array.isArray(value) ? value.map(String) : []
  if (versions.length > 0 && versions.every((version) => /^\d+\.\d+$/.test(version))) return Object.freeze(versions)
  throw new ConfigurationError(`${setting} must be an array of versions like '5.4', found ${found(value)}`)
}
