import type { ResponseHandler } from './responses.ts'

/**
 * The requests that have no answer yet, in order: who is to be told, and what was asked. When it runs empty it begins anew
 * at its first place, so that its arrays neither grow nor shrink while requests come and go.
 */
export class Unanswered {
  readonly #handlers: (ResponseHandler | undefined)[] = []
  readonly #signatures: number[] = []
  #head = 0
  #tail = 0

  get size(): number {
    return this.#tail - this.#head
  }

  /** Whose answer comes next. */
  get handler(): ResponseHandler | undefined {
    return this.#handlers[this.#head]
  }

  /** What was asked with the request whose answer comes next. */
  get signature(): number | undefined {
    return this.size === 0 ? undefined : this.#signatures[this.#head]
  }

  /** Whether a request of this kind has no answer yet. */
  includes(signature: number): boolean {
    for (let at = this.#head; at < this.#tail; at++) if (this.#signatures[at] === signature) return true
    return false
  }

  push(handler: ResponseHandler, signature: number): void {
    const at = this.#tail++
    this.#handlers[at] = handler
    this.#signatures[at] = signature
  }

  /** The first one was answered; gives what was asked. */
  shift(): number {
    const at = this.#head++
    this.#handlers[at] = undefined
    if (this.#head === this.#tail) this.#head = this.#tail = 0
    return this.#signatures[at] as number
  }

  /** Forgets the last ones, up to `size`. */
  rollback(size: number): void {
    while (this.size > size) this.#handlers[--this.#tail] = undefined
  }

  /** Everybody who is to be told and what they have asked, and nobody from now on. */
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
