/** The middleware with its route handlers, error handler, metrics and shutdown. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { ConfigurationError, type Driver, type ManagedTransaction, type ManagedTransactionConfig } from '@boltline/core'
import { checkedOptions, duration, found } from '@boltline/core/options'
import { Application, type BoltlineMetrics } from './application.ts'
import { addTrailer, takesTrailers } from './before-head.ts'
import { bringsToken, forgetCookie, type IncomingBookmarks, readIncoming } from './bookmark-exchange.ts'
import { BoltlineContext, contextOf, isOf, scopeOf } from './context.ts'
import { inContext } from './current.ts'
import { type ErrorHandlerOptions, type ErrorMiddleware, errorMiddleware } from './error-handler.ts'
import { InvalidBookmark } from './errors.ts'
import { type HealthHandler, livezHandler, type ReadyzOptions, readyzHandler } from './health.ts'
import { type Handler, type JsonResponse, type Next, transactionalHandler, wrapHandler } from './route-handlers.ts'
import { type BoltlineOptions, type BoltlineRequest, parseOptions, type Travel } from './settings.ts'

/** The middleware. `app.use` it before the routes that use `req.neo4j`, and after the middleware that authenticates the user. */
export interface Boltline {
  (request: IncomingMessage, response: ServerResponse, next: Next): void

  /**
   * Creates an error handler that responds to the driver's errors: an HTTP status, `Retry-After` if the client may retry, and a
   * problem document (RFC 9457) without queries, values, addresses or stacks. Other errors are passed to the next handler.
   * `app.use` it last, or after the handlers of a router or route whose errors need other options. If part of the response has
   * been sent, the connection is closed.
   *
   * @throws ConfigurationError if an option is unknown or invalid
   *
   * @example
   * ```ts
   * app.use(neo4j.errorHandler({
   *   map: (error, usual) => (usual.kind === 'constraint-violated' ? { status: 422, body: { taken: usual.body.properties } } : usual),
   * }))
   * ```
   */
  errorHandler<Req extends IncomingMessage = BoltlineRequest>(
    options?: ErrorHandlerOptions<Req> | null,
  ): ErrorMiddleware

  /** Passes the rejection of an async handler to `next`. Needed on Express 4; Express 5 does this itself, so there it changes nothing. */
  wrap<H extends Handler>(handler: H): H

  /**
   * Runs a handler in one write transaction. After the commit, sends the handler's return value as JSON, or 204 if it returns
   * undefined. The handler is retried after transient failures, so it must be safe to repeat; it may set status and headers
   * but must not send the response.
   *
   * @example
   * ```ts
   * app.post('/people', api.transactional(async (tx, req, res) => {
   *   await tx.run('CREATE (:Person {name: $name})', { name: req.body.name })
   *   res.status(201)
   *   return { name: req.body.name }
   * }))
   * ```
   */
  transactional<Req extends IncomingMessage, Res extends JsonResponse>(
    work: (tx: ManagedTransaction, request: Req, response: Res) => unknown,
    options?: ManagedTransactionConfig | null,
  ): (request: Req, response: Res, next: Next) => void

  /** Creates a liveness handler: it always answers 200 and never queries the database. */
  livez(): HealthHandler

  /**
   * Creates a readiness handler: it answers 200 if the database is usable and 503 otherwise, with an `application/health+json`
   * body whose status is `pass`, `fail`, or `warn` with `degraded: true` if reads work and writes fail.
   *
   * @throws ConfigurationError if an option is unknown or invalid
   */
  readyz(options?: ReadyzOptions | null): HealthHandler

  /** Returns the current counters and gauges of this middleware. */
  metrics(): BoltlineMetrics

  /**
   * Starts the shutdown: from now on `readyz()` answers 503. Resolves when all active requests have finished their database work,
   * or after `timeout` ms (default: 10 000). Does not close the driver: the application closes it afterwards.
   */
  close(options?: { readonly timeout?: number | null | undefined } | null): Promise<void>
}

/**
 * Creates the middleware. It does no I/O itself: a request that does not use `req.neo4j` opens no session or connection.
 *
 * @param driver - the driver that all requests share
 * @throws ConfigurationError if a setting is unknown or invalid
 *
 * @example
 * ```ts
 * const neo4j = boltline(driver, { bookmarks: { secrets: [process.env.BOOKMARK_SECRET] } })
 * app.use(neo4j)
 * app.get('/people', async (req, res) => {
 *   const { records } = await req.neo4j.query('MATCH (p:Person) RETURN p.name AS name')
 *   res.json(records)
 * })
 * app.get('/readyz', neo4j.readyz())
 * app.use(neo4j.errorHandler())
 * ```
 */
export function boltline<Req extends IncomingMessage = BoltlineRequest>(
  driver: Driver,
  options?: BoltlineOptions<Req> | null,
): Boltline {
  if (typeof (driver as Partial<Driver> | undefined)?.executeQuery !== 'function') {
    throw new ConfigurationError(
      `boltline takes a driver first, found ${found(driver)}. GraphDatabase.driver() makes one`,
    )
  }
  const settings = parseOptions(driver, options)
  const application = new Application(driver, settings)
  const { travel, asyncContext } = settings
  const fixedDatabase = typeof options?.database === 'string' ? options.database : null

  const boltlineMiddleware = (request: IncomingMessage, response: ServerResponse, next: Next): void => {
    const { neo4j } = request as { readonly neo4j?: unknown }
    if (neo4j !== undefined) return next(isOf(neo4j, application) ? undefined : taken(neo4j))
    let incoming: IncomingBookmarks | null = null
    if (travel?.reject && bringsToken(request, travel)) {
      incoming = readIncoming(request, travel, settings.identify(request))
      if (incoming.refused !== null) return reject(application, travel, response, incoming, next)
    }
    const context = contextOf(application, response, incoming)
    ;(request as { neo4j?: BoltlineContext }).neo4j = context
    if (travel !== null && travel.header !== null && takesTrailers(request)) {
      addTrailer(response, travel.header, () => scopeOf(context)?.exchange.untold() ?? null)
    }
    if (asyncContext) inContext(context, next)
    else next()
  }
  const members: Pick<Boltline, keyof Boltline> = {
    errorHandler: (given) => errorMiddleware(application, given),
    wrap: wrapHandler,
    transactional: (work, given) => transactionalHandler(contextIn, work, given),
    livez: livezHandler,
    readyz: (given) => readyzHandler(application, fixedDatabase, given),
    metrics: () => application.metrics,
    close: async (given) => {
      const checked = checkedOptions(given, ['timeout'], 'close')
      await closed(application, duration('timeout', checked.timeout, 10_000))
    },
  }
  return Object.assign(boltlineMiddleware, members)
}

/** The error for a request whose `req.neo4j` is already set. Replacing it would switch later handlers to another database. */
function taken(neo4j: unknown): ConfigurationError {
  return new ConfigurationError(
    neo4j instanceof BoltlineContext
      ? 'Two boltline() middlewares ran for one request, and both would be req.neo4j. Use one for each route, or one for all with database, auth or impersonatedUser as functions of the request'
      : `boltline() can't set req.neo4j: something else has set it before, to ${found(neo4j)}`,
  )
}

function reject(
  application: Application,
  travel: Travel,
  response: ServerResponse,
  { refused, cookieRefused }: IncomingBookmarks,
  next: Next,
): void {
  application.count('refusedTokens')
  // Without this, the browser would send the rejected cookie with every request.
  if (cookieRefused) forgetCookie(response, travel)
  next(new InvalidBookmark(refused ?? 'malformed'))
}

function contextIn(request: IncomingMessage): BoltlineContext {
  const { neo4j } = request as { readonly neo4j?: unknown }
  if (neo4j instanceof BoltlineContext) return neo4j
  throw new Error('There is no req.neo4j: app.use(boltline(driver)) has to come before the route')
}

async function closed(application: Application, timeout: number): Promise<void> {
  application.draining = true
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, Math.min(timeout, 2 ** 31 - 1))
  })
  await Promise.race([application.idle(), late])
  clearTimeout(timer)
}
