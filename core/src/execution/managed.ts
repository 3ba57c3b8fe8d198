/**
 * Runs a unit of work in a transaction of its own: commits when the work succeeds, rolls back when it fails, and retries
 * retryable failures. A write whose COMMIT got no answer is never retried.
 */

import type { OperationKind } from '../diagnostics/messages.ts'
import { type CallObserver, type OperationObserver, silent } from '../diagnostics/observer.ts'
import { isDriverError } from '../errors/index.ts'
import { isThenable } from '../platform/thenable.ts'
import { waitFor } from '../time/wait-for.ts'
import type { AccessMode } from '../values/enums.ts'
import type { OpenTransaction } from './bolt-transaction.ts'
import type { ExecutionOptions, Executor } from './executor.ts'
import { type RetryPolicy, retry } from './retry.ts'

export interface ManagedOptions {
  readonly mode: AccessMode
  readonly options: ExecutionOptions
  /** The API that the caller used, as the server's telemetry numbers it (`telemetryApis`). */
  readonly api: number
  /** Sends BEGIN together with the first query, for work that starts with a query. */
  readonly pipelined: boolean
  /** Whether retryable failures are retried. */
  readonly retry: boolean
  /** Called before the delay of each retry; see {@link RetryPolicy.onRetry}. */
  readonly onRetry?: RetryPolicy['onRetry']
  /** The public call, for diagnostics subscribers; `text` and `parameters` are those of `executeQuery`. */
  readonly kind: OperationKind
  readonly text?: string | undefined
  readonly parameters?: object | undefined
}

export function runManaged<T>(
  executor: Executor,
  managed: ManagedOptions,
  work: (transaction: OpenTransaction) => Promise<T>,
): Promise<T> {
  const { mode, options } = managed
  const operation = executor.operation(managed.kind, mode, managed.text, managed.parameters)
  const telemetry = executor.telemetry(managed.api)
  const attempt = async (observer: CallObserver = silent): Promise<T> => {
    const begun = executor.begin(mode, options, telemetry, managed.pipelined, observer)
    const transaction = isThenable(begun) ? await begun : begun
    let value: T
    try {
      const working = work(transaction)
      // The transaction function may wait for something that ignores the signal.
      value = await (options.signal === undefined ? working : waitFor(working, options.signal))
    } catch (error) {
      await transaction.close()
      throw causeIn(transaction, error)
    }
    // The transaction function may have caught the error of a query, but its transaction can't be committed.
    if (transaction.broken) {
      await transaction.close()
      throw transaction.failure
    }
    await transaction.commit()
    return value
  }
  const policyOf = (): RetryPolicy => ({
    // A part of a shared transaction can't be rolled back alone, so it can't be retried.
    maxTime: managed.retry && executor.source.shared === null ? executor.source.retryTime : 0,
    signal: options.signal,
    closed: executor.source.closed,
    handleAuthError: (error) => executor.handleAuthError(error, options.signal),
    onRetry: observedRetries(operation, managed.onRetry),
  })
  return operation.attempts(retry, attempt, policyOf)
}

function observedRetries(operation: OperationObserver, onRetry: RetryPolicy['onRetry']): RetryPolicy['onRetry'] {
  return (error, attempt, delay) => {
    operation.retried(error, delay)
    return onRetry?.(error, attempt, delay)
  }
}

/** Returns the failure of the transaction if `error` is only its consequence. */
function causeIn(transaction: OpenTransaction, error: unknown): unknown {
  const { failure, aborted } = transaction
  if (aborted) return failure
  return failure !== null && isDriverError(error) && error.cause === failure ? failure : error
}
