/** The context of the request that the running code belongs to, for code that is too far from `req`. */

import { AsyncLocalStorage } from 'node:async_hooks'
import type { BoltlineContext } from './context.ts'

const storage = new AsyncLocalStorage<BoltlineContext>()

/** Runs what belongs to a request. */
export function inContext<T>(context: BoltlineContext, run: () => T): T {
  return storage.run(context, run)
}

/**
 * What `req.neo4j` is, without `req`: for services and repositories.
 *
 * @throws Error outside of a request, where the middleware has not run, and where `asyncContext` is false
 */
export function boltlineContext(): BoltlineContext {
  const context = storage.getStore()
  if (context !== undefined) return context
  throw new Error(
    'boltlineContext() was called outside of a request. Call it in what a route calls, behind app.use(boltline(driver)); ' +
      'libraries that lose the asynchronous context (some parsers and pools) need AsyncResource.bind, or hand over req.neo4j itself',
  )
}
