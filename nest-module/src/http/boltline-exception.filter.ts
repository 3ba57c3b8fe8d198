/**
 * Answers requests, whatever kind they are of, that an error of the database has ended. The answer is core's, the same for every
 * web framework; Cypher, values, addresses and stacks stay in the log.
 */

import { isDriverError, isNeo4jError } from '@boltline/core'
import { callback, checkedOptions } from '@boltline/core/options'
import { answerOf, type HttpAnswer, type HttpAnswerOptions, httpAnswer } from '@boltline/core/web'
import { type ArgumentsHost, Catch, type ExceptionFilter, Inject, Logger, Optional } from '@nestjs/common'
import { type Observable, throwError } from 'rxjs'
import { ShuttingDownError } from '../errors.ts'

/** The settings of {@link BoltlineExceptionFilter}. */
export interface BoltlineExceptionFilterOptions extends HttpAnswerOptions {
  /**
   * Answers of the application's own: given the usual one, it returns that one changed, or undefined to leave it at that.
   * `answerOf(kind)` of `@boltline/core/web` makes others.
   */
  readonly map?: ((error: unknown, usual: HttpAnswer) => HttpAnswer | undefined) | undefined
}

/** What the filter catches: errors of the driver and of this package, also those of another copy of them. */
abstract class BoltlineError {
  static [Symbol.hasInstance](value: unknown): boolean {
    return isNeo4jError(value) || isDriverError(value)
  }
}

/** Nobody provides it: Nest makes the filter without options, and those who want some make it themselves. */
const NO_OPTIONS = Symbol('options of BoltlineExceptionFilter')

const KEYS = ['map', 'clientCredentials', 'clientUser', 'clientDatabase'] as const

/**
 * Turns errors of the database into answers: 409 for violated constraints, 503 with `Retry-After` for what may pass, 504 for
 * timeouts, 400 only for what the caller has caused, 500 for the rest. For HTTP (Express and Fastify) problem details
 * (RFC 9457), for GraphQL an error with `extensions`, for microservices and WebSockets the usual error objects with `code`.
 *
 * @example
 * ```ts
 * app.useGlobalFilters(new BoltlineExceptionFilter())
 * // or, in a module
 * providers: [{ provide: APP_FILTER, useClass: BoltlineExceptionFilter }]
 * ```
 */
@Catch(BoltlineError)
export class BoltlineExceptionFilter implements ExceptionFilter {
  readonly #options: BoltlineExceptionFilterOptions
  readonly #logger = new Logger('BoltlineExceptionFilter')

  constructor(@Optional() @Inject(NO_OPTIONS) options?: BoltlineExceptionFilterOptions) {
    const { map, ...answer } = checkedOptions(options, KEYS, 'BoltlineExceptionFilter')
    this.#options = { map: callback('map', map), ...(answer as HttpAnswerOptions) }
  }

  /** Called by Nest. */
  catch(error: unknown, host: ArgumentsHost): unknown {
    const answer = this.#answer(error)
    this.#log(error, answer)
    switch (host.getType<string>()) {
      case 'graphql':
        return graphqlError(answer)
      case 'rpc':
        return rpcError(answer)
      case 'ws':
        return sendToSocket(host.switchToWs().getClient(), answer)
      default:
        return sendResponse(host.switchToHttp().getResponse(), answer)
    }
  }

  #answer(error: unknown): HttpAnswer {
    const { map, ...options } = this.#options
    const usual =
      error instanceof ShuttingDownError
        ? answerOf('database-unavailable')
        : (httpAnswer(error, options) ?? answerOf('internal-error'))
    return map?.(error, usual) ?? usual
  }

  #log(error: unknown, { status, kind }: HttpAnswer): void {
    const { name, code, stack } = error as { readonly name: string; readonly code?: unknown; readonly stack?: string }
    const line = `${name}${typeof code === 'string' ? ` (${code})` : ''} was answered with ${status} (${kind})`
    if (status < 500) return this.#logger.debug(line)
    if (status === 500) return this.#logger.error(line, stack)
    this.#logger.warn(line)
  }
}

/** What Express and Fastify have in common. */
interface Response {
  readonly headersSent?: boolean
  readonly sent?: boolean
  status(code: number): Response
  header(name: string, value: string): unknown
  send(body: string): unknown
  end?(): unknown
}

function sendResponse(response: Response, { status, headers, body }: HttpAnswer): void {
  // Too late to say anything; the client sees an answer that is cut off.
  if (response.headersSent === true || response.sent === true) {
    response.end?.()
    return
  }
  response.status(status)
  for (const [name, value] of Object.entries(headers)) response.header(name, value)
  response.send(JSON.stringify(body))
}

/** GraphQL servers take over the `extensions` of what a resolver fails with. */
function graphqlError({ status, retryAfter, body }: HttpAnswer): Error {
  const { code, detail } = body
  return Object.assign(new Error(detail), {
    extensions: {
      code: code.toUpperCase().replaceAll('-', '_'),
      http: { status },
      ...(retryAfter !== null && { retryAfter }),
    },
    // The stack leads into the filter and helps nobody.
    stack: undefined,
  })
}

interface Failure {
  readonly status: 'error'
  readonly code: string
  readonly message: string
  readonly retryAfter?: number
}

function failureOf({ retryAfter, body: { code, detail } }: HttpAnswer): Failure {
  return { status: 'error', code, message: detail, ...(retryAfter !== null && { retryAfter }) }
}

function rpcError(answer: HttpAnswer): Observable<never> {
  return throwError(() => failureOf(answer))
}

/** A client of socket.io, or a socket of `ws`, whose `emit` would stay on this side. */
interface Socket {
  readonly readyState?: number
  emit(event: string, data: unknown): unknown
  send(text: string): unknown
}

function sendToSocket(client: Socket, answer: HttpAnswer): void {
  const failure = failureOf(answer)
  if (typeof client.readyState === 'number') client.send(JSON.stringify({ event: 'exception', data: failure }))
  else client.emit('exception', failure)
}
