/**
 * What an HTTP request has seen of the database. A middleware opens the context, so that guards, pipes, interceptors, handlers
 * and what they call are inside of it; the header goes out with the head of the answer, when everything awaited is committed.
 */

import { AsyncLocalStorage } from 'node:async_hooks'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { RequestBookmarks } from '@boltline/core/web'
import { BadRequestException, type LoggerService } from '@nestjs/common'
import type { RequestBookmarkSettings } from './request-bookmark-options.ts'

/** By connection, of whichever application. */
const context = new AsyncLocalStorage<ReadonlyMap<object, RequestBookmarks>>()

/** The bookmarks of the request that the running code serves; undefined outside of requests. */
export function requestBookmarks(connection: object): RequestBookmarks | undefined {
  return context.getStore()?.get(connection)
}

/** What a connection has to say about its bookmarks. */
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
    context.run(new Map([...(context.getStore() ?? []), [connection, bookmarks]]), next)
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
  const writeHead = response.writeHead
  response.writeHead = function (this: ServerResponse, ...head: Parameters<ServerResponse['writeHead']>) {
    if (bookmarks.changed && !this.headersSent) {
      const { text } = tokens.seal(bookmarks, { database, boundTo: boundTo(request, settings) })
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

function boundTo(request: IncomingMessage, { bindTo }: RequestBookmarkSettings): string | undefined {
  return bindTo?.(request)
}
