/**
 * Packs values as PackStream bytes into one growing buffer.
 *
 * A packer lives as long as its connection. It packs a whole message before anything is sent, so a value that can't be sent
 * fails only its own query: the connection rolls back to the start of the message. A `StructureWriter` packs class instances as
 * structures. If a value can't be packed, the error names its path.
 */

import { types } from 'node:util'
import { ByteWriter } from './byte-writer.ts'
import { limits } from './limits.ts'
import { leaving, nestedTooDeep, Refusal, type RefusalError } from './refusal.ts'
import { Structure } from './structure.ts'

/** Packs class instances. Returns false for instances of unknown classes. */
export interface StructureWriter {
  write(packer: Packer, value: object): boolean
}

/** Values nested deeper than this are checked for a cycle; few others are nested so deeply. */
const suspiciousNesting = 24

export class Packer extends ByteWriter {
  readonly #structures: StructureWriter
  readonly #named: (path: string) => string
  #depth = 0
  #deepest = suspiciousNesting
  /** Whether `Object.prototype` has enumerable properties, which must not be sent. */
  #inherited = false

  /** @param named - turns a path in the protocol's terms into one in the API's terms */
  constructor(structures: StructureWriter, named: (path: string) => string = (path) => path) {
    super()
    this.#structures = structures
    this.#named = named
  }

  /**
   * Packs a value that errors speak of as `root` (`parameters`, `metadata`).
   * @throws ParameterError for a value that can't be sent, naming its path
   */
  pack(value: unknown, root: string): void {
    const start = this.position
    this.#inherited = anythingInherited()
    let refusal = this.#attempt(value, suspiciousNesting)
    if (refusal?.tooDeep && !refusal.cyclic) {
      // The value has no cycle: pack it again with the full limit of nesting.
      this.rollback(start)
      refusal = this.#attempt(value, limits.nesting)
    }
    if (refusal !== null) throw refusal.error(root, this.#named, this.pack)
  }

  /** Packs a value; returns a refusal if it can't be packed. */
  #attempt(value: unknown, deepest: number): Refusal | null {
    this.#deepest = deepest
    this.#depth = 0
    try {
      this.value(value)
      return null
    } catch (error) {
      if (error instanceof Refusal) return error
      throw error
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
        return this.byte(value ? 0xc3 : 0xc2)
      case 'bigint':
        return this.bigint(value)
      case 'object':
        if (value === null) return this.byte(0xc0)
        return this.#object(value)
      case 'undefined':
        throw this.refuse('is undefined; leave the key out or pass null')
      default:
        throw this.refuse(`is a ${typeof value}, which has no Cypher type`)
    }
  }

  /**
   * A refusal of the value being packed; its error will name the path.
   * @param make - makes the error from the reason and the path; by default a `ParameterError`
   */
  refuse(what: string, make?: RefusalError): Refusal {
    return new Refusal(what, make)
  }

  #object(value: object): void {
    if (Array.isArray(value)) return this.#list(value)
    const prototype = Object.getPrototypeOf(value)
    if (prototype === Object.prototype || prototype === null) return this.#plain(value)
    // Plain objects of another realm, such as a test runner's.
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
   * Iterates over the keys with `for in`, without an array of keys: batches of parameters hold tens of thousands of small maps.
   * Counts them first, because the count precedes them in the bytes.
   */
  #plain(value: object): void {
    if (this.#inherited) return this.#keyed(value)
    const map = value as Record<string, unknown>
    let count = 0
    for (const _key in map) count += 1
    this.mapHeader(count)
    this.#enter()
    let packed = 0
    let at = ''
    try {
      for (const key in map) {
        at = key
        packed += 1
        this.string(key)
        this.value(map[key])
      }
      if (packed !== count) throw this.refuse('has a getter that changed its keys')
    } catch (error) {
      throw leaving(error, value, at)
    }
    this.#depth--
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
}

/** Whether `Object.prototype` has enumerable properties, which `for in` would visit. */
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
