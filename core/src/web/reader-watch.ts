/**
 * Clients that don't read what is sent to them, where no stream is known that could be asked: a response that waits for its
 * client to take what was written stands still when nothing of it leaves.
 */

import type { ServerResponse } from 'node:http'
import { clock, type Timer } from '../time/clock.ts'

/** How often it is looked within the limit. */
const LOOKS = 4

/**
 * Calls `stalled` once when the client has taken nothing for `limit` ms although something waits for it. The function returned
 * ends that.
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

/** How many bytes have left the process. */
function takenOf({ socket }: ServerResponse): number {
  return socket === null ? 0 : socket.bytesWritten - socket.writableLength
}
