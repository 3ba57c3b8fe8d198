/**
 * A server that is asked to begin a transaction first applies what its bookmarks name. How long that may take is the server's
 * setting, half a minute as a rule; a caller may have less time.
 */

import { BookmarkTimeoutError } from '../errors/index.ts'
import { clock } from '../time/clock.ts'

/**
 * Gives up a transaction whose begin is not answered in time, where there are bookmarks to wait for.
 * @returns what is called when it was answered, or is over
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
          'Try again, allow more time, or go on without bookmarks where older data will do',
      ),
    )
  }, ms)
  return () => clock.clearTimeout(timer)
}

const unlimited = (): void => undefined
