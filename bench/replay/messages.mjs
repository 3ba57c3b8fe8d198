// The server's messages as bytes, made once. Uses the driver's own codec: the packer makes no difference to the bytes.

import { closeFrame, frameHead, Packer, Structure, signatures, tags } from '@boltline/core/codec'
import { bulkMaps, cycle } from '../workloads.mjs'

const packer = new Packer({ write: () => false })

/**
 * One framed message.
 * @param {number} signature
 * @param {readonly unknown[]} fields
 */
export function message(signature, fields) {
  packer.reserve(frameHead)
  packer.structureHeader(fields.length, signature)
  for (const field of fields) packer.pack(field, 'field')
  closeFrame(packer, 0)
  return Buffer.from(packer.take())
}

/** @param {Readonly<Record<string, unknown>>} metadata */
function success(metadata) {
  return message(signatures.success, [metadata])
}

/** What the server says besides records. The handshake settles on Bolt 5.4, which every rival speaks. */
export const answers = {
  handshake: Buffer.from([0, 0, 4, 5]),
  hello: success({ server: 'Neo4j/5.26.0', connection_id: 'bolt-1', hints: {} }),
  nothing: success({}),
  more: success({ has_more: true }),
  last: success({ bookmark: 'FB:replay', t_last: 0, type: 'r', db: 'neo4j' }),
  committed: success({ bookmark: 'FB:replay' }),
  withoutRecords: success({ fields: [], t_first: 0 }),
}

/** @param {number} i */
function node(i) {
  const properties = {
    id: i,
    name: `person-${i}`,
    age: i % 90,
    // A float on the wire even where it were whole.
    score: i + 0.5,
    active: i % 2 === 0,
    city: 'Springfield',
  }
  return new Structure(tags.node, [i, ['Bench', 'Person'], properties, `4:3f2a9c1e-6f0b-4b55-9d0e-0c8a7f3e2b11:${i}`])
}

/** @type {Readonly<Record<string, { readonly keys: readonly string[], readonly row: (i: number) => readonly unknown[] }>>} */
const shapes = {
  integers: { keys: ['x'], row: (i) => [i] },
  mixed: {
    keys: ['i', 's', 'f', 'b', 'n', 'l', 'm'],
    row: (i) => [i, `name-${i}`, i + 0.5, i % 2 === 0, null, [i, 1, 2, 3, 4], { a: i, b: 2, c: 3 }],
  },
  nodes: { keys: ['n'], row: (i) => [node(i)] },
  one: { keys: ['x'], row: () => [1] },
  maps: { keys: ['x'], row: () => [bulkMaps] },
}

/** The records of one shape: `cycle` of them behind each other, and where each begins. */
class Records {
  /** The answer to RUN. @readonly @type {Buffer} */
  header
  /** @readonly @type {Buffer} */
  bytes
  /** @readonly @type {Uint32Array} */
  offsets = new Uint32Array(cycle + 1)

  /** @param {string} shape */
  constructor(shape) {
    const known = shapes[shape]
    if (known === undefined) throw new Error(`there are no records called ${shape}`)
    this.header = success({ fields: known.keys, t_first: 0 })
    const records = Array.from({ length: cycle }, (_, i) => message(signatures.record, [known.row(i)]))
    records.forEach((record, i) => {
      this.offsets[i + 1] = /** @type {number} */ (this.offsets[i]) + record.length
    })
    this.bytes = Buffer.concat(records)
  }

  /** The bytes of the rows from `from` up to `to`, which must lie in one cycle. @param {number} from @param {number} to */
  slice(from, to) {
    return this.bytes.subarray(this.offsets[from], this.offsets[to])
  }

  /** How many bytes the rows from `from` up to `to` have. @param {number} from @param {number} to */
  bytesBetween(from, to) {
    return this.#bytesBefore(to) - this.#bytesBefore(from)
  }

  /** @param {number} row */
  #bytesBefore(row) {
    return Math.floor(row / cycle) * this.bytes.length + /** @type {number} */ (this.offsets[row % cycle])
  }
}

/** @type {Map<string, Records>} */
const recordsByShape = new Map()

/** @param {string} shape */
export function recordsOf(shape) {
  let records = recordsByShape.get(shape)
  if (records === undefined) {
    records = new Records(shape)
    recordsByShape.set(shape, records)
  }
  return records
}

/** Everything above as one line of JSON, for a server in another language. */
export function asScript() {
  const base64 = (/** @type {Buffer} */ bytes) => bytes.toString('base64')
  const spoken = Object.entries(answers).map(([name, bytes]) => [name, base64(bytes)])
  const recorded = Object.keys(shapes).map((shape) => {
    const { header, bytes, offsets } = recordsOf(shape)
    return [shape, { header: base64(header), bytes: base64(bytes), offsets: [...offsets] }]
  })
  return `${JSON.stringify({ ...Object.fromEntries(spoken), shapes: Object.fromEntries(recorded) })}\n`
}
