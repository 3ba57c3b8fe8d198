import { ConfigurationError } from '../errors/index.ts'
import { checkedOptions, found, isGiven } from '../platform/checked-options.ts'
import { isThenable } from '../platform/thenable.ts'
import { Bookmarks, isBookmarks } from '../values/bookmarks.ts'

/**
 * Shares bookmarks between sessions, so that each session sees what the others have written. Implement this interface to keep
 * bookmarks outside of the process, or use `GraphDatabase.bookmarkManager()`. Several sessions may call the methods
 * concurrently. The driver waits at most `connectionAcquisitionTimeout` ms for each method, and stops waiting when the driver is
 * closed.
 */
export interface BookmarkManager {
  /** Returns the bookmarks that the next transaction has to see. Called before each transaction. */
  getBookmarks(): Iterable<string> | Promise<Iterable<string>>
  /**
   * Replaces the bookmarks in `previous`, with which a transaction began, by those in `next`, which the server returned. Other
   * bookmarks stay. Called after each commit.
   */
  updateBookmarks(previous: Iterable<string>, next: Iterable<string>): void | Promise<void>
}

/** Settings of `GraphDatabase.bookmarkManager()`. */
export interface BookmarkManagerConfig {
  /** Initial bookmarks. Default: none. */
  readonly initialBookmarks?: Bookmarks | Iterable<string> | null | undefined
  /**
   * Returns additional bookmarks, for example from a store outside of the process. Called before each transaction; the manager
   * does not keep them. Default: none.
   */
  readonly bookmarksSupplier?: (() => Bookmarks | Promise<Bookmarks>) | null | undefined
  /** Called with all bookmarks of the manager after each transaction that returned a bookmark. Default: none. */
  readonly bookmarksConsumer?: ((bookmarks: Bookmarks) => void | Promise<void>) | null | undefined
}

const KEYS = ['initialBookmarks', 'bookmarksSupplier', 'bookmarksConsumer'] as const

/**
 * Creates the built-in bookmark manager, which keeps bookmarks in memory.
 *
 * @throws ConfigurationError when a setting is invalid
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
  /** Replaced on change and never mutated, because callers get this very array. */
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
    // After a read the server returns the bookmark that it was sent.
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
