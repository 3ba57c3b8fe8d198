import type { InspectOptionsStylized } from 'node:util'
import { type Depth, inspection } from '../platform/inspection.ts'
import { brand, brandOf } from './brand.ts'
import { show } from './fields.ts'

const FORM = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i

/** A Cypher UUID. Immutable. Needs Bolt 6.1 or newer; send text to older servers. Make one with {@link uuid}. */
export class Uuid {
  /** The text in lower case, as {@link toString} gives it. */
  readonly value: string

  /** Raises `RangeError` unless the text is 32 hexadecimal digits in groups of 8, 4, 4, 4 and 12. */
  constructor(text: string) {
    if (typeof text !== 'string' || !FORM.test(text)) {
      throw new RangeError(`A UUID is text such as '123e4567-e89b-12d3-a456-426614174000', found ${show(text)}`)
    }
    this.value = text.toLowerCase()
    Object.freeze(this)
  }

  static {
    brand(Uuid, 'Uuid')
  }

  /** From its 16 bytes in network order. */
  static fromBytes(bytes: Uint8Array): Uuid {
    if (bytes.length !== 16) throw new RangeError(`A UUID has 16 bytes, found ${bytes.length}`)
    const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
    const groups = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)]
    return new Uuid(groups.join('-'))
  }

  /** The 16 bytes in network order: a new array each time. */
  get bytes(): Uint8Array {
    return Uint8Array.from(Buffer.from(this.value.replaceAll('-', ''), 'hex'))
  }

  /** Whether `other` is the same UUID. */
  equals(other: unknown): boolean {
    return brandOf(other) === 'Uuid' && (other as Uuid).value === this.value
  }

  /** The text in lower case. */
  toString(): string {
    return this.value
  }

  toJSON(): string {
    return this.value
  }

  [inspection](_depth: Depth, options: InspectOptionsStylized): string {
    return `Uuid ${options.stylize(this.value, 'string')}`
  }
}

/**
 * A UUID parameter.
 *
 * @example
 * ```ts
 * await driver.executeQuery('RETURN $id', { id: uuid('123e4567-e89b-12d3-a456-426614174000') })
 * ```
 */
export function uuid(text: string): Uuid {
  return new Uuid(text)
}
