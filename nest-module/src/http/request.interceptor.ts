/**
 * Runs every handler and resolver in the scope of its request, and destroys a response that fails after it has begun, so that
 * it does not look complete.
 */

import type { ServerResponse } from 'node:http'
import { isDriverError, isNeo4jError } from '@boltline/core'
import {
  type CallHandler,
  type ExecutionContext,
  Injectable,
  Logger,
  type NestInterceptor,
  StreamableFile,
} from '@nestjs/common'
import { catchError, map, NEVER, type Observable, throwError } from 'rxjs'
import { ClientGone } from '../errors.ts'
import { clientParametersOf } from './client-parameters.ts'
import { addNotes } from './error-notes.ts'
import { inRequest, type RequestScope, scopeOfContext } from './request-scope.ts'

/** Nest's metadata of handlers with `@Sse()`. */
export const SSE = '__sse__'

/** Headers of a file that is not sent after all. */
const OF_THE_FILE = ['content-type', 'content-disposition', 'content-length']

@Injectable()
export class RequestInterceptor implements NestInterceptor {
  readonly #logger = new Logger('BoltlineRequest')
  /** Called by Nest. */
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const scope = scopeOfContext(context)
    const handled = noting(context, scope === undefined ? next.handle() : inRequest(scope, () => next.handle()))
    if (scope === undefined || context.getType<string>() !== 'http' || seen.has(scope)) return handled
    seen.add(scope)
    const sse = Reflect.getMetadata(SSE, context.getHandler()) === true
    return handled.pipe(
      map((answer) => {
        if (answer instanceof StreamableFile) this.#watch(answer, scope, context.switchToHttp().getNext())
        return answer
      }),
      catchError((error: unknown) => {
        if (!isOurs(error)) return throwError(() => error)
        if (sse && scope.response.headersSent) return this.#cutEvents(scope, error)
        cutBareEnd(scope.response)
        return throwError(() => error)
      }),
    )
  }

  /** Prevents Nest from sending the error as a last event and ending the response. */
  #cutEvents(scope: RequestScope, error: unknown): Observable<never> {
    if (!(error instanceof ClientGone)) {
      this.#logger.error(`${scope.name}: the events ended in an error, so the connection is cut`, stackOf(error))
    }
    scope.cut()
    return NEVER
  }

  /** Replaces Nest 11's handling: it ends a response whose stream fails midway, and sends 400 when it fails before the first byte. */
  #watch(file: StreamableFile, scope: RequestScope, next: unknown): void {
    const { response } = scope
    const { errorHandler, errorLogger } = file
    const stream = file.getStream()
    stream?.once?.('error', (error: unknown) => {
      if (!response.headersSent || response.destroyed) return
      if (isOurs(error)) {
        this.#logger.error(`${scope.name}: the stream failed, so the connection is cut`, stackOf(error))
      }
      if (!stream.readableEnded) response.destroy()
    })
    file.setErrorHandler((error, platformResponse) => {
      if (response.destroyed) return
      if (!isOurs(error) || response.headersSent || typeof next !== 'function') {
        return errorHandler(error, platformResponse)
      }
      for (const header of OF_THE_FILE) response.removeHeader(header)
      // Express passes the error to the exception filters.
      next(error)
    })
    file.setErrorLogger((error) => {
      // The scope of the request has logged that its client has left.
      if (!scope.signal.aborted) errorLogger(error)
    })
  }
}

/** Records with each error which parameters the handler passes from its caller. */
function noting(context: ExecutionContext, handled: Observable<unknown>): Observable<unknown> {
  const clientParameters = clientParametersOf(context)
  if (clientParameters === undefined) return handled
  return handled.pipe(
    catchError((error: unknown) => {
      addNotes(error, { clientParameters })
      return throwError(() => error)
    }),
  )
}

/** Requests that are watched already: each connection has an interceptor, and one is enough. */
const seen = new WeakSet<RequestScope>()

function isOurs(error: unknown): boolean {
  return isNeo4jError(error) || isDriverError(error) || error instanceof ClientGone
}

/**
 * Destroys a response that has begun when it is ended without further data after its handler failed, as Nest does without an
 * exception filter of this package. A filter that writes a last record may end the response.
 */
function cutBareEnd(response: ServerResponse): void {
  if (!response.headersSent || response.writableEnded) return
  const { write, end } = response
  let written = false
  response.write = function (this: ServerResponse, ...given: Parameters<ServerResponse['write']>) {
    written = true
    return write.apply(this, given)
  } as typeof write
  response.end = function (this: ServerResponse, ...given: Parameters<ServerResponse['end']>) {
    const [chunk] = given as unknown[]
    if (!written && (chunk === undefined || chunk === null || typeof chunk === 'function')) return this.destroy()
    return end.apply(this, given)
  } as typeof end
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? String(error)) : String(error)
}
