/** Errors of the middleware itself. */

import type { TokenRefusal } from '@boltline/core/web'

/**
 * The client closed its connection before the response was finished. It is the abort reason of `req.neo4j.signal`, and the
 * rejection of calls that were aborted by the disconnect. No response can be sent.
 */
export class ClientGone extends Error {
  override readonly name = 'ClientGone'

  constructor() {
    super('The client has closed the connection before the answer was finished')
  }
}

/** The client sent an invalid bookmark token and `onInvalid` is `'reject'`. */
export class InvalidBookmark extends Error {
  override readonly name = 'InvalidBookmark'
  /** The status that Express sends if this package's error handler is not used. */
  readonly status = 400
  /** Why the token was rejected. For logs; not sent to the client. */
  readonly reason: TokenRefusal

  constructor(reason: TokenRefusal) {
    super('The bookmark that was sent is not valid')
    this.reason = reason
  }
}
