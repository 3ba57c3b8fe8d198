/**
 * The errors of this package; errors of the driver pass through unchanged. All but `ClientGone` are `DriverError`s. None is
 * retryable, because another attempt would fail in the same way.
 */

import { TransactionError } from '@boltline/core'
import { IntrinsicException } from '@nestjs/common'

/** `name` stands on the prototype, as with the errors of the driver. */
function named(errorClass: { readonly prototype: Error }, name: string): void {
  Object.defineProperty(errorClass.prototype, 'name', { value: name, configurable: true, writable: true })
}

/** A call needs an open transaction and none is open: propagation `mandatory`, `host.current`, hooks, `client.run`. */
export class NoTransactionError extends TransactionError {
  static {
    named(NoTransactionError, 'NoTransactionError')
  }
}

/** A method with propagation `never` was called while a transaction was open. */
export class TransactionForbiddenError extends TransactionError {
  static {
    named(TransactionForbiddenError, 'TransactionForbiddenError')
  }
}

/** Code used a transaction after its method had ended, for example because a call was not awaited. */
export class TransactionScopeEndedError extends TransactionError {
  static {
    named(TransactionScopeEndedError, 'TransactionScopeEndedError')
  }
}

/** A query or method asked to write inside of a read transaction. Raised before anything is sent. */
export class AccessModeError extends TransactionError {
  static {
    named(AccessModeError, 'AccessModeError')
  }
}

/** A query or method asked for another database or user than the open transaction has. Raised before anything is sent. */
export class ScopeMismatchError extends TransactionError {
  static {
    named(ScopeMismatchError, 'ScopeMismatchError')
  }
}

/**
 * The method that opened a transaction succeeded, but a method that joined it had failed or asked for a rollback. The
 * transaction was rolled back; `cause` is the failure of the joined method.
 */
export class UnexpectedRollbackError extends TransactionError {
  static {
    named(UnexpectedRollbackError, 'UnexpectedRollbackError')
  }
}

/** A transactional method returned something that would be read after its transaction: a stream, a cursor, an Observable. */
export class StreamEscapesTransactionError extends TransactionError {
  static {
    named(StreamEscapesTransactionError, 'StreamEscapesTransactionError')
  }
}

/** A nested transaction would wait forever, because the enclosing transactions hold all connections of the pool. */
export class PoolDepthError extends TransactionError {
  static {
    named(PoolDepthError, 'PoolDepthError')
  }
}

/** The application is shutting down and accepts no new queries or transactions. */
export class ShuttingDownError extends TransactionError {
  static {
    named(ShuttingDownError, 'ShuttingDownError')
  }
}

/**
 * The HTTP client closed the connection before the response was complete. It is the abort reason of the request's queries and
 * transactions. No response can be sent, and Nest does not log it, because the service did not fail.
 */
export class ClientGone extends IntrinsicException {
  static {
    named(ClientGone, 'ClientGone')
  }

  constructor() {
    super('The client has closed the connection before the answer was complete')
  }
}
