/**
 * The bookmarks of one session: what its next transaction must have seen, and what came out of the last one.
 * A bookmark manager, where there is one, is asked before each transaction and told after it.
 */

import { Bookmarks } from '../values/bookmarks.ts'
import type { BookmarkManager } from './bookmark-manager.ts'

const none: readonly string[] = []

export class SessionBookmarks {
  readonly #manager: BookmarkManager | null
  /** Those the session started with, or the one that replaced them. */
  #own: readonly string[]
  /** Whether `#own` are still those the session started with. */
  #initial = true

  constructor(initial: Bookmarks | null, manager: BookmarkManager | null) {
    this.#own = initial?.rawValues ?? none
    this.#manager = manager
  }

  /** The bookmarks for the next transaction: at once, or a promise where a manager has to be waited for. */
  current(): readonly string[] | Promise<readonly string[]> {
    if (this.#manager === null) return this.#own
    const managed = this.#manager.getBookmarks()
    return managed instanceof Promise ? managed.then((values) => this.#with(values)) : this.#with(managed)
  }

  /** Takes the bookmark of a finished transaction that was sent `previous`. */
  update(previous: readonly string[], bookmark: unknown): void | Promise<void> {
    if (typeof bookmark !== 'string' || bookmark === '') return
    this.#own = [bookmark]
    this.#initial = false
    return this.#manager?.updateBookmarks(previous, [bookmark])
  }

  last(): Bookmarks {
    return Bookmarks.fromRawValues(this.#own)
  }

  #with(managed: Iterable<string>): readonly string[] {
    const own = this.#initial ? this.#own : none
    return own.length === 0 ? [...managed] : [...new Set([...managed, ...own])]
  }
}
