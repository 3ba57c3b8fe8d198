/** Wrappers for route handlers: promise support for Express 4, and a route in one transaction. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ManagedTransaction, ManagedTransactionConfig } from '@boltline/core'
import type { BoltlineContext } from './context.ts'

/** Express's `next` function. */
export type Next = (error?: unknown) => void

/** Any route handler. Its parameter types are kept as the route declares them. */
export type Handler = (request: never, response: never, next: never) => unknown

/** Passes a rejection to `next`. Express 5 does this itself; Express 4 does not. */
export function wrapHandler<H extends Handler>(handler: H): H {
  const wrapped = async (request: never, response: never, next: Next): Promise<void> => {
    try {
      await handler(request, response, next as never)
    } catch (error) {
      next(error)
    }
  }
  // The wrapper takes the same parameters; Express ignores the different return type.
  return wrapped as unknown as H
}

/** A response with Express's `json` method. */
export type JsonResponse = ServerResponse & { json(body: unknown): unknown }

/** Runs a handler in one write transaction and sends its return value after the commit. */
export function transactionalHandler<Req extends IncomingMessage, Res extends JsonResponse>(
  contextOf: (request: Req) => BoltlineContext,
  work: (tx: ManagedTransaction, request: Req, response: Res) => unknown,
  options: ManagedTransactionConfig | null | undefined,
): (request: Req, response: Res, next: Next) => void {
  return wrapHandler(async (request: Req, response: Res, _next: Next) => {
    const value = await contextOf(request).write(async (tx) => {
      const given = await work(tx, request, response)
      if (!response.headersSent) return given
      throw new Error(
        'A transactional handler has answered before its transaction was committed, so it is rolled back. Return the response body instead of sending it',
      )
    }, options)
    if (value !== undefined) return response.json(value)
    if (response.statusCode === 200) response.statusCode = 204
    return response.end()
  })
}
