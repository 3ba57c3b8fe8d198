import { clock } from './clock.ts'
import type { Deadline } from './deadline.ts'
import { onAbort } from './on-abort.ts'

/** When {@link waitFor} stops waiting, and the error that says so. */
export interface Limit {
  readonly deadline: Deadline
  readonly onTimeout: () => Error
}

/**
 * Waits for work that can't be called off. When the signal aborts (which rejects with its reason) or the limit is reached,
 * the work goes on and what comes of it is dropped.
 */
export async function waitFor<T>(work: Promise<T>, signal: AbortSignal | undefined, limit?: Limit): Promise<T> {
  // Whoever has gone before it failed is not to be bothered by an unhandled rejection.
  work.catch(() => undefined)
  return new Promise<T>((resolve, reject) => {
    // An aborted signal reacts before `onAbort` has returned.
    let stopListening: (() => void) | undefined
    const timer = limit && clock.setTimeout(() => leave(() => reject(limit.onTimeout())), limit.deadline.remaining())
    const leave = (settle: () => void): void => {
      clock.clearTimeout(timer)
      stopListening?.()
      settle()
    }
    stopListening = signal && onAbort(signal, () => leave(() => reject(signal.reason)))
    work.then(
      (value) => leave(() => resolve(value)),
      (error) => leave(() => reject(error)),
    )
  })
}
