/**
 * The two moments of a response for which Node has no event: before its head leaves, and before its end. A bookmark is known
 * after COMMIT only, so headers are added at the last moment; what comes later still can go into a trailer.
 */

import type { IncomingMessage, ServerResponse } from 'node:http'

/** Calls `add` once, while headers can still be set. Not called where the head is gone already. */
export function beforeHead(response: ServerResponse, add: () => void): void {
  const writeHead = response.writeHead
  response.writeHead = function (this: ServerResponse, ...given: unknown[]) {
    response.writeHead = writeHead
    add()
    return Reflect.apply(writeHead, this, given)
  } as typeof writeHead
}

/**
 * Adds a trailer, which is known at the end only, for a client that takes trailers and a body that comes in pieces. It has to
 * be announced in the head.
 */
export function addTrailer(response: ServerResponse, name: string, value: () => string | null): void {
  beforeHead(response, () => {
    if (!mayHaveTrailers(response)) return
    response.setHeader('Trailer', name)
    beforeEnd(response, () => {
      const text = value()
      if (text !== null) response.addTrailers({ [name]: text })
    })
  })
}

/** Whether the client has said that it takes trailers. */
export function takesTrailers({ headers, httpVersion }: IncomingMessage): boolean {
  const accepted = String(headers.te ?? '').split(/[,;]/)
  return httpVersion === '1.1' && accepted.some((word) => word.trim().toLowerCase() === 'trailers')
}

/** Calls `add` once, while trailers can still be added. */
function beforeEnd(response: ServerResponse, add: () => void): void {
  const end = response.end
  response.end = function (this: ServerResponse, ...given: unknown[]) {
    response.end = end
    add()
    return Reflect.apply(end, this, given)
  } as typeof end
}

/** Asked while the head is written. */
function mayHaveTrailers(response: ServerResponse): boolean {
  const { req: request, statusCode } = response
  const bodyless = request.method === 'HEAD' || statusCode < 200 || statusCode === 204 || statusCode === 304
  return !bodyless && !response.hasHeader('content-length') && !response.hasHeader('trailer')
}
