/**
 * Handlers for the answers to a request. Each gets its records, then exactly one call of `success` or `refused`, in the order of
 * the requests.
 */

import { DriverError } from '../errors/index.ts'
import type { IntegerMode } from '../values/integer.ts'

export type Metadata = Record<string, unknown>

/**
 * Why a request did not succeed: the server answered FAILURE, it answered IGNORED, or the connection ended first.
 */
export type Refusal = 'failure' | 'ignored' | 'lost'

/** Thrown by a handler for a message that the protocol doesn't allow here. The connection adds the name of the request. */
export class OutOfPlace extends Error {}

export interface ResponseHandler {
  /** The JavaScript type of INTEGERs in the records of this response. */
  readonly integers: IntegerMode
  /** RECORD. A value that can't be represented is a `BrokenField` in its place. */
  record(fields: unknown[]): void
  /** SUCCESS. */
  success(metadata: Metadata): void
  /**
   * Called before records are decoded if the received bytes end in a SUCCESS with `has_more`: the handler may request the next
   * records now, so that the server sends them meanwhile. Not called for every such SUCCESS.
   */
  moreToAskFor?(): void
  /**
   * The request did not succeed. For `ignored`, `error` is the failure of an earlier request, or null if the server ignored the
   * request because of a RESET.
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

/** For LOGOFF and GOODBYE, whose answers need no handling. */
export class QuietHandler extends SummaryHandler {
  success(): void {
    // The answer holds nothing that the driver uses.
  }

  refused(): void {
    // The server refuses the next request too, whose handler reports the error.
  }
}

/** How a request ended. */
export type Outcome =
  | { readonly metadata: Metadata; readonly how: 'success' }
  | { readonly how: Refusal; readonly error: Error }

/** Gives the answer to a request as a promise that never rejects: it fulfils with the metadata or with the error. */
export class Reply extends SummaryHandler {
  readonly outcome: Promise<Outcome>
  #settle!: (outcome: Outcome) => void

  constructor() {
    super()
    this.outcome = new Promise((resolve) => {
      this.#settle = resolve
    })
  }

  /** The metadata of SUCCESS; rejects if the request did not succeed. */
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

  /** Settles the outcome with `error`; a later answer is ignored. */
  giveUp(error: Error): void {
    this.#settle({ how: 'lost', error })
  }
}

/** The error of a request that the server ignored because the driver was resetting the connection. */
export function passedOver(): DriverError {
  return new DriverError('The server ignored the request because the driver had reset the connection meanwhile')
}
