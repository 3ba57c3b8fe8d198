/**
 * How a type of values is encoded in Bolt: a file in types/ for each type, a line in types/index.ts for each file. `Hydrator` and
 * `Dehydrator` look the types up there.
 */

import type { Packer } from '../packstream/pack.ts'
import { Mismatch, type Unpacker } from '../packstream/unpack.ts'
import type { Kind } from '../values/brand.ts'
import type { WireFeatures } from './features.ts'

/** What encoding and decoding depend on besides the value. */
export interface WireContext {
  readonly version: WireFeatures
  /** Whether date-times travel in UTC seconds; on Bolt 4.3 and 4.4 the answer to HELLO decides. */
  readonly utc: boolean
}

/** A structure of the Bolt specification, "Structure semantics". */
export interface WireStructure {
  readonly name: string
  readonly tag: number
  readonly fields: number | ((version: WireFeatures) => number)
  /** Whether the structure is used where date-times travel in UTC, or where they don't; undefined: in both cases. */
  readonly utc?: boolean
  /** Reads exactly `fields` values; undefined for a structure that occurs only inside another one. */
  readonly read?: (unpacker: Unpacker, context: WireContext) => unknown
}

export interface WireType {
  readonly kind: Kind
  /** The structures in which a server sends the type; empty for types with a marker of their own. */
  readonly structures: readonly WireStructure[]
  /** The column of the Bolt version that has to be set, and the first version with it as errors name it. */
  readonly since?: { readonly feature: 'vectors' | 'uuids'; readonly version: string }
  /** Packs a parameter; undefined for a type that can't be a parameter. */
  readonly write?: (packer: Packer, value: never, context: WireContext) => void
  /** For a type that can't be a parameter: what the caller can pass instead. */
  readonly instead?: string
}

/** Declares a type and keeps the names of its structures as literal types. */
export function wireType<const T extends WireType>(type: T): T {
  return type
}

/** @throws Mismatch when a structure has another number of fields */
export function assertFields(size: number, expected: number): void {
  if (size !== expected) throw new Mismatch(`it has ${size} fields instead of ${expected}`)
}

/** Packs seconds; a bigint for years so far away that a double is not exact. */
export function writeSeconds(packer: Packer, seconds: number | bigint): void {
  if (typeof seconds === 'bigint') packer.bigint(seconds)
  else packer.integer(seconds)
}
