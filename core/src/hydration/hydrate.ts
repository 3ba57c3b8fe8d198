/**
 * Turns structures into values of the API, field by field from the received bytes.
 *
 * The version's row decides which structures exist and how many fields they have. A malformed structure raises `Mismatch` (or a
 * value class's `RangeError`): the unpacker then marks the record's field as broken.
 */

import { Mismatch, type StructureReader, type Unpacker } from '../packstream/unpack.ts'
import { Uuid } from '../values/uuid.ts'
import type { WireFeatures } from './features.ts'
import { wireTypes } from './types/index.ts'
import { nodeTag, readNode } from './types/node.ts'
import { assertFields, type WireContext } from './wire-type.ts'

interface Readable {
  readonly fields: number
  readonly utc: boolean | undefined
  readonly read: (unpacker: Unpacker, context: WireContext) => unknown
}

export class Hydrator implements StructureReader, WireContext {
  utc: boolean
  readonly version: WireFeatures
  readonly #structures: readonly (Readable | undefined)[]
  readonly #nodeFields: number

  constructor(version: WireFeatures) {
    this.version = version
    this.utc = version.utc
    this.#structures = structuresOf(version)
    this.#nodeFields = this.#structures[nodeTag]?.fields ?? 0
  }

  static uuid(bytes: Uint8Array): Uuid {
    return Uuid.fromBytes(bytes)
  }

  read(unpacker: Unpacker, tag: number, size: number): unknown {
    // Nodes are the most frequent structures: the compiler can inline this call, but none through the table.
    if (tag === nodeTag && size === this.#nodeFields) return readNode(unpacker, this)
    const structure = this.#structures[tag]
    if (structure === undefined) throw new Mismatch('this driver does not know it, or not in this Bolt version')
    if (structure.utc !== undefined && structure.utc !== this.utc)
      throw new Mismatch(`date-times travel in ${this.utc ? 'UTC' : 'local'} seconds on this connection`)
    assertFields(size, structure.fields)
    return structure.read(unpacker, this)
  }
}

const tables = new WeakMap<WireFeatures, readonly (Readable | undefined)[]>()

/** The structures of a Bolt version by tag. */
function structuresOf(version: WireFeatures): readonly (Readable | undefined)[] {
  const known = tables.get(version)
  if (known !== undefined) return known
  const table: (Readable | undefined)[] = new Array(128).fill(undefined)
  for (const { since, structures } of wireTypes) {
    if (since !== undefined && !version[since.feature]) continue
    for (const { tag, fields, utc, read } of structures) {
      if (read === undefined) continue
      table[tag] = { fields: typeof fields === 'number' ? fields : fields(version), utc, read }
    }
  }
  tables.set(version, table)
  return table
}
