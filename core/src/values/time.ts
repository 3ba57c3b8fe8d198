import { brand, brandOf } from './brand.ts'
import { refuseUnknown, replaceFields } from './fields.ts'
import { CLOCK, clockIn, OFFSET, offsetIn, partsOf } from './iso.ts'
import { compareBy, IsoValue } from './iso-value.ts'
import { notFrom, temporalTag, wallClockOf } from './native-temporal.ts'
import {
  CLOCK_FIELDS,
  checkOffset,
  formatOffset,
  formatTimeOfDay,
  NANOSECONDS_PER_SECOND,
  nanosecondOfDay,
  TimeOfDay,
  type TimeOfDayFields,
} from './time-of-day.ts'

const FORM = new RegExp(`^${CLOCK}${OFFSET}$`)
const FIELDS = [...CLOCK_FIELDS, 'utcOffsetSeconds'] as const

/** The fields of a {@link Time}: the clock's default to 0, the offset must be given. */
export interface TimeFields extends TimeOfDayFields {
  readonly utcOffsetSeconds: number
}

/**
 * A Cypher ZONED TIME: a time of day with an offset from UTC, to the nanosecond. Immutable. JavaScript's `Temporal` has
 * no such type.
 *
 * @example
 * ```ts
 * const time = new Time({ hour: 12, minute: 30, utcOffsetSeconds: 7200 })
 * time.toString()   // '12:30:00+02:00'
 * ```
 */
export class Time extends IsoValue {
  /** 0 to 23. */
  readonly hour: number
  /** 0 to 59. */
  readonly minute: number
  /** 0 to 59. */
  readonly second: number
  /** 0 to 999,999,999. */
  readonly nanosecond: number
  /** Seconds east of UTC, at most 18 hours to either side. */
  readonly utcOffsetSeconds: number

  /** Raises `RangeError` naming the field that is missing or out of range. */
  constructor(fields: TimeFields) {
    super()
    const clock = fields instanceof OffsetClock ? fields.clock : check(fields)
    this.hour = clock.hour
    this.minute = clock.minute
    this.second = clock.second
    this.nanosecond = clock.nanosecond
    this.utcOffsetSeconds = checkOffset(fields.utcOffsetSeconds)
    Object.freeze(this)
  }

  static {
    brand(Time, 'Time')
  }

  /** Reads `12:30:01.5+02:00`, `12:30Z`. */
  static parse(text: string): Time {
    const parts = partsOf(text, FORM, 'Time', '12:30:01.5+02:00')
    return new Time(Object.assign(clockIn(parts), { utcOffsetSeconds: offsetIn(parts) as number }))
  }

  /** The time of day of a JS `Date` (in UTC) or a `Temporal.ZonedDateTime`. */
  static from(value: object): Time {
    const clock = temporalTag(value) === 'Instant' ? undefined : wallClockOf(value)
    if (!clock) throw notFrom('Time', 'a JS Date or Temporal.ZonedDateTime', value)
    return new Time(new OffsetClock(TimeOfDay.at(clock.second, clock.nanosecond), clock.utcOffsetSeconds))
  }

  /** The time that many nanoseconds after midnight, on the clock of the offset. */
  static fromNanosecondOfDay(nanosecond: number, utcOffsetSeconds: number): Time {
    return new Time(new OffsetClock(TimeOfDay.fromNanosecondOfDay(nanosecond), utcOffsetSeconds))
  }

  /**
   * -1, 0 or 1 as `a` is earlier than, the same as or later than `b` once both are seen from UTC: for `sort`. Two times
   * of different offset can compare as 0 and yet not be equal.
   */
  static compare(a: Time, b: Time): -1 | 0 | 1 {
    return compareBy('Time', a, b, (time) => time.nanosecondOfDay - time.utcOffsetSeconds * NANOSECONDS_PER_SECOND)
  }

  /** Nanoseconds since midnight, on the clock of the offset. */
  get nanosecondOfDay(): number {
    return nanosecondOfDay(this)
  }

  /** Whether `other` is a time with the same clock fields and offset. */
  equals(other: unknown): boolean {
    if (brandOf(other) !== 'Time') return false
    const time = other as Time
    return time.nanosecondOfDay === this.nanosecondOfDay && time.utcOffsetSeconds === this.utcOffsetSeconds
  }

  /** A copy with some fields replaced; a new offset leaves the clock fields as they are. */
  with(fields: Partial<TimeFields>): Time {
    return new Time(replaceFields(this, fields, FIELDS, 'Time.with'))
  }

  override toString(): string {
    return formatTimeOfDay(this) + formatOffset(this.utcOffsetSeconds)
  }
}

/** Clock fields that need no further check, in the shape the constructor takes. */
class OffsetClock implements TimeFields {
  readonly clock: TimeOfDay
  readonly utcOffsetSeconds: number

  constructor(clock: TimeOfDay, utcOffsetSeconds: number) {
    this.clock = clock
    this.utcOffsetSeconds = utcOffsetSeconds
  }
}

function check(fields: TimeFields): TimeOfDay {
  refuseUnknown(fields, FIELDS, 'Time')
  return TimeOfDay.check(fields)
}
