/**
 * The clock of the package. All code gets instants and timers from it, so that tests (and conformance suites that mock time) can
 * replace time as a whole.
 */

import { stopwatch } from './stopwatch.ts'

/** A timer made by a {@link Clock}; opaque. */
export type Timer = object

/** What {@link Clock.setTimeout} accepts besides the delay. */
export interface TimerOptions {
  /**
   * Whether the timer keeps the process alive (default: false). For waits of a caller during which no socket may be open, such
   * as the delay before a retry.
   */
  readonly ref?: boolean
}

/** A source of time. All durations and instants are in milliseconds. */
export interface Clock {
  /**
   * A monotonic instant, for limits and ages: changes of the system's time do not affect it. The scale is that of `Date.now()`
   * at the start of the process.
   */
  now(): number
  /**
   * The current instant on the scale of `Date.now()`, for instants that callers pass or read, or that come from other processes.
   * Default: `now()`.
   */
  wallTime?(): number
  /** Calls `fn` once after `ms`; never if `ms` is `Infinity`. Exact for any length, also beyond 2^31 − 1. */
  setTimeout(fn: () => void, ms: number, options?: TimerOptions): Timer
  /** Stops a timer; does nothing for one that has fired or was stopped, or for undefined. */
  clearTimeout(timer: Timer | undefined): void
}

/** The longest delay of Node's timers: a longer one overflows to 1 ms. */
const LONGEST_NODE_TIMEOUT = 2 ** 31 - 1

class SystemTimer {
  #handle: NodeJS.Timeout | undefined
  readonly #ref: boolean

  constructor(fn: () => void, ms: number, ref: boolean) {
    this.#ref = ref
    if (ms !== Number.POSITIVE_INFINITY) this.#arm(fn, ms)
  }

  #arm(fn: () => void, ms: number): void {
    this.#handle =
      ms > LONGEST_NODE_TIMEOUT
        ? setTimeout(() => this.#arm(fn, ms - LONGEST_NODE_TIMEOUT), LONGEST_NODE_TIMEOUT)
        : setTimeout(fn, ms)
    if (!this.#ref) this.#handle.unref()
  }

  clear(): void {
    clearTimeout(this.#handle)
  }
}

/** Read only once, because the system's time may change later. */
const startedAt = Date.now() - stopwatch()

const systemClock: Clock = {
  // Whole ms, as limits and errors name them.
  now: () => Math.floor(startedAt + stopwatch()),
  wallTime: () => Date.now(),
  setTimeout: (fn, ms, options) => new SystemTimer(fn, ms, options?.ref === true),
  clearTimeout: (timer) => {
    if (timer instanceof SystemTimer) timer.clear()
  },
}

let current: Clock = systemClock

/** The clock in use. */
export const clock: Required<Clock> = {
  now: () => current.now(),
  wallTime: () => current.wallTime?.() ?? current.now(),
  setTimeout: (fn, ms, options) => current.setTimeout(fn, ms, options),
  clearTimeout: (timer) => {
    // A timer made before the clock was replaced still belongs to the system's clock.
    if (timer instanceof SystemTimer) timer.clear()
    else current.clearTimeout(timer)
  },
}

/** Replaces the clock of the whole process; returns a function that restores the previous one. */
export function useClock(other: Clock): () => void {
  const former = current
  current = other
  return () => {
    current = former
  }
}
