/** Keeps the process alive while a connection waits for an answer, and only then. */

import type { Transport } from '../transport/transport.ts'

export class ProcessReference {
  readonly #transport: Transport
  /** Whether an answer is due that the caller waits for. */
  readonly #needed: () => boolean
  /** A new transport keeps the process alive. */
  #held = true
  #releaseQueued = false

  constructor(transport: Transport, needed: () => boolean) {
    this.#transport = transport
    this.#needed = needed
  }

  hold(): void {
    if (this.#held) return
    this.#held = true
    this.#transport.ref()
  }

  /**
   * Lets the process exit at the end of this turn of the event loop, unless the next request is sent meanwhile: most callers send it in
   * the turn in which the response arrives, and two changes of the socket's reference for each response cost a fifth of the rate.
   */
  release(): void {
    if (!this.#held || this.#releaseQueued) return
    this.#releaseQueued = true
    if (releasing.push(this) > 1) return
    setImmediate(() => {
      for (const each of releasing.splice(0)) each.#releaseIfIdle()
    }).unref()
  }

  #releaseIfIdle(): void {
    this.#releaseQueued = false
    if (!this.#held || this.#needed()) return
    this.#held = false
    this.#transport.unref()
  }
}

/** The references of all connections that may be released at the end of this turn. */
const releasing: ProcessReference[] = []
