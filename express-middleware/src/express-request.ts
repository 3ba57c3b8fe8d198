/**
 * Declares `req.neo4j` for TypeScript. The typings of Express 4 and 5 extend this global interface, so this file imports
 * neither.
 */

import type { BoltlineContext } from './context.ts'

declare global {
  // biome-ignore lint/style/noNamespace: the Express typings declare this interface in a namespace
  namespace Express {
    interface Request {
      /** The database as this request sees it. Set by the middleware of `boltline(driver)`. */
      neo4j: BoltlineContext
    }
  }
}
