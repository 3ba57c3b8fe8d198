/**
 * The bookmarks of one request, or of any other causal chain. Each transaction of the chain starts from them and adds its own:
 * later transactions see earlier ones, and the bookmarks of concurrent transactions are merged.
 */

import type { BookmarkManager } from '../execution/bookmark-manager.ts'
import { Bookmarks } from '../values/bookmarks.ts'

/**
 * A bookmark manager for one causal chain. A transaction's bookmark replaces those it started from; others are kept.
 *
 * @example
 * ```ts
 * const seen = new RequestBookmarks(tokens.open(request.headers['boltline-bookmark'], scope).bookmarks)
 * await driver.executeQuery('CREATE (:Note {id: $id})', { id }, { bookmarkManager: seen })
 * if (seen.changed) response.setHeader('Boltline-Bookmark', tokens.seal(seen, scope).text)
 * ```
 */
export class RequestBookmarks implements BookmarkManager, Iterable<string> {
  readonly #values: Set<string>
  #revision = 0

  /** @param initial - the bookmarks that the client sent */
  constructor(initial: Iterable<string> = []) {
    this.#values = new Set(Bookmarks.fromRawValues(initial))
  }

  /** 0 at first; increases with every new bookmark. */
  get revision(): number {
    return this.#revision
  }

  /** Whether there are bookmarks that the client did not send. */
  get changed(): boolean {
    return this.#revision > 0
  }

  get isEmpty(): boolean {
    return this.#values.size === 0
  }

  /** The current bookmarks, oldest first. */
  current(): Bookmarks {
    return Bookmarks.fromRawValues(this.#values)
  }

  /**
   * Adds bookmarks of another request or service.
   * @throws TypeError or RangeError if a value is not a bookmark
   */
  add(values: Iterable<string>): void {
    this.updateBookmarks([], Bookmarks.fromRawValues(values))
  }

  /** Returns the bookmarks that the next transaction waits for. Called by the driver. */
  getBookmarks(): Iterable<string> {
    return [...this.#values]
  }

  /** Replaces a transaction's initial bookmarks by its new one. Called by the driver after a commit. */
  updateBookmarks(previous: Iterable<string>, next: Iterable<string>): void {
    const added = [...next].filter((value) => value !== '')
    if (added.length === 0) return
    const before = new Set(this.#values)
    for (const value of previous) this.#values.delete(value)
    for (const value of added) {
      // Re-inserting moves the bookmark to the end: it is the newest.
      this.#values.delete(value)
      this.#values.add(value)
      if (!before.has(value)) this.#revision++
    }
  }

  [Symbol.iterator](): IterableIterator<string> {
    return this.#values[Symbol.iterator]()
  }
}
