import { internalized } from '../platform/internalized.ts'
import { objectOf, type PlainObject } from './plain-object.ts'

/**
 * The keys of the records of one query and their positions. All records of a result share one shape, so that a record is just
 * two references.
 */
export class RecordShape {
  /** The keys in the order of the query's RETURN; frozen. */
  readonly keys: readonly string[]
  /** An unfrozen copy of the keys, made at the first lookup: V8 reads elements of frozen arrays more slowly. */
  #names: readonly string[] = []
  #positions: Map<string, number> | null = null
  /** For each position, the position that was looked up next: callers read the same keys in the same order from each record. */
  #following: number[] = []
  #last = 0
  #blank: PlainObject | null = null

  constructor(keys: readonly string[]) {
    this.keys = Object.freeze([...keys])
  }

  /** Whether the shape has exactly these keys, in this order. */
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

  /** Looks the key up in a map, which is built at the first lookup. */
  #find(key: string): number {
    this.#positions ??= this.#mapped()
    return this.#positions.get(key) ?? -1
  }

  #mapped(): Map<string, number> {
    const positions = new Map(this.keys.map((name, position) => [name, position]))
    // If columns share a name, which no server should send, the last one counts, so only the map is used.
    if (positions.size === this.keys.length) {
      this.#names = this.keys.map(internalized)
      this.#following = this.keys.map((_, position) => (position + 1) % this.keys.length)
    }
    return positions
  }

  /** The position of a key or of an index as in `Array.prototype.at`; -1 if there is no such field. */
  positionOf(key: unknown): number {
    if (typeof key === 'string') return this.indexOf(key)
    if (!Number.isInteger(key)) return -1
    const position = (key as number) < 0 ? (key as number) + this.keys.length : (key as number) + 0
    return position >= 0 && position < this.keys.length ? position : -1
  }

  /**
   * Creates an object with every key set to null. Assigning to the keys of a copy is faster than adding keys one by one, and
   * safe for `__proto__`, which is an own key then.
   */
  blank(): PlainObject {
    this.#blank ??= objectOf(this.keys, () => null)
    return { ...this.#blank }
  }
}
