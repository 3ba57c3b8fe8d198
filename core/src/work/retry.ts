/**
 * Runs a unit of work again while that makes sense: the error says so, and time is left. It knows nothing of servers or
 * transactions; what an attempt is, is the caller's affair.
 *
 * The clock starts at the first failure. Between attempts it waits 1 s, then twice as long each time, within ±20 %.
 */

import { DriverError, isRetryable } from '../errors/index.ts'
import { Backoff } from '../time/backoff.ts'
import { clock } from '../time/clock.ts'
import { type Abortable, onAbort } from '../time/on-abort.ts'

export interface RetryPolicy {
  /** Milliseconds from the first failure on in which a failed attempt is followed by another; 0: none is. */
  readonly maxTime: number
  readonly signal?: Abortable | undefined
  /** Aborts when the driver is closed: from then on there is no other attempt. */
  readonly closed?: Abortable | undefined
  /** Looks at a failure before it is decided whether another attempt makes sense. */
  readonly judge?: ((error: unknown) => Promise<void>) | undefined
  /** Told before the wait that precedes another attempt. */
  readonly onRetry?: ((error: unknown, attempt: number, delay: number) => void) | undefined
}

/**
 * The first attempt, and others where it fails. `policyOf` is asked when it does.
 * @throws the last error, with the earlier ones in its `retriedAfter`.
 */
export function retry<T>(attempt: () => Promise<T>, policyOf: () => RetryPolicy): Promise<T> {
  return attempt().catch((error: unknown) => tryAgain(attempt, policyOf(), error))
}

async function tryAgain<T>(attempt: () => Promise<T>, policy: RetryPolicy, first: unknown): Promise<T> {
  const backoff = new Backoff()
  const earlier: unknown[] = []
  let error = first
  await policy.judge?.(error)
  const started = clock.now()
  for (let count = 1; ; count++) {
    if (policy.signal?.aborted || !isRetryable(error) || clock.now() - started >= policy.maxTime) {
      throw withEarlier(error, earlier)
    }
    earlier.push(error)
    if (!policy.closed?.aborted) {
      const delay = backoff.nextDelay()
      policy.onRetry?.(error, count, delay)
      await pause(delay, policy)
    }
    if (policy.closed?.aborted) throw withEarlier(closedMeanwhile(), earlier)
    try {
      return await attempt()
    } catch (next) {
      error = next
      await policy.judge?.(error)
    }
  }
}

function closedMeanwhile(): DriverError {
  return new DriverError('The driver has been closed: work that has failed is not tried again (see retriedAfter)')
}

function withEarlier(error: unknown, earlier: readonly unknown[]): unknown {
  if (earlier.length > 0 && error instanceof Error) {
    // The work may have thrown an error that can't be added to.
    Reflect.defineProperty(error, 'retriedAfter', { value: [...earlier], configurable: true, enumerable: false })
  }
  return error
}

/** Ends early where there is nothing to wait for any more. @throws the reason of the caller's signal */
function pause(ms: number, { signal, closed }: RetryPolicy): Promise<void> {
  // Whoever was told of the failure may have called it off.
  if (signal?.aborted) return Promise.reject(signal.reason)
  return new Promise((resolve, reject) => {
    const ignored: (() => void)[] = []
    const end = (): void => {
      clock.clearTimeout(timer)
      for (const ignore of ignored) ignore()
      if (signal?.aborted) reject(signal.reason)
      else resolve()
    }
    // No socket may be open now; the caller's promise must keep the process alive all the same.
    const timer = clock.setTimeout(end, ms, { ref: true })
    for (const given of [signal, closed]) if (given !== undefined) ignored.push(onAbort(given, end))
  })
}
