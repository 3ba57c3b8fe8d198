/**
 * Answers calls of every transport that an error of the database has ended. The usual answer is core's, the same for every web
 * framework; Cypher, values, addresses and stacks go to the log alone.
 */

import { validateHeaderName, validateHeaderValue } from 'node:http'
import { ConfigurationError, isDriverError, isNeo4jError } from '@boltline/core'
import { callback, checkedOptions, choice, found, isGiven } from '@boltline/core/options'
import { answerOf, type HttpAnswer, type HttpAnswerOptions, httpAnswer } from '@boltline/core/web'
import {
  type ArgumentsHost,
  Catch,
  type ExceptionFilter,
  type FactoryProvider,
  Inject,
  type InjectionToken,
  Logger,
  Optional,
  type OptionalFactoryDependency,
  type Provider,
} from '@nestjs/common'
import { APP_FILTER } from '@nestjs/core'
import { from, isObservable, mergeMap, type Observable, throwError } from 'rxjs'
import { ClientGone, ShuttingDownError } from '../errors.ts'
import { nameOfCall } from './answered-call.ts'
import { type AnswerToSend, graphqlError, rpcError, sendResponse, sendToSocket } from './answers.ts'
import { notesOf } from './error-notes.ts'
import { hasLeft, type PlatformResponse } from './responses.ts'

/** An answer of the application's own. What it leaves out is taken from the usual answer. */
export interface MappedAnswer {
  /** The HTTP status, 200 to 599. */
  readonly status?: number | undefined
  /**
   * The headers. Default: those of the usual answer; where `body` is given, `content-type` is `application/json`, and
   * `text/plain; charset=utf-8` for a string.
   */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /**
   * The body: a string is sent as it is, null is none, everything else is sent as JSON. GraphQL errors get the properties of an
   * object as `extensions`; microservices and WebSockets send the body in place of the usual error object.
   */
  readonly body?: unknown
}

/** Chooses the answer to an error; see {@link BoltlineExceptionFilterOptions.map}. */
export type AnswerMapper = (
  error: unknown,
  usual: HttpAnswer,
  host: ArgumentsHost,
) => MappedAnswer | null | undefined | Promise<MappedAnswer | null | undefined>

/** The settings of {@link BoltlineExceptionFilter}. */
export interface BoltlineExceptionFilterOptions extends HttpAnswerOptions {
  /**
   * Gives answers of the application's own: any status, any headers, any body. Called with the error, the usual answer and the
   * call (`ArgumentsHost`); returns the answer, or nothing for the usual one. May be async. When it throws, rejects or returns
   * what is no answer, that is logged and the usual answer is sent.
   *
   * @example
   * ```ts
   * map: (error) =>
   *   error instanceof ConstraintError
   *     ? { status: 422, body: { errors: Object.fromEntries((error.properties ?? []).map((name) => [name, ['is taken']])) } }
   *     : undefined
   * ```
   */
  readonly map?: AnswerMapper | undefined
  /** At which level answers with a status below 500 are logged. Default: `'warn'`. */
  readonly clientErrorLevel?: 'warn' | 'debug' | undefined
}

/** What the filter catches: errors of the driver and of this package, also those of another copy of them. */
abstract class BoltlineError {
  static [Symbol.hasInstance](value: unknown): boolean {
    return isNeo4jError(value) || isDriverError(value) || value instanceof ClientGone
  }
}

/** No module provides it: Nest makes the filter without options. `provideBoltlineExceptionFilter` passes some. */
const NO_OPTIONS = Symbol('options of BoltlineExceptionFilter')

const KEYS = [
  'map',
  'clientErrorLevel',
  'clientCredentials',
  'clientUser',
  'clientDatabase',
] as const satisfies readonly (keyof BoltlineExceptionFilterOptions)[]

/**
 * Turns errors of the database into answers: 409 for violated constraints, 503 with `Retry-After` for what may pass, 504 for
 * timeouts, 500 for what is the service's own fault. For HTTP (Express and Fastify) problem details (RFC 9457), for GraphQL an
 * error with `extensions`, for microservices and WebSockets the usual error objects with `code`.
 *
 * Each answer is logged with method, route, code and message: 500 to 599 at level error, others at `clientErrorLevel`. The text
 * of the query follows at level debug, its parameters never. Where the head of an answer has left already, the connection is
 * destroyed, so that half an answer never looks complete.
 *
 * @example
 * ```ts
 * app.useGlobalFilters(new BoltlineExceptionFilter())
 * // or, in a module
 * providers: [{ provide: APP_FILTER, useClass: BoltlineExceptionFilter }]
 * // or, with options
 * providers: [provideBoltlineExceptionFilter({ map: (error, usual) => ({ status: usual.status, body: { oops: true } }) })]
 * ```
 */
@Catch(BoltlineError)
export class BoltlineExceptionFilter implements ExceptionFilter {
  readonly #map: AnswerMapper | undefined
  readonly #answers: HttpAnswerOptions
  readonly #clientErrorLevel: 'warn' | 'debug'
  readonly #logger = new Logger('BoltlineExceptionFilter')

  /** @throws ConfigurationError for an unknown option, and for a value of the wrong type */
  constructor(@Optional() @Inject(NO_OPTIONS) options?: BoltlineExceptionFilterOptions) {
    const { map, clientErrorLevel, ...answers } = checkedOptions(options, KEYS, 'BoltlineExceptionFilter')
    this.#map = callback('map', map)
    this.#clientErrorLevel = choice('clientErrorLevel', clientErrorLevel, ['warn', 'debug'] as const, 'warn')
    this.#answers = answers as HttpAnswerOptions
  }

  /** Called by Nest. */
  catch(error: unknown, host: ArgumentsHost): unknown {
    const type = host.getType<string>()
    if (type === 'http') {
      const response = host.switchToHttp().getResponse<PlatformResponse>()
      // The client has left; the scope of its request has logged that.
      if (hasLeft(response)) return
      return this.#answered(error, host, (answer) => sendResponse(response, answer))
    }
    // The client that would get this error has left as well.
    if (error instanceof ClientGone) return type === 'rpc' ? throwError(() => error) : error
    if (type === 'graphql') return this.#answered(error, host, graphqlError)
    if (type === 'rpc') return this.#rpc(error, host)
    return this.#answered(error, host, (answer) => sendToSocket(host.switchToWs().getClient(), answer))
  }

  #rpc(error: unknown, host: ArgumentsHost): Observable<never> {
    const failing = this.#answered(error, host, rpcError)
    return isObservable(failing) ? failing : from(failing).pipe(mergeMap((answer) => answer))
  }

  /** Chooses and logs the answer, then sends it. Gives a promise only where `map` is async, and never one that rejects. */
  #answered<T>(error: unknown, host: ArgumentsHost, send: (answer: AnswerToSend) => T): T | Promise<T> {
    const usual = this.#usual(error)
    const plain: AnswerToSend = { ...usual, usual, replaced: false }
    const sent = (answer: AnswerToSend): T => {
      this.#log(error, host, answer)
      try {
        return send(answer)
      } catch (failure) {
        // For example a body that is no JSON.
        if (answer === plain) throw failure
        this.#mapFailed(failure)
        return send(plain)
      }
    }
    const mapped = this.#mapped(error, plain, host)
    return mapped instanceof Promise ? mapped.then(sent) : sent(mapped)
  }

  /** What `map` makes of the answer; the usual one where it fails. */
  #mapped(error: unknown, plain: AnswerToSend, host: ArgumentsHost): AnswerToSend | Promise<AnswerToSend> {
    const failed = (failure: unknown): AnswerToSend => {
      this.#mapFailed(failure)
      return plain
    }
    try {
      const mapped: unknown = this.#map?.(error, plain.usual, host)
      if (typeof (mapped as PromiseLike<unknown> | undefined)?.then !== 'function') return merged(plain, mapped)
      return Promise.resolve(mapped)
        .then((answer) => merged(plain, answer))
        .catch(failed)
    } catch (failure) {
      return failed(failure)
    }
  }

  #usual(error: unknown): HttpAnswer {
    if (error instanceof ShuttingDownError) return answerOf('database-unavailable')
    const { databaseOfContext, userOfContext } = notesOf(error)
    const options = this.#answers
    const chosen = {
      ...options,
      clientDatabase: options.clientDatabase ?? databaseOfContext,
      clientUser: options.clientUser ?? userOfContext,
    }
    return httpAnswer(error, chosen) ?? answerOf('internal-error')
  }

  #mapFailed(failure: unknown): void {
    const text = failure instanceof Error ? (failure.stack ?? String(failure)) : String(failure)
    this.#logger.error('map of BoltlineExceptionFilter failed, so the usual answer is sent', text)
  }

  #log(error: unknown, host: ArgumentsHost, { status, usual }: AnswerToSend): void {
    const { name, code, message, stack } = error as Error & { readonly code?: unknown }
    const what = `${name}${typeof code === 'string' ? ` (${code})` : ''}`
    const line = `${nameOfCall(host)} was answered with ${status} (${usual.kind}): ${what}: ${oneLine(message)}`
    if (status < 500) this.#logger[this.#clientErrorLevel](line)
    else if (status === 500) this.#logger.error(line, framesOf(stack))
    else this.#logger.error(line)
    const { query } = notesOf(error)
    if (query !== undefined) this.#logger.debug(`${nameOfCall(host)}: the query was: ${oneLine(query)}`)
  }
}

/** The usual answer with what `map` returned in its place. @throws ConfigurationError for what is no answer */
function merged(plain: AnswerToSend, mapped: unknown): AnswerToSend {
  if (!isGiven(mapped)) return plain
  if (typeof mapped !== 'object' || Array.isArray(mapped)) {
    throw new ConfigurationError(`map must return { status, headers, body } or nothing, found ${found(mapped)}`)
  }
  const { status = plain.status, headers, body = plain.body } = mapped as MappedAnswer
  if (!Number.isInteger(status) || status < 200 || status > 599) {
    throw new ConfigurationError(`map must return a status from 200 to 599, found ${found(status)}`)
  }
  // Before anything is sent: Fastify meets a header that can't be sent when its answer is half made.
  for (const [name, value] of Object.entries(headers ?? {})) {
    validateHeaderName(name)
    validateHeaderValue(name, value)
  }
  const replaced = body !== plain.body
  return { ...plain, status, headers: headers ?? headersOf(plain, status, body), body, replaced }
}

/** The usual headers, with the type of the body that is sent and no advice that belongs to another status. */
function headersOf(plain: AnswerToSend, status: number, body: unknown): Readonly<Record<string, string>> {
  const type = typeof body === 'string' ? 'text/plain; charset=utf-8' : 'application/json'
  const usual = status === plain.status ? plain.headers : { 'content-type': plain.headers['content-type'] as string }
  return body === plain.body ? usual : { ...usual, 'content-type': type }
}

/** Line breaks and other control characters of a server must not forge lines of the log. */
function oneLine(text: string): string {
  return text.replaceAll(CONTROL, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\0-\x1f\x7f-\x9f\u2028\u2029]/g

/** The frames of a stack; the message before them is in the line already. */
function framesOf(stack: string | undefined): string | undefined {
  return stack
    ?.split('\n')
    .filter((line) => /^\s+at /.test(line))
    .join('\n')
}

/** How to make the options of the filter, where they need something injected. */
export interface BoltlineExceptionFilterFactory {
  readonly inject?: readonly (InjectionToken | OptionalFactoryDependency)[] | undefined
  // biome-ignore lint/suspicious/noExplicitAny: what is injected is typed by the function that takes it
  readonly useFactory: (...injected: any[]) => BoltlineExceptionFilterOptions | Promise<BoltlineExceptionFilterOptions>
}

/**
 * {@link BoltlineExceptionFilter} for all of an application, as an `APP_FILTER` with options.
 *
 * @throws ConfigurationError for unknown options, at the start of the application where they come from a factory
 *
 * @example
 * ```ts
 * providers: [provideBoltlineExceptionFilter({ clientErrorLevel: 'debug' })]
 * providers: [provideBoltlineExceptionFilter({ inject: [Messages], useFactory: (messages: Messages) => ({ map: messages.map }) })]
 * ```
 */
export function provideBoltlineExceptionFilter(
  options?: BoltlineExceptionFilterOptions | BoltlineExceptionFilterFactory,
): Provider {
  if (options === undefined || !('useFactory' in options)) {
    return { provide: APP_FILTER, useValue: new BoltlineExceptionFilter(options) }
  }
  const { inject = [], useFactory } = options
  const provider: FactoryProvider = {
    provide: APP_FILTER,
    inject: [...inject],
    useFactory: async (...injected) => new BoltlineExceptionFilter(await useFactory(...injected)),
  }
  return provider
}
