/**
 * The bookmarks of an HTTP request. They belong to the request's scope, which guards, pipes, interceptors and handlers share.
 * The token is sent in the response headers, which contain every commit that the handler awaited.
 */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { ConfigurationError } from '@boltline/core'
import { isThenable, name } from '@boltline/core/options'
import { RequestBookmarks } from '@boltline/core/web'
import { BadRequestException, type LoggerService } from '@nestjs/common'
import { currentRequest, inRequest, requestScope } from '../http/request-scope.ts'
import type { RequestBookmarkSettings } from './request-bookmark-options.ts'

/** The bookmarks of the request that the running code serves; undefined outside of requests. */
export function requestBookmarks(connection: object): RequestBookmarks | undefined {
  return currentRequest()?.bookmarks.get(connection)
}

/** A connection's settings for bookmarks of requests. */
export interface RequestBookmarkParts {
  readonly settings: RequestBookmarkSettings
  readonly database: string | null
  readonly logger: Pick<LoggerService, 'warn'>
}

/** A middleware that gives each request bookmarks of its own. Works on Node's own request, hence on every platform of Nest. */
export function requestBookmarksMiddleware(connection: object, parts: RequestBookmarkParts) {
  return (request: IncomingMessage, response: ServerResponse, next: () => void): void => {
    const bookmarks = new RequestBookmarks(incoming(request, parts))
    sendWithHead(request, response, bookmarks, parts)
    const scope = requestScope(request, response)
    scope.bookmarks.set(connection, bookmarks)
    inRequest(scope, next)
  }
}

function incoming(request: IncomingMessage, { settings, database }: RequestBookmarkParts): readonly string[] {
  const { tokens, header, rejects } = settings
  const given = request.headers[header]
  if (tokens === undefined || given === undefined) return []
  const { bookmarks, refused } = tokens.open(String(given), { database, boundTo: boundTo(request, settings) })
  if (refused === null) return bookmarks
  if (rejects) throw new BadRequestException(`The header ${header} holds no token that can be used: ${refused}`)
  return []
}

function sendWithHead(
  request: IncomingMessage,
  response: ServerResponse,
  bookmarks: RequestBookmarks,
  { settings, database, logger }: RequestBookmarkParts,
): void {
  const { tokens, header } = settings
  if (tokens === undefined) return
  const sealed = (): string => {
    try {
      return tokens.seal(bookmarks, { database, boundTo: boundTo(request, settings) }).text
    } catch (error) {
      // A failure of bindTo must not fail the response, which is sent without a token.
      logger.warn(`An answer left without its bookmark, because bookmarks.bindTo failed: ${String(error)}`)
      return ''
    }
  }
  const writeHead = response.writeHead
  response.writeHead = function (this: ServerResponse, ...head: Parameters<ServerResponse['writeHead']>) {
    if (bookmarks.changed && !this.headersSent) {
      const text = sealed()
      if (text !== '') this.setHeader(header, text)
    }
    return writeHead.apply(this, head)
  } as typeof writeHead
  response.once('close', () => {
    if (!response.headersSent) return
    const late = bookmarks.changed && !response.hasHeader(header)
    if (late) logger.warn(`A request wrote after the head of its answer had left, so its client can't see that yet`)
  })
}

/** @throws ConfigurationError for anything but a text or nothing */
function boundTo(request: IncomingMessage, { bindTo }: RequestBookmarkSettings): string | undefined {
  const bound: unknown = bindTo?.(request)
  if (isThenable(bound)) {
    // Prevents an unhandled rejection; the error below already reports the misuse.
    bound.then(undefined, () => undefined)
    throw new ConfigurationError(
      'bookmarks.bindTo must return at once, found a promise. Wait for it in a middleware before the module and keep it on the request',
    )
  }
  return name('bookmarks.bindTo', bound, undefined)
}
