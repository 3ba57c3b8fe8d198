import type { InspectOptionsStylized } from 'node:util'
import { type Depth, type Inspect, inspection } from '../platform/inspection.ts'
import { brand, brandOf } from './brand.ts'
import { show } from './fields.ts'
import { toJsonValue } from './json.ts'

/** The typed arrays a {@link Vector} can hold. */
export type VectorValues = Int8Array | Int16Array | Int32Array | BigInt64Array | Float32Array | Float64Array

const ELEMENT_TYPES = {
  Int8Array: 'INTEGER8',
  Int16Array: 'INTEGER16',
  Int32Array: 'INTEGER32',
  BigInt64Array: 'INTEGER64',
  Float32Array: 'FLOAT32',
  Float64Array: 'FLOAT64',
} as const satisfies Record<VectorValues[typeof Symbol.toStringTag], string>

/** The element type of a vector as Cypher names it. */
export type VectorElementType = (typeof ELEMENT_TYPES)[keyof typeof ELEMENT_TYPES]

/**
 * A Cypher VECTOR: a fixed number of numbers of one type. Needs Bolt 6.0 or newer; send lists of numbers to older servers.
 */
export class Vector {
  /** The elements: the array given, not a copy. */
  readonly values: VectorValues

  constructor(values: VectorValues) {
    if (!Object.hasOwn(ELEMENT_TYPES, tagOf(values))) {
      const known = Object.keys(ELEMENT_TYPES).join(', ')
      throw new RangeError(`A vector takes one of ${known}, found ${show(values)}`)
    }
    this.values = values
    Object.freeze(this)
  }

  static {
    brand(Vector, 'Vector')
  }

  /** The element type as Cypher names it. */
  get elementType(): VectorElementType {
    return ELEMENT_TYPES[this.values[Symbol.toStringTag]]
  }

  /** Whether `other` is a vector of the same element type and elements; NaN equals NaN. */
  equals(other: unknown): boolean {
    if (brandOf(other) !== 'Vector') return false
    const { values } = other as Vector
    if (tagOf(values) !== tagOf(this.values) || values.length !== this.values.length) return false
    return this.values.every((value: number | bigint, i: number) => value === values[i] || Object.is(value, values[i]))
  }

  /** The elements as an array of JSON values. */
  toJSON(): unknown {
    return toJsonValue(this.values)
  }

  [inspection](_depth: Depth, options: InspectOptionsStylized, inspect: Inspect): string {
    return `Vector ${this.elementType} ${inspect(Array.from<number | bigint>(this.values), options)}`
  }
}

/**
 * A vector parameter.
 *
 * @example
 * ```ts
 * await driver.executeQuery('MATCH (d:Doc {id: $id}) SET d.embedding = $embedding',
 *   { id: 1, embedding: vector(Float32Array.of(0.1, 0.2, 0.3)) })
 * ```
 */
export function vector(values: VectorValues): Vector {
  return new Vector(values)
}

function tagOf(values: unknown): string {
  return ArrayBuffer.isView(values) ? String((values as VectorValues)[Symbol.toStringTag]) : ''
}
