/** Ends the waits of a connection when its client sends RESET or disconnects. */

import type { Socket } from 'node:net'
import { ServerFailure } from './query-handler.ts'

export class Interrupt {
  #controller = new AbortController()

  /** Aborted by RESET and by the end of the connection. A query handler receives it. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  get isRaised(): boolean {
    return this.#controller.signal.aborted
  }

  /** Ends the current waits, and all further ones until {@link clear}. */
  raise(): void {
    this.#controller.abort()
  }

  clear(): void {
    this.#controller = new AbortController()
  }

  /** Settles like `value`, or rejects as soon as the interrupt is raised. */
  async wait<T>(value: T | Promise<T>): Promise<T> {
    if (!(value instanceof Promise)) return value
    const { signal } = this
    let stop!: () => void
    const interrupted = new Promise<never>((_, reject) => {
      stop = () => reject(new ServerFailure('Neo.ClientError.Transaction.Terminated', 'The query was interrupted'))
      signal.addEventListener('abort', stop, { once: true })
      if (signal.aborted) stop()
    })
    try {
      return await Promise.race([value, interrupted])
    } finally {
      signal.removeEventListener('abort', stop)
      value.catch(() => undefined)
    }
  }

  /** Waits until the client has read the buffered bytes; a client that never reads delays only its own connection. */
  drained(socket: Socket): Promise<void> {
    const { signal } = this
    if (signal.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      const go = () => {
        socket.off('drain', go)
        signal.removeEventListener('abort', go)
        resolve()
      }
      socket.on('drain', go)
      signal.addEventListener('abort', go)
    })
  }
}
