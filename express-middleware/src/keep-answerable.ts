/**
 * `pipeline` of `node:stream` destroys the response with the error of its source, also where nothing of the answer has left and the
 * error handler could answer with a status of its own. It gets the chance to, for one turn of the event loop.
 */

import type { ServerResponse } from 'node:http'

/**
 * Has the response outlive being destroyed with `error`, once. If nothing answers in that turn, it is destroyed after all.
 * @param answering - whether an answer is being made that will come later
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
