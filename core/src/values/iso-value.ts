import type { InspectOptionsStylized } from 'node:util'
import { type Depth, inspection } from '../platform/inspection.ts'
import { brandOf, type Kind } from './brand.ts'
import { show } from './fields.ts'

/** The base class of temporal values: ISO 8601 as text, no conversion to numbers. */
export abstract class IsoValue {
  /** The value in ISO 8601, as the server prints it. */
  abstract toString(): string

  /** The ISO text. */
  toJSON(): string {
    return this.toString()
  }

  /**
   * Always throws: `<` and `>` would compare something else than points in time. Use the class's `compare(a, b)`, or
   * `equals`.
   */
  valueOf(): never {
    const name = this.constructor.name
    const advice = 'compare' in this.constructor ? `${name}.compare(a, b) or a.equals(b)` : 'a.equals(b) or its fields'
    throw new TypeError(`A ${name} can't be used as a number: compare with ${advice}`)
  }

  [inspection](_depth: Depth, options: InspectOptionsStylized): string {
    return `${this.constructor.name} ${options.stylize(this.toString(), 'date')}`
  }
}

/** Refuses to compare anything but two values of one kind, and orders them by the keys given for them. */
export function compareBy<T>(
  kind: Kind,
  a: T,
  b: T,
  major: (value: T) => number | bigint,
  minor: (value: T) => number = () => 0,
): -1 | 0 | 1 {
  for (const value of [a, b]) {
    if (brandOf(value) === kind) continue
    const name = kind === 'Date' ? 'CypherDate' : kind
    throw new RangeError(`${name}.compare takes two ${name} values, found ${show(value)}`)
  }
  return order(major(a), major(b)) || order(minor(a), minor(b))
}

function order(a: number | bigint, b: number | bigint): -1 | 0 | 1 {
  if (a < b) return -1
  return a > b ? 1 : 0
}
