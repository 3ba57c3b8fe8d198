/**
 * The configuration of a driver: the options that callers pass, and the checked settings that the rest of the package reads.
 * Every option is checked here, when the driver is made and before any socket is opened; an error names the setting, the value
 * that was found and the values that are allowed. The defaults are those of the official Neo4j drivers.
 */
import type { ConnectionOptions } from 'node:tls'
import type { Logger } from '../diagnostics/log.ts'
import { AuthConfigurationError, ConfigurationError } from '../errors/index.ts'
import { checkedOptions, found, isGiven } from '../platform/checked-options.ts'
import { VERSION } from '../platform/version.ts'
import type { Address } from '../values/address.ts'
import { type AuthToken, toAuth } from '../values/auth.ts'
import { type NotificationDisabledCategory, NotificationMinimumSeverity } from '../values/enums.ts'
import type { IntegerMode } from '../values/integer.ts'
import { type AuthManager, AuthManagers, isAuthManager } from './auth-managers.ts'
import { callback, choice, duration, flag, integerMode, limit, name, recordCount } from './checks.ts'
import type { ClientCertificateInput } from './client-certificates.ts'
import { type NotificationFilter, parseNotificationFilter, SEVERITIES } from './notification-filter.ts'
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
  /** Credentials, or an auth manager that supplies them. Default: none (scheme `none`). */
  readonly auth?: AuthToken | AuthManager | null | undefined
  /**
   * How long a call waits for a connection. Includes every step: the queue of a full pool, connecting, handshakes, login,
   * requests to routers, all servers of a routing table, and the caller's functions that the driver calls on the way
   * (`resolver`, auth manager, provider of client certificates, bookmark manager). Then the call fails with
   * `ConnectionAcquisitionTimeoutError`, or with the more specific error of a failed connection attempt. Of several servers, each
   * may use half of the time that is left. Should be larger than `connectionTimeout`. Default: 60 000 ms.
   */
  readonly connectionAcquisitionTimeout?: number | null | undefined
  /**
   * How long finding a routing table may take apart from `connectionAcquisitionTimeout`: all routers and their answers. Each router
   * then has `connectionAcquisitionTimeout` for its connection, and so have the servers of the table together. For clusters whose
   * routers answer slowly, for instance until they have caught up with bookmarks. Default: none, finding a routing table is a part of
   * `connectionAcquisitionTimeout`.
   */
  readonly routingTimeout?: number | null | undefined
  /** How long to wait for a TCP connection, including name resolution but not handshakes and login. Default: 30 000 ms. */
  readonly connectionTimeout?: number | null | undefined
  /** Whether to encrypt. Only with the schemes `bolt` and `neo4j`; those with `+s` and `+ssc` always do. Default: false. */
  readonly encrypted?: boolean | null | undefined
  /** Whether connections without traffic are probed, see `keepAliveInitialDelay`. Default: true. */
  readonly keepAlive?: boolean | null | undefined
  /**
   * After how many ms without traffic a connection is probed: by TCP keep-alive, ten probes a second apart; and, while an answer
   * is due, by a second TCP connection to the server, which is tried twice for 10 000 ms each, because operating systems send no
   * keep-alive probes while sent bytes are unacknowledged. A dead connection is thus destroyed within a minute. At least 1000;
   * `Infinity`, like `keepAlive: false`: never. Default: 30 000 ms.
   */
  readonly keepAliveInitialDelay?: number | null | undefined
  /**
   * How long an answer may be due without a single byte from the server before the connection is destroyed. The call fails with
   * `ServiceUnavailable` or `SessionExpired`, the COMMIT of a write with `IncompleteCommit`. A query may compute for that long
   * before its first record comes, so set the limit above your slowest query. Also a setting of sessions and calls; the server's
   * own limit (the hint `connection.recv_timeout_seconds`) applies as well. Default: `Infinity`.
   */
  readonly responseTimeout?: number | null | undefined
  /**
   * How long `rollback()` and `close()` of a transaction, and `session.close()` with an open one, wait for the server; then the
   * connection is destroyed, which makes the server roll back. Default: 30 000 ms.
   */
  readonly rollbackTimeout?: number | null | undefined
  /**
   * How long a server may take to answer RESET, which prepares a connection for the next caller; then the connection is
   * replaced. Default: 30 000 ms.
   */
  readonly resetTimeout?: number | null | undefined
  /**
   * How long the driver waits, when it closes a connection, until GOODBYE is sent and the server has closed its side; then the
   * connection is destroyed. `driver.close()` takes no longer than this. Default: 5000 ms.
   */
  readonly goodbyeTimeout?: number | null | undefined
  /**
   * For how long the event loop polls for due answers instead of sleeping, while all connections of the process are quiet.
   * Without polling, short queries take up to 1.7 times as long if the server is on the same machine or close by; connections
   * with slower answers are hardly polled. 0: never; `Infinity`: for as long as an answer is due. Default: 0.1 ms.
   */
  readonly busyPollTime?: number | null | undefined
  /** The age at which a connection is replaced. Default: 3 600 000 ms (one hour). */
  readonly maxConnectionLifetime?: number | null | undefined
  /**
   * A connection that was idle for longer than this many ms gets a liveness check before it is used again, which costs a round
   * trip. 0: check always. Default: never check.
   */
  readonly livenessCheckTimeout?: number | null | undefined
  /**
   * How long a call waits for the answer to a liveness check (see `livenessCheckTimeout`) before a new connection replaces the
   * silent one; at most `connectionTimeout`, and half of what is left of `connectionAcquisitionTimeout`. Connections that were
   * idle for at least as long as the silent one are closed with it. Default: 5000 ms.
   */
  readonly livenessProbeTimeout?: number | null | undefined
  /** The most connections to one server. Default: 100. */
  readonly maxConnectionPoolSize?: number | null | undefined
  /**
   * The largest message that the driver accepts from a server (a record, or the metadata of an answer), in bytes. A larger one
   * raises a {@link BoltProtocolError}. Until the login has succeeded the limit is 64 KiB, whatever is set. Default: 536 870 912
   * (512 MiB).
   */
  readonly maxMessageSize?: number | null | undefined
  /**
   * The most values in one message of a server; limits memory, because a few bytes can become a large object. A scalar counts as 1, a
   * list, map or structure as 8 more than its elements, an entry of a map as 4. A message with more raises a {@link BoltProtocolError}.
   * Until the login has succeeded the limit is 4 000, whatever is set. Default: 20 000 000.
   *
   * @example
   * ```ts
   * // A query returns a million nodes in one record.
   * GraphDatabase.driver(uri, { maxMessageValues: 100_000_000 })
   * ```
   */
  readonly maxMessageValues?: number | null | undefined
  /** For how many ms after its first failure a managed transaction is retried. Default: 30 000 ms. */
  readonly maxTransactionRetryTime?: number | null | undefined
  /**
   * Turns an address into others, ahead of DNS. Called before each connection attempt, for the address of the URI and for those of
   * routing tables. Default: none.
   */
  readonly resolver?: Resolver | null | undefined
  /**
   * Options of `node:tls`. Turns encryption on and overrides `encrypted`, `trustedCertificates` and `clientCertificate`. Only with
   * the schemes `bolt` and `neo4j`. Prefer the other settings: a mistake here easily makes connections insecure. Default: none.
   */
  readonly tlsOptions?: ConnectionOptions | null | undefined
  /** Which certificates to trust if encrypted. Only with the schemes `bolt` and `neo4j`. Default: `TrustSystemCAs()`. */
  readonly trustedCertificates?: TrustedCertificates | null | undefined
  /** The client's own certificate (mutual TLS), in addition to `auth`. Without effect on unencrypted connections. Default: none. */
  readonly clientCertificate?: ClientCertificateInput | null | undefined
  /** The name of this program for the server's logs. Default: `boltline/` and the version. */
  readonly userAgent?: string | null | undefined
  /** The least severe notifications the server is to send; needs Neo4j 5.7. Default: the server's setting. */
  readonly notificationsMinSeverity?: NotificationMinimumSeverity | null | undefined
  /** Categories of notifications that the server is not to send; needs Neo4j 5.7. Default: the server's setting. */
  readonly notificationsDisabledCategories?: Iterable<NotificationDisabledCategory> | null | undefined
  /**
   * The least severity at which a notification of the server is also emitted as a `Neo4jWarning`. Default: `'OFF'`;
   * `'INFORMATION'` if the environment has `BOLTLINE_DEBUG=1`.
   */
  readonly warnNotificationSeverity?: NotificationMinimumSeverity | null | undefined
  /** Turns off telemetry: the server does not learn which part of the driver's API is used, even if it asks. Default: false. */
  readonly telemetryDisabled?: boolean | null | undefined
  /**
   * How many records to request from the server at a time; −1: all at once. Default: 1000. Without this setting, an `executeQuery`
   * that only reads and collects its whole result requests all records at once and takes one round trip.
   */
  readonly fetchSize?: number | null | undefined
  /** What Cypher INTEGERs in records become. Default: `'number'`. */
  readonly integers?: IntegerMode | null | undefined
  /** The logger that receives the driver's log lines, such as `console` or a pino logger. Default: none. */
  readonly logger?: Logger | null | undefined
  /**
   * Whether to remove values from server messages in logs, warnings and spans: Neo4j quotes the value that it refuses. Names of
   * labels, types and properties stay; the `message` of the error that the caller gets is unchanged. Default: false.
   */
  readonly redact?: boolean | null | undefined
  /**
   * Turns off the single retry of an auto-commit query that the server declares safe to repeat, because it rejected the query
   * before running it. Default: false.
   */
  readonly disableAutoCommitRetries?: boolean | null | undefined
  /** Restricts the Bolt versions that the driver offers, for tests and for debugging: `['5.4', '4.4']`. Default: all. */
  readonly protocolVersions?: readonly string[] | null | undefined
}

/** All settings of a driver; a test compares the documentation with this list. */
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

/** The settings of a driver, checked and completed with defaults. Durations in ms; `Infinity` is no limit. */
export interface DriverSettings {
  readonly scheme: UriScheme
  /** Whether queries are routed over a cluster. */
  readonly routing: boolean
  readonly address: Address
  /** The routing context: the URI's query string; null for schemes that do not route. */
  readonly routingContext: Readonly<Record<string, string>> | null
  readonly authManager: AuthManager
  /** Null: not encrypted. */
  readonly tls: TlsConfig | null
  readonly connectionAcquisitionTimeout: number
  /** Undefined: finding a routing table is a part of the acquisition. */
  readonly routingTimeout: number | undefined
  readonly connectionTimeout: number
  /** `Infinity`: connections are not probed. */
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
  /** Whether a result that is collected as a whole may be requested in one batch: no explicit `fetchSize` forbids it. */
  readonly allAtOnce: boolean
  readonly integers: IntegerMode
  readonly logger: Logger | undefined
  readonly redact: boolean
  readonly disableAutoCommitRetries: boolean
  /** Undefined: all versions that the driver knows. */
  readonly protocolVersions: readonly string[] | undefined
}

/**
 * Checks the URI and the settings of a driver and fills in the defaults.
 *
 * @throws ConfigurationError if a setting is wrong or contradicts another
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
