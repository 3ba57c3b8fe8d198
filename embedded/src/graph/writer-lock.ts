/** A lock for one writer at a time, first come, first served. */

import { ServerFailure } from '../bolt-server/query-handler.ts'
import { longestTimer } from '../timers.ts'

export type Release = () => void

export class WriterLock {
  readonly #waiting: (() => void)[] = []
  #held = false

  /**
   * Resolves when no other writer holds the lock. The returned function releases it; further calls have no effect.
   *
   * @throws ServerFailure after `ms`, or when `signal` is aborted
   */
  async acquire(ms: number, signal?: AbortSignal): Promise<Release> {
    if (this.#held) await this.#wait(ms, signal)
    this.#held = true
    let released = false
    return () => {
      if (released) return
      released = true
      this.#held = false
      this.#waiting.shift()?.()
    }
  }

  #wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const turn = () => {
        // Stays held until the waiter runs, so that no later writer can overtake it.
        this.#held = true
        stop()
        resolve()
      }
      const giveUp = (error: Error) => {
        this.#waiting.splice(this.#waiting.indexOf(turn), 1)
        stop()
        reject(error)
      }
      const late = () =>
        giveUp(
          new ServerFailure(
            'Neo.TransientError.Transaction.LockAcquisitionTimeout',
            `Another transaction has been writing for ${ms} ms; the embedded graph has one writer at a time`,
            '50N05',
          ),
        )
      const aborted = () =>
        giveUp(new ServerFailure('Neo.ClientError.Transaction.Terminated', 'The query was interrupted'))
      const timer = setTimeout(late, Math.min(ms, longestTimer))
      const stop = () => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', aborted)
      }
      signal?.addEventListener('abort', aborted, { once: true })
      this.#waiting.push(turn)
    })
  }
}
