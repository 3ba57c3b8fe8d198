/**
 * What one request, or any other chain of work, has seen of the database. Everything the chain does starts from it and
 * adds to it: what comes later sees what came before, and things done side by side are united.
 */

import { Bookmarks } from '../values/bookmarks.ts'
import type { BookmarkManager } from '../work/bookmark-manager.ts'

/**
 * A bookmark manager for one chain of work. A transaction's bookmark replaces those it was started with; others stay.
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

  /** @param initial - what the client has seen before */
  constructor(initial: Iterable<string> = []) {
    this.#values = new Set(Bookmarks.fromRawValues(initial))
  }

  /** 0 at first; grows whenever something is added that was not there. */
  get revision(): number {
    return this.#revision
  }

  /** Whether there is anything that the client didn't send. */
  get changed(): boolean {
    return this.#revision > 0
  }

  get isEmpty(): boolean {
    return this.#values.size === 0
  }

  /** What has been seen so far, oldest first. */
  current(): Bookmarks {
    return Bookmarks.fromRawValues(this.#values)
  }

  /**
   * Adds what another request or service has seen.
   * @throws TypeError or RangeError for values that are no bookmarks
   */
  add(values: Iterable<string>): void {
    this.updateBookmarks([], Bookmarks.fromRawValues(values))
  }

  /** What the next transaction has to wait for. */
  getBookmarks(): Iterable<string> {
    return [...this.#values]
  }

  /** Called by the driver when a transaction has ended. */
  updateBookmarks(previous: Iterable<string>, next: Iterable<string>): void {
    const added = [...next].filter((value) => value !== '')
    if (added.length === 0) return
    const before = new Set(this.#values)
    for (const value of previous) this.#values.delete(value)
    for (const value of added) {
      // What was confirmed just now is the newest.
      this.#values.delete(value)
      this.#values.add(value)
      if (!before.has(value)) this.#revision++
    }
  }

  [Symbol.iterator](): IterableIterator<string> {
    return this.#values[Symbol.iterator]()
  }
}
