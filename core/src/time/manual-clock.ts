import type { Clock, Timer } from './clock.ts'

interface ManualTimer {
  readonly at: number
  readonly fn: () => void
}

/** A clock that moves only by `tick`: for tests and for conformance suites that mock time. */
export class ManualClock implements Clock {
  #now: number
  readonly #timers = new Set<ManualTimer>()

  constructor(now = 0) {
    this.#now = now
  }

  now(): number {
    return this.#now
  }

  setTimeout(fn: () => void, ms: number): Timer {
    const timer: ManualTimer = { at: this.#now + Math.max(0, ms), fn }
    if (timer.at !== Number.POSITIVE_INFINITY) this.#timers.add(timer)
    return timer
  }

  clearTimeout(timer: Timer | undefined): void {
    if (timer !== undefined) this.#timers.delete(timer as ManualTimer)
  }

  /** How many timers are waiting. */
  get pending(): number {
    return this.#timers.size
  }

  /** Moves the clock on by `ms` and fires what falls due, in order; timers set meanwhile count too. */
  tick(ms: number): void {
    const end = this.#now + ms
    for (let timer = this.#nextBefore(end); timer !== undefined; timer = this.#nextBefore(end)) {
      this.#timers.delete(timer)
      this.#now = Math.max(this.#now, timer.at)
      timer.fn()
    }
    this.#now = end
  }

  #nextBefore(end: number): ManualTimer | undefined {
    let first: ManualTimer | undefined
    for (const timer of this.#timers) {
      if (timer.at <= end && (first === undefined || timer.at < first.at)) first = timer
    }
    return first
  }
}
