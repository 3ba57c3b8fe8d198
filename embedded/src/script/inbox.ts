/** Received messages that the reader takes one by one; it waits while there is none. One reader at a time. */
export class Inbox<Message> {
  readonly #messages: Message[] = []
  #waiting: ((message: Message | null) => void) | null = null
  #ended = false

  push(message: Message): void {
    if (this.#waiting === null) this.#messages.push(message)
    else this.#answer(message)
  }

  /** Ends the inbox: the reader gets the messages that are left, and null after them. */
  end(): void {
    this.#ended = true
    this.#answer(null)
  }

  /** Returns the next message; null after the end. */
  next(): Promise<Message | null> {
    const message = this.#messages.shift()
    if (message !== undefined || this.#ended) return Promise.resolve(message ?? null)
    return new Promise((resolve) => {
      this.#waiting = resolve
    })
  }

  #answer(message: Message | null): void {
    const waiting = this.#waiting
    this.#waiting = null
    waiting?.(message)
  }
}
