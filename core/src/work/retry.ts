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
import { isThenable } from '../values/thenable.ts'

export interface RetryPolicy {
  /** Milliseconds from the first failure on in which a failed attempt is followed by another; 0: none is. */
  readonly maxTime: number
  readonly signal?: Abortable | undefined
  /** Aborts when the driver is closed: from then on there is no other attempt. */
  readonly closed?: Abortable | undefined
  /** Looks at a failure before it is decided whether another attempt makes sense. */
  readonly judge?: ((error: unknown) => Promise<void>) | undefined
  /**
   * Called before the wait that precedes another attempt, which waits for what it returns, within `maxTime`. What it throws or
   * rejects with ends the retrying.
   */
  readonly onRetry?: ((error: unknown, attempt: number, delay: number) => unknown) | undefined
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
    if (!policy.closed?.aborted) {
      const delay = backoff.nextDelay()
      if (!(await announced(policy, error, count, delay, started, earlier))) throw withEarlier(error, earlier)
      await wait(delay, policy)
    }
    earlier.push(error)
    if (policy.closed?.aborted) throw withEarlier(closedMeanwhile(), earlier)
    try {
      return await attempt()
    } catch (next) {
      error = next
      await policy.judge?.(error)
    }
  }
}

/**
 * Calls `onRetry` and waits for what it returns. False where that has taken all the time there is for other attempts.
 * @throws what it fails with, with the failure that it was called for as `cause` where it has none
 */
async function announced(
  policy: RetryPolicy,
  error: unknown,
  attempt: number,
  delay: number,
  started: number,
  earlier: readonly unknown[],
): Promise<boolean> {
  try {
    const answer = policy.onRetry?.(error, attempt, delay)
    if (!isThenable(answer)) return true
    const done = await wait(started + policy.maxTime - clock.now(), policy, answer)
    return done || policy.closed?.aborted === true
  } catch (thrown) {
    if (policy.signal?.aborted) throw policy.signal.reason
    throw withEarlier(withCause(thrown, error), [...earlier, error])
  }
}

/** Names the failure that led to an error, unless that error names another one. */
function withCause(error: unknown, cause: unknown): unknown {
  if (error instanceof Error && error !== cause && error.cause === undefined) {
    // The callback may have thrown an error that can't be added to.
    Reflect.defineProperty(error, 'cause', { value: cause, configurable: true, enumerable: false, writable: true })
  }
  return error
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

/**
 * Waits for `ms`, or for less where `work` is done or the driver is closed. Tells whether the work was done.
 * @throws the reason of the caller's signal, and what the work fails with
 */
function wait(ms: number, { signal, closed }: RetryPolicy, work?: PromiseLike<unknown>): Promise<boolean> {
  const done = work && Promise.resolve(work)
  // It may fail when nothing waits for it any more.
  done?.catch(() => undefined)
  // The callback may have called the work off.
  if (signal?.aborted) return Promise.reject(signal.reason)
  return new Promise((resolve, reject) => {
    const ignored: (() => void)[] = []
    const leave = (settle: () => void): void => {
      clock.clearTimeout(timer)
      for (const ignore of ignored) ignore()
      settle()
    }
    const end = (): void => leave(() => (signal?.aborted ? reject(signal.reason) : resolve(false)))
    // No socket may be open now; the caller's promise must keep the process alive all the same.
    const timer = clock.setTimeout(end, ms, { ref: true })
    for (const given of [signal, closed]) if (given !== undefined) ignored.push(onAbort(given, end))
    done?.then(
      () => leave(() => resolve(true)),
      (error) => leave(() => reject(error)),
    )
  })
}
