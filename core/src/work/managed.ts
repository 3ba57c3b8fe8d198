/**
 * A unit of work in a transaction of its own, committed when the work succeeds, rolled back when it doesn't, and done
 * again where the failure says that this makes sense. Never again once COMMIT was sent without an answer.
 */

import { isDriverError } from '../errors/index.ts'
import type { AccessMode } from '../values/enums.ts'
import { type RetryPolicy, retry } from './retry.ts'
import type { TransactionWork } from './transaction.ts'
import type { WorkOptions, Workspace } from './workspace.ts'

export interface ManagedOptions {
  readonly mode: AccessMode
  readonly options: WorkOptions
  /** Which part of the API this is (`telemetryApis`). */
  readonly api: number
  /** BEGIN leaves together with the first query, for work that can't do anything else before it. */
  readonly pipelined: boolean
  /** Told before the wait that precedes another attempt. */
  readonly onRetry?: RetryPolicy['onRetry']
}

export function runManaged<T>(
  workspace: Workspace,
  managed: ManagedOptions,
  work: (transaction: TransactionWork) => Promise<T>,
): Promise<T> {
  const telemetry = workspace.telemetry(managed.api)
  const attempt = async () => {
    const transaction = await workspace.begin(managed.mode, managed.options, telemetry, managed.pipelined)
    let value: T
    try {
      value = await work(transaction)
    } catch (error) {
      await transaction.close()
      throw causeIn(transaction, error)
    }
    // The work may have caught the error of a query; its transaction can't be committed all the same.
    if (transaction.failure !== null) {
      await transaction.close()
      throw transaction.failure
    }
    await transaction.commit()
    return value
  }
  const judgedAttempt = async () => {
    try {
      return await attempt()
    } catch (error) {
      await workspace.judge(error)
      throw error
    }
  }
  return retry(judgedAttempt, {
    maxTime: workspace.source.retryTime,
    signal: managed.options.signal,
    onRetry: managed.onRetry,
  })
}

/** What made the transaction fail, rather than what the work met or made of it afterwards. */
function causeIn(transaction: TransactionWork, error: unknown): unknown {
  const { failure, aborted } = transaction
  if (aborted) return failure
  return failure !== null && isDriverError(error) && error.cause === failure ? failure : error
}
