import { internalized } from '../values/internalized.ts'
import { objectOf, type PlainObject } from './plain-object.ts'

/**
 * What all records of one query have in common: the keys in order and where to find each. Kept once, so that a record itself
 * is two references.
 */
export class RecordShape {
  /** The keys in the order of the query's RETURN; frozen. */
  readonly keys: readonly string[]
  /** The keys once more, once one was asked for: the compiler reads elements of frozen arrays by a detour. */
  #names: readonly string[] = []
  #positions: Map<string, number> | null = null
  /** Whoever reads many records asks each for the same keys in the same order: behind each position, the one asked for next. */
  #following: number[] = []
  #last = 0
  #blank: PlainObject | null = null

  constructor(keys: readonly string[]) {
    this.keys = Object.freeze([...keys])
  }

  /** Whether these are its keys, in this order. */
  has(keys: readonly string[]): boolean {
    if (keys.length !== this.keys.length) return false
    for (let i = 0; i < keys.length; i++) if (keys[i] !== this.keys[i]) return false
    return true
  }

  /** The position of `key`, or -1. */
  indexOf(key: string): number {
    const expected = this.#following[this.#last] as number
    if (this.#names[expected] === key) {
      this.#last = expected
      return expected
    }
    const position = this.#find(key)
    if (position >= 0 && this.#following.length > 0) {
      this.#following[this.#last] = position
      this.#last = position
    }
    return position
  }

  /** By a map, which is built for the first key that is asked for. */
  #find(key: string): number {
    this.#positions ??= this.#mapped()
    return this.#positions.get(key) ?? -1
  }

  #mapped(): Map<string, number> {
    const positions = new Map(this.keys.map((name, position) => [name, position]))
    // Of several columns with one name, which no server should send, the last counts: only the map knows.
    if (positions.size === this.keys.length) {
      this.#names = this.keys.map(internalized)
      this.#following = this.keys.map((_, position) => (position + 1) % this.keys.length)
    }
    return positions
  }

  /** The position of a key, or of an index counted as in `Array.prototype.at`; -1 if there is none. */
  positionOf(key: unknown): number {
    if (typeof key === 'string') return this.indexOf(key)
    if (!Number.isInteger(key)) return -1
    const position = (key as number) < 0 ? (key as number) + this.keys.length : (key as number) + 0
    return position >= 0 && position < this.keys.length ? position : -1
  }

  /**
   * A new object with every key set to null. Filling in a copy of one object is faster than adding key by key, and assigning
   * to a key that is there is safe for `__proto__` too.
   */
  blank(): PlainObject {
    this.#blank ??= objectOf(this.keys, () => null)
    return { ...this.#blank }
  }
}
