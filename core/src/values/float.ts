import type { InspectOptionsStylized } from 'node:util'
import { type Depth, inspection } from '../platform/inspection.ts'
import { brand, brandOf } from './brand.ts'
import { numberIn } from './fields.ts'
import { toJsonValue } from './json.ts'

/** A parameter that is sent as a Cypher FLOAT though it is a whole number. Make one with {@link float}. */
export class Float {
  readonly value: number

  constructor(value: number) {
    this.value = numberIn(value, 'float')
    Object.freeze(this)
  }

  static {
    brand(Float, 'Float')
  }

  /** The number itself, so that arithmetic works. */
  valueOf(): number {
    return this.value
  }

  /** Whether `other` is a Float of the same number; NaN equals NaN. */
  equals(other: unknown): boolean {
    if (brandOf(other) !== 'Float') return false
    const { value } = other as Float
    return value === this.value || Object.is(value, this.value)
  }

  /** The number, or null for NaN and the infinities. */
  toJSON(): number | null {
    return toJsonValue(this.value) as number | null
  }

  toString(): string {
    return String(this.value)
  }

  [inspection](_depth: Depth, options: InspectOptionsStylized): string {
    return `Float ${options.stylize(String(this.value), 'number')}`
  }
}

/**
 * Sends a whole number as FLOAT. Without it `1` goes out as INTEGER, and `1.5` as FLOAT.
 *
 * @example
 * ```ts
 * await driver.executeQuery('CREATE (:Reading {celsius: $celsius})', { celsius: float(20) })
 * ```
 */
export function float(value: number): Float {
  return new Float(value)
}
