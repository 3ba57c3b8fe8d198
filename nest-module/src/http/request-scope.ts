/**
 * The async context of an HTTP request: its bookmarks, its route, and one signal for all of its work, which aborts when the
 * client disconnects.
 *
 * `finish` on the response means that it is complete; `close` without `finish` means that the client disconnected.
 * (`writableFinished` can't tell: it is also true for a response that was ended on a closed connection.)
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
  /** The bookmarks of the request, by connection. */
  readonly bookmarks = new Map<object, RequestBookmarks>()
  /** The platform's request, when that holds the route. */
  routed: RoutedRequest
  readonly #gone = new AbortController()

  constructor(request: IncomingMessage, response: ServerResponse) {
    this.response = response
    this.routed = request
    // Each query of the request adds a listener, so no limit is right.
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

  /** Aborts with {@link ClientGone} when the client disconnects before the response is complete. */
  get signal(): AbortSignal {
    return this.#gone.signal
  }

  /** Method and route. */
  get name(): string {
    const { method, route }: AnsweredRequest = answeredRequest(this.routed)
    return `${method} ${route}`
  }

  /** Destroys the connection, so that the client does not take a partial response for a complete one. */
  cut(): void {
    if (!this.response.writableEnded) this.response.destroy()
  }
}

const logger = new Logger('BoltlineRequest')

/** The request that the running code serves, and whether a disconnect of the client aborts the code. */
interface Serving {
  readonly scope: RequestScope
  readonly tied: boolean
}

const serving = new AsyncLocalStorage<Serving>()
const scopes = new WeakMap<IncomingMessage, RequestScope>()

/** The scope of a request; created on first use. */
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

/** The request that the running code serves, when a disconnect of its client aborts the code. */
export function tiedRequest(): RequestScope | undefined {
  const store = serving.getStore()
  return store?.tied === true ? store.scope : undefined
}

/** Runs `fn` as a part of serving a request. */
export function inRequest<T>(scope: RequestScope, fn: () => T): T {
  return serving.getStore()?.scope === scope ? fn() : serving.run({ scope, tied: true }, fn)
}

/** Runs `fn` unaffected by a disconnect of the client, for example hooks after a commit. */
export function untied<T>(fn: () => T): T {
  const store = serving.getStore()
  return store === undefined ? fn() : serving.run({ scope: store.scope, tied: false }, fn)
}

/** A middleware for every platform of Nest: middleware always gets Node's own request and response. */
export function requestMiddleware(request: IncomingMessage, response: ServerResponse, next: () => void): void {
  inRequest(requestScope(request, response), next)
}

/** A request and its response as Fastify wraps them. */
interface FastifyCall extends RoutedRequest {
  readonly raw: IncomingMessage
}

/** The part of a Fastify instance that is used. */
interface FastifyInstance {
  addHook(
    name: 'preHandler',
    hook: (request: FastifyCall, reply: { readonly raw: ServerResponse }, done: () => void) => void,
  ): unknown
}

const hooked = new WeakSet<FastifyInstance>()

/**
 * Adds a Fastify hook, once for each instance. The hook runs for routes that Nest's middleware misses, such as those of
 * plugins, and knows the pattern of the route.
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

/** The scope of the HTTP request that a handler or resolver is called for; undefined when there is none. */
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
