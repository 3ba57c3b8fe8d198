import type { Transport } from './transport.ts'

/** What a used buffer is overwritten with, so that a consumer who kept a view of it notices. */
const STALE_BYTE = 0xdd

/** One end of a pipe in memory. It keeps to the contract of {@link Transport} to the letter, reused buffers included. */
export class MemoryTransport implements Transport {
  readonly peer: string
  readonly localAddress = undefined
  readonly remoteAddress = undefined
  readonly secure = false
  onData: (chunk: Buffer, length: number) => void = () => undefined
  onClose: (error: Error | null) => void = () => undefined
  // Assigned by pair() before anybody sees the object.
  #other!: MemoryTransport
  readonly #inbox: Buffer[] = []
  #paused = false
  #closing = false
  #closed = false
  #referenced = true

  private constructor(peer: string) {
    this.peer = peer
  }

  /** Two connected ends: what one writes arrives at the other, later but in the same turn of the event loop. */
  static pair(): [client: MemoryTransport, server: MemoryTransport] {
    const client = new MemoryTransport('memory:server')
    const server = new MemoryTransport('memory:client')
    client.#other = server
    server.#other = client
    return [client, server]
  }

  /** Whether the link would keep the process alive. */
  get referenced(): boolean {
    return this.#referenced
  }

  get closed(): boolean {
    return this.#closed
  }

  write(bytes: Uint8Array): void {
    const other = this.#other
    if (this.#closed || this.#closing) return
    other.#inbox.push(Buffer.from(bytes))
    queueMicrotask(() => other.#deliver())
  }

  #deliver(): void {
    while (!this.#paused && !this.#closed) {
      const chunk = this.#inbox.shift()
      if (chunk === undefined) break
      this.onData(chunk, chunk.length)
      chunk.fill(STALE_BYTE)
    }
    if (this.#inbox.length === 0 && this.#other.#closing) this.#finish(null)
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    queueMicrotask(() => this.#deliver())
  }

  ref(): void {
    this.#referenced = true
  }

  unref(): void {
    this.#referenced = false
  }

  end(): void {
    if (this.#closing) return
    this.#closing = true
    queueMicrotask(() => this.#other.#deliver())
  }

  destroy(): void {
    this.#finish(null)
  }

  /** Breaks the link as a failing network would; both ends learn of it. */
  fail(error: Error): void {
    this.#finish(error)
  }

  #finish(error: Error | null): void {
    if (this.#closed) return
    this.#closed = true
    this.#inbox.length = 0
    queueMicrotask(() => {
      this.onClose(error)
      this.#other.#finish(error)
    })
  }
}
