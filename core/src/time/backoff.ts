/** Settings of a {@link Backoff}. */
export interface BackoffOptions {
  /** The first pause in ms. Default: 1000. */
  readonly initial?: number
  /** The factor from each pause to the next. Default: 2. */
  readonly multiplier?: number
  /** How far a pause may deviate from its nominal length, as a fraction. Default: 0.2, that is ±20 %. */
  readonly jitter?: number
  /** The source of random numbers in [0, 1). Default: `Math.random`. */
  readonly random?: () => number
}

/** The pauses between attempts, an endless sequence: exponential, with jitter so that many clients do not retry at the same time. */
export class Backoff implements IterableIterator<number, never> {
  #nominal: number
  readonly #multiplier: number
  readonly #jitter: number
  readonly #random: () => number

  constructor(options: BackoffOptions = {}) {
    this.#nominal = options.initial ?? 1000
    this.#multiplier = options.multiplier ?? 2
    this.#jitter = options.jitter ?? 0.2
    this.#random = options.random ?? Math.random
  }

  /** The next pause in ms. */
  nextDelay(): number {
    const stray = this.#nominal * this.#jitter
    const delay = this.#nominal - stray + 2 * stray * this.#random()
    this.#nominal *= this.#multiplier
    return delay
  }

  next(): IteratorYieldResult<number> {
    return { done: false, value: this.nextDelay() }
  }

  [Symbol.iterator](): this {
    return this
  }
}
