/**
 * The one clock of the package. Every instant and every timer goes through it, so that tests (and conformance suites that
 * mock time) can replace it as a whole; it knows nothing of what is being waited for.
 */

import { stopwatch } from './stopwatch.ts'

/** A timer made by a {@link Clock}; opaque. */
export type Timer = object

/** What {@link Clock.setTimeout} accepts besides the delay. */
export interface TimerOptions {
  /**
   * Whether the timer keeps the process alive (default: false). For waits that the caller's own promise hangs on while no
   * socket is open, such as the pause before another try.
   */
  readonly ref?: boolean
}

/** A source of time. All durations and instants are in milliseconds. */
export interface Clock {
  /**
   * A monotonic instant, for limits and ages: setting the system's time changes neither. The scale is that of `Date.now()` when
   * the process started.
   */
  now(): number
  /**
   * The current instant on the scale of `Date.now()`, for instants that users give or read and for those that other processes
   * made. Default: `now()`.
   */
  wallTime?(): number
  /** Calls `fn` once after `ms`; never, when `ms` is `Infinity`. Any length is exact, also beyond 2^31 − 1. */
  setTimeout(fn: () => void, ms: number, options?: TimerOptions): Timer
  /** Stops a timer; does nothing for one that has fired or was stopped, or for undefined. */
  clearTimeout(timer: Timer | undefined): void
}

/** Node's timers overflow to 1 ms beyond this. */
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

/** Added once: the system's time may be set later. */
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
    // A timer made before the clock was replaced belongs to the system's clock still.
    if (timer instanceof SystemTimer) timer.clear()
    else current.clearTimeout(timer)
  },
}

/** Replaces the clock for the whole process; returns the function that puts the former one back. */
export function useClock(other: Clock): () => void {
  const former = current
  current = other
  return () => {
    current = former
  }
}
