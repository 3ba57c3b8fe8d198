/**
 * Frames to messages. Knows nothing of what the messages say.
 *
 * A message that arrived whole, in one chunk, is handed on where it lies: nothing is copied. One that was split, by the
 * sender into chunks or by the network into pieces, is put together in a buffer of the dechunker's own.
 * An empty chunk between messages is a NOOP (Bolt 4.1) and is passed over.
 */

import { BoltProtocolError } from '../errors/index.ts'

/** Receives each message: the bytes from `start` to `end`, valid during the call only. */
export interface MessageSink {
  message(buffer: Buffer, start: number, end: number): void
}

const firstAssembly = 8 * 1024
const keepBytes = 1024 * 1024

export class Dechunker {
  /** The largest message that is taken, in bytes; may change between messages. */
  maxBytes: number
  /** What an error says about raising `maxBytes`. */
  advice = ''
  readonly #sink: MessageSink
  #stopped = false
  /** Bytes of the current chunk still to come; −1: its length is to be read, −2: its length is half read. */
  #missing = -1
  #halfLength = 0
  /** Bytes put together so far of a message that did not arrive whole. */
  #assembled = 0
  #assembly: Buffer = Buffer.alloc(0)

  constructor(sink: MessageSink, maxBytes: number) {
    this.#sink = sink
    this.maxBytes = maxBytes
  }

  /** No message is handed on after this, not even from the bytes being fed. */
  stop(): void {
    this.#stopped = true
  }

  feed(bytes: Buffer, length: number): void {
    let at = 0
    while (at < length && !this.#stopped) {
      if (this.#missing === -1 && this.#assembled === 0) at = this.#whole(bytes, at, length)
      if (at < length && !this.#stopped) at = this.#piece(bytes, at, length)
    }
  }

  /** Between messages: hands on what follows for as long as it is whole messages in one chunk each, the common case. */
  #whole(bytes: Buffer, from: number, length: number): number {
    let at = from
    while (at + 2 <= length && !this.#stopped) {
      const body = at + 2
      const size = ((bytes[at] as number) << 8) | (bytes[at + 1] as number)
      const end = body + size
      if (size === 0) at = body
      else if (size <= this.maxBytes && end + 2 <= length && bytes[end] === 0 && bytes[end + 1] === 0) {
        this.#sink.message(bytes, body, end)
        at = end + 2
      } else break
    }
    return at
  }

  /**
   * Whether the bytes, which are to be fed next, end in just this message. Says no where that would take long to find out: where
   * messages come in several chunks.
   */
  endsIn(message: Uint8Array, bytes: Buffer, length: number): boolean {
    const body = length - message.length - 2
    const start = body - 2
    if (start < 0 || bytes[start] !== 0 || bytes[start + 1] !== message.length) return false
    for (let i = 0; i < message.length; i++) if (bytes[body + i] !== message[i]) return false
    // The same bytes may stand inside of another message: only a walk along all of them tells.
    let at = this.#endOfPiece(bytes)
    while (at < start && at >= 0) {
      const size = ((bytes[at] as number) << 8) | (bytes[at + 1] as number)
      const end = at + 2 + size
      if (size === 0) at += 2
      else at = bytes[end] === 0 && bytes[end + 1] === 0 ? end + 2 : -1
    }
    return at === start && bytes[length - 2] === 0 && bytes[length - 1] === 0
  }

  /** Where the bytes to be fed next have done with the message that is in pieces; −1 where that takes another chunk. */
  #endOfPiece(bytes: Buffer): number {
    if (this.#missing === -1 && this.#assembled === 0) return 0
    const size = (this.#halfLength << 8) | (bytes[0] as number)
    if (this.#missing === -2 && size === 0) return 1
    const end = this.#missing === -2 ? 1 + size : Math.max(this.#missing, 0)
    return bytes[end] === 0 && bytes[end + 1] === 0 ? end + 2 : -1
  }

  /** One step of a message in pieces: half a length, a length, or as much of a chunk as is there. */
  #piece(bytes: Buffer, at: number, length: number): number {
    if (this.#missing === -1) {
      this.#halfLength = bytes[at] as number
      this.#missing = -2
      return at + 1
    }
    if (this.#missing === -2) {
      const size = (this.#halfLength << 8) | (bytes[at] as number)
      this.#missing = size
      if (size === 0) this.#complete()
      return at + 1
    }
    const taken = Math.min(this.#missing, length - at)
    this.#append(bytes, at, taken)
    this.#missing -= taken
    if (this.#missing === 0) this.#missing = -1
    return at + taken
  }

  #complete(): void {
    this.#missing = -1
    const end = this.#assembled
    if (end === 0) return
    this.#assembled = 0
    const buffer = this.#assembly
    if (buffer.length > keepBytes) this.#assembly = Buffer.alloc(0)
    this.#sink.message(buffer, 0, end)
  }

  #append(bytes: Buffer, at: number, count: number): void {
    const needed = this.#assembled + count
    const { maxBytes } = this
    if (needed > maxBytes) {
      throw new BoltProtocolError(
        `A message of more than ${maxBytes} bytes arrived (at byte ${this.#assembled} of the message)${this.advice}. The connection is replaced`,
      )
    }
    if (needed > this.#assembly.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(firstAssembly, Math.min(needed * 2, maxBytes)))
      larger.set(this.#assembly.subarray(0, this.#assembled))
      this.#assembly = larger
    }
    bytes.copy(this.#assembly, this.#assembled, at, at + count)
    this.#assembled = needed
  }
}
