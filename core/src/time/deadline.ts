import { clock } from './clock.ts'

/** An instant by which something has to be done; one object is handed down through every step that shares the time. */
export class Deadline {
  /** The deadline that never passes. */
  static readonly never: Deadline = new Deadline(Number.POSITIVE_INFINITY)

  /** The instant in ms on the clock's scale; `Infinity` for {@link Deadline.never}. */
  readonly at: number

  private constructor(at: number) {
    this.at = at
  }

  /** The deadline `ms` from now; `Infinity` gives {@link Deadline.never}. */
  static in(ms: number): Deadline {
    return ms === Number.POSITIVE_INFINITY ? Deadline.never : new Deadline(clock.now() + ms)
  }

  /** The ms that are left, never below 0; `Infinity` for {@link Deadline.never}. */
  remaining(): number {
    return this.at === Number.POSITIVE_INFINITY ? this.at : Math.max(0, this.at - clock.now())
  }

  /** Whether the instant has passed. */
  get expired(): boolean {
    return this.remaining() === 0
  }
}
