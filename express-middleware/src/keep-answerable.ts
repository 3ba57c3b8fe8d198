/**
 * `pipeline` of `node:stream` destroys the response with the error of its source, even if nothing was sent and the error handler
 * could still send a status. This delays the destruction by one turn of the event loop, so that it can.
 */

import type { ServerResponse } from 'node:http'

/**
 * Delays the next `response.destroy(error)` by one turn of the event loop. Destroys the response then if it was not answered.
 * @param answering - whether the error handler is preparing an answer asynchronously
 */
export function keepAnswerable(response: ServerResponse, error: unknown, answering: () => boolean): void {
  if (response.headersSent || response.destroyed) return
  const destroy = response.destroy
  response.destroy = function (this: ServerResponse, reason?: Error) {
    response.destroy = destroy
    if (reason !== error || response.headersSent) return destroy.call(response, reason)
    setImmediate(() => {
      if (!response.headersSent && !answering()) destroy.call(response, reason)
    })
    return response
  }
}
