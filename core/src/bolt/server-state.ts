/** The state that a server has for a connection, followed from its answers: what RESET would have to clear. */

import { signatures } from './requests.ts'
import type { Metadata } from './responses.ts'

export class ServerState {
  /** The last FAILURE since the last RESET. */
  failure: Error | null = null
  transactionOpen = false
  /** Whether the server may close the connection or have lost count of requests: it must not be used again. */
  spent = false
  #streamsOpen = 0

  /** Whether the next request finds no failure, open transaction or open result. */
  get clean(): boolean {
    return this.failure === null && !this.transactionOpen && this.#streamsOpen === 0
  }

  /** A request was answered with SUCCESS. */
  succeeded(request: number, metadata: Metadata): void {
    switch (request) {
      case signatures.run:
        this.#streamsOpen++
        break
      case signatures.pull:
      case signatures.discard:
        if (metadata['has_more'] !== true) this.#streamsOpen--
        break
      case signatures.commit:
      case signatures.rollback:
        this.transactionOpen = false
        this.#streamsOpen = 0
        break
      case signatures.reset:
        this.failure = null
        this.transactionOpen = false
        this.#streamsOpen = 0
    }
  }
}
