/**
 * Who is told about the answers to a request. Exactly one ending is told for each request, in the order of the requests;
 * records come before it.
 */

import { DriverError } from '../errors/index.ts'
import type { IntegerMode } from '../values/integer.ts'

export type Metadata = Record<string, unknown>

/**
 * Why a request has no success: the server said so (FAILURE), passed it over (IGNORED), or the connection ended first.
 */
export type Refusal = 'failure' | 'ignored' | 'lost'

/** Raised by a handler for a message that the protocol doesn't allow at this place. The connection adds to what it was the answer. */
export class OutOfPlace extends Error {}

export interface ResponseHandler {
  /** How the INTEGERs of this response's records come out. */
  readonly integers: IntegerMode
  /** RECORD. A value that can't be represented is a `BrokenField` in its place. */
  record(fields: unknown[]): void
  /** SUCCESS. */
  success(metadata: Metadata): void
  /**
   * The records that are about to be decoded end in a SUCCESS that says there are more: whoever asks for those now has them on
   * their way meanwhile. Not told of every such SUCCESS.
   */
  moreToAskFor?(): void
  /**
   * No success. With `ignored`, `error` is the failure that came before, or null where the server passed the request over
   * because of a RESET.
   */
  refused(how: Refusal, error: Error | null): void
}

/** A handler for requests that are answered without records. */
export abstract class SummaryHandler implements ResponseHandler {
  readonly integers: IntegerMode = 'auto'

  record(): void {
    throw new OutOfPlace('a RECORD, but this request has none')
  }

  abstract success(metadata: Metadata): void
  abstract refused(how: Refusal, error: Error | null): void
}

/** For requests whose failure shows in what follows them. */
export class QuietHandler extends SummaryHandler {
  success(): void {
    // Nothing depends on it.
  }

  refused(): void {
    // The next request is refused as well, and tells why.
  }
}

/** What became of a request. */
export type Outcome =
  | { readonly metadata: Metadata; readonly how: 'success' }
  | { readonly how: Refusal; readonly error: Error }

/** A request whose answer is a promise, which is always fulfilled: with metadata, or with why there is none. */
export class Reply extends SummaryHandler {
  readonly outcome: Promise<Outcome>
  #settle!: (outcome: Outcome) => void

  constructor() {
    super()
    this.outcome = new Promise((resolve) => {
      this.#settle = resolve
    })
  }

  /** The metadata; rejects with why there is none. */
  async metadata(): Promise<Metadata> {
    const outcome = await this.outcome
    if (outcome.how === 'success') return outcome.metadata
    throw outcome.error
  }

  success(metadata: Metadata): void {
    this.#settle({ how: 'success', metadata })
  }

  refused(how: Refusal, error: Error | null): void {
    this.#settle({ how, error: error ?? passedOver() })
  }

  /** Ends the wait for the answer, which is dropped when it comes. */
  giveUp(error: Error): void {
    this.#settle({ how: 'lost', error })
  }
}

/** For a request that the server passed over because this driver was resetting the connection. */
export function passedOver(): DriverError {
  return new DriverError('The server passed over the request because the driver had reset the connection meanwhile')
}
