/**
 * `req.neo4j` for TypeScript. Express's typings, of version 4 and of version 5, make their requests extend this global
 * interface, so nothing of them has to be imported here.
 */

import type { BoltlineContext } from './context.ts'

declare global {
  // biome-ignore lint/style/noNamespace: the typings of Express have put it there
  namespace Express {
    interface Request {
      /** The database as this request sees it; there behind `app.use(boltline(driver))`. */
      neo4j: BoltlineContext
    }
  }
}
