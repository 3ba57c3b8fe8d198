/** The error middleware: responds to requests that failed with an error of the driver. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { ConfigurationError, type LogLevel } from '@boltline/core'
import { callback, checkedOptions, choice, found, isGiven, isThenable } from '@boltline/core/options'
import {
  type AnswerMap,
  answerOf,
  clientErrorLevels,
  type FailureReport,
  failureReport,
  type HttpAnswer,
  httpAnswer,
  replyFor,
  StreamIdleError,
  type WrittenReply,
} from '@boltline/core/web'
import type { Application } from './application.ts'
import { forgetCookie } from './bookmark-exchange.ts'
import { BoltlineContext, scopeOf } from './context.ts'
import { ClientGone, InvalidBookmark } from './errors.ts'
import type { RequestScope } from './request-scope.ts'
import { routeOf } from './route.ts'
import type { Next } from './route-handlers.ts'
import type { BoltlineRequest } from './settings.ts'

/** An Express error handler. */
export type ErrorMiddleware = (error: unknown, request: IncomingMessage, response: ServerResponse, next: Next) => void

/** Settings of `errorHandler()`. */
export interface ErrorHandlerOptions<Req = BoltlineRequest> {
  /**
   * Replaces the default answer. It receives the error, the default answer and the request, and returns (or resolves to) a
   * status, headers and body; undefined or null keep the default. If it throws or rejects, or its answer cannot be sent, the
   * failure is logged and the default answer is sent. It is not called for errors that are not the driver's.
   */
  readonly map?: AnswerMap<Req> | null | undefined
  /**
   * Names of query parameters that routes take unchanged from `req.body`, `req.query` or `req.params`. If the database rejects
   * such a parameter and the request contains the same value, the answer is 400 and names the parameter. Default: none; a
   * value that the database rejects is then the service's fault, 500.
   */
  readonly clientParameters?: readonly string[] | null | undefined
  /** The log level of answers below 500; those from 500 on are logged as errors. Default: `'warn'`. */
  readonly clientErrorLevel?: 'warn' | 'debug' | null | undefined
}

const KEYS = ['map', 'clientParameters', 'clientErrorLevel'] as const satisfies readonly (keyof ErrorHandlerOptions)[]

/** Headers that describe the body which the handler set out to send, and which the error answer replaces. */
const ofTheBody = ['content-length', 'content-encoding', 'content-language', 'content-range', 'etag', 'last-modified']

/** Error codes of streams and sockets whose peer has disconnected. */
const goneCodes: ReadonlySet<unknown> = new Set([
  'ERR_STREAM_PREMATURE_CLOSE',
  'ERR_STREAM_DESTROYED',
  'ABORT_ERR',
  'ECONNRESET',
  'EPIPE',
])

interface Handling {
  readonly map: AnswerMap<IncomingMessage> | undefined
  readonly clientParameters: readonly string[]
  readonly clientErrorLevel: 'warn' | 'debug'
}

export function errorMiddleware(application: Application, options: unknown): ErrorMiddleware {
  const handling = parseHandling(options)
  // Express recognizes error handlers by their four parameters.
  return function boltlineErrorHandler(error, request, response, next) {
    const scope = scopeIn(request)
    if (scope !== null && response.closed && isAboutTheClient(error)) return
    const answer = answerFor(application, handling, request, scope, error)
    if (answer === null) return next(error)
    const log = (report: FailureReport) => logReport(application, report)
    const reported = { method: String(request.method), route: scope?.route ?? routeOf(request) }
    if (response.headersSent || response.destroyed) {
      log(failureReport(error, answer, { ...reported, cutOff: true }, handling.clientErrorLevel))
      return cutOff(scope, response, error)
    }
    if (answer.kind === 'bookmark-not-reached') giveUpBookmarks(application, scope, response)
    const failed = (failure: unknown) => {
      application.log('error', `map failed for ${reported.method} ${reported.route}: ${textOf(failure)}`)
    }
    const finish = (reply: WrittenReply) => {
      const { status } = reply
      const of = status === answer.status ? answer : { status }
      log(failureReport(error, of, reported, handling.clientErrorLevel))
      send(response, reply)
    }
    if (scope !== null) scope.answering = true
    const reply = replyFor(error, answer, handling.map, request, failed)
    if (isThenable(reply)) reply.then(finish).catch(next)
    else finish(reply)
  }
}

function parseHandling(options: unknown): Handling {
  const given = checkedOptions(options, KEYS, 'errorHandler')
  return {
    map: callback('map', given.map),
    clientParameters: namesOf(given.clientParameters),
    clientErrorLevel: choice('clientErrorLevel', given.clientErrorLevel, clientErrorLevels, 'warn'),
  }
}

function namesOf(value: unknown): readonly string[] {
  if (!isGiven(value)) return []
  if (Array.isArray(value) && value.every((name) => typeof name === 'string' && name !== '')) return [...value]
  throw new ConfigurationError(`clientParameters must be an array of names of query parameters, found ${found(value)}`)
}

function answerFor(
  application: Application,
  { clientParameters }: Handling,
  request: IncomingMessage,
  scope: RequestScope | null,
  error: unknown,
): HttpAnswer | null {
  if (error instanceof InvalidBookmark) return answerOf('invalid-bookmark')
  const { body, query, params } = request as { readonly [part in 'body' | 'query' | 'params']?: unknown }
  const requestValues = clientParameters.length === 0 ? [] : [body, query, params, scope?.params]
  return httpAnswer(error, { ...application.settings.chosenByClient, clientParameters, requestValues })
}

/** Whether the error results from the client's disconnect: aborted work, or a write to a closed connection. */
function isAboutTheClient(error: unknown): boolean {
  for (let depth = 0, at = error; depth < 8 && at instanceof Error; depth++, at = at.cause) {
    if (at instanceof ClientGone || at instanceof StreamIdleError) return true
    if (goneCodes.has((at as { readonly code?: unknown }).code)) return true
  }
  return false
}

function scopeIn(request: IncomingMessage): RequestScope | null {
  const { neo4j } = request as { readonly neo4j?: unknown }
  return neo4j instanceof BoltlineContext ? scopeOf(neo4j) : null
}

/** Closes the connection of a response that was partly sent: a normal end would make the part look complete. */
function cutOff(scope: RequestScope | null, response: ServerResponse, error: unknown): void {
  if (scope !== null) scope.cutOff(error)
  else if (!response.writableEnded) response.destroy()
}

/** Discards bookmarks that the database cannot reach; otherwise the client gets the same answer until they expire. */
function giveUpBookmarks(application: Application, scope: RequestScope | null, response: ServerResponse): void {
  if (scope !== null) scope.exchange.giveUp()
  else if (application.settings.travel !== null) forgetCookie(response, application.settings.travel)
}

function send(response: ServerResponse, { status, headers, body }: WrittenReply): void {
  // While `map` was pending, the client may have disconnected, or the handler may have responded.
  if (response.headersSent || response.destroyed) return
  for (const header of ofTheBody) response.removeHeader(header)
  response.statusCode = status
  response.setHeader('Cache-Control', 'no-store')
  response.setHeader('X-Content-Type-Options', 'nosniff')
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
  if (body === null) response.end()
  else response.end(body)
}

function logReport(application: Application, { level, message, stack, query }: FailureReport): void {
  application.log(level satisfies LogLevel, stack === null ? message : `${message}\n${stack}`)
  if (query !== null) application.log('debug', `the query that failed: ${query}`)
}

function textOf(failure: unknown): string {
  return failure instanceof Error ? String(failure.stack ?? failure.message) : String(failure)
}
