/**
 * Detects clients that do not read a response, where the driver has no result stream to watch: the response has buffered data
 * and none of it leaves the process.
 */

import type { ServerResponse } from 'node:http'
import { clock, type Timer } from '../time/clock.ts'

/** Number of checks per `limit`. */
const LOOKS = 4

/**
 * Calls `stalled` once if the client has read nothing for `limit` ms while data is waiting for it. Returns a function that stops
 * the watch.
 */
export function watchReader(response: ServerResponse, limit: number, stalled: () => void): () => void {
  let taken = takenOf(response)
  let since = clock.now()
  let timer: Timer | undefined
  const look = (): void => {
    const now = takenOf(response)
    if (!response.writableNeedDrain || now !== taken) {
      taken = now
      since = clock.now()
    } else if (clock.now() - since >= limit) {
      return stalled()
    }
    timer = clock.setTimeout(look, limit / LOOKS)
  }
  if (limit !== Number.POSITIVE_INFINITY) timer = clock.setTimeout(look, limit / LOOKS)
  return () => clock.clearTimeout(timer)
}

/** Number of bytes that have left the process. */
function takenOf({ socket }: ServerResponse): number {
  return socket === null ? 0 : socket.bytesWritten - socket.writableLength
}
