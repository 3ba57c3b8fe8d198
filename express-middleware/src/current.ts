/** Gives the current request's context to code that has no access to `req`. */

import { AsyncLocalStorage } from 'node:async_hooks'
import type { BoltlineContext } from './context.ts'

const storage = new AsyncLocalStorage<BoltlineContext>()

/** Runs a function with the request's context as the current one. */
export function inContext<T>(context: BoltlineContext, run: () => T): T {
  return storage.run(context, run)
}

/**
 * Returns the `req.neo4j` of the current request, for services and repositories that have no `req`.
 *
 * @throws Error outside a request, if the middleware has not run, or if `asyncContext` is false
 */
export function boltlineContext(): BoltlineContext {
  const context = storage.getStore()
  if (context !== undefined) return context
  throw new Error(
    'boltlineContext() was called outside of a request. Call it from a route handler or code that it calls, after app.use(boltline(driver)); ' +
      'libraries that lose the asynchronous context (some parsers and pools) need AsyncResource.bind, or hand over req.neo4j itself',
  )
}
