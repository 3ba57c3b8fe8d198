/**
 * A unit of work in a transaction of its own, committed when the work succeeds, rolled back when it doesn't, and done
 * again where the failure says that this makes sense. Never again once COMMIT was sent without an answer.
 */

import { channels, publishRetry, trace } from '../diagnostics/channels.ts'
import { AttemptMessage, type OperationKind, type OperationMessage } from '../diagnostics/messages.ts'
import { isDriverError } from '../errors/index.ts'
import { waitFor } from '../time/wait-for.ts'
import type { AccessMode } from '../values/enums.ts'
import { isThenable } from '../values/thenable.ts'
import { type RetryPolicy, retry } from './retry.ts'
import type { OpenTransaction } from './transaction.ts'
import type { WorkOptions, Workspace } from './workspace.ts'

export interface ManagedOptions {
  readonly mode: AccessMode
  readonly options: WorkOptions
  /** Which part of the API this is (`telemetryApis`). */
  readonly api: number
  /** BEGIN leaves together with the first query, for work that can't do anything else before it. */
  readonly pipelined: boolean
  /** Called before the wait that precedes another attempt; see {@link RetryPolicy.onRetry}. */
  readonly onRetry?: RetryPolicy['onRetry']
  /** For those who watch: the call that was made, and its query where it has one. */
  readonly kind: OperationKind
  readonly text?: string | undefined
  readonly parameters?: object | undefined
}

export function runManaged<T>(
  workspace: Workspace,
  managed: ManagedOptions,
  work: (transaction: OpenTransaction) => Promise<T>,
): Promise<T> {
  const { mode, options } = managed
  const operation = workspace.operation(managed.kind, mode, managed.text, managed.parameters)
  const telemetry = workspace.telemetry(managed.api)
  const attempt = async (traced: AttemptMessage | null = null): Promise<T> => {
    const begun = workspace.begin(mode, options, telemetry, managed.pipelined, traced)
    const transaction = isThenable(begun) ? await begun : begun
    let value: T
    try {
      const working = work(transaction)
      // What the user's function waits for besides its queries knows nothing of the signal.
      value = await (options.signal === undefined ? working : waitFor(working, options.signal))
    } catch (error) {
      await transaction.close()
      throw causeIn(transaction, error)
    }
    // The work may have caught the error of a query; its transaction can't be committed all the same.
    if (transaction.broken) {
      await transaction.close()
      throw transaction.failure
    }
    await transaction.commit()
    return value
  }
  const policyOf = (): RetryPolicy => ({
    // A part of a shared transaction can't be undone alone, so it can't be done again.
    maxTime: workspace.source.shared === null ? workspace.source.retryTime : 0,
    signal: options.signal,
    closed: workspace.source.closed,
    judge: (error) => workspace.judge(error, options.signal),
    onRetry: operation === null ? managed.onRetry : tellingWatchers(operation, managed.onRetry),
  })
  if (operation === null) return retry(attempt, policyOf)
  return trace(channels.operation, operation, () => retry(() => tracedAttempt(operation, attempt), policyOf))
}

function tellingWatchers(operation: OperationMessage, onRetry: RetryPolicy['onRetry']): RetryPolicy['onRetry'] {
  return (error, attempt, delay) => {
    publishRetry(operation, error, attempt, delay)
    return onRetry?.(error, attempt, delay)
  }
}

async function tracedAttempt<T>(
  operation: OperationMessage,
  attempt: (traced: AttemptMessage) => Promise<T>,
): Promise<T> {
  operation.attempts += 1
  const message = new AttemptMessage(operation)
  const value = await trace(channels.attempt, message, () => attempt(message))
  operation.outcome = message.outcome
  return value
}

/** What made the transaction fail, rather than what the work met or made of it afterwards. */
function causeIn(transaction: OpenTransaction, error: unknown): unknown {
  const { failure, aborted } = transaction
  if (aborted) return failure
  return failure !== null && isDriverError(error) && error.cause === failure ? failure : error
}
