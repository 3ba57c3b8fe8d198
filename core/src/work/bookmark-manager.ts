import { ConfigurationError } from '../errors/index.ts'
import { Bookmarks, isBookmarks } from '../values/bookmarks.ts'
import { checkedOptions, found, isGiven } from '../values/options.ts'
import { isThenable } from '../values/thenable.ts'

/**
 * Keeps track of bookmarks for all sessions that share it, so that each of them sees what the others have written. Implement
 * it to keep bookmarks outside of the process, or use `GraphDatabase.bookmarkManager()`. Its methods may be called by several
 * sessions at once. Each call of the driver's user waits for them within its own `connectionAcquisitionTimeout`, and no longer than
 * the driver is open.
 */
export interface BookmarkManager {
  /** The bookmarks the next transaction has to wait for. */
  getBookmarks(): Iterable<string> | Promise<Iterable<string>>
  /**
   * Called when a transaction has ended: `previous` are the bookmarks it was started with, which `next` replaces; bookmarks
   * in neither stay as they are.
   */
  updateBookmarks(previous: Iterable<string>, next: Iterable<string>): void | Promise<void>
}

/** Settings of `GraphDatabase.bookmarkManager()`. */
export interface BookmarkManagerConfig {
  /** The bookmarks to start with. Default: none. */
  readonly initialBookmarks?: Bookmarks | Iterable<string> | null | undefined
  /**
   * Asked each time bookmarks are needed; what it returns is used besides the manager's own bookmarks and not kept. For
   * bookmarks that live outside of the process.
   */
  readonly bookmarksSupplier?: (() => Bookmarks | Promise<Bookmarks>) | null | undefined
  /** Told the whole new set each time the manager's own bookmarks have changed. */
  readonly bookmarksConsumer?: ((bookmarks: Bookmarks) => void | Promise<void>) | null | undefined
}

const KEYS = ['initialBookmarks', 'bookmarksSupplier', 'bookmarksConsumer'] as const

/**
 * Makes the driver's own bookmark manager, which keeps the bookmarks in memory.
 *
 * @throws ConfigurationError when a setting is wrong
 */
export function createBookmarkManager(config?: BookmarkManagerConfig | null): BookmarkManager {
  const options = checkedOptions(config, KEYS, 'bookmark manager')
  return new MemoryBookmarkManager(
    initial(options.initialBookmarks),
    callback<() => Bookmarks | Promise<Bookmarks>>('bookmarksSupplier', options.bookmarksSupplier),
    callback<(bookmarks: Bookmarks) => void | Promise<void>>('bookmarksConsumer', options.bookmarksConsumer),
  )
}

/** Whether `value` has the methods of a {@link BookmarkManager}. */
export function isBookmarkManager(value: unknown): value is BookmarkManager {
  if (typeof value !== 'object' || value === null) return false
  const { getBookmarks, updateBookmarks } = value as Partial<BookmarkManager>
  return typeof getBookmarks === 'function' && typeof updateBookmarks === 'function'
}

class MemoryBookmarkManager implements BookmarkManager {
  /** Replaced when it changes, never changed: it is handed out. */
  #own: readonly string[]
  readonly #supplier: BookmarkManagerConfig['bookmarksSupplier']
  readonly #consumer: BookmarkManagerConfig['bookmarksConsumer']

  constructor(
    own: Iterable<string>,
    supplier: BookmarkManagerConfig['bookmarksSupplier'],
    consumer: BookmarkManagerConfig['bookmarksConsumer'],
  ) {
    this.#own = Object.freeze([...new Set(own)])
    this.#supplier = supplier
    this.#consumer = consumer
  }

  getBookmarks(): Iterable<string> | Promise<Iterable<string>> {
    if (!isGiven(this.#supplier)) return this.#own
    const supplied = this.#supplier()
    return isThenable(supplied)
      ? Promise.resolve(supplied).then((bookmarks) => this.#with(bookmarks))
      : this.#with(supplied)
  }

  updateBookmarks(previous: Iterable<string>, next: Iterable<string>): void | Promise<void> {
    // Those who only read are given back what they have sent.
    const same = this.#own.length === 1 && Array.isArray(next) && next.length === 1 && next[0] === this.#own[0]
    if (!same) {
      const added = [...next].filter((bookmark) => bookmark !== '')
      if (added.length === 0) return
      const own = new Set(this.#own)
      for (const bookmark of previous) own.delete(bookmark)
      for (const bookmark of added) own.add(bookmark)
      this.#own = Object.freeze([...own])
    }
    return this.#consumer?.(Bookmarks.fromRawValues(this.#own))
  }

  #with(supplied: Bookmarks): string[] {
    if (!isBookmarks(supplied)) {
      throw new ConfigurationError(`bookmarksSupplier must return Bookmarks, but it returned ${found(supplied)}`)
    }
    return [...new Set([...this.#own, ...supplied.rawValues])]
  }
}

function initial(value: unknown): readonly string[] {
  if (!isGiven(value)) return []
  try {
    return Bookmarks.fromRawValues(isBookmarks(value) ? value.rawValues : (value as Iterable<string>)).rawValues
  } catch (cause) {
    throw new ConfigurationError(
      `initialBookmarks must be Bookmarks or an iterable of strings, found ${found(value)}`,
      {
        cause,
      },
    )
  }
}

function callback<Callback>(setting: string, value: unknown): Callback | undefined {
  if (!isGiven(value)) return undefined
  if (typeof value !== 'function') throw new ConfigurationError(`${setting} must be a function, found ${found(value)}`)
  return value as Callback
}
