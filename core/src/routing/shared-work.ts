import type { Abortable } from '../time/on-abort.ts'
import { waitFor } from '../time/wait-for.ts'

/** Work that several callers wait for, each as long as it likes; it is called off when the last one has gone. */
export class SharedWork<T> {
  readonly #result: Promise<T>
  readonly #stop = new AbortController()
  #waiting = 0

  constructor(work: (signal: AbortSignal) => Promise<T>) {
    this.#result = work(this.#stop.signal)
  }

  /** Waits for the result; rejects with the signal's reason when that aborts. */
  async join(signal: Abortable | undefined): Promise<T> {
    this.#waiting += 1
    try {
      return await waitFor(this.#result, signal)
    } finally {
      this.#waiting -= 1
      if (this.#waiting === 0) this.#stop.abort()
    }
  }
}
