import type { BookmarkManager } from '../execution/bookmark-manager.ts'
import { checkedOptions } from '../platform/checked-options.ts'
import type { ResultTransformer } from '../results/result-transformers.ts'
import type { Auth, AuthToken } from '../values/auth.ts'
import type { Bookmarks } from '../values/bookmarks.ts'
import type {
  AccessMode,
  AccessModeInput,
  NotificationDisabledCategory,
  NotificationMinimumSeverity,
} from '../values/enums.ts'
import type { IntegerMode } from '../values/integer.ts'
import type { CheckedQuerySettings, QuerySettings } from '../values/query.ts'
import { abortSignal, callback, duration, flag, INTEGER_MODES, name, oneOf, recordCount } from './checks.ts'
import { type NotificationFilter, notificationFilter, notificationRows } from './notification-filter.ts'
import { defineSettings, keysOf, type Row, setting } from './schema.ts'
import { accessMode, bookmarkManager, bookmarksOf, metadata, serverTimeout, sessionAuth } from './session-checks.ts'

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
  /** How many records to request from the server at a time; −1: all at once. Default: the driver's. */
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
   * How many ms a response may be due without a byte from the server before the connection is destroyed. Default: the driver's
   * `responseTimeout`.
   */
  readonly responseTimeout?: number | null | undefined
}

/** The settings of one transaction: of `run`, `beginTransaction`, `executeRead` and `executeWrite`. */
export interface TransactionConfig extends QuerySettings {
  /**
   * How many ms a response may be due without a byte from the server before the connection is destroyed. Default: the session's
   * `responseTimeout`, or the driver's.
   */
  readonly responseTimeout?: number | null | undefined
  /**
   * Aborts the transaction; the call rejects with the signal's reason, whatever value that is. Without effect once COMMIT of a
   * write has been sent; a read can be aborted until the response arrives. Default: none.
   *
   * @see docs/guides/cancel.md
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
   *
   * @see docs/configuration.md#callbacks-and-what-their-failures-mean
   */
  readonly onRetry?: ((error: unknown, attempt: number, delay: number) => unknown) | null | undefined
}

/** The settings of `driver.executeQuery()`. */
export interface ExecuteQueryConfig extends TransactionConfig {
  /**
   * The access mode: routes the query to a writer or a reader. Not an access control, but a query that writes must not use
   * `'READ'`, which also saves a round trip. Default: `'WRITE'`.
   *
   * @see docs/performance.md
   */
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

/** The settings of a transaction. The session or the driver decides where `timeout` and `responseTimeout` are undefined. */
const transactionRows = {
  metadata: setting(metadata, undefined),
  timeout: setting(serverTimeout, undefined),
  signal: setting(abortSignal, undefined),
  responseTimeout: setting(duration, undefined),
}

/** The settings that sessions and `executeQuery` share. `integers` is the driver's where it is undefined. */
const workRows = {
  database: setting(name, null),
  impersonatedUser: setting(name, null),
  auth: setting(sessionAuth, null),
  integers: setting(oneOf(INTEGER_MODES), undefined),
  bookmarkTimeout: setting(duration, Number.POSITIVE_INFINITY),
}

export const sessionSettings = defineSettings({
  bookmarks: setting(bookmarksOf, null),
  defaultAccessMode: setting(accessMode, 'WRITE'),
  fetchSize: setting(recordCount, undefined),
  bookmarkManager: setting(bookmarkManager, null),
  ...workRows,
  ...notificationRows,
  timeout: transactionRows.timeout,
  signal: transactionRows.signal,
  responseTimeout: transactionRows.responseTimeout,
} satisfies Record<keyof SessionConfig, Row<unknown>>)

export const transactionSettings = defineSettings(
  transactionRows satisfies Record<keyof TransactionConfig, Row<unknown>>,
)

export const managedTransactionSettings = defineSettings({
  ...transactionRows,
  retry: setting(flag, true),
  onRetry: setting(callback<NonNullable<ManagedTransactionConfig['onRetry']>>, undefined),
} satisfies Record<keyof ManagedTransactionConfig, Row<unknown>>)

export const executeQuerySettings = defineSettings({
  ...transactionRows,
  routing: setting(accessMode, 'WRITE'),
  bookmarkManager: setting(bookmarkManager, undefined),
  resultTransformer: setting(callback<ResultTransformer<unknown>>, undefined),
  ...workRows,
} satisfies Record<keyof ExecuteQueryConfig, Row<unknown>>)

const sessionKeys = keysOf(sessionSettings)
const transactionKeys = keysOf(transactionSettings)
const managedTransactionKeys = keysOf(managedTransactionSettings)
const executeQueryKeys = keysOf(executeQuerySettings)

// The functions below run with every call. For speed they name each field instead of looping over the rows.

/** Checks the settings of a session. */
export function parseSessionConfig(config: unknown, inherited: InheritedSettings): SessionSettings {
  const options = checkedOptions(config, sessionKeys, 'session')
  const of = sessionSettings
  return Object.freeze({
    bookmarks: of.bookmarks.read(options.bookmarks),
    database: of.database.read(options.database),
    impersonatedUser: of.impersonatedUser.read(options.impersonatedUser),
    defaultAccessMode: of.defaultAccessMode.read(options.defaultAccessMode),
    fetchSize: of.fetchSize.read(options.fetchSize) ?? inherited.fetchSize,
    bookmarkManager: of.bookmarkManager.read(options.bookmarkManager),
    auth: of.auth.read(options.auth),
    notifications: notificationFilter({
      notificationsMinSeverity: of.notificationsMinSeverity.read(options.notificationsMinSeverity),
      notificationsDisabledCategories: of.notificationsDisabledCategories.read(options.notificationsDisabledCategories),
    }),
    integers: of.integers.read(options.integers) ?? inherited.integers,
    timeout: of.timeout.read(options.timeout),
    signal: of.signal.read(options.signal),
    bookmarkTimeout: of.bookmarkTimeout.read(options.bookmarkTimeout),
    responseTimeout: of.responseTimeout.read(options.responseTimeout) ?? inherited.responseTimeout,
  })
}

/** Checks the settings of a transaction. */
export function parseTransactionConfig(config: unknown): CheckedTransactionConfig {
  const options = checkedOptions(config, transactionKeys, 'transaction')
  const of = transactionSettings
  return {
    metadata: of.metadata.read(options.metadata),
    timeout: of.timeout.read(options.timeout),
    signal: of.signal.read(options.signal),
    responseTimeout: of.responseTimeout.read(options.responseTimeout),
  }
}

/** Checks the settings of `executeRead` and `executeWrite`. */
export function parseManagedTransactionConfig(config: unknown): CheckedManagedTransactionConfig {
  const options = checkedOptions(config, managedTransactionKeys, 'transaction')
  const of = managedTransactionSettings
  return {
    metadata: of.metadata.read(options.metadata),
    timeout: of.timeout.read(options.timeout),
    signal: of.signal.read(options.signal),
    responseTimeout: of.responseTimeout.read(options.responseTimeout),
    retry: of.retry.read(options.retry),
    onRetry: of.onRetry.read(options.onRetry),
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
  const options = checkedOptions(config, executeQueryKeys, 'executeQuery')
  const of = executeQuerySettings
  // The object stays inside the driver, so it is not frozen.
  return {
    metadata: of.metadata.read(options.metadata) ?? base.metadata,
    timeout: of.timeout.read(options.timeout) ?? base.timeout,
    signal: of.signal.read(options.signal),
    responseTimeout: of.responseTimeout.read(options.responseTimeout),
    routing: of.routing.read(options.routing),
    database: of.database.read(options.database),
    impersonatedUser: of.impersonatedUser.read(options.impersonatedUser),
    // Null is a manager of its own here: none.
    bookmarkManager: options.bookmarkManager === null ? null : of.bookmarkManager.read(options.bookmarkManager),
    auth: of.auth.read(options.auth),
    resultTransformer: of.resultTransformer.read(options.resultTransformer),
    integers: of.integers.read(options.integers) ?? inherited.integers,
    bookmarkTimeout: of.bookmarkTimeout.read(options.bookmarkTimeout),
  }
}

/** Checks credentials that replace the driver's; null if none are given. */
export function parseSessionAuth(value: unknown): Auth | null {
  return sessionSettings.auth.read(value)
}
