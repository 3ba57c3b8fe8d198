import { clock } from './clock.ts'
import type { Deadline } from './deadline.ts'
import { type Abortable, onAbort } from './on-abort.ts'

/** When {@link waitFor} stops waiting, and the error that says so. */
export interface Limit {
  readonly deadline: Deadline
  readonly onTimeout: () => Error
  /** Aborts when the driver is closed: the wait rejects with its reason. */
  readonly closed?: Abortable
}

/**
 * Waits for work that can't be called off. When a signal aborts (which rejects with its reason) or the limit is reached, the
 * work goes on and what comes of it is dropped.
 */
export async function waitFor<T>(work: Promise<T>, signal: Abortable | undefined, limit?: Limit): Promise<T> {
  // A failure after the caller has left must not become an unhandled rejection.
  work.catch(() => undefined)
  return new Promise<T>((resolve, reject) => {
    // An aborted signal reacts before `onAbort` has returned.
    let left = false
    const listening: (() => void)[] = []
    const leave = (settle: () => void): void => {
      left = true
      clock.clearTimeout(timer)
      for (const stop of listening) stop()
      settle()
    }
    // No socket may be open now; the caller's promise must keep the process alive all the same.
    const timer =
      limit && clock.setTimeout(() => leave(() => reject(limit.onTimeout())), limit.deadline.remaining(), { ref: true })
    for (const each of [signal, limit?.closed]) {
      if (each === undefined || left) continue
      const stop = onAbort(each, () => leave(() => reject(each.reason)))
      if (left) stop()
      else listening.push(stop)
    }
    work.then(
      (value) => leave(() => resolve(value)),
      (error) => leave(() => reject(error)),
    )
  })
}
