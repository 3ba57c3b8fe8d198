/**
 * What this package raises itself; the driver's own errors pass through it unchanged. All but `ClientGone` are
 * `DriverError`s, none is retryable: each says that the program does something that another try would only do again.
 */

import { TransactionError } from '@boltline/core'
import { IntrinsicException } from '@nestjs/common'

/** `name` stands on the prototype, as with the errors of the driver. */
function named(errorClass: { readonly prototype: Error }, name: string): void {
  Object.defineProperty(errorClass.prototype, 'name', { value: name, configurable: true, writable: true })
}

/** Something needs an open transaction and there is none: propagation `mandatory`, `host.current`, hooks, `client.run`. */
export class NoTransactionError extends TransactionError {
  static {
    named(NoTransactionError, 'NoTransactionError')
  }
}

/** A transaction is open where none may be: propagation `never`. */
export class TransactionForbiddenError extends TransactionError {
  static {
    named(TransactionForbiddenError, 'TransactionForbiddenError')
  }
}

/** Something used a transaction after its method had ended, for example a call that was never awaited. */
export class TransactionScopeEndedError extends TransactionError {
  static {
    named(TransactionScopeEndedError, 'TransactionScopeEndedError')
  }
}

/** A write was asked for inside of a read transaction. Raised before anything is sent. */
export class AccessModeError extends TransactionError {
  static {
    named(AccessModeError, 'AccessModeError')
  }
}

/** Another database or user was asked for than the open transaction has. Raised before anything is sent. */
export class ScopeMismatchError extends TransactionError {
  static {
    named(ScopeMismatchError, 'ScopeMismatchError')
  }
}

/**
 * A transaction was to be committed although a method that took part in it has failed, or had asked for a rollback, and its
 * caller went on. Everything was rolled back; `cause` is that failure.
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

/** A further transaction beside the open ones would wait for ever, because these hold all connections there may be. */
export class PoolDepthError extends TransactionError {
  static {
    named(PoolDepthError, 'PoolDepthError')
  }
}

/** The application shuts down and takes on no new work. */
export class ShuttingDownError extends TransactionError {
  static {
    named(ShuttingDownError, 'ShuttingDownError')
  }
}

/**
 * The client has closed the connection before its answer was complete: the reason with which the work of its request is
 * aborted. No answer can be sent any more. Nest does not log it, because it is no failure of the service.
 */
export class ClientGone extends IntrinsicException {
  static {
    named(ClientGone, 'ClientGone')
  }

  constructor() {
    super('The client has closed the connection before the answer was complete')
  }
}
