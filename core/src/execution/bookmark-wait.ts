/**
 * Before a server begins a transaction, it waits until it has applied the transactions that the bookmarks name. The server
 * limits that wait to 30 s by default; `bookmarkTimeout` limits it on the client.
 */

import { BookmarkTimeoutError } from '../errors/index.ts'
import { clock } from '../time/clock.ts'

/**
 * Calls `giveUp` unless the server begins the transaction within `ms`. Sets no timer without bookmarks.
 * @returns a function that stops the timer
 */
export function limitBookmarkWait(
  bookmarks: readonly string[],
  ms: number,
  giveUp: (error: BookmarkTimeoutError) => void,
): () => void {
  if (bookmarks.length === 0 || ms === Number.POSITIVE_INFINITY) return unlimited
  const timer = clock.setTimeout(() => {
    giveUp(
      new BookmarkTimeoutError(
        `The server did not begin the transaction within ${ms} ms (bookmarkTimeout); it may not have caught up with the bookmarks. ` +
          'Retry, raise bookmarkTimeout, or omit the bookmarks if older data is acceptable',
      ),
    )
  }, ms)
  return () => clock.clearTimeout(timer)
}

const unlimited = (): void => undefined
