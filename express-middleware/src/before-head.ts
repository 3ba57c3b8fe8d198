/**
 * The two moments of a response that Node tells nobody about: before its head leaves, and before its end. A bookmark is known
 * after COMMIT only, so headers are added at the last moment; what comes later still can go into a trailer.
 */

import type { ServerResponse } from 'node:http'

/** Calls `add` once, while headers can still be set. Not called where the head is gone already. */
export function beforeHead(response: ServerResponse, add: () => void): void {
  const writeHead = response.writeHead
  response.writeHead = function (this: ServerResponse, ...given: unknown[]) {
    response.writeHead = writeHead
    add()
    return Reflect.apply(writeHead, this, given)
  } as typeof writeHead
}

/** Calls `add` once, while trailers can still be added. */
export function beforeEnd(response: ServerResponse, add: () => void): void {
  const end = response.end
  response.end = function (this: ServerResponse, ...given: unknown[]) {
    response.end = end
    add()
    return Reflect.apply(end, this, given)
  } as typeof end
}

/** Whether trailers can follow: the client has asked for them, and the body comes in pieces. Asked while the head is written. */
export function takesTrailers(response: ServerResponse): boolean {
  const { req: request, statusCode } = response
  const accepted = String(request.headers.te ?? '')
    .split(/[,;]/)
    .some((word) => word.trim().toLowerCase() === 'trailers')
  if (!accepted || request.method === 'HEAD' || request.httpVersion !== '1.1') return false
  const bodyless = statusCode < 200 || statusCode === 204 || statusCode === 304
  return !bodyless && !response.hasHeader('content-length') && !response.hasHeader('trailer')
}
