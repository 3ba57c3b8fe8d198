/**
 * The bookmarks of one session: those that its next transaction has to see, and the one that its last transaction returned.
 * The session's bookmark manager, if any, is read before each transaction and updated after it.
 */

import { BookmarkUpdateError, ConfigurationError, notAnswered } from '../errors/index.ts'
import { found } from '../platform/checked-options.ts'
import { isThenable } from '../platform/thenable.ts'
import { Deadline } from '../time/deadline.ts'
import type { Abortable } from '../time/on-abort.ts'
import { waitFor } from '../time/wait-for.ts'
import { Bookmarks } from '../values/bookmarks.ts'
import type { BookmarkManager } from './bookmark-manager.ts'

const none: readonly string[] = []

/** Limits of the wait for the bookmark manager. */
interface BookmarkLimits {
  /** In ms. */
  readonly acquisitionTimeout: number
  /** Aborts when the driver is closed. */
  readonly closed: Abortable
}

export class SessionBookmarks {
  readonly #manager: BookmarkManager | null
  /** The session's initial bookmarks, or the bookmark of its last transaction. */
  #own: readonly string[]
  /** Whether `#own` holds the initial bookmarks. */
  #initial = true
  readonly #limits: BookmarkLimits

  constructor(initial: Bookmarks | null, manager: BookmarkManager | null, limits: BookmarkLimits) {
    this.#own = initial?.rawValues ?? none
    this.#manager = manager
    this.#limits = limits
  }

  /** The bookmarks for the next transaction; a promise only if the bookmark manager returns one. */
  current(): readonly string[] | Promise<readonly string[]> {
    if (this.#manager === null) return this.#own
    const managed = this.#manager.getBookmarks()
    return isThenable(managed) ? Promise.resolve(managed).then((values) => this.#with(values)) : this.#with(managed)
  }

  /**
   * Stores the bookmark of a committed transaction that began with `previous`. A failure of the manager rejects with a
   * `BookmarkUpdateError`: the caller must not take it for a failure of the transaction, which is committed.
   */
  update(previous: readonly string[], bookmark: unknown): void | Promise<void> {
    if (typeof bookmark !== 'string' || bookmark === '') return
    this.#own = [bookmark]
    this.#initial = false
    try {
      const updated = this.#manager?.updateBookmarks(previous, [bookmark])
      return isThenable(updated) ? this.#updated(updated) : undefined
    } catch (error) {
      // A rejection surfaces where the result is consumed; an exception would break the reading of server responses.
      return Promise.reject(updateError(error))
    }
  }

  async #updated(updating: PromiseLike<void>): Promise<void> {
    const { acquisitionTimeout, closed } = this.#limits
    const onTimeout = () => notAnswered('The bookmark manager', acquisitionTimeout)
    try {
      const limit = { deadline: Deadline.in(acquisitionTimeout), onTimeout, closed }
      // No signal: the transaction is committed and can't be aborted.
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
    `The transaction is committed, but the bookmark manager failed afterwards (${reason}). Don't retry the work; check the store of the bookmarks`,
    { cause },
  )
}

/** Validates and deduplicates the bookmarks of a manager. */
function checked(managed: unknown): readonly string[] {
  if (typeof managed === 'object' && managed !== null && Symbol.iterator in managed) {
    // Copy: the manager may mutate its array before the transaction ends.
    const unchanging = Array.isArray(managed) && Object.isFrozen(managed)
    const values = unchanging ? (managed as unknown[]) : [...new Set(managed as Iterable<unknown>)].filter(isNotEmpty)
    if (values.every(isText)) return values as string[]
  }
  throw new ConfigurationError(
    `getBookmarks() of the bookmarkManager must return an iterable of strings, but it returned ${found(managed)}`,
  )
}

function isNotEmpty(value: unknown): boolean {
  return value !== ''
}

function isText(value: unknown): boolean {
  return typeof value === 'string'
}
