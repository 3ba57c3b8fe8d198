/**
 * Hooks for two moments of a response that Node has no event for: before the head is written, and before the end. A bookmark
 * is known only after COMMIT, so the header is set just before the head is written; a later bookmark can go into a trailer.
 */

import type { IncomingMessage, ServerResponse } from 'node:http'

/** Calls `add` once, just before the head is written. Never calls it if the head has been sent already. */
export function beforeHead(response: ServerResponse, add: () => void): void {
  const writeHead = response.writeHead
  response.writeHead = function (this: ServerResponse, ...given: unknown[]) {
    response.writeHead = writeHead
    add()
    return Reflect.apply(writeHead, this, given)
  } as typeof writeHead
}

/** Announces a trailer in the head and adds it at the end of the body. Does nothing if the response is not chunked. */
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

/** Whether the client accepts trailers (`TE: trailers` on HTTP/1.1). */
export function takesTrailers({ headers, httpVersion }: IncomingMessage): boolean {
  const accepted = String(headers.te ?? '').split(/[,;]/)
  return httpVersion === '1.1' && accepted.some((word) => word.trim().toLowerCase() === 'trailers')
}

/** Calls `add` once, just before the response ends. */
function beforeEnd(response: ServerResponse, add: () => void): void {
  const end = response.end
  response.end = function (this: ServerResponse, ...given: unknown[]) {
    response.end = end
    add()
    return Reflect.apply(end, this, given)
  } as typeof end
}

/** Whether the response may carry a trailer. Call it while the head is being written, when status and headers are final. */
function mayHaveTrailers(response: ServerResponse): boolean {
  const { req: request, statusCode } = response
  const bodyless = request.method === 'HEAD' || statusCode < 200 || statusCode === 204 || statusCode === 304
  return !bodyless && !response.hasHeader('content-length') && !response.hasHeader('trailer')
}
