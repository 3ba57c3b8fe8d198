/**
 * The bookmarks of one session: what its next transaction must have seen, and what came out of the last one.
 * A bookmark manager, where there is one, is asked before each transaction and told after it.
 */

import { BookmarkUpdateError, ConfigurationError, notAnswered } from '../errors/index.ts'
import { Deadline } from '../time/deadline.ts'
import type { Abortable } from '../time/on-abort.ts'
import { waitFor } from '../time/wait-for.ts'
import { Bookmarks } from '../values/bookmarks.ts'
import { found } from '../values/options.ts'
import { isThenable } from '../values/thenable.ts'
import type { BookmarkManager } from './bookmark-manager.ts'

const none: readonly string[] = []

/** How long the manager may take to learn of a bookmark. */
interface BookmarkLimits {
  /** In ms. */
  readonly acquisitionTimeout: number
  /** Aborts when the driver is closed. */
  readonly closed: Abortable
}

export class SessionBookmarks {
  readonly #manager: BookmarkManager | null
  /** Those the session started with, or the one that replaced them. */
  #own: readonly string[]
  /** Whether `#own` are still those the session started with. */
  #initial = true
  readonly #limits: BookmarkLimits

  constructor(initial: Bookmarks | null, manager: BookmarkManager | null, limits: BookmarkLimits) {
    this.#own = initial?.rawValues ?? none
    this.#manager = manager
    this.#limits = limits
  }

  /** The bookmarks for the next transaction: at once, or a promise where a manager has to be waited for. */
  current(): readonly string[] | Promise<readonly string[]> {
    if (this.#manager === null) return this.#own
    const managed = this.#manager.getBookmarks()
    return isThenable(managed) ? Promise.resolve(managed).then((values) => this.#with(values)) : this.#with(managed)
  }

  /**
   * Takes the bookmark of a committed transaction that was sent `previous`. The promise rejects with a `BookmarkUpdateError`
   * where the manager fails: no error of its own may look like one of the transaction, which must not be repeated.
   */
  update(previous: readonly string[], bookmark: unknown): void | Promise<void> {
    if (typeof bookmark !== 'string' || bookmark === '') return
    this.#own = [bookmark]
    this.#initial = false
    try {
      const updated = this.#manager?.updateBookmarks(previous, [bookmark])
      return isThenable(updated) ? this.#updated(updated) : undefined
    } catch (error) {
      // It is thrown where the result is consumed, not where the server's answers are read.
      return Promise.reject(updateError(error))
    }
  }

  async #updated(updating: PromiseLike<void>): Promise<void> {
    const { acquisitionTimeout, closed } = this.#limits
    const onTimeout = () => notAnswered('The bookmark manager', acquisitionTimeout)
    try {
      const limit = { deadline: Deadline.in(acquisitionTimeout), onTimeout, closed }
      // No signal: the work is committed and can't be called off any more.
      await waitFor(Promise.resolve(updating), undefined, limit)
    } catch (error) {
      throw updateError(error)
    }
  }

  last(): Bookmarks {
    return Bookmarks.fromRawValues(this.#own)
  }

  #with(managed: unknown): readonly string[] {
    const values = checked(managed)
    const own = this.#initial ? this.#own : none
    return own.length === 0 ? values : [...new Set([...values, ...own])]
  }
}

function updateError(cause: unknown): BookmarkUpdateError {
  const reason = cause instanceof Error ? `${cause.name}: ${cause.message}` : `it threw a value of type ${typeof cause}`
  return new BookmarkUpdateError(
    `The transaction is committed, but the bookmark manager failed afterwards (${reason}). Don't repeat the work; see to the store of the bookmarks`,
    { cause },
  )
}

/** The bookmarks a manager has given; what is none would reach the server otherwise. */
function checked(managed: unknown): readonly string[] {
  if (typeof managed === 'object' && managed !== null && Symbol.iterator in managed) {
    // What may still change would not be what was sent when the transaction ends.
    const unchanging = Array.isArray(managed) && Object.isFrozen(managed)
    const values = unchanging ? (managed as unknown[]) : [...new Set(managed as Iterable<unknown>)].filter(isNotEmpty)
    if (values.every(isText)) return values as string[]
  }
  throw new ConfigurationError(
    `getBookmarks() of the bookmarkManager must give an iterable of strings, but it gave ${found(managed)}`,
  )
}

function isNotEmpty(value: unknown): boolean {
  return value !== ''
}

function isText(value: unknown): boolean {
  return typeof value === 'string'
}
