import { attachHidden, nameErrorClass } from './error-class.ts'

/** The brand of every {@link DriverError}, whichever copy of this package made it. */
export const DRIVER_ERROR = Symbol.for('boltline.DriverError')

/** Options of the constructor of every driver error. */
export interface DriverErrorOptions {
  /** The error that led to this one. */
  readonly cause?: unknown
}

/**
 * An error raised by the driver itself, as opposed to one the server sent ({@link Neo4jError}).
 *
 * @example
 * ```ts
 * try {
 *   await session.run('RETURN 1')
 * } catch (error) {
 *   if (isDriverError(error) && error.isRetryable) scheduleAnotherTry()
 * }
 * ```
 */
export class DriverError extends Error {
  static {
    nameErrorClass(DriverError, 'DriverError', DRIVER_ERROR)
  }

  constructor(message: string, options?: DriverErrorOptions | null) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause })
  }

  /** Whether a retry of the same transaction can succeed. For retry policies around explicit transactions. */
  get isRetryable(): boolean {
    return false
  }
}

/** Options of {@link SessionError}. */
export interface SessionErrorOptions extends DriverErrorOptions {
  /** The session that was used. */
  readonly session?: object | undefined
}

/** A session was used wrongly: after `close()`, or by two calls at once. */
export class SessionError extends DriverError {
  static {
    nameErrorClass(SessionError, 'SessionError')
  }

  /** The session that was used; not enumerable. */
  declare readonly session: object | undefined

  constructor(message: string, options?: SessionErrorOptions | null) {
    super(message, options)
    attachHidden(this, 'session', options?.session)
  }
}

/** Options of {@link TransactionError}. */
export interface TransactionErrorOptions extends DriverErrorOptions {
  /** The transaction that was used. */
  readonly transaction?: object | undefined
}

/** A transaction was used wrongly: after it ended, or after one of its queries failed. */
export class TransactionError extends DriverError {
  static {
    nameErrorClass(TransactionError, 'TransactionError')
  }

  /** The transaction that was used; not enumerable. */
  declare readonly transaction: object | undefined

  constructor(message: string, options?: TransactionErrorOptions | null) {
    super(message, options)
    attachHidden(this, 'transaction', options?.transaction)
  }
}

/** Sets the `transaction` of a {@link TransactionError}: lower layers raise it without access to the public handle. */
export function aboutTransaction(error: unknown, transaction: object | null): unknown {
  if (error instanceof TransactionError && error.transaction === undefined && transaction !== null)
    attachHidden(error, 'transaction', transaction)
  return error
}

/** A session was used while one of its transactions was still open. */
export class TransactionNestingError extends TransactionError {
  static {
    nameErrorClass(TransactionNestingError, 'TransactionNestingError')
  }
}

/** Options of {@link ResultError}. */
export interface ResultErrorOptions extends DriverErrorOptions {
  /** The result that was used. */
  readonly result?: object | undefined
}

/** A result was used in a way that its state does not allow. */
export class ResultError extends DriverError {
  static {
    nameErrorClass(ResultError, 'ResultError')
  }

  /** The result that was used; not enumerable. */
  declare readonly result: object | undefined

  constructor(message: string, options?: ResultErrorOptions | null) {
    super(message, options)
    attachHidden(this, 'result', options?.result)
  }
}

/** Sets the `result` of a {@link ResultError}: lower layers raise it without access to the public handle. */
export function aboutResult(error: unknown, result: object | null): unknown {
  if (error instanceof ResultError && error.result === undefined && result !== null)
    attachHidden(error, 'result', result)
  return error
}

/** The records of a result were read after it, or another result of its transaction, had failed; `cause` is that failure. */
export class ResultFailedError extends ResultError {
  static {
    nameErrorClass(ResultFailedError, 'ResultFailedError')
  }
}

/** The records of a result were read after they had been consumed or discarded. */
export class ResultConsumedError extends ResultError {
  static {
    nameErrorClass(ResultConsumedError, 'ResultConsumedError')
  }
}

/** A result that had to hold exactly one record held none or several. */
export class ResultNotSingleError extends ResultError {
  static {
    nameErrorClass(ResultNotSingleError, 'ResultNotSingleError')
  }
}

/** A record's field was read whose value could not be decoded, such as an integer beyond `Number.MAX_SAFE_INTEGER`. */
export class BrokenRecordError extends DriverError {
  static {
    nameErrorClass(BrokenRecordError, 'BrokenRecordError')
  }
}

/** The session lost its server: the connection broke, or the server no longer has the role that it was chosen for. Retryable. */
export class SessionExpired extends DriverError {
  static {
    nameErrorClass(SessionExpired, 'SessionExpired')
  }

  override get isRetryable(): boolean {
    return true
  }
}

/** The driver could not reach a server, or lost it: the configuration is wrong, or the database is down. Retryable. */
export class ServiceUnavailable extends DriverError {
  static {
    nameErrorClass(ServiceUnavailable, 'ServiceUnavailable')
  }

  override get isRetryable(): boolean {
    return true
  }
}

/** No router returned a routing table; `cause` holds the error of each router. */
export class RoutingServiceUnavailable extends ServiceUnavailable {
  static {
    nameErrorClass(RoutingServiceUnavailable, 'RoutingServiceUnavailable')
  }
}

/** The cluster has no server for writes at the moment. */
export class WriteServiceUnavailable extends ServiceUnavailable {
  static {
    nameErrorClass(WriteServiceUnavailable, 'WriteServiceUnavailable')
  }
}

/** The cluster has no server for reads at the moment. */
export class ReadServiceUnavailable extends ServiceUnavailable {
  static {
    nameErrorClass(ReadServiceUnavailable, 'ReadServiceUnavailable')
  }
}

/** Options of {@link IncompleteCommit}. */
export interface IncompleteCommitOptions extends DriverErrorOptions {
  /** Default: `'WRITE'`. */
  readonly accessMode?: 'READ' | 'WRITE'
}

/**
 * The connection was lost between COMMIT and its answer, in a transaction that could write: the commit may or may not have been
 * applied. Not retried, because a retry could apply a write twice; check the data before you repeat it.
 */
export class IncompleteCommit extends ServiceUnavailable {
  static {
    nameErrorClass(IncompleteCommit, 'IncompleteCommit')
  }

  /** The mode of the transaction. The driver raises this error for `'WRITE'` only: a lost read has no effect in doubt. */
  readonly accessMode: 'READ' | 'WRITE'

  constructor(message: string, options?: IncompleteCommitOptions | null) {
    super(message, options)
    this.accessMode = options?.accessMode ?? 'WRITE'
  }

  override get isRetryable(): boolean {
    return false
  }
}

/** A setting is wrong, contradicts another one, or needs a feature that the server lacks. */
export class ConfigurationError extends DriverError {
  static {
    nameErrorClass(ConfigurationError, 'ConfigurationError')
  }
}

/** The authentication settings are wrong. */
export class AuthConfigurationError extends ConfigurationError {
  static {
    nameErrorClass(AuthConfigurationError, 'AuthConfigurationError')
  }
}

/**
 * A certificate setting is wrong, a certificate file cannot be read, or one side refused the certificate of the other: its
 * authority is not trusted, it has expired, or it belongs to another host. Not retryable.
 */
export class CertificateConfigurationError extends ConfigurationError {
  static {
    nameErrorClass(CertificateConfigurationError, 'CertificateConfigurationError')
  }
}

/** A connection could not be acquired from the pool. */
export class ConnectionPoolError extends DriverError {
  static {
    nameErrorClass(ConnectionPoolError, 'ConnectionPoolError')
  }
}

/**
 * No connection could be acquired within `connectionAcquisitionTimeout`; the message names the step that took too long. Not
 * retried, because the time that the caller allowed is used up.
 */
export class ConnectionAcquisitionTimeoutError extends ConnectionPoolError {
  static {
    nameErrorClass(ConnectionAcquisitionTimeoutError, 'ConnectionAcquisitionTimeoutError')
  }
}

/**
 * The server had not caught up with the bookmarks when `bookmarkTimeout` was over. Not retried, because the time that the caller
 * allowed is used up.
 */
export class BookmarkTimeoutError extends DriverError {
  static {
    nameErrorClass(BookmarkTimeoutError, 'BookmarkTimeoutError')
  }
}

/**
 * The transaction is committed, but the bookmark manager failed afterwards: `updateBookmarks` or `bookmarksConsumer` threw or
 * rejected (`cause` is that error), or did not settle within `connectionAcquisitionTimeout`. Never retried, even if the cause is
 * retryable: the committed work would be done twice. The session has the new bookmark nevertheless (`lastBookmarks`).
 *
 * @example
 * ```ts
 * try {
 *   await session.executeWrite((tx) => tx.run('CREATE (:Payment {id: $id})', { id }).consume())
 * } catch (error) {
 *   if (!(error instanceof BookmarkUpdateError)) throw error
 *   // The payment is committed; only the bookmark store lacks the new bookmark.
 *   log.warn(error)
 * }
 * ```
 */
export class BookmarkUpdateError extends DriverError {
  static {
    nameErrorClass(BookmarkUpdateError, 'BookmarkUpdateError')
  }
}

/** The server violated the Bolt protocol, or speaks no version of it that this driver knows. */
export class BoltProtocolError extends DriverError {
  static {
    nameErrorClass(BoltProtocolError, 'BoltProtocolError')
  }
}

/** Options of {@link ParameterError}. */
export interface ParameterErrorOptions extends DriverErrorOptions {
  /** The path of the value, for example `parameters.filter.age` or `parameters.x[0].f`. */
  readonly path: string
}

/** A query parameter cannot be sent. Raised before anything is written, so the session and the transaction stay usable. */
export class ParameterError extends DriverError {
  static {
    nameErrorClass(ParameterError, 'ParameterError')
  }

  /** The path of the value, for example `parameters.filter.age` or `parameters.x[0].f`. */
  readonly path: string

  constructor(message: string, options: ParameterErrorOptions) {
    super(message, options)
    this.path = options.path
  }
}
