/**
 * HTTP requests while they are served: what code that runs for a request may know of it without being handed it. Whether its
 * client is still there is one signal for all work of the request; the work of a client that has left is aborted with it.
 *
 * The response's `finish` says that the answer is complete, `close` without it that the client has left. (`writableFinished`
 * says it as well of an answer that was ended on a closed connection.)
 */

import { AsyncLocalStorage } from 'node:async_hooks'
import { setMaxListeners } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AnsweredRequest, RequestBookmarks } from '@boltline/core/web'
import { type ExecutionContext, Logger } from '@nestjs/common'
import { ClientGone } from '../errors.ts'
import { answeredRequest, type RoutedRequest } from './answered-call.ts'
import { type PlatformResponse, rawOf } from './responses.ts'

export class RequestScope {
  readonly response: ServerResponse
  /** What the request has seen of the database, by connection. */
  readonly bookmarks = new Map<object, RequestBookmarks>()
  /** Has the route: the request of the platform, where the platform keeps it there. */
  routed: RoutedRequest
  readonly #gone = new AbortController()

  constructor(request: IncomingMessage, response: ServerResponse) {
    this.response = response
    this.routed = request
    // Every query of the request listens.
    setMaxListeners(0, this.#gone.signal)
    let complete = false
    const closed = () => {
      if (complete) return
      logger.debug(`${this.name}: the client has left before its answer was complete`)
      this.#gone.abort(new ClientGone())
    }
    response.once('finish', () => {
      complete = true
    })
    if (response.destroyed && !response.writableFinished) closed()
    else response.once('close', closed)
  }

  /** Aborts with {@link ClientGone} when the client leaves before its answer is complete. */
  get signal(): AbortSignal {
    return this.#gone.signal
  }

  /** Method and route. */
  get name(): string {
    const { method, route }: AnsweredRequest = answeredRequest(this.routed)
    return `${method} ${route}`
  }

  /** Cuts the answer off, so that its client doesn't take what it has got for all of it. */
  cut(): void {
    if (!this.response.writableEnded) this.response.destroy()
  }
}

const logger = new Logger('BoltlineRequest')

/** The request that the running code serves, and whether the code is tied to its client. */
interface Serving {
  readonly scope: RequestScope
  readonly tied: boolean
}

const serving = new AsyncLocalStorage<Serving>()
const scopes = new WeakMap<IncomingMessage, RequestScope>()

/** The scope of a request, which begins when it is asked for the first time. */
export function requestScope(request: IncomingMessage, response: ServerResponse): RequestScope {
  let scope = scopes.get(request)
  if (scope === undefined) {
    scope = new RequestScope(request, response)
    scopes.set(request, scope)
  }
  return scope
}

/** The request that the running code serves; undefined outside of requests. */
export function currentRequest(): RequestScope | undefined {
  return serving.getStore()?.scope
}

/** The request that the running code serves, where its work ends with the client's leaving. */
export function tiedRequest(): RequestScope | undefined {
  const store = serving.getStore()
  return store?.tied === true ? store.scope : undefined
}

/** Runs `fn` as a part of serving a request. */
export function inRequest<T>(scope: RequestScope, fn: () => T): T {
  return serving.getStore()?.scope === scope ? fn() : serving.run({ scope, tied: true }, fn)
}

/** Runs `fn` to its end although the client may leave, for example what follows a commit. */
export function untied<T>(fn: () => T): T {
  const store = serving.getStore()
  return store === undefined ? fn() : serving.run({ scope: store.scope, tied: false }, fn)
}

/** A middleware for every platform of Nest: all of them hand Node's own request and response to middleware. */
export function requestMiddleware(request: IncomingMessage, response: ServerResponse, next: () => void): void {
  inRequest(requestScope(request, response), next)
}

/** A request and its response as Fastify wraps them. */
interface FastifyCall extends RoutedRequest {
  readonly raw: IncomingMessage
}

/** What is used of a Fastify instance. */
interface FastifyInstance {
  addHook(
    name: 'preHandler',
    hook: (request: FastifyCall, reply: { readonly raw: ServerResponse }, done: () => void) => void,
  ): unknown
}

const hooked = new WeakSet<FastifyInstance>()

/**
 * A hook of Fastify reaches routes that Nest's middleware does not, such as those of plugins, and learns the pattern of the route.
 * Does that once for each instance.
 */
export function hookFastify(instance: FastifyInstance): void {
  if (hooked.has(instance)) return
  hooked.add(instance)
  instance.addHook('preHandler', (request, reply, done) => {
    const scope = requestScope(request.raw, reply.raw)
    scope.routed = request
    inRequest(scope, done)
  })
}

/** A request as GraphQL servers put it into their context. */
interface GraphqlRequest extends IncomingMessage {
  readonly raw?: IncomingMessage
  /** Express. */
  readonly res?: ServerResponse
}

/** The scope of the HTTP request that a handler or resolver is called for; undefined where there is none. */
export function scopeOfContext(context: ExecutionContext): RequestScope | undefined {
  switch (context.getType<string>()) {
    case 'http': {
      const http = context.switchToHttp()
      const request = http.getRequest<IncomingMessage & { readonly raw?: IncomingMessage }>()
      return requestScope(request.raw ?? request, rawOf(http.getResponse<PlatformResponse>()))
    }
    case 'graphql': {
      const { req, res } = context.getArgByIndex<{ readonly req?: GraphqlRequest; readonly res?: PlatformResponse }>(2)
      const raw = req?.raw ?? req
      if (raw === undefined) return currentRequest()
      const response = res === undefined ? req?.res : rawOf(res)
      return scopes.get(raw) ?? (response === undefined ? undefined : requestScope(raw, response))
    }
    default:
      return currentRequest()
  }
}
