import { hasBrand } from '../errors/error-class.ts'
import { found } from '../platform/checked-options.ts'

const BOOKMARKS = Symbol.for('boltline.Bookmarks')
const ASCII = /^[\0-\x7f]*$/

/**
 * An immutable set of bookmarks: points in the history of a database. A session that starts with the bookmarks of another
 * one sees what that one has written.
 *
 * @example
 * ```ts
 * const both = session1.lastBookmarks().concat(session2.lastBookmarks())
 * const session3 = driver.session({ bookmarks: both })
 * ```
 */
export class Bookmarks implements Iterable<string> {
  /** The bookmarks as the server sent them, without duplicates, frozen. Only for storing them elsewhere. */
  readonly rawValues: readonly string[]

  static {
    Object.defineProperty(Bookmarks.prototype, BOOKMARKS, { value: true })
  }

  /** The empty set. */
  constructor()
  constructor(values: Iterable<string> = []) {
    this.rawValues = Object.freeze([...new Set(checked(values))])
    Object.freeze(this)
  }

  /**
   * Makes bookmarks of stored `rawValues`; empty strings are left out.
   *
   * @throws TypeError when `values` is a string itself or holds something else than strings, RangeError when one of them is
   * not ASCII
   */
  static fromRawValues(values: Iterable<string>): Bookmarks {
    // Not given is an error here, while the constructor without arguments makes the empty set.
    return make(values ?? (null as never))
  }

  /** Whether there are no bookmarks. */
  get isEmpty(): boolean {
    return this.rawValues.length === 0
  }

  /** The bookmarks of both. */
  concat(other: Bookmarks): Bookmarks {
    if (!isBookmarks(other)) throw new TypeError(`concat takes Bookmarks, found ${found(other)}`)
    return make([...this.rawValues, ...other.rawValues])
  }

  /** Whether `other` holds the same bookmarks, in any order. */
  equals(other: unknown): boolean {
    if (!isBookmarks(other) || other.rawValues.length !== this.rawValues.length) return false
    const theirs = new Set(other.rawValues)
    return this.rawValues.every((value) => theirs.has(value))
  }

  /** The raw values. */
  toJSON(): readonly string[] {
    return this.rawValues
  }

  [Symbol.iterator](): IterableIterator<string> {
    return this.rawValues[Symbol.iterator]()
  }
}

/** The constructor with its private parameter. */
const Filled = Bookmarks as unknown as new (values: Iterable<string>) => Bookmarks

function make(values: Iterable<string>): Bookmarks {
  return new Filled(values)
}

/** Whether `value` is a {@link Bookmarks}, also of another copy of this package. */
export function isBookmarks(value: unknown): value is Bookmarks {
  return hasBrand(value, BOOKMARKS)
}

function* checked(values: unknown): Generator<string> {
  if (typeof values !== 'object' || values === null || !(Symbol.iterator in values)) {
    throw new TypeError(`Raw bookmarks must be an iterable of strings, found ${found(values)}`)
  }
  for (const value of values as Iterable<unknown>) {
    if (typeof value !== 'string') throw new TypeError(`A raw bookmark must be a string, found ${found(value)}`)
    if (!ASCII.test(value)) throw new RangeError('A raw bookmark must be ASCII text; this one holds other characters')
    if (value !== '') yield value
  }
}
