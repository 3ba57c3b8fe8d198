/** Handlers of routes: for the promises that Express 4 doesn't know, and for a whole route in one transaction. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ManagedTransaction, ManagedTransactionConfig } from '@boltline/core'
import type { BoltlineContext } from './context.ts'

/** What hands a request on, or its error. */
export type Next = (error?: unknown) => void

/** Any handler of a route. Its parameters are left to the route, which knows them. */
export type Handler = (request: never, response: never, next: never) => unknown

/** Hands a rejected promise to `next`, which Express 5 does by itself and Express 4 doesn't. */
export function wrapHandler<H extends Handler>(handler: H): H {
  const wrapped = async (request: never, response: never, next: Next): Promise<void> => {
    try {
      await handler(request, response, next as never)
    } catch (error) {
      next(error)
    }
  }
  // The same parameters, and a result that Express makes nothing of.
  return wrapped as unknown as H
}

/** A response that can send JSON, as that of Express can. */
export type JsonResponse = ServerResponse & { json(body: unknown): unknown }

/** Runs a handler in one write transaction, and answers with what it gives once that is committed. */
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
        'A transactional handler has answered before its transaction was committed, so it is rolled back. Return what is to be answered',
      )
    }, options)
    if (value !== undefined) return response.json(value)
    if (response.statusCode === 200) response.statusCode = 204
    return response.end()
  })
}
