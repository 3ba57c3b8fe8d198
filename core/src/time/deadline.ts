import { clock } from './clock.ts'

/** Shorter than this no attempt is worth while. */
const SHORTEST_PART_MS = 100

/** An instant by which something has to be done; one object is handed down through every step that shares the time. */
export class Deadline {
  /** The deadline that never passes. */
  static readonly never: Deadline = new Deadline(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY)

  /** The instant in ms on the clock's scale; `Infinity` for {@link Deadline.never}. */
  readonly at: number
  /** How many ms there were at the start, for errors. */
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
   * The deadline when `share` (0 to 1) of what is left is used up, so that some is left for another try. A part is never so
   * short that no server could answer in it.
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
