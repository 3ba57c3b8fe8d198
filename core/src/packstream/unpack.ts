/**
 * Unpacks values from received PackStream bytes.
 *
 * An unpacker lives as long as its connection and reads one message after another. It is independent of sockets and chunks; a
 * `StructureReader` reads structures, field by field, from the same bytes.
 * Every length and count is compared with the rest of the message before memory is allocated for it.
 * A value that is well formed but can't be represented doesn't fail the message: it only breaks its own field.
 */

import { BoltProtocolError } from '../errors/index.ts'
import { BrokenField } from '../values/broken-field.ts'
import type { IntegerMode } from '../values/integer.ts'
import { emptyMap } from './empty-map.ts'
import { Keys } from './keys.ts'
import { costs, limits } from './limits.ts'
import { longestShortText, shortText } from './short-text.ts'

/** Gives structures their meaning. Must read exactly `size` values from the unpacker, or raise `Mismatch`. */
export interface StructureReader {
  read(unpacker: Unpacker, tag: number, size: number): unknown
}

/** Thrown for a malformed structure: the unpacker skips the structure and marks the record's field as broken. */
export class Mismatch extends Error {
  constructor(message: string) {
    const { stackTraceLimit } = Error
    // Capturing a stack takes longer than reading the structure, and says nothing about the server's bytes.
    Error.stackTraceLimit = 0
    super(message)
    Error.stackTraceLimit = stackTraceLimit
  }
}

const two32 = 4_294_967_296
const { container, entry } = costs

/** Shared by all connections, so that a key decoded for one is cached for the next. */
const keys = new Keys()

export class Unpacker {
  /** The JavaScript type of INTEGERs; set for each response, because each query may choose another. */
  integers: IntegerMode = 'number'
  /** The list of the record being read: entities keep it to find their neighbours. */
  fields: unknown[] | null = null
  /** How many values one message may hold, counted by `costs`. */
  maxValues: number = limits.messageValues
  /** The end of the error for too many values: how to raise `maxValues`. */
  advice = ''
  /** True from Bolt 6.1 on, where the marker E0 is a UUID. */
  readonly #uuid: ((bytes: Uint8Array) => unknown) | null
  readonly #structures: StructureReader
  #buffer: Buffer = Buffer.alloc(0)
  #view: DataView = new DataView(new ArrayBuffer(0))
  #start = 0
  #at = 0
  #end = 0
  #depth = 0
  /** How many of these levels are structures whose fields are being read. */
  #reading = 0
  /** What is left of `maxValues`. */
  #left = 0
  /** How many structures of the message could not be read. */
  #unreadable = 0
  #fault: BrokenField | null = null

  constructor(structures: StructureReader, options: { uuid?: (bytes: Uint8Array) => unknown } = {}) {
    this.#structures = structures
    this.#uuid = options.uuid ?? null
  }

  /** Starts to read a message: the bytes from `start` to `end`, which must not change meanwhile. */
  open(buffer: Buffer, start: number, end: number): void {
    if (this.#buffer !== buffer) {
      this.#buffer = buffer
      this.#view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength)
    }
    this.#start = start
    this.#at = start
    this.#end = end
    this.#depth = 0
    this.#reading = 0
    this.#left = this.maxValues
    this.#unreadable = 0
    this.#fault = null
  }

  /** Drops the reference to the last message's bytes. */
  detach(): void {
    this.fields = null
    this.#buffer = Buffer.alloc(0)
    this.#view = new DataView(new ArrayBuffer(0))
    this.#at = this.#end = this.#start = 0
  }

  /** Why a value read since `open`, or since the last field of a record, can't be represented. */
  get fault(): string | null {
    return this.#fault?.reason ?? null
  }

  /** Reads one raw byte: a message's structure header or signature. */
  byte(): number {
    if (this.#at >= this.#end) throw this.broken('the message ends early')
    return this.#buffer[this.#at++] as number
  }

  /** Checks that the whole message was read, no more and no less. */
  finish(): void {
    if (this.#at !== this.#end) throw this.broken(`the message has ${this.#end - this.#start} bytes`)
  }

  /**
   * The values of a RECORD, the message from `start` to `end`. A value that can't be represented is replaced by a `BrokenField`.
   * The most frequent types are read inline, because a call would take as long as reading them; the bounds of the message are
   * checked once, at its end.
   */
  record(buffer: Buffer, start: number, end: number): unknown[] {
    this.open(buffer, start, end)
    this.#at = start + 2
    const count = this.listHeader()
    const fields: unknown[] = new Array(count)
    const plainIntegers = this.integers !== 'bigint'
    let at = this.#at
    for (let i = 0; i < count; i++) {
      const marker = buffer[at] as number
      if (marker < 0x80 && plainIntegers) {
        fields[i] = marker
        at += 1
      } else if (marker === 0xc9 && plainIntegers) {
        fields[i] = (((buffer[at + 1] as number) << 24) >> 16) | (buffer[at + 2] as number)
        at += 3
      } else if (marker > 0x80 && marker < 0x90) {
        fields[i] = shortText(buffer, at + 1, marker - 0x80)
        at += marker - 0x7f
      } else if (marker === 0xc0) {
        fields[i] = null
        at += 1
      } else if (marker === 0xc1 && at + 9 <= end) {
        fields[i] = this.#view.getFloat64(at + 1)
        at += 9
      } else if (marker === 0xc2 || marker === 0xc3) {
        fields[i] = marker === 0xc3
        at += 1
      } else {
        this.#at = at + 1
        this.#field(fields, i, marker)
        at = this.#at
      }
    }
    this.#at = at
    this.finish()
    return fields
  }

  /** Reads a value of a record that is not of the types that are read inline. */
  #field(fields: unknown[], i: number, marker: number): void {
    // Needed for entities only: storing a new object in an old one costs the garbage collector a write barrier.
    if ((marker >= 0x90 && marker < 0xc0) || (marker >= 0xd4 && marker <= 0xda)) this.fields = fields
    const value = this.#valueOf(marker)
    fields[i] = this.#fault ?? value
    this.#fault = null
  }

  /** A message's metadata. Integers that no double can hold come as bigint, structures that can't be read as null. */
  metadata(): Record<string, unknown> {
    if (this.#at === this.#end) return {}
    const mode = this.integers
    this.integers = 'auto'
    this.fields = null
    if (!this.#atMap()) throw this.broken('metadata is not a map')
    const value = this.value()
    this.integers = mode
    this.#fault = null
    this.finish()
    return value as Record<string, unknown>
  }

  /** Marks the field being read as broken; the first reason is kept. */
  spoil(reason: string, cause?: unknown): null {
    this.#fault ??= new BrokenField(reason, cause)
    return null
  }

  /** Reads the next value. Short enough for the compiler to inline. */
  value(): unknown {
    const marker = this.#buffer[this.#at++] as number
    return marker < 0x80 && this.integers !== 'bigint' ? marker : this.#valueOf(marker)
  }

  #valueOf(marker: number): unknown {
    if (marker < 0x80) return BigInt(marker)
    if (marker < 0x90) return this.#string(marker - 0x80)
    if (marker < 0xa0) return this.#list(marker - 0x90)
    if (marker < 0xb0) return this.#map(marker - 0xa0)
    if (marker < 0xc0) return this.#structure(marker - 0xb0)
    if (marker >= 0xf0) return this.integers === 'bigint' ? BigInt(marker - 0x100) : marker - 0x100
    switch (marker) {
      case 0xc0:
        return null
      case 0xc1: {
        const value = this.#view.getFloat64(this.#at)
        this.#at += 8
        return value
      }
      case 0xc2:
        return false
      case 0xc3:
        return true
      case 0xc8:
        return this.#integer(this.#view.getInt8(this.#at++))
      case 0xc9: {
        const value = this.#view.getInt16(this.#at)
        this.#at += 2
        return this.#integer(value)
      }
      case 0xca: {
        const value = this.#view.getInt32(this.#at)
        this.#at += 4
        return this.#integer(value)
      }
      case 0xcb:
        return this.#integer64()
      case 0xcc:
        return this.#bytes(this.byte())
      case 0xcd:
        return this.#bytes(this.#uint16())
      case 0xce:
        return this.#bytes(this.#uint32())
      case 0xd0:
        return this.#string(this.byte())
      case 0xd1:
        return this.#string(this.#uint16())
      case 0xd2:
        return this.#string(this.#uint32())
      case 0xd4:
        return this.#list(this.byte())
      case 0xd5:
        return this.#list(this.#uint16())
      case 0xd6:
        return this.#list(this.#uint32())
      case 0xd8:
        return this.#map(this.byte())
      case 0xd9:
        return this.#map(this.#uint16())
      case 0xda:
        return this.#map(this.#uint32())
      case 0xe0:
        if (this.#uuid !== null) return this.#uuid(this.#bytes(16))
    }
    this.#at--
    if (this.#at >= this.#end) throw this.broken('the message ends early')
    throw this.broken(`unknown marker 0x${marker.toString(16)}`)
  }

  /** An INTEGER as a number in every mode: for structure fields, which are malformed if a double can't hold them exactly. */
  integer(): number {
    const value = this.identity()
    if (typeof value === 'number') return value
    throw new Mismatch(`the integer ${value} is out of range`)
  }

  /** An INTEGER, as bigint where no double can hold it: ids, and components of durations. */
  identity(): number | bigint {
    const mode = this.integers
    this.integers = 'auto'
    const value = this.value()
    this.integers = mode
    if (typeof value === 'number' || typeof value === 'bigint') return value
    throw new Mismatch(`expected an integer, found ${kindOf(value)}`)
  }

  /** Like `identity`, but null is allowed. */
  identityOrNull(): number | bigint | null {
    if (this.#buffer[this.#at] !== 0xc0) return this.identity()
    this.#at++
    return null
  }

  float(): number {
    const value = this.value()
    if (typeof value === 'number') return value
    throw new Mismatch(`expected a float, found ${kindOf(value)}`)
  }

  text(): string {
    const value = this.value()
    if (typeof value === 'string') return value
    throw new Mismatch(`expected a string, found ${kindOf(value)}`)
  }

  bytes(): Uint8Array {
    const value = this.value()
    if (value instanceof Uint8Array) return value
    throw new Mismatch(`expected bytes, found ${kindOf(value)}`)
  }

  map(): Record<string, unknown> {
    if (this.#atMap()) return this.value() as Record<string, unknown>
    throw new Mismatch(`expected a map, found marker 0x${this.#buffer[this.#at]?.toString(16)}`)
  }

  /** Whether the next value is a map. */
  #atMap(): boolean {
    const marker = this.#buffer[this.#at] as number
    return (marker >= 0xa0 && marker < 0xb0) || (marker >= 0xd8 && marker <= 0xda)
  }

  /** The number of elements of the list that follows. */
  listHeader(): number {
    const marker = this.byte()
    const tiny = marker - 0x90
    const count = tiny >= 0 && tiny < 16 ? tiny : this.#longListCount(marker)
    this.#claim(count, 'list', count)
    return count
  }

  #longListCount(marker: number): number {
    if (marker === 0xd4) return this.byte()
    if (marker === 0xd5) return this.#uint16()
    if (marker === 0xd6) return this.#uint32()
    this.#at--
    throw new Mismatch(`expected a list, found marker 0x${marker.toString(16)}`)
  }

  /** The header of the structure that follows, for structures inside structures. */
  structureHeader(tag: number): number {
    const marker = this.byte()
    if (marker < 0xb0 || marker >= 0xc0)
      throw new Mismatch(`expected a structure, found marker 0x${marker.toString(16)}`)
    const found = this.byte()
    if (found !== tag) throw new Mismatch(`expected structure 0x${tag.toString(16)}, found 0x${found.toString(16)}`)
    return marker - 0xb0
  }

  /** The position of the next value; can be set to read the same bytes again. */
  get position(): number {
    return this.#at
  }

  get source(): Buffer {
    return this.#buffer
  }

  rewind(position: number): void {
    this.#at = position
  }

  /** The error for malformed bytes, after which the connection can't be used. */
  broken(reason: string): BoltProtocolError {
    return new BoltProtocolError(
      `The server sent a message that can't be decoded: ${reason} (at byte ${this.#at - this.#start} of a message of ${this.#end - this.#start} bytes). The connection is replaced`,
    )
  }

  #integer(value: number): number | bigint {
    return this.integers === 'bigint' ? BigInt(value) : value
  }

  #integer64(): number | bigint | null {
    const high = this.#view.getInt32(this.#at)
    const low = this.#view.getUint32(this.#at + 4)
    this.#at += 8
    if (this.integers !== 'bigint') {
      const value = high * two32 + low
      if (Number.isSafeInteger(value)) return value
    }
    const exact = this.#view.getBigInt64(this.#at - 8)
    if (this.integers !== 'number') return exact
    if (this.#fault !== null) return null
    return this.spoil(
      `the INTEGER ${exact} is beyond ±(2^53−1) and can't be a number without rounding; set integers: 'bigint' or 'auto'`,
    )
  }

  #string(length: number): string {
    const start = this.#at
    const end = start + length
    if (end > this.#end) throw this.broken(`a string claims ${length} bytes`)
    this.#at = end
    if (length === 0) return ''
    return length <= longestShortText ? shortText(this.#buffer, start, length) : this.#buffer.utf8Slice(start, end)
  }

  #bytes(length: number): Uint8Array {
    const start = this.#at
    const end = start + length
    if (end > this.#end) throw this.broken(`bytes claim a length of ${length}`)
    this.#at = end
    return new Uint8Array(this.#buffer.subarray(start, end))
  }

  #list(count: number): unknown[] {
    this.#claim(count, 'list', count)
    this.#enter()
    const list: unknown[] = new Array(count)
    for (let i = 0; i < count; i++) list[i] = this.value()
    this.#depth--
    return list
  }

  #map(count: number): Record<string, unknown> {
    this.#claim(count * 2, 'map', count * entry)
    this.#enter()
    const map = emptyMap(count)
    for (let i = 0; i < count; i++) {
      const key = this.#key()
      const value = this.value()
      if (key === '__proto__') {
        Object.defineProperty(map, key, { value, writable: true, enumerable: true, configurable: true })
      } else map[key] = value
    }
    this.#depth--
    return map
  }

  #key(): string {
    const marker = this.#buffer[this.#at++] as number
    let length: number
    if (marker >= 0x80 && marker < 0x90) length = marker - 0x80
    else if (marker === 0xd0) length = this.byte()
    else if (marker === 0xd1) length = this.#uint16()
    else if (marker === 0xd2) length = this.#uint32()
    else {
      this.#at--
      throw this.broken(`a map key has the marker 0x${marker?.toString(16)}, which is no string`)
    }
    const start = this.#at
    if (start + length > this.#end) throw this.broken(`a map key claims ${length} bytes`)
    this.#at = start + length
    return keys.read(this.#buffer, start, length)
  }

  #structure(size: number): unknown {
    this.#claim(size, 'structure', size)
    this.#enter()
    const tag = this.byte()
    const start = this.#at
    const depth = this.#depth
    // The field is broken already, so its other values need no objects.
    if (this.#fault !== null) {
      this.#skip(size)
      this.#depth = depth - 1
      return null
    }
    this.#reading++
    const mode = this.integers
    try {
      const value = this.#structures.read(this, tag, size)
      this.#depth--
      this.#reading--
      return value
    } catch (error) {
      this.#reading--
      // The outermost structure is skipped as a whole: skipping at every level would read the innermost bytes again for each.
      if (error instanceof BoltProtocolError || this.#reading > 0) throw error
      // A malformed structure breaks only its own field: skip its values and continue after it.
      if (++this.#unreadable > limits.brokenStructures)
        throw this.broken(`more than ${limits.brokenStructures} of its structures can't be read`)
      this.#at = start
      this.integers = mode
      const reason = error instanceof Error ? error.message : String(error)
      this.spoil(`the structure 0x${tag.toString(16)} can't be read: ${reason}`, error)
      this.#skip(size)
      this.#depth = depth - 1
      return null
    }
  }

  /** Skips `count` values and everything nested in them. */
  #skip(count: number): void {
    for (let left = count; left > 0; left--) {
      if (left > this.#end - this.#at) throw this.broken('the message ends early')
      left += this.#skipOne()
    }
  }

  /** Skips one scalar, or the header of a container; returns the number of values that the container holds. */
  #skipOne(): number {
    const marker = this.byte()
    if (marker < 0x80 || marker >= 0xf0) return 0
    if (marker < 0x90) return this.#over(marker - 0x80)
    if (marker < 0xa0) return marker - 0x90
    if (marker < 0xb0) return (marker - 0xa0) * 2
    if (marker < 0xc0) {
      this.#over(1)
      return marker - 0xb0
    }
    switch (marker) {
      case 0xc0:
      case 0xc2:
      case 0xc3:
        return 0
      case 0xc8:
        return this.#over(1)
      case 0xc9:
        return this.#over(2)
      case 0xca:
        return this.#over(4)
      case 0xc1:
      case 0xcb:
        return this.#over(8)
      case 0xcc:
      case 0xd0:
        return this.#over(this.byte())
      case 0xcd:
      case 0xd1:
        return this.#over(this.#uint16())
      case 0xce:
      case 0xd2:
        return this.#over(this.#uint32())
      case 0xd4:
        return this.byte()
      case 0xd5:
        return this.#uint16()
      case 0xd6:
        return this.#uint32()
      case 0xd8:
        return this.byte() * 2
      case 0xd9:
        return this.#uint16() * 2
      case 0xda:
        return this.#uint32() * 2
      case 0xe0:
        if (this.#uuid !== null) return this.#over(16)
    }
    this.#at--
    throw this.broken(`unknown marker 0x${marker.toString(16)}`)
  }

  #over(bytes: number): 0 {
    if (bytes > this.#end - this.#at) throw this.broken('the message ends early')
    this.#at += bytes
    return 0
  }

  /** Checks the size that a container claims against the rest of the message, and its cost against the rest of `maxValues`. */
  #claim(bytes: number, what: string, cost: number): void {
    if (bytes > this.#end - this.#at) throw this.broken(`a ${what} claims more elements than the message has bytes`)
    this.#left -= cost + container
    if (this.#left < 0) throw this.broken(`it holds more values than the limit of ${this.maxValues}${this.advice}`)
  }

  #enter(): void {
    if (++this.#depth > limits.nesting) throw this.broken(`values are nested more than ${limits.nesting} deep`)
  }

  #uint16(): number {
    const value = this.#view.getUint16(this.#at)
    this.#at += 2
    return value
  }

  #uint32(): number {
    const value = this.#view.getUint32(this.#at)
    this.#at += 4
    return value
  }
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'a list' : typeof value
}
