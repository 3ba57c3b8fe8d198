/**
 * Extracts messages from frames, independent of their content.
 *
 * A message that arrives whole and in one chunk is passed on in place, without a copy. One that the sender split into chunks or
 * the network into pieces is assembled in a buffer of the dechunker.
 * An empty chunk between messages is a NOOP (Bolt 4.1) and is skipped.
 */

import { BoltProtocolError } from '../errors/index.ts'

/** Receives each message: the bytes from `start` to `end`, valid during the call only. */
export interface MessageSink {
  message(buffer: Buffer, start: number, end: number): void
}

const firstAssembly = 8 * 1024
const keepBytes = 1024 * 1024

export class Dechunker {
  /** The largest accepted message, in bytes; may change between messages. */
  maxBytes: number
  /** The end of the error for a larger message: how to raise `maxBytes`. */
  advice = ''
  readonly #sink: MessageSink
  #stopped = false
  /** Missing bytes of the current chunk; −1: its length is not read yet; −2: one byte of its length is read. */
  #missing = -1
  #halfLength = 0
  /** The number of assembled bytes of a message that did not arrive whole. */
  #assembled = 0
  #assembly: Buffer = Buffer.alloc(0)

  constructor(sink: MessageSink, maxBytes: number) {
    this.#sink = sink
    this.maxBytes = maxBytes
  }

  /** Stops passing on messages, including the rest of the bytes being fed. */
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

  /** Passes on the messages from `from` on while each is whole and in one chunk, the common case. */
  #whole(bytes: Buffer, from: number, length: number): number {
    const { maxBytes } = this
    let at = from
    while (at + 2 <= length && !this.#stopped) {
      const body = at + 2
      const size = ((bytes[at] as number) << 8) | (bytes[at + 1] as number)
      const end = body + size
      if (size === 0) at = body
      else if (size <= maxBytes && end + 2 <= length && bytes[end] === 0 && bytes[end + 1] === 0) {
        this.#sink.message(bytes, body, end)
        at = end + 2
      } else break
    }
    return at
  }

  /**
   * Whether `bytes`, which will be fed next, end with exactly this message. Returns false if the messages come in several chunks,
   * where the check would take long.
   */
  endsIn(message: Uint8Array, bytes: Buffer, length: number): boolean {
    const body = length - message.length - 2
    const start = body - 2
    if (start < 0 || bytes[start] !== 0 || bytes[start + 1] !== message.length) return false
    for (let i = 0; i < message.length; i++) if (bytes[body + i] !== message[i]) return false
    // The same bytes may occur inside another message, so walk over all messages.
    let at = this.#endOfPiece(bytes)
    while (at < start && at >= 0) {
      const size = ((bytes[at] as number) << 8) | (bytes[at + 1] as number)
      const end = at + 2 + size
      if (size === 0) at += 2
      else at = bytes[end] === 0 && bytes[end + 1] === 0 ? end + 2 : -1
    }
    return at === start && bytes[length - 2] === 0 && bytes[length - 1] === 0
  }

  /** The offset in the next bytes at which the partial message ends; −1 if it needs another chunk. */
  #endOfPiece(bytes: Buffer): number {
    if (this.#missing === -1 && this.#assembled === 0) return 0
    const size = (this.#halfLength << 8) | (bytes[0] as number)
    if (this.#missing === -2 && size === 0) return 1
    const end = this.#missing === -2 ? 1 + size : Math.max(this.#missing, 0)
    return bytes[end] === 0 && bytes[end + 1] === 0 ? end + 2 : -1
  }

  /** Reads one part of a partial message: a byte of a chunk's length, or the available bytes of a chunk. Returns the next offset. */
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
