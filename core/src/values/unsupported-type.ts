import { inspection } from '../platform/inspection.ts'
import { brand, brandOf } from './brand.ts'

/**
 * Stands for a value of a type this driver, or the Bolt version spoken, doesn't know. It can't be a parameter.
 *
 * @example
 * ```ts
 * const value = record.get('id')
 * if (isUnsupportedType(value)) console.warn(`${value.name} needs Bolt ${value.minimumProtocol.join('.')}`)
 * ```
 */
export class UnsupportedType {
  /** The name of the type. */
  readonly name: string
  /** The Bolt version, major and minor, from which on the type can be read. */
  readonly minimumProtocol: readonly [major: number, minor: number]
  /** The server's explanation, or null. */
  readonly message: string | null

  constructor(name: string, minimumProtocol: readonly [major: number, minor: number], message: string | null = null) {
    this.name = name
    this.minimumProtocol = Object.freeze([...minimumProtocol] as const)
    this.message = message
    Object.freeze(this)
  }

  static {
    brand(UnsupportedType, 'UnsupportedType')
  }

  /** Whether `other` stands for the same type, version and message. The values behind them may differ all the same. */
  equals(other: unknown): boolean {
    if (brandOf(other) !== 'UnsupportedType') return false
    const { name, minimumProtocol, message } = other as UnsupportedType
    return name === this.name && message === this.message && minimumProtocol.join() === this.minimumProtocol.join()
  }

  /** `{ name, minimumProtocol, message }`. */
  toJSON(): { name: string; minimumProtocol: readonly [number, number]; message: string | null } {
    return { name: this.name, minimumProtocol: this.minimumProtocol, message: this.message }
  }

  toString(): string {
    const message = this.message === null ? '' : `: ${this.message}`
    return `${this.name} (needs Bolt ${this.minimumProtocol.join('.')})${message}`
  }

  [inspection](): string {
    return `UnsupportedType ${this.toString()}`
  }
}
