import { clock } from '../time/clock.ts'
import type { Deadline } from '../time/deadline.ts'

/** Work that several callers wait for, each as long as it likes; it is called off when the last one has gone. */
export class SharedWork<T> {
  readonly #result: Promise<T>
  readonly #stop = new AbortController()
  #waiting = 0

  constructor(work: (signal: AbortSignal) => Promise<T>) {
    this.#result = work(this.#stop.signal)
    // Whoever has gone before it failed is not to be bothered by an unhandled rejection.
    this.#result.catch(() => undefined)
  }

  /** Waits for the result; rejects with `onTimeout()` at the deadline, with the signal's reason when that aborts. */
  async join(deadline: Deadline, signal: AbortSignal | undefined, onTimeout: () => Error): Promise<T> {
    signal?.throwIfAborted()
    this.#waiting += 1
    try {
      return await new Promise<T>((resolve, reject) => {
        const timer = clock.setTimeout(() => leave(() => reject(onTimeout())), deadline.remaining())
        const onAbort = (): void => leave(() => reject(signal?.reason))
        const leave = (settle: () => void): void => {
          clock.clearTimeout(timer)
          signal?.removeEventListener('abort', onAbort)
          settle()
        }
        signal?.addEventListener('abort', onAbort, { once: true })
        this.#result.then(
          (value) => leave(() => resolve(value)),
          (error) => leave(() => reject(error)),
        )
      })
    } finally {
      this.#waiting -= 1
      if (this.#waiting === 0) this.#stop.abort()
    }
  }
}
