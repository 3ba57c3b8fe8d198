/** Vectors as Bolt 6.0 sends them: a type code and big-endian elements without markers. */

import { Mismatch } from '../../packstream/unpack.ts'
import { Vector, type VectorValues } from '../../values/vector.ts'
import { wireType } from '../wire-type.ts'

const tag = 0x56

export const vectorType = wireType({
  kind: 'Vector',
  since: { feature: 'vectors', version: '6.0 (Neo4j 2025.10)' },
  structures: [{ name: 'vector', tag, fields: 2, read: (unpacker) => vectorFrom(unpacker.bytes(), unpacker.bytes()) }],
  write(packer, { values }: Vector) {
    const [type, data] = vectorBytes(values)
    packer.structureHeader(2, tag)
    packer.bytes(type)
    packer.bytes(data)
  },
})

interface Elements {
  readonly code: number
  readonly size: number
  readonly make: (count: number) => VectorValues
  readonly get: (view: DataView, at: number) => number | bigint
  readonly set: (view: DataView, at: number, value: never) => void
}

const kinds: readonly Elements[] = [
  {
    code: 0xc8,
    size: 1,
    make: (n) => new Int8Array(n),
    get: (v, i) => v.getInt8(i),
    set: (v, i, x: number) => v.setInt8(i, x),
  },
  {
    code: 0xc9,
    size: 2,
    make: (n) => new Int16Array(n),
    get: (v, i) => v.getInt16(i),
    set: (v, i, x: number) => v.setInt16(i, x),
  },
  {
    code: 0xca,
    size: 4,
    make: (n) => new Int32Array(n),
    get: (v, i) => v.getInt32(i),
    set: (v, i, x: number) => v.setInt32(i, x),
  },
  {
    code: 0xcb,
    size: 8,
    make: (n) => new BigInt64Array(n),
    get: (v, i) => v.getBigInt64(i),
    set: (v, i, x: bigint) => v.setBigInt64(i, x),
  },
  {
    code: 0xc6,
    size: 4,
    make: (n) => new Float32Array(n),
    get: (v, i) => v.getFloat32(i),
    set: (v, i, x: number) => v.setFloat32(i, x),
  },
  {
    code: 0xc1,
    size: 8,
    make: (n) => new Float64Array(n),
    get: (v, i) => v.getFloat64(i),
    set: (v, i, x: number) => v.setFloat64(i, x),
  },
]

function vectorFrom(type: Uint8Array, data: Uint8Array): Vector {
  const kind = kinds.find(({ code }) => type.length === 1 && type[0] === code)
  if (kind === undefined)
    throw new Mismatch(`a vector has the unknown element type 0x${Buffer.from(type).toString('hex')}`)
  if (data.length % kind.size !== 0)
    throw new Mismatch(`a vector of ${kind.size}-byte elements has ${data.length} bytes`)
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  const values = kind.make(data.length / kind.size)
  for (let i = 0; i < values.length; i++) values[i] = kind.get(view, i * kind.size)
  return new Vector(values)
}

/** The type code and the elements' bytes of a vector. */
function vectorBytes(values: VectorValues): readonly [type: Uint8Array, data: Uint8Array] {
  const tag = values[Symbol.toStringTag]
  const kind = kinds.find(({ make }) => make(0)[Symbol.toStringTag] === tag) as Elements
  const data = new Uint8Array(values.length * kind.size)
  const view = new DataView(data.buffer)
  for (let i = 0; i < values.length; i++) kind.set(view, i * kind.size, values[i] as never)
  return [Uint8Array.of(kind.code), data]
}
