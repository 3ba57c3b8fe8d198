import type { ResponseHandler } from './responses.ts'

/**
 * The queue of unanswered requests: their handlers and signatures. Whenever it is empty it starts again at index 0, so that its
 * arrays neither grow nor shrink in steady operation.
 */
export class PendingRequests {
  readonly #handlers: (ResponseHandler | undefined)[] = []
  readonly #signatures: number[] = []
  #head = 0
  #tail = 0

  get size(): number {
    return this.#tail - this.#head
  }

  /** The handler of the request that is answered next. */
  get handler(): ResponseHandler | undefined {
    return this.#handlers[this.#head]
  }

  /** The signature of the request that is answered next. */
  get signature(): number | undefined {
    return this.size === 0 ? undefined : this.#signatures[this.#head]
  }

  /** Whether a request with this signature is unanswered. */
  includes(signature: number): boolean {
    for (let at = this.#head; at < this.#tail; at++) if (this.#signatures[at] === signature) return true
    return false
  }

  push(handler: ResponseHandler, signature: number): void {
    const at = this.#tail++
    this.#handlers[at] = handler
    this.#signatures[at] = signature
  }

  /** Removes the first request, which was answered, and returns its signature. */
  shift(): number {
    const at = this.#head++
    this.#handlers[at] = undefined
    if (this.#head === this.#tail) this.#head = this.#tail = 0
    return this.#signatures[at] as number
  }

  /** Removes the last requests until `size` are left. */
  rollback(size: number): void {
    while (this.size > size) this.#handlers[--this.#tail] = undefined
  }

  /** Removes and returns all requests. */
  drain(): { readonly handler: ResponseHandler; readonly signature: number }[] {
    const waiting = this.#handlers.slice(this.#head, this.#tail).map((handler, i) => ({
      handler: handler as ResponseHandler,
      signature: this.#signatures[this.#head + i] as number,
    }))
    this.#handlers.fill(undefined)
    this.#head = this.#tail = 0
    return waiting
  }
}
