/**
 * Retries a function while its error is retryable and time is left: units of work, and auto-commit queries that are safe to
 * repeat. Knows neither servers nor transactions.
 *
 * The time limit counts from the first failure. The first delay is 1 s and doubles with each retry, with ±20 % jitter.
 */

import { DriverError, isRetryable } from '../errors/index.ts'
import { isThenable } from '../platform/thenable.ts'
import { Backoff } from '../time/backoff.ts'
import { clock } from '../time/clock.ts'
import { type Abortable, onAbort } from '../time/on-abort.ts'

export interface RetryPolicy {
  /** How long after the first failure another attempt may be scheduled, in ms. 0 disables retries. */
  readonly maxTime: number
  /** Whether `error`, the failure of attempt number `attempt` (from 1), permits another. Default: {@link isRetryable}. */
  readonly mayRetry?: ((error: unknown, attempt: number) => boolean) | undefined
  /** Whether retries follow without a delay. Default: false. */
  readonly immediate?: boolean | undefined
  readonly signal?: Abortable | undefined
  /** Aborts when the driver is closed; no attempt is made afterwards. */
  readonly closed?: Abortable | undefined
  /** Lets the auth manager handle a security error before the retry decision. */
  readonly handleAuthError?: ((error: unknown) => Promise<void>) | undefined
  /**
   * Called before the delay of each retry. The retry waits for a returned promise, but not beyond `maxTime`. An error that the
   * callback throws or rejects with ends the retries.
   */
  readonly onRetry?: ((error: unknown, attempt: number, delay: number) => unknown) | undefined
}

/**
 * Runs `attempt`, and again after retryable failures. `policyOf` is called at the first failure.
 * @throws the last error, with the earlier ones in its `retriedAfter`
 */
export function retry<T>(attempt: () => Promise<T>, policyOf: () => RetryPolicy): Promise<T> {
  return attempt().catch((error: unknown) => retryAfter(error, attempt, policyOf()))
}

/**
 * Does what {@link retry} does after a first attempt that failed with `first`. For callers that make the first attempt
 * themselves, which spares them the closures when it succeeds.
 */
export async function retryAfter<T>(first: unknown, attempt: () => Promise<T>, policy: RetryPolicy): Promise<T> {
  const { mayRetry = isRetryable } = policy
  const backoff = new Backoff()
  const earlier: unknown[] = []
  let error = first
  await policy.handleAuthError?.(error)
  const started = clock.now()
  for (let count = 1; ; count++) {
    if (policy.signal?.aborted || !mayRetry(error, count) || clock.now() - started >= policy.maxTime) {
      throw withEarlier(error, earlier)
    }
    if (!policy.closed?.aborted) {
      const delay = policy.immediate === true ? 0 : backoff.nextDelay()
      if (!(await announced(policy, error, count, delay, started, earlier))) throw withEarlier(error, earlier)
      if (delay > 0) await wait(delay, policy)
    }
    earlier.push(error)
    if (policy.closed?.aborted) throw withEarlier(closedMeanwhile(), earlier)
    try {
      return await attempt()
    } catch (next) {
      error = next
      await policy.handleAuthError?.(error)
    }
  }
}

/**
 * Calls `onRetry` and waits for its promise. Returns false if no time is left for another attempt.
 * @throws the error of `onRetry`; its `cause` becomes the failure of the attempt unless it has one
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

/** Sets `cause` unless the error has one. */
function withCause(error: unknown, cause: unknown): unknown {
  if (error instanceof Error && error !== cause && error.cause === undefined) {
    // Unlike `Object.defineProperty`, this does not throw for a frozen error.
    Reflect.defineProperty(error, 'cause', { value: cause, configurable: true, enumerable: false, writable: true })
  }
  return error
}

function closedMeanwhile(): DriverError {
  return new DriverError('The driver has been closed: failed work is not retried (see retriedAfter)')
}

function withEarlier(error: unknown, earlier: readonly unknown[]): unknown {
  if (earlier.length > 0 && error instanceof Error) {
    // Unlike `Object.defineProperty`, this does not throw for a frozen error.
    Reflect.defineProperty(error, 'retriedAfter', { value: [...earlier], configurable: true, enumerable: false })
  }
  return error
}

/**
 * Waits until `ms` have passed, `work` is fulfilled or the driver is closed. Resolves to true if `work` was fulfilled.
 * @throws the reason of the caller's signal, or the rejection of `work`
 */
function wait(ms: number, { signal, closed }: RetryPolicy, work?: PromiseLike<unknown>): Promise<boolean> {
  const done = work && Promise.resolve(work)
  // It may reject after this wait has ended.
  done?.catch(() => undefined)
  // `onRetry` may have aborted the signal.
  if (signal?.aborted) return Promise.reject(signal.reason)
  return new Promise((resolve, reject) => {
    const ignored: (() => void)[] = []
    const leave = (settle: () => void): void => {
      clock.clearTimeout(timer)
      for (const ignore of ignored) ignore()
      settle()
    }
    const end = (): void => leave(() => (signal?.aborted ? reject(signal.reason) : resolve(false)))
    // The timer keeps the process alive: no socket may be open during the delay.
    const timer = clock.setTimeout(end, ms, { ref: true })
    for (const given of [signal, closed]) if (given !== undefined) ignored.push(onAbort(given, end))
    done?.then(
      () => leave(() => resolve(true)),
      (error) => leave(() => reject(error)),
    )
  })
}
