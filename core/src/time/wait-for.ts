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
 * Waits for work that can't be aborted. Rejects with the signal's reason if a signal aborts, or with the error of the limit if
 * that is reached; the work then goes on, and its outcome is ignored.
 */
export async function waitFor<T>(work: Promise<T>, signal: Abortable | undefined, limit?: Limit): Promise<T> {
  // Prevents an unhandled rejection if the work fails after the caller stopped waiting.
  work.catch(() => undefined)
  return new Promise<T>((resolve, reject) => {
    // With an aborted signal, `onAbort` calls its reaction before it returns.
    let left = false
    const listening: (() => void)[] = []
    const leave = (settle: () => void): void => {
      left = true
      clock.clearTimeout(timer)
      for (const stop of listening) stop()
      settle()
    }
    // The caller's promise must keep the process alive even if no socket is open.
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
