import type { Abortable } from '../time/on-abort.ts'
import { type Limit, waitFor } from '../time/wait-for.ts'

/** Work that several callers wait for, each with its own limit. It is aborted when the last caller has left. */
export class CoalescedCall<T> {
  readonly #result: Promise<T>
  readonly #stop = new AbortController()
  readonly #callers = new Set<{ readonly signal: Abortable | undefined }>()

  constructor(work: (signal: AbortSignal) => Promise<T>) {
    this.#result = work(this.#stop.signal)
  }

  /** Whether every caller has left or has an aborted signal, so that the work will be aborted: it must not be joined. */
  get abandoned(): boolean {
    if (this.#stop.signal.aborted) return true
    for (const { signal } of this.#callers) if (!signal?.aborted) return false
    return true
  }

  /** Waits for the result; rejects with the signal's reason when it aborts, and at the limit. */
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
