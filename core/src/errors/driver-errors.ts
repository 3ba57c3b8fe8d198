import { attachHidden, nameErrorClass } from './brand.ts'

/** The brand every {@link DriverError} carries, whichever copy of this package made it. */
export const DRIVER_ERROR = Symbol.for('boltline.DriverError')

/** What the constructor of every driver error accepts besides its message. */
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

  /** Whether running the same transaction again can succeed. For a retry policy of your own around explicit transactions. */
  get isRetryable(): boolean {
    return false
  }
}

/** Options of {@link SessionError}. */
export interface SessionErrorOptions extends DriverErrorOptions {
  /** The session in question. */
  readonly session?: object | undefined
}

/** A session was used wrongly: after `close()`, or by two calls at once. */
export class SessionError extends DriverError {
  static {
    nameErrorClass(SessionError, 'SessionError')
  }

  /** The session in question; not enumerable. */
  declare readonly session: object | undefined

  constructor(message: string, options?: SessionErrorOptions | null) {
    super(message, options)
    attachHidden(this, 'session', options?.session)
  }
}

/** Options of {@link TransactionError}. */
export interface TransactionErrorOptions extends DriverErrorOptions {
  /** The transaction in question. */
  readonly transaction?: object | undefined
}

/** A transaction was used wrongly: after it ended, or after one of its queries failed. */
export class TransactionError extends DriverError {
  static {
    nameErrorClass(TransactionError, 'TransactionError')
  }

  /** The transaction in question; not enumerable. */
  declare readonly transaction: object | undefined

  constructor(message: string, options?: TransactionErrorOptions | null) {
    super(message, options)
    attachHidden(this, 'transaction', options?.transaction)
  }
}

/** Tells an error of a transaction which one it is about; errors made below the handles don't know it. */
export function aboutTransaction(error: unknown, transaction: object | null): unknown {
  if (error instanceof TransactionError && error.transaction === undefined && transaction !== null)
    attachHidden(error, 'transaction', transaction)
  return error
}

/** A session was asked for something while one of its transactions was still open. */
export class TransactionNestingError extends TransactionError {
  static {
    nameErrorClass(TransactionNestingError, 'TransactionNestingError')
  }
}

/** Options of {@link ResultError}. */
export interface ResultErrorOptions extends DriverErrorOptions {
  /** The result in question. */
  readonly result?: object | undefined
}

/** A result was used in a way its state does not allow. */
export class ResultError extends DriverError {
  static {
    nameErrorClass(ResultError, 'ResultError')
  }

  /** The result in question; not enumerable. */
  declare readonly result: object | undefined

  constructor(message: string, options?: ResultErrorOptions | null) {
    super(message, options)
    attachHidden(this, 'result', options?.result)
  }
}

/** Tells an error of a result which one it is about; errors made below the handles don't know it. */
export function aboutResult(error: unknown, result: object | null): unknown {
  if (error instanceof ResultError && error.result === undefined && result !== null)
    attachHidden(error, 'result', result)
  return error
}

/** The records of a result were asked for after it, or another result of its transaction, had failed; `cause` is that failure. */
export class ResultFailedError extends ResultError {
  static {
    nameErrorClass(ResultFailedError, 'ResultFailedError')
  }
}

/** The records of a result were asked for after they had been consumed or discarded. */
export class ResultConsumedError extends ResultError {
  static {
    nameErrorClass(ResultConsumedError, 'ResultConsumedError')
  }
}

/** A result should have held exactly one record and did not. */
export class ResultNotSingleError extends ResultError {
  static {
    nameErrorClass(ResultNotSingleError, 'ResultNotSingleError')
  }
}

/** A field of a record was read that could not be decoded, such as an integer beyond `Number.MAX_SAFE_INTEGER`. */
export class BrokenRecordError extends DriverError {
  static {
    nameErrorClass(BrokenRecordError, 'BrokenRecordError')
  }
}

/** The session lost what it needs: its connection broke, or the server left the role it was chosen for. Retryable. */
export class SessionExpired extends DriverError {
  static {
    nameErrorClass(SessionExpired, 'SessionExpired')
  }

  override get isRetryable(): boolean {
    return true
  }
}

/** No server could be reached. Either the configuration is wrong or the database is down at the moment. Retryable. */
export class ServiceUnavailable extends DriverError {
  static {
    nameErrorClass(ServiceUnavailable, 'ServiceUnavailable')
  }

  override get isRetryable(): boolean {
    return true
  }
}

/** No server answered with a routing table; `cause` holds what each of them said. */
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

/** What an {@link IncompleteCommit} is made of. */
export interface IncompleteCommitOptions extends DriverErrorOptions {
  /** Default: `'WRITE'`. */
  readonly accessMode?: 'READ' | 'WRITE'
}

/**
 * The connection was lost between COMMIT and its answer, in a transaction that could write: it may or may not have been applied.
 * Never retried, because a second run could apply a write twice; look into the data before deciding.
 */
export class IncompleteCommit extends ServiceUnavailable {
  static {
    nameErrorClass(IncompleteCommit, 'IncompleteCommit')
  }

  /** The mode of the transaction. This driver raises the error for `'WRITE'` alone: a read leaves nothing in doubt. */
  readonly accessMode: 'READ' | 'WRITE'

  constructor(message: string, options?: IncompleteCommitOptions | null) {
    super(message, options)
    this.accessMode = options?.accessMode ?? 'WRITE'
  }

  override get isRetryable(): boolean {
    return false
  }
}

/** A setting is wrong, contradicts another one, or asks for something the server cannot do. */
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
 * authority is not trusted, it has expired, it belongs to another host. Nothing that passes by trying again.
 */
export class CertificateConfigurationError extends ConfigurationError {
  static {
    nameErrorClass(CertificateConfigurationError, 'CertificateConfigurationError')
  }
}

/** The connection pool could not lend a connection. */
export class ConnectionPoolError extends DriverError {
  static {
    nameErrorClass(ConnectionPoolError, 'ConnectionPoolError')
  }
}

/**
 * No connection could be had within `connectionAcquisitionTimeout`; the message names what was waited for. Not retried: the time
 * the caller allowed is already spent.
 */
export class ConnectionAcquisitionTimeoutError extends ConnectionPoolError {
  static {
    nameErrorClass(ConnectionAcquisitionTimeoutError, 'ConnectionAcquisitionTimeoutError')
  }
}

/**
 * The server had not caught up with the bookmarks when `bookmarkTimeout` was over. Not retried: the time the caller allowed is
 * already spent.
 */
export class BookmarkTimeoutError extends DriverError {
  static {
    nameErrorClass(BookmarkTimeoutError, 'BookmarkTimeoutError')
  }
}

/**
 * The transaction is committed, and the bookmark manager has failed afterwards: `updateBookmarks` or `bookmarksConsumer` threw,
 * rejected (`cause` is what with), or did not answer within `connectionAcquisitionTimeout`. Never retried, whatever the cause
 * says of itself: the work would be done twice. The session has the bookmark all the same (`lastBookmarks`).
 *
 * @example
 * ```ts
 * try {
 *   await session.executeWrite((tx) => tx.run('CREATE (:Payment {id: $id})', { id }).consume())
 * } catch (error) {
 *   if (!(error instanceof BookmarkUpdateError)) throw error
 *   // The payment is made; only the store of the bookmarks does not know it yet.
 *   log.warn(error)
 * }
 * ```
 */
export class BookmarkUpdateError extends DriverError {
  static {
    nameErrorClass(BookmarkUpdateError, 'BookmarkUpdateError')
  }
}

/** The server broke the Bolt protocol, or speaks no version of it that this driver knows. */
export class BoltProtocolError extends DriverError {
  static {
    nameErrorClass(BoltProtocolError, 'BoltProtocolError')
  }
}

/** Options of {@link ParameterError}. */
export interface ParameterErrorOptions extends DriverErrorOptions {
  /** Where the value stands, for example `parameters.filter.age` or `parameters.x[0].f`. */
  readonly path: string
}

/** A query parameter cannot be sent. Raised before anything is written, so session and transaction stay usable. */
export class ParameterError extends DriverError {
  static {
    nameErrorClass(ParameterError, 'ParameterError')
  }

  /** Where the value stands, for example `parameters.filter.age` or `parameters.x[0].f`. */
  readonly path: string

  constructor(message: string, options: ParameterErrorOptions) {
    super(message, options)
    this.path = options.path
  }
}
