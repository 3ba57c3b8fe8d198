import { AuthConfigurationError, ConfigurationError } from '../errors/index.ts'
import { type BookmarkManager, isBookmarkManager } from '../execution/bookmark-manager.ts'
import { checkedOptions, found, isGiven } from '../platform/checked-options.ts'
import type { ResultTransformer } from '../results/result-transformers.ts'
import { type Auth, type AuthToken, toAuth } from '../values/auth.ts'
import { Bookmarks, isBookmarks } from '../values/bookmarks.ts'
import {
  type AccessMode,
  type AccessModeInput,
  type NotificationDisabledCategory,
  type NotificationMinimumSeverity,
  toAccessMode,
} from '../values/enums.ts'
import type { IntegerMode } from '../values/integer.ts'
import {
  type CheckedQuerySettings,
  type QuerySettings,
  transactionMetadata,
  transactionTimeout,
} from '../values/query.ts'
import { isAuthManager } from './auth-managers.ts'
import { abortSignal, callback, duration, flag, integerMode, name, recordCount } from './checks.ts'
import { type NotificationFilter, parseNotificationFilter } from './notification-filter.ts'

/** The settings of `driver.session()`. All are optional; `undefined` and `null` mean that a setting is not given. */
export interface SessionConfig {
  /** Bookmarks whose commits the session's first transaction must see. Default: none. */
  readonly bookmarks?: Bookmarks | null | undefined
  /**
   * The database to work with. Naming it saves the lookup of the user's home database. Default: the home database.
   */
  readonly database?: string | null | undefined
  /** The user to impersonate in all transactions; needs Neo4j 4.4 and the right to impersonate. Default: none. */
  readonly impersonatedUser?: string | null | undefined
  /**
   * The access mode of `run` and `beginTransaction`: routes their transactions to a writer or a reader. Not an access control.
   * Default: `'WRITE'`.
   */
  readonly defaultAccessMode?: AccessModeInput | null | undefined
  /** How many records to ask the server for at a time; −1: all at once. Default: the driver's. */
  readonly fetchSize?: number | null | undefined
  /** Chains the session causally to all others with the same manager. Default: none. */
  readonly bookmarkManager?: BookmarkManager | null | undefined
  /** Credentials to use instead of the driver's; needs Neo4j 5.5. The scheme `none` is refused. Default: the driver's. */
  readonly auth?: AuthToken | null | undefined
  /** The least severe notifications the server is to send; needs Neo4j 5.7. Default: the driver's. */
  readonly notificationsMinSeverity?: NotificationMinimumSeverity | null | undefined
  /** Categories of notifications that the server is not to send; needs Neo4j 5.7. Default: the driver's. */
  readonly notificationsDisabledCategories?: Iterable<NotificationDisabledCategory> | null | undefined
  /** What Cypher INTEGERs in records become. Default: the driver's. */
  readonly integers?: IntegerMode | null | undefined
  /** The `timeout` of transactions that have none of their own, in ms. Default: the server's. */
  readonly timeout?: number | null | undefined
  /** Aborts all work of the session, in addition to the signals of single transactions. Default: none. */
  readonly signal?: AbortSignal | null | undefined
  /**
   * For how many ms a transaction waits for a server that has not caught up with the bookmarks; then it fails with
   * {@link BookmarkTimeoutError}. Default: `Infinity` (the server's limit alone applies).
   */
  readonly bookmarkTimeout?: number | null | undefined
  /**
   * How many ms an answer may be due without a byte from the server before the connection is destroyed. Default: the driver's
   * `responseTimeout`.
   */
  readonly responseTimeout?: number | null | undefined
}

/** The settings of one transaction: of `run`, `beginTransaction`, `executeRead` and `executeWrite`. */
export interface TransactionConfig extends QuerySettings {
  /**
   * How many ms an answer may be due without a byte from the server before the connection is destroyed. Default: the session's
   * `responseTimeout`, or the driver's.
   */
  readonly responseTimeout?: number | null | undefined
  /**
   * Aborts the transaction; the call rejects with the signal's reason, whatever value that is. Without effect once COMMIT of a
   * write has been sent; a read can be aborted until the answer arrives.
   */
  readonly signal?: AbortSignal | null | undefined
}

/** The settings of `executeRead` and `executeWrite`. */
export interface ManagedTransactionConfig extends TransactionConfig {
  /**
   * Whether the transaction is retried after retryable failures. `false` is for a transaction function that can't be repeated, for
   * example because it has sent part of an answer. Default: true.
   */
  readonly retry?: boolean | null | undefined
  /**
   * Called before each retry, ahead of its delay, with the error, the number of the attempt that failed (from 1) and the delay in
   * ms. May be async: the next attempt waits for its promise, at most until `maxTransactionRetryTime` is over. If it throws or
   * rejects, the driver stops retrying: the call rejects with that error, whose `cause` is the failed attempt's error unless it
   * already has one. Default: none.
   */
  readonly onRetry?: ((error: unknown, attempt: number, delay: number) => unknown) | null | undefined
}

/** The settings of `driver.executeQuery()`. */
export interface ExecuteQueryConfig extends TransactionConfig {
  /** The access mode: routes the query to a writer or a reader. Default: `'WRITE'`. */
  readonly routing?: AccessModeInput | null | undefined
  /** The database to work with. Default: the user's home database. */
  readonly database?: string | null | undefined
  /** The user to impersonate; needs Neo4j 4.4 and the right to impersonate. Default: none. */
  readonly impersonatedUser?: string | null | undefined
  /** Chains the query causally to all others with the same manager. Null: none. Default: `driver.executeQueryBookmarkManager`. */
  readonly bookmarkManager?: BookmarkManager | null | undefined
  /** Credentials to use instead of the driver's; needs Neo4j 5.5. Default: the driver's. */
  readonly auth?: AuthToken | null | undefined
  /**
   * Turns the result into the return value of the call; called again if the transaction is retried. Must not return the
   * result itself. Default: `resultTransformers.eager`.
   */
  readonly resultTransformer?: ResultTransformer<unknown> | null | undefined
  /** What Cypher INTEGERs in records become. Default: the driver's. */
  readonly integers?: IntegerMode | null | undefined
  /**
   * For how many ms to wait for a server that has not caught up with the bookmarks; then the query fails with
   * {@link BookmarkTimeoutError}. Default: `Infinity` (the server's limit alone applies).
   */
  readonly bookmarkTimeout?: number | null | undefined
}

/** The settings of a session, checked and completed with defaults. */
export interface SessionSettings {
  readonly bookmarks: Bookmarks | null
  /** Null: the home database. */
  readonly database: string | null
  readonly impersonatedUser: string | null
  readonly defaultAccessMode: AccessMode
  /** −1: all at once. */
  readonly fetchSize: number
  readonly bookmarkManager: BookmarkManager | null
  /** Null: the driver's. */
  readonly auth: Auth | null
  /** An undefined field means the driver's filter, which the server got at login. */
  readonly notifications: NotificationFilter
  readonly integers: IntegerMode
  /** The timeout of transactions without one of their own; undefined: the server's default. */
  readonly timeout: number | undefined
  /** Undefined: a transaction is aborted by its own signal only. */
  readonly signal: AbortSignal | undefined
  /** `Infinity`: as long as the server waits. */
  readonly bookmarkTimeout: number
  readonly responseTimeout: number
}

/** The checked settings of a transaction. */
export interface CheckedTransactionConfig {
  /** Undefined: that of the session or the driver. */
  readonly responseTimeout: number | undefined
  readonly metadata: Readonly<Record<string, unknown>> | undefined
  /** Whole ms; 0: no limit; undefined: the server's default. */
  readonly timeout: number | undefined
  readonly signal: AbortSignal | undefined
}

/** The checked settings of `executeRead` and `executeWrite`. */
export interface CheckedManagedTransactionConfig extends CheckedTransactionConfig {
  readonly retry: boolean
  readonly onRetry: ((error: unknown, attempt: number, delay: number) => unknown) | undefined
}

/** The checked settings of `executeQuery`. */
export interface ExecuteQuerySettings extends CheckedTransactionConfig {
  readonly routing: AccessMode
  readonly database: string | null
  readonly impersonatedUser: string | null
  /** Undefined: the driver's; null: none. */
  readonly bookmarkManager: BookmarkManager | null | undefined
  readonly auth: Auth | null
  readonly resultTransformer: ResultTransformer<unknown> | undefined
  readonly integers: IntegerMode
  /** `Infinity`: as long as the server waits. */
  readonly bookmarkTimeout: number
}

/** The driver's settings that sessions inherit. */
export interface InheritedSettings {
  readonly responseTimeout: number
  readonly fetchSize: number
  readonly integers: IntegerMode
}

export const SESSION_KEYS = [
  'bookmarks',
  'database',
  'impersonatedUser',
  'defaultAccessMode',
  'fetchSize',
  'bookmarkManager',
  'auth',
  'notificationsMinSeverity',
  'notificationsDisabledCategories',
  'integers',
  'timeout',
  'signal',
  'bookmarkTimeout',
  'responseTimeout',
] as const satisfies readonly (keyof SessionConfig)[]

export const TRANSACTION_KEYS = [
  'metadata',
  'timeout',
  'signal',
  'responseTimeout',
] as const satisfies readonly (keyof TransactionConfig)[]

export const MANAGED_TRANSACTION_KEYS = [
  ...TRANSACTION_KEYS,
  'retry',
  'onRetry',
] as const satisfies readonly (keyof ManagedTransactionConfig)[]

export const EXECUTE_QUERY_KEYS = [
  ...TRANSACTION_KEYS,
  'routing',
  'database',
  'impersonatedUser',
  'bookmarkManager',
  'auth',
  'resultTransformer',
  'integers',
  'bookmarkTimeout',
] as const satisfies readonly (keyof ExecuteQueryConfig)[]

/** Checks the settings of a session. */
export function parseSessionConfig(config: unknown, inherited: InheritedSettings): SessionSettings {
  const options = checkedOptions(config, SESSION_KEYS, 'session')
  return Object.freeze({
    bookmarks: parseBookmarks(options.bookmarks),
    database: name('database', options.database, null),
    impersonatedUser: name('impersonatedUser', options.impersonatedUser, null),
    defaultAccessMode: toAccessMode(options.defaultAccessMode ?? 'WRITE', 'defaultAccessMode'),
    fetchSize: recordCount('fetchSize', options.fetchSize, inherited.fetchSize),
    bookmarkManager: parseBookmarkManager(options.bookmarkManager) ?? null,
    auth: parseSessionAuth(options.auth),
    notifications: parseNotificationFilter(options),
    integers: integerMode(options.integers, inherited.integers),
    timeout: transactionTimeout(options.timeout),
    signal: abortSignal('signal', options.signal),
    bookmarkTimeout: duration('bookmarkTimeout', options.bookmarkTimeout, Number.POSITIVE_INFINITY),
    responseTimeout: duration('responseTimeout', options.responseTimeout, inherited.responseTimeout),
  })
}

/** Checks the settings of a transaction. */
export function parseTransactionConfig(config: unknown): CheckedTransactionConfig {
  const options = checkedOptions(config, TRANSACTION_KEYS, 'transaction')
  return {
    metadata: transactionMetadata(options.metadata),
    timeout: transactionTimeout(options.timeout),
    signal: abortSignal('signal', options.signal),
    responseTimeout: duration('responseTimeout', options.responseTimeout, undefined),
  }
}

/** Checks the settings of `executeRead` and `executeWrite`. */
export function parseManagedTransactionConfig(config: unknown): CheckedManagedTransactionConfig {
  const options = checkedOptions(config, MANAGED_TRANSACTION_KEYS, 'transaction')
  return {
    metadata: transactionMetadata(options.metadata),
    timeout: transactionTimeout(options.timeout),
    signal: abortSignal('signal', options.signal),
    responseTimeout: duration('responseTimeout', options.responseTimeout, undefined),
    retry: flag('retry', options.retry, true),
    onRetry: callback('onRetry', options.onRetry),
  }
}

/**
 * Checks the settings of `executeQuery`.
 *
 * @param base - settings of the `Query`; each key of `config` takes precedence over them
 */
export function parseExecuteQueryConfig(
  config: unknown,
  inherited: InheritedSettings,
  base: CheckedQuerySettings = {},
): ExecuteQuerySettings {
  const options = checkedOptions(config, EXECUTE_QUERY_KEYS, 'executeQuery')
  // Hot path, and the object stays inside the driver: for speed it is neither frozen nor built by spreading.
  return {
    metadata: transactionMetadata(options.metadata) ?? base.metadata,
    timeout: transactionTimeout(options.timeout) ?? base.timeout,
    signal: abortSignal('signal', options.signal),
    responseTimeout: duration('responseTimeout', options.responseTimeout, undefined),
    routing: toAccessMode(options.routing ?? 'WRITE', 'routing'),
    database: name('database', options.database, null),
    impersonatedUser: name('impersonatedUser', options.impersonatedUser, null),
    bookmarkManager: options.bookmarkManager === null ? null : parseBookmarkManager(options.bookmarkManager),
    auth: parseSessionAuth(options.auth),
    resultTransformer: callback<ResultTransformer<unknown>>('resultTransformer', options.resultTransformer),
    integers: integerMode(options.integers, inherited.integers),
    bookmarkTimeout: duration('bookmarkTimeout', options.bookmarkTimeout, Number.POSITIVE_INFINITY),
  }
}

function parseBookmarks(value: unknown): Bookmarks | null {
  if (!isGiven(value)) return null
  if (value instanceof Bookmarks) return value
  if (isBookmarks(value)) return Bookmarks.fromRawValues(value.rawValues)
  throw new ConfigurationError(
    `bookmarks must be Bookmarks, found ${found(value)}; stored ones are read by Bookmarks.fromRawValues`,
  )
}

function parseBookmarkManager(value: unknown): BookmarkManager | undefined {
  if (!isGiven(value)) return undefined
  if (isBookmarkManager(value)) return value
  throw new ConfigurationError(
    `bookmarkManager must have the methods getBookmarks and updateBookmarks, found ${found(value)}; ` +
      'GraphDatabase.bookmarkManager() makes one',
  )
}

/** Checks credentials that replace the driver's; null if none are given. */
export function parseSessionAuth(value: unknown): Auth | null {
  if (!isGiven(value)) return null
  if (isAuthManager(value)) {
    throw new AuthConfigurationError('auth of a session must be credentials; an AuthManager works for a whole driver')
  }
  const auth = toAuth(value as AuthToken)
  if (auth.scheme !== 'none') return auth
  throw new AuthConfigurationError(
    'auth of a session cannot be the scheme "none"; make a driver without auth and give credentials to its sessions',
  )
}
