/**
 * Busy polling: for a moment after a request has left, the event loop looks for the answer again and again instead of falling
 * asleep. To fall asleep and be woken costs a process some 50 µs of time and much of that in processor time, as much as a
 * server on the same machine or in the next rack needs for its answer. Links whose servers take longer are noticed, and soon hardly
 * polled at all. Nothing depends on it but time: other timers, sockets and callbacks have their turns as ever.
 */

// Not the global function: fake timers of tests would never call back. The callback has the async context of whoever began to
// wait, one context for as long as the loop turns without a pause.
import { setImmediate } from 'node:timers'
import { stopwatch } from '../time/stopwatch.ts'

/** How many waits are let pass, at most, between two that are polled in vain. */
const LONGEST_PAUSE = 256

/** The links whose answers the loop is kept awake for. */
const polled = new Set<BusyPoll>()
let turning = false
/** Whether something was asked, or has arrived with more behind it, since the last turn. */
let stirred = false
let stirredAt = 0

/** One turn of the event loop: its sockets were looked at since the last one. */
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

/** What a link has to do with busy polling. */
export class BusyPoll {
  readonly #longest: number
  #toPass = 0
  #nextPause = 1

  /** Polls until all links have been quiet for `longest` ms: 0 is never, `Infinity` for as long as an answer is due. */
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

  /** Something has arrived, or nothing is waited for any more. */
  end(): void {
    if (polled.delete(this)) this.#nextPause = 1
  }

  /** Whether it is worth while to poll on, when all was quiet for so many ms. If not, it rests, for longer each time. */
  waits(quiet: number): boolean {
    if (quiet <= this.#longest) return true
    this.#toPass = this.#nextPause
    this.#nextPause = Math.min(2 * this.#nextPause, LONGEST_PAUSE)
    return false
  }
}
