import { clock } from './clock.ts'

/** The shortest part of a deadline: in less time no server can answer. */
const SHORTEST_PART_MS = 100

/** An instant by which several steps together have to be done; all steps share the same object. */
export class Deadline {
  /** The deadline that never passes. */
  static readonly never: Deadline = new Deadline(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY)

  /** The instant in ms on the clock's scale; `Infinity` for {@link Deadline.never}. */
  readonly at: number
  /** How many ms the deadline had at the start, for errors. */
  readonly allotted: number

  private constructor(at: number, allotted: number) {
    this.at = at
    this.allotted = allotted
  }

  /** The deadline `ms` from now; `Infinity` gives {@link Deadline.never}. */
  static in(ms: number): Deadline {
    return ms === Number.POSITIVE_INFINITY ? Deadline.never : new Deadline(clock.now() + ms, ms)
  }

  /** The ms that are left, never below 0; `Infinity` for {@link Deadline.never}. */
  remaining(): number {
    return this.at === Number.POSITIVE_INFINITY ? this.at : Math.max(0, this.at - clock.now())
  }

  /**
   * A deadline at which `share` (0 to 1) of the remaining time is used up, so that time is left for another attempt. A part is at
   * least 100 ms long, but never later than this deadline.
   */
  part(share: number): Deadline {
    const left = this.remaining()
    return share === 1 ? this : Deadline.in(Math.max(left * share, Math.min(left, SHORTEST_PART_MS)))
  }

  /** Whether the instant has passed, as far as timers are exact: one that fires at it may find a ms left. */
  get expired(): boolean {
    return this.remaining() <= 1
  }
}
