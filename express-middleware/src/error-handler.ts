/** Answers requests that the driver's errors have ended. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { answerOf, type FailureKind, type HttpAnswer, httpAnswer } from '@boltline/core/web'
import type { Application } from './application.ts'
import { forgetCookie } from './bookmark-exchange.ts'
import { BoltlineContext, scopeOf } from './context.ts'
import { ClientGone, InvalidBookmark } from './errors.ts'
import type { Next } from './route-handlers.ts'

/** An error handler of Express. */
export type ErrorMiddleware = (error: unknown, request: IncomingMessage, response: ServerResponse, next: Next) => void

/** What describes the body that was not sent after all. */
const ofTheBody = ['content-length', 'content-encoding', 'content-language', 'content-range', 'etag', 'last-modified']

/** What operators have to look into, as opposed to what passes by itself. */
const faults: ReadonlySet<FailureKind> = new Set(['internal-error', 'service-misconfigured', 'outcome-unknown'])

export function errorMiddleware(application: Application): ErrorMiddleware {
  // Express knows error handlers by their four parameters.
  return (error, request, response, next) => {
    // Its work was called off because of that; there is nobody to tell.
    if (error instanceof ClientGone && response.closed) return
    const answer =
      error instanceof InvalidBookmark
        ? answerOf('invalid-bookmark')
        : httpAnswer(error, application.settings.chosenByClient)
    if (answer === null) return next(error)
    log(application, request, error, answer)
    // Half an answer can't be taken back; Express cuts it off.
    if (response.headersSent) return next(error)
    if (answer.kind === 'bookmark-not-reached') giveUpBookmarks(application, request, response)
    send(response, answer)
  }
}

/** A client whose bookmark the database does not reach would get the same answer until the bookmark's end. */
function giveUpBookmarks(application: Application, request: IncomingMessage, response: ServerResponse): void {
  const { neo4j } = request as { readonly neo4j?: unknown }
  const scope = neo4j instanceof BoltlineContext ? scopeOf(neo4j) : null
  if (scope !== null) scope.exchange.giveUp()
  else if (application.settings.travel !== null) forgetCookie(response, application.settings.travel)
}

function send(response: ServerResponse, answer: HttpAnswer): void {
  for (const header of ofTheBody) response.removeHeader(header)
  response.statusCode = answer.status
  response.setHeader('Cache-Control', 'no-store')
  response.setHeader('X-Content-Type-Options', 'nosniff')
  for (const [name, value] of Object.entries(answer.headers)) response.setHeader(name, value)
  response.end(JSON.stringify(answer.body))
}

function log(application: Application, request: IncomingMessage, error: unknown, answer: HttpAnswer): void {
  if (answer.status < 500) return
  const { name, stack, code } = error as { readonly name?: unknown; readonly stack?: unknown; readonly code?: unknown }
  const head = `${request.method} was answered with ${answer.status}, ${answer.kind}: `
  if (faults.has(answer.kind)) application.log('error', head + String(stack))
  else application.log('warn', head + String(name) + (typeof code === 'string' ? ` ${code}` : ''))
}
