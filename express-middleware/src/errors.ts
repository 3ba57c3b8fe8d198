/** What can happen to a request besides what the driver reports. */

import type { TokenRefusal } from '@boltline/core/web'

/**
 * The client has closed its connection before the answer was finished: the reason of `req.neo4j.signal`, and what calls reject with
 * that were called off because of it. No client is left to answer.
 */
export class ClientGone extends Error {
  override readonly name = 'ClientGone'

  constructor() {
    super('The client has closed the connection before the answer was finished')
  }
}

/** The client has sent a bookmark that is not accepted, and the middleware was told to reject it (`onInvalid: 'reject'`). */
export class InvalidBookmark extends Error {
  override readonly name = 'InvalidBookmark'
  /** What Express answers where the error handler of this package is not in use. */
  readonly status = 400
  /** What is wrong with it; for logs, the client needn't know. */
  readonly reason: TokenRefusal

  constructor(reason: TokenRefusal) {
    super('The bookmark that was sent is not valid')
    this.reason = reason
  }
}
