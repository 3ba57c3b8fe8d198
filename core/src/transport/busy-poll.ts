/**
 * Busy polling: for a moment after a request was sent, the event loop polls for the answer instead of sleeping. Sleeping and waking up
 * costs a process some 50 µs, as much as a server on the same machine or in the next rack needs for its answer. A link whose server
 * takes longer is polled less and less. Polling affects latency only: other timers, sockets and callbacks run as usual.
 */

// Not the global function: fake timers of tests would never call back. The callback keeps the async context of the first waiting
// caller until the loop stops polling.
import { setImmediate } from 'node:timers'
import { stopwatch } from '../time/stopwatch.ts'

/** The most waits that go unpolled after one that was polled in vain. */
const LONGEST_PAUSE = 256

/** The links whose answers the event loop polls for. */
const polled = new Set<BusyPoll>()
let turning = false
/** Whether a wait has begun since the last turn. */
let stirred = false
let stirredAt = 0

/** Runs once in each turn of the event loop, after it has checked its sockets. */
function turn(): void {
  const now = stopwatch()
  if (stirred) stirredAt = now
  stirred = false
  for (const link of polled) {
    if (!link.waits(now - stirredAt)) polled.delete(link)
  }
  turning = polled.size > 0
  if (turning) setImmediate(turn)
}

/** The busy polling of one link. */
export class BusyPoll {
  readonly #longest: number
  #toPass = 0
  #nextPause = 1

  /** Polls until all links have been quiet for `longest` ms; 0: never; `Infinity`: for as long as an answer is due. */
  constructor(longest: number) {
    this.#longest = longest
  }

  /** An answer is due from now on. */
  begin(): void {
    if (this.#longest === 0) return
    stirred = true
    if (this.#toPass > 0) {
      this.#toPass--
      return
    }
    polled.add(this)
    if (turning) return
    turning = true
    setImmediate(turn)
  }

  /** An answer has arrived, or none is due any more. */
  end(): void {
    if (polled.delete(this)) this.#nextPause = 1
  }

  /** Whether to go on polling after `quiet` ms without activity. If not, this link skips twice as many waits as the last time. */
  waits(quiet: number): boolean {
    if (quiet <= this.#longest) return true
    this.#toPass = this.#nextPause
    this.#nextPause = Math.min(2 * this.#nextPause, LONGEST_PAUSE)
    return false
  }
}
