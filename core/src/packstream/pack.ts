/**
 * Values to PackStream bytes, into one growing buffer.
 *
 * A packer lives as long as its connection. It packs a whole message before anything is sent, so a value that can't be
 * sent fails that one query: the owner rolls back to the message's start. What a class instance means is not known here:
 * a `StructureWriter` turns those into structures. Where a value can't be packed, the error names its path.
 */

import { types } from 'node:util'
import { limits } from './limits.ts'
import { leaving, nestedTooDeep, Refusal, type RefusalError } from './refusal.ts'
import { Structure } from './structure.ts'

/** Packs class instances. Returns false for what it doesn't know. */
export interface StructureWriter {
  write(packer: Packer, value: object): boolean
}

const slabBytes = 32 * 1024
const keepBytes = 1024 * 1024
const longestLoopedText = 32
/** Cycles get this deep, and hardly anything else does: beyond, it is worth a look whether it is one. */
const suspiciousNesting = 24
/** Maps of up to so many keys have their number in their marker. */
const mostCountedKeys = 15
const two32 = 4_294_967_296
const smallestInt64 = -(2n ** 63n)
const largestInt64 = 2n ** 63n - 1n

export class Packer {
  readonly #structures: StructureWriter
  readonly #named: (path: string) => string
  #buffer: Buffer = Buffer.allocUnsafeSlow(slabBytes)
  #view: DataView = new DataView(this.#buffer.buffer)
  #at = 0
  #taken = 0
  #depth = 0
  #deepest = suspiciousNesting
  /** Somebody has given every object enumerable properties, which are not to be sent. */
  #inherited = false

  /** @param named - the caller's name for a path, where the protocol calls things otherwise */
  constructor(structures: StructureWriter, named: (path: string) => string = (path) => path) {
    this.#structures = structures
    this.#named = named
  }

  /** How many bytes were packed since the last `take`. Positions stay right when the buffer moves. */
  get position(): number {
    return this.#at - this.#taken
  }

  /** Forgets everything packed since `position`. */
  rollback(position: number): void {
    this.#at = this.#taken + position
  }

  /** Where the bytes are, for framing in place. Valid until the next call that packs. */
  get buffer(): Buffer {
    return this.#buffer
  }

  /** Where `position` is in `buffer`. */
  offset(position: number): number {
    return this.#taken + position
  }

  /** Makes room for `bytes` more and moves past them, leaving them to be filled in. Returns their position. */
  reserve(bytes: number): number {
    this.#ensure(bytes)
    const position = this.position
    this.#at += bytes
    return position
  }

  /** True when something was packed that `take` hasn't handed out. */
  get pending(): boolean {
    return this.#at > this.#taken
  }

  /** Hands out what was packed since the last call. The bytes are not written to again. */
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

  /**
   * Packs a value that errors speak of as `root` (`parameters`, `metadata`).
   * @throws ParameterError for a value that can't be sent, naming its path
   */
  pack(value: unknown, root: string): void {
    const start = this.position
    this.#deepest = suspiciousNesting
    this.#inherited = anythingInherited()
    try {
      this.#depth = 0
      this.value(value)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      if (!error.tooDeep || error.cyclic) throw error.error(root, this.#named, this.pack)
      this.rollback(start)
      this.#packDeep(value, root)
    }
  }

  /** Once more, with as much nesting as servers read: it is known that it is no cycle. */
  #packDeep(value: unknown, root: string): void {
    this.#deepest = limits.nesting
    try {
      this.#depth = 0
      this.value(value)
    } catch (error) {
      throw error instanceof Refusal ? error.error(root, this.#named, this.pack) : error
    }
  }

  value(value: unknown): void {
    switch (typeof value) {
      case 'string':
        return this.string(value)
      case 'number':
        if (Number.isSafeInteger(value) && (value !== 0 || 1 / value > 0)) return this.integer(value)
        return this.float(value)
      case 'boolean':
        return this.#byte(value ? 0xc3 : 0xc2)
      case 'bigint':
        return this.bigint(value)
      case 'object':
        if (value === null) return this.#byte(0xc0)
        return this.#object(value)
      case 'undefined':
        throw this.refuse('is undefined; leave the key out or pass null')
      default:
        throw this.refuse(`is a ${typeof value}, which has no Cypher type`)
    }
  }

  null(): void {
    this.#byte(0xc0)
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
      throw this.refuse('is an integer beyond 64 bits; pass a string or a float instead')
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
    // All ASCII where the counts agree; otherwise a half of a surrogate pair would silently become U+FFFD.
    if (bytes !== length && !text.isWellFormed()) {
      throw this.refuse('is a string with a lone surrogate, which UTF-8 cannot express')
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

  /** Bytes as they are, without a marker. */
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
    this.#byte(marker)
    this.raw(bytes)
  }

  /**
   * An error for the value being packed, which will name its path.
   * @param make - makes it of what is wrong and where; by default a `ParameterError`
   */
  refuse(what: string, make?: RefusalError): Refusal {
    return new Refusal(what, undefined, make)
  }

  #object(value: object): void {
    if (Array.isArray(value)) return this.#list(value)
    const prototype = Object.getPrototypeOf(value)
    if (prototype === Object.prototype || prototype === null) return this.#plain(value)
    // The plain objects of another realm, such as a test runner's.
    if (isRootPrototype(prototype)) return this.#keyed(value)
    if (value instanceof Structure) return this.#struct(value)
    if (ArrayBuffer.isView(value)) return this.#binary(value)
    if (types.isAnyArrayBuffer(value)) return this.bytes(new Uint8Array(value))
    if (types.isMap(value)) return this.#entries(value)
    if (types.isSet(value)) return this.#members(value)
    if (this.#structures.write(this, value)) return
    throw this.refuse(
      `is an instance of ${nameOf(value)}, which has no Cypher type; pass a plain object or a value class of this driver`,
    )
  }

  #list(list: readonly unknown[]): void {
    const count = list.length
    this.listHeader(count)
    this.#enter()
    let i = 0
    try {
      for (; i < count; i++) this.value(list[i])
    } catch (error) {
      throw leaving(error, list, i)
    }
    this.#depth--
  }

  /**
   * Reads the keys as the engine keeps them, without a list of them, and writes their number once it is known: rows of
   * parameters are small maps by the ten thousand.
   */
  #plain(value: object): void {
    if (this.#inherited) return this.#keyed(value)
    const map = value as Record<string, unknown>
    const start = this.position
    this.#byte(0xa0)
    this.#enter()
    let count = 0
    let at = ''
    try {
      for (const key in map) {
        if (++count > mostCountedKeys) break
        at = key
        this.string(key)
        this.value(map[key])
      }
    } catch (error) {
      throw leaving(error, value, at)
    }
    this.#depth--
    if (count > mostCountedKeys) {
      this.rollback(start)
      this.#keyed(value)
    } else this.#buffer[this.#taken + start] = 0xa0 + count
  }

  #keyed(value: object): void {
    const map = value as Record<string, unknown>
    const keys = Object.keys(map)
    this.mapHeader(keys.length)
    this.#enter()
    let i = 0
    try {
      for (; i < keys.length; i++) {
        const key = keys[i] as string
        this.string(key)
        this.value(map[key])
      }
    } catch (error) {
      throw leaving(error, value, keys[i] as string)
    }
    this.#depth--
  }

  #entries(map: ReadonlyMap<unknown, unknown>): void {
    this.mapHeader(map.size)
    this.#enter()
    for (const [key, value] of map) {
      if (typeof key !== 'string') {
        throw this.refuse(`is a Map with a key of type ${typeof key}; Cypher maps have string keys`)
      }
      try {
        this.string(key)
        this.value(value)
      } catch (error) {
        throw leaving(error, map, key)
      }
    }
    this.#depth--
  }

  #members(set: ReadonlySet<unknown>): void {
    this.listHeader(set.size)
    this.#enter()
    let i = 0
    try {
      for (const member of set) {
        this.value(member)
        i += 1
      }
    } catch (error) {
      throw leaving(error, set, i)
    }
    this.#depth--
  }

  #struct(structure: Structure): void {
    const { fields } = structure
    this.structureHeader(fields.length, structure.tag)
    this.#enter()
    let i = 0
    try {
      for (; i < fields.length; i++) this.value(fields[i])
    } catch (error) {
      throw leaving(error, structure, i)
    }
    this.#depth--
  }

  /** Byte arrays are BYTES, arrays of floats are lists of FLOAT, arrays of integers lists of INTEGER. */
  #binary(view: ArrayBufferView): void {
    if (view instanceof Uint8Array || types.isUint8Array(view)) return this.bytes(view as Uint8Array)
    if (types.isDataView(view) || types.isUint8ClampedArray(view)) {
      return this.bytes(new Uint8Array(view.buffer, view.byteOffset, view.byteLength))
    }
    const list = view as unknown as ArrayLike<number | bigint>
    const floats = types.isFloat32Array(view) || types.isFloat64Array(view) || view.constructor.name === 'Float16Array'
    this.listHeader(list.length)
    let i = 0
    try {
      for (; i < list.length; i++) {
        const element = list[i] as number | bigint
        if (typeof element === 'bigint') this.bigint(element)
        else if (floats) this.float(element)
        else this.integer(element)
      }
    } catch (error) {
      throw leaving(error, view, i)
    }
  }

  #enter(): void {
    this.#depth += 1
    if (this.#depth > this.#deepest) throw nestedTooDeep()
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

  #byte(byte: number): void {
    this.#ensure(1)
    this.#buffer[this.#at++] = byte
  }

  #ensure(bytes: number): void {
    if (this.#at + bytes > this.#buffer.length) this.#grow(bytes)
  }

  /** Moves what is not handed out yet to a larger buffer; what was handed out stays where it is. */
  #grow(bytes: number): void {
    const held = this.#at - this.#taken
    if (held + bytes > limits.messageBytes) {
      throw this.refuse(`makes a message of more than ${limits.messageBytes} bytes; send it in batches`)
    }
    const larger = Buffer.allocUnsafeSlow(Math.max(slabBytes, (held + bytes) * 2))
    larger.set(this.#buffer.subarray(this.#taken, this.#at))
    this.#buffer = larger
    this.#view = new DataView(larger.buffer)
    this.#at = held
    this.#taken = 0
  }
}

/** Whether plain objects have more than their own keys: somebody has added enumerable ones to `Object.prototype`. */
function anythingInherited(): boolean {
  for (const _key in Object.prototype) return true
  return false
}

function isRootPrototype(prototype: object): boolean {
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'isPrototypeOf')
}

function nameOf(value: object): string {
  const name = (value.constructor as { name?: unknown } | undefined)?.name
  return typeof name === 'string' && name !== '' ? name : 'an unnamed class'
}
