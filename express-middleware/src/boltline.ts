/** The middleware, and what an application gets along with it. */

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

/** The middleware: `app.use` it before the routes that use `req.neo4j`, and behind what tells who the user is. */
export interface Boltline {
  (request: IncomingMessage, response: ServerResponse, next: Next): void

  /**
   * An error handler that answers for the driver's errors: the right status, `Retry-After` where another try makes sense, a body
   * in the form of RFC 9457, and nothing about queries, values, addresses and stacks. Other errors go on to the next handler.
   * `app.use` it last, or behind the handlers of a router or of a single route, for options that apply there. An answer of which
   * a part has left is cut off.
   *
   * @throws ConfigurationError for options that are wrong
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

  /** Hands the errors of an asynchronous handler to Express 4; Express 5 needs no such help, and takes no harm. */
  wrap<H extends Handler>(handler: H): H

  /**
   * Runs a handler in one write transaction, and answers, as JSON, with what it gives, once that is committed; with 204 where it
   * gives nothing. It must be safe to repeat, and must not answer by itself; it may set status and headers.
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

  /** A handler that answers 200 as long as the process answers at all. It never asks the database. */
  livez(): HealthHandler

  /**
   * A handler that answers 200 or 503, depending on whether the database can be used, with details as `application/health+json`:
   * `pass`, `fail`, or `warn` with `degraded` where reads work and writes don't.
   */
  readyz(options?: ReadyzOptions | null): HealthHandler

  /** What has been counted since the middleware was made. */
  metrics(): BoltlineMetrics

  /**
   * Says goodbye: from now on `readyz()` answers 503. Fulfilled when the requests under way have let go of the database, at the
   * latest after `timeout` ms (default: 10 000). The driver stays open: the application closes it afterwards.
   */
  close(options?: { readonly timeout?: number | null | undefined } | null): Promise<void>
}

/**
 * Makes the middleware. It does no input or output by itself, and a request that doesn't use `req.neo4j` pays for nothing.
 *
 * @param driver - one for the whole application
 * @throws ConfigurationError for settings that are wrong
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

/** Why `req.neo4j` can't be set: it would be another database all of a sudden for what runs later in the request. */
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
  // A browser would send it again and again.
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
