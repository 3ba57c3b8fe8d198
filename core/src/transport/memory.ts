import type { Transport } from './transport.ts'

/** Overwrites used buffers, so that tests detect consumers that keep a view of them. */
const STALE_BYTE = 0xdd

/** One end of an in-memory pipe. Follows the contract of {@link Transport} exactly, including reused buffers. */
export class MemoryTransport implements Transport {
  readonly peer: string
  readonly localAddress = undefined
  readonly remoteAddress = undefined
  readonly secure = false
  onData: (chunk: Buffer, length: number) => void = () => undefined
  onClose: (error: Error | null) => void = () => undefined
  // Assigned by pair() before it returns the object.
  #other!: MemoryTransport
  readonly #inbox: Buffer[] = []
  #paused = false
  #closing = false
  #closed = false
  #referenced = true

  private constructor(peer: string) {
    this.peer = peer
  }

  /** Two connected ends: bytes written to one arrive at the other asynchronously, but in the same turn of the event loop. */
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

  /** Breaks the link like a network failure; both ends get `error`. */
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
