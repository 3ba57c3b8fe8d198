/**
 * Writes PackStream's markers, numbers, strings and bytes into one growing buffer.
 *
 * Bytes returned by `take` are never moved or overwritten: later bytes go after them or into another buffer.
 */

import { ParameterError } from '../errors/index.ts'
import { limits } from './limits.ts'
import { Refusal } from './refusal.ts'

const slabBytes = 32 * 1024
const keepBytes = 1024 * 1024
const longestLoopedText = 32
const two32 = 4_294_967_296
const smallestInt64 = -(2n ** 63n)
const largestInt64 = 2n ** 63n - 1n

export class ByteWriter {
  #buffer: Buffer = Buffer.allocUnsafeSlow(slabBytes)
  #view: DataView = new DataView(this.#buffer.buffer)
  #at = 0
  #taken = 0

  /** The number of bytes packed since the last `take`. Stays valid if the buffer is replaced. */
  get position(): number {
    return this.#at - this.#taken
  }

  /** Removes everything packed since `position`. */
  rollback(position: number): void {
    this.#at = this.#taken + position
  }

  /** The underlying buffer, for framing in place. Valid until the next call that packs. */
  get buffer(): Buffer {
    return this.#buffer
  }

  /** The offset of `position` in `buffer`. */
  offset(position: number): number {
    return this.#taken + position
  }

  /** Reserves `bytes` bytes, to be filled in later. Returns their position. */
  reserve(bytes: number): number {
    this.#ensure(bytes)
    const position = this.position
    this.#at += bytes
    return position
  }

  /** Whether bytes were packed that `take` has not returned. */
  get pending(): boolean {
    return this.#at > this.#taken
  }

  /** Returns the bytes packed since the last call. They are not written to again. */
  take(): Uint8Array {
    const bytes = this.#buffer.subarray(this.#taken, this.#at)
    if (this.#buffer.length > keepBytes || this.#buffer.length - this.#at < slabBytes / 8) {
      this.#buffer = Buffer.allocUnsafeSlow(slabBytes)
      this.#view = new DataView(this.#buffer.buffer)
      this.#at = 0
    }
    this.#taken = this.#at
    return bytes
  }

  null(): void {
    this.byte(0xc0)
  }

  integer(value: number): void {
    this.#ensure(9)
    const view = this.#view
    const at = this.#at
    if (value >= -16 && value < 128) {
      view.setInt8(at, value)
      this.#at = at + 1
    } else if (value >= -0x80 && value < 0) {
      view.setUint8(at, 0xc8)
      view.setInt8(at + 1, value)
      this.#at = at + 2
    } else if (value >= -0x8000 && value < 0x8000) {
      view.setUint8(at, 0xc9)
      view.setInt16(at + 1, value)
      this.#at = at + 3
    } else if (value >= -0x8000_0000 && value < 0x8000_0000) {
      view.setUint8(at, 0xca)
      view.setInt32(at + 1, value)
      this.#at = at + 5
    } else {
      view.setUint8(at, 0xcb)
      view.setInt32(at + 1, Math.floor(value / two32))
      view.setUint32(at + 5, value >>> 0)
      this.#at = at + 9
    }
  }

  bigint(value: bigint): void {
    if (value < smallestInt64 || value > largestInt64) {
      throw new Refusal('is an integer beyond 64 bits; pass a string or a float instead')
    }
    if (value >= -0x8000_0000n && value < 0x8000_0000n) return this.integer(Number(value))
    this.#ensure(9)
    this.#view.setUint8(this.#at, 0xcb)
    this.#view.setBigInt64(this.#at + 1, value)
    this.#at += 9
  }

  float(value: number): void {
    this.#ensure(9)
    this.#view.setUint8(this.#at, 0xc1)
    this.#view.setFloat64(this.#at + 1, value)
    this.#at += 9
  }

  string(text: string): void {
    const length = text.length
    if (length <= longestLoopedText) {
      this.#ensure(length + 2)
      const buffer = this.#buffer
      const start = this.#at
      let at = start
      if (length < 16) buffer[at++] = 0x80 + length
      else {
        buffer[at++] = 0xd0
        buffer[at++] = length
      }
      let i = 0
      for (; i < length; i++) {
        const code = text.charCodeAt(i)
        if (code >= 0x80) break
        buffer[at++] = code
      }
      if (i === length) {
        this.#at = at
        return
      }
    }
    const bytes = Buffer.byteLength(text)
    // Equal counts mean pure ASCII. Otherwise check for lone surrogates, which would silently become U+FFFD.
    if (bytes !== length && !text.isWellFormed()) {
      throw new Refusal('is a string with a lone surrogate, which UTF-8 cannot express')
    }
    this.#header(bytes, 0x80, 0xd0)
    this.#ensure(bytes)
    this.#buffer.utf8Write(text, this.#at, bytes)
    this.#at += bytes
  }

  bytes(bytes: Uint8Array): void {
    const length = bytes.length
    if (length <= 0xff) {
      this.#ensure(2)
      this.#view.setUint16(this.#at, 0xcc00 + length)
      this.#at += 2
    } else if (length <= 0xffff) {
      this.#ensure(3)
      this.#view.setUint8(this.#at, 0xcd)
      this.#view.setUint16(this.#at + 1, length)
      this.#at += 3
    } else {
      this.#ensure(5)
      this.#view.setUint8(this.#at, 0xce)
      this.#view.setUint32(this.#at + 1, length)
      this.#at += 5
    }
    this.raw(bytes)
  }

  /** Writes raw bytes, without a marker. */
  raw(bytes: Uint8Array): void {
    this.#ensure(bytes.length)
    this.#buffer.set(bytes, this.#at)
    this.#at += bytes.length
  }

  listHeader(count: number): void {
    this.#header(count, 0x90, 0xd4)
  }

  mapHeader(count: number): void {
    this.#header(count, 0xa0, 0xd8)
  }

  structureHeader(size: number, tag: number): void {
    this.#ensure(2)
    this.#view.setUint16(this.#at, ((0xb0 + size) << 8) | tag)
    this.#at += 2
  }

  /** A marker byte of its own, followed by bytes of known length (UUID). */
  marked(marker: number, bytes: Uint8Array): void {
    this.byte(marker)
    this.raw(bytes)
  }

  #header(count: number, tiny: number, base: number): void {
    this.#ensure(5)
    const view = this.#view
    const at = this.#at
    if (count < 16) {
      view.setUint8(at, tiny + count)
      this.#at = at + 1
    } else if (count <= 0xff) {
      view.setUint16(at, (base << 8) | count)
      this.#at = at + 2
    } else if (count <= 0xffff) {
      view.setUint8(at, base + 1)
      view.setUint16(at + 1, count)
      this.#at = at + 3
    } else {
      view.setUint8(at, base + 2)
      view.setUint32(at + 1, count)
      this.#at = at + 5
    }
  }

  byte(byte: number): void {
    this.#ensure(1)
    this.#buffer[this.#at++] = byte
  }

  #ensure(bytes: number): void {
    if (this.#at + bytes > this.#buffer.length) this.#grow(bytes)
  }

  /** Copies the bytes that `take` has not returned to a larger buffer. */
  #grow(bytes: number): void {
    const held = this.#at - this.#taken
    if (held + bytes > limits.messageBytes) {
      throw new ParameterError(`The message would have more than ${limits.messageBytes} bytes; send it in batches`, {
        path: 'parameters',
      })
    }
    const larger = Buffer.allocUnsafeSlow(Math.max(slabBytes, (held + bytes) * 2))
    larger.set(this.#buffer.subarray(this.#taken, this.#at))
    this.#buffer = larger
    this.#view = new DataView(larger.buffer)
    this.#at = held
    this.#taken = 0
  }
}
