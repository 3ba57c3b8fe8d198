/**
 * Answers calls of every transport that failed with a database error. The default answer comes from core and is the same for
 * every web framework. Answers never contain Cypher, parameter values, addresses or stacks.
 */

import { isDriverError, isNeo4jError } from '@boltline/core'
import { callback, checkedOptions, choice, isThenable } from '@boltline/core/options'
import {
  type AnswerMap,
  answerOf,
  clientErrorLevels,
  failureReport,
  type HttpAnswer,
  type HttpAnswerOptions,
  type HttpReply,
  httpAnswer,
  replyFor,
  type WrittenReply,
} from '@boltline/core/web'
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
import { answeredCall } from './answered-call.ts'
import { type AnswerToSend, graphqlError, rpcError, sendResponse, sendToSocket } from './answers.ts'
import { valuesOfCall } from './client-parameters.ts'
import { notesOf } from './error-notes.ts'
import { hasLeft, type PlatformResponse } from './responses.ts'

/** The settings of {@link BoltlineExceptionFilter}. */
export interface BoltlineExceptionFilterOptions extends Omit<HttpAnswerOptions, 'requestValues'> {
  /**
   * Whether the client chooses the database, so that an unknown one is answered with 404. Default: true when the module's
   * `context` function chose it.
   */
  readonly clientDatabase?: boolean | null | undefined
  /** Whether the impersonated user is the client, so that missing rights mean 403. Default: true when `context` chose the user. */
  readonly clientUser?: boolean | null | undefined
  /**
   * Query parameters that every handler passes unchanged from its caller; `@ClientParameters()` names those of one handler.
   * When the database refuses the value of one of them, the answer is 400. Default: none.
   */
  readonly clientParameters?: readonly string[] | null | undefined
  /**
   * Replaces the default answer: any status, any headers, any body. Called with the error, the default answer and the call
   * (`ArgumentsHost`); returns the answer, or nothing for the default. May be async. When it throws, rejects or returns a value
   * that can't be sent, the filter logs that and sends the default answer.
   *
   * GraphQL errors get the properties of a body as `extensions`; microservices and WebSockets send the body in the place of the
   * usual error object.
   *
   * @example
   * ```ts
   * map: (error) =>
   *   error instanceof ConstraintError
   *     ? { status: 422, body: { errors: Object.fromEntries(error.properties.map((name) => [name, ['is taken']])) } }
   *     : undefined
   * ```
   */
  readonly map?: AnswerMap<ArgumentsHost> | null | undefined
  /** At which level answers with a status below 500 are logged. Default: `'warn'`. */
  readonly clientErrorLevel?: (typeof clientErrorLevels)[number] | null | undefined
}

/** What the filter catches: errors of the driver and of this package, also those of another copy of them. */
abstract class BoltlineError {
  static [Symbol.hasInstance](value: unknown): boolean {
    return isNeo4jError(value) || isDriverError(value) || value instanceof ClientGone
  }
}

/** Optional injection: without a provider, Nest creates the filter without options. */
const NO_OPTIONS = Symbol('options of BoltlineExceptionFilter')

const KEYS = [
  'map',
  'clientErrorLevel',
  'clientCredentials',
  'clientUser',
  'clientDatabase',
  'clientParameters',
] as const satisfies readonly (keyof BoltlineExceptionFilterOptions)[]

/**
 * Turns errors of the database into answers: 409 for violated constraints, 503 with `Retry-After` for transient failures, 504 for
 * timeouts, 500 for faults of the service. For HTTP (Express and Fastify) problem details (RFC 9457), for GraphQL an
 * error with `extensions`, for microservices and WebSockets the usual error objects with `code`.
 *
 * Each answer is logged with method, route, code and message: 500 to 599 at level error, others at `clientErrorLevel`. The text
 * of the query follows at level debug, its parameters never. When the response has begun already, the connection is
 * destroyed, so that a partial response does not look complete.
 *
 * @example
 * ```ts
 * app.useGlobalFilters(new BoltlineExceptionFilter())
 * // or, in a module
 * providers: [{ provide: APP_FILTER, useClass: BoltlineExceptionFilter }]
 * // or, with options
 * providers: [provideBoltlineExceptionFilter({ clientErrorLevel: 'debug' })]
 * ```
 */
@Catch(BoltlineError)
export class BoltlineExceptionFilter implements ExceptionFilter {
  readonly #map: AnswerMap<ArgumentsHost> | undefined
  readonly #answers: HttpAnswerOptions
  readonly #clientErrorLevel: (typeof clientErrorLevels)[number]
  readonly #logger = new Logger('BoltlineExceptionFilter')

  /** @throws ConfigurationError for an unknown option, and for a value of the wrong type */
  constructor(@Optional() @Inject(NO_OPTIONS) options?: BoltlineExceptionFilterOptions | null) {
    const { map, clientErrorLevel, ...answers } = checkedOptions(options, KEYS, 'BoltlineExceptionFilter')
    this.#map = callback('map', map)
    this.#clientErrorLevel = choice('clientErrorLevel', clientErrorLevel, clientErrorLevels, 'warn')
    this.#answers = answers as HttpAnswerOptions
    // Validates the options at construction, not at the first error.
    httpAnswer(null, this.#answers)
  }

  /** Called by Nest. */
  catch(error: unknown, host: ArgumentsHost): unknown {
    const type = host.getType<string>()
    if (type === 'http') {
      const response = host.switchToHttp().getResponse<PlatformResponse>()
      // The client has disconnected; the scope of its request has logged that.
      if (hasLeft(response)) return
      return this.#answered(error, host, (answer) => sendResponse(response, answer))
    }
    // The client has disconnected, so no answer can be sent.
    if (error instanceof ClientGone) return type === 'rpc' ? throwError(() => error) : error
    if (type === 'graphql') return this.#answered(error, host, graphqlError)
    if (type === 'rpc') return this.#rpc(error, host)
    return this.#answered(error, host, (answer) => sendToSocket(host.switchToWs().getClient(), answer))
  }

  #rpc(error: unknown, host: ArgumentsHost): Observable<never> {
    const failing = this.#answered(error, host, rpcError)
    return isObservable(failing) ? failing : from(failing).pipe(mergeMap((answer) => answer))
  }

  /** Chooses and logs the answer, then sends it. Returns a promise only when `map` is async; it never rejects. */
  #answered<T>(error: unknown, host: ArgumentsHost, send: (answer: AnswerToSend) => T): T | Promise<T> {
    const usual = this.#usual(error, host)
    let own: HttpReply | null = null
    const mapped = replyFor(
      error,
      usual,
      this.#keeping((reply) => {
        own = reply
      }),
      host,
      (failure) => {
        own = null
        this.#logger.error('map of BoltlineExceptionFilter failed, so the usual answer is sent', stackOf(failure))
      },
    )
    const sent = (written: WrittenReply): T => {
      this.#log(error, host, written.status, usual)
      return send({ usual, own, written })
    }
    return mapped instanceof Promise ? mapped.then(sent) : sent(mapped)
  }

  /** `map`, with what it returns: transports other than HTTP want the body as it is. */
  #keeping(keep: (reply: HttpReply | null) => void): AnswerMap<ArgumentsHost> | undefined {
    const map = this.#map
    if (map === undefined) return undefined
    const kept = (reply: HttpReply | null | undefined) => {
      keep(reply ?? null)
      return reply
    }
    return (error, usual, host) => {
      const reply = map(error, usual, host)
      return isThenable(reply) ? reply.then(kept) : kept(reply)
    }
  }

  #usual(error: unknown, host: ArgumentsHost): HttpAnswer {
    if (error instanceof ShuttingDownError) return answerOf('database-unavailable')
    const { databaseOfContext, userOfContext, clientParameters = [] } = notesOf(error)
    const options = this.#answers
    const chosen = {
      ...options,
      clientDatabase: options.clientDatabase ?? databaseOfContext,
      clientUser: options.clientUser ?? userOfContext,
      clientParameters: [...(options.clientParameters ?? []), ...clientParameters],
      requestValues: valuesOfCall(host),
    }
    return httpAnswer(error, chosen) ?? answerOf('internal-error')
  }

  #log(error: unknown, host: ArgumentsHost, status: number, { kind }: HttpAnswer): void {
    const call = answeredCall(host)
    const { level, message, query, stack } = failureReport(error, { status, kind }, call, this.#clientErrorLevel)
    if (level === 'error') this.#logger.error(message, ...(stack === null ? [] : [stack]))
    else this.#logger[level](message)
    if (query !== null) this.#logger.debug(`The query of ${call.method} ${call.route} was: ${query}`)
  }
}

function stackOf(failure: unknown): string {
  return failure instanceof Error ? (failure.stack ?? String(failure)) : String(failure)
}

/** A factory of the filter's options with injected arguments. */
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
