import type { Abortable } from '../time/on-abort.ts'
import { type Limit, waitFor } from '../time/wait-for.ts'

/** Work that several callers wait for, each for as long as it likes. It is called off when the last one has left. */
export class SharedWork<T> {
  readonly #result: Promise<T>
  readonly #stop = new AbortController()
  readonly #callers = new Set<{ readonly signal: Abortable | undefined }>()

  constructor(work: (signal: AbortSignal) => Promise<T>) {
    this.#result = work(this.#stop.signal)
  }

  /** Every caller has left or is about to, so that nothing more comes of it: not to be joined. */
  get abandoned(): boolean {
    if (this.#stop.signal.aborted) return true
    for (const { signal } of this.#callers) if (!signal?.aborted) return false
    return true
  }

  /** Waits for the result; rejects with the signal's reason when that aborts, and by the limit. */
  async join(signal: Abortable | undefined, limit?: Limit): Promise<T> {
    const caller = { signal }
    this.#callers.add(caller)
    try {
      return await waitFor(this.#result, signal, limit)
    } finally {
      this.#callers.delete(caller)
      if (this.#callers.size === 0) this.#stop.abort()
    }
  }
}
