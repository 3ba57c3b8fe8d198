import type { Abortable } from '../time/on-abort.ts'
import { type Limit, waitFor } from '../time/wait-for.ts'

/** Work that several callers wait for, each for as long as it likes. It is called off when the last one has left. */
export class SharedWork<T> {
  readonly #result: Promise<T>
  readonly #stop = new AbortController()
  #waiting = 0

  constructor(work: (signal: AbortSignal) => Promise<T>) {
    this.#result = work(this.#stop.signal)
  }

  /** Every caller has left, so that nothing more comes of it: not to be joined. */
  get abandoned(): boolean {
    return this.#stop.signal.aborted
  }

  /** Waits for the result; rejects with the signal's reason when that aborts, and by the limit. */
  async join(signal: Abortable | undefined, limit?: Limit): Promise<T> {
    this.#waiting += 1
    try {
      return await waitFor(this.#result, signal, limit)
    } finally {
      this.#waiting -= 1
      if (this.#waiting === 0) this.#stop.abort()
    }
  }
}
