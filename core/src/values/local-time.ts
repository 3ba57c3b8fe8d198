import { brand, brandOf } from './brand.ts'
import { refuseUnknown, replaceFields } from './fields.ts'
import { CLOCK, clockIn, type IsoParts, partsOf } from './iso.ts'
import { compareBy, IsoValue } from './iso-value.ts'
import {
  type NativeTemporal,
  notFrom,
  plainParts,
  type ReadingZone,
  type TemporalResult,
  type TemporalWith,
  temporalNamespace,
  temporalTag,
  wallClockOf,
} from './native-temporal.ts'
import { CLOCK_FIELDS, formatTimeOfDay, nanosecondOfDay, TimeOfDay, type TimeOfDayFields } from './time-of-day.ts'

const FORM = new RegExp(`^${CLOCK}$`)
const FORM_AFTER_DAY = new RegExp(`T${CLOCK}$`)

/**
 * A Cypher LOCAL TIME: a time of day without a zone, to the nanosecond. Immutable.
 *
 * @example
 * ```ts
 * const time = new LocalTime({ hour: 12, minute: 30 })
 * time.toString()                                   // '12:30:00'
 * LocalTime.parse('12:30:00.000000001').nanosecond  // 1
 * ```
 */
export class LocalTime extends IsoValue {
  /** 0 to 23. */
  readonly hour: number
  /** 0 to 59. */
  readonly minute: number
  /** 0 to 59. */
  readonly second: number
  /** 0 to 999,999,999. */
  readonly nanosecond: number

  /** Fields that are not given are 0; raises `RangeError` naming the field that is out of range. */
  constructor(fields: TimeOfDayFields) {
    super()
    const checked = fields instanceof TimeOfDay ? fields : check(fields)
    this.hour = checked.hour
    this.minute = checked.minute
    this.second = checked.second
    this.nanosecond = checked.nanosecond
    Object.freeze(this)
  }

  static {
    brand(LocalTime, 'LocalTime')
  }

  /** Reads `12:30`, `12:30:01` or `12:30:01.000000001`. */
  static parse(text: string): LocalTime {
    return fromParts(partsOf(text, FORM, 'LocalTime', '12:30:01.5'))
  }

  /**
   * The time of day of a JS `Date` (in UTC unless a zone is given), a `Temporal.PlainTime`, `PlainDateTime` or
   * `ZonedDateTime`.
   */
  static from(value: object, zone?: ReadingZone): LocalTime {
    const tag = temporalTag(value)
    if (tag === 'PlainTime') return fromParts(plainParts(value, FORM, 'LocalTime'))
    if (tag === 'PlainDateTime') return fromParts(plainParts(value, FORM_AFTER_DAY, 'LocalTime'))
    const clock = tag === 'Instant' ? undefined : wallClockOf(value, zone)
    if (clock) return new LocalTime(TimeOfDay.at(clock.second, clock.nanosecond))
    throw notFrom('LocalTime', 'a JS Date, Temporal.PlainTime, PlainDateTime or ZonedDateTime', value)
  }

  /** The time that many nanoseconds after midnight. */
  static fromNanosecondOfDay(nanosecond: number): LocalTime {
    return new LocalTime(TimeOfDay.fromNanosecondOfDay(nanosecond))
  }

  /** -1, 0 or 1 as `a` is earlier than, the same as or later than `b`: for `sort`. */
  static compare(a: LocalTime, b: LocalTime): -1 | 0 | 1 {
    return compareBy('LocalTime', a, b, (time) => time.nanosecondOfDay)
  }

  /** Nanoseconds since midnight. */
  get nanosecondOfDay(): number {
    return nanosecondOfDay(this)
  }

  /** Whether `other` is a local time of the same nanosecond. */
  equals(other: unknown): boolean {
    return brandOf(other) === 'LocalTime' && (other as LocalTime).nanosecondOfDay === this.nanosecondOfDay
  }

  /** A copy with some fields replaced. */
  with(fields: TimeOfDayFields): LocalTime {
    return new LocalTime(replaceFields(this, fields, CLOCK_FIELDS, 'LocalTime.with'))
  }

  /** A `Temporal.PlainTime`, made by the runtime's `Temporal` or the namespace given. */
  toTemporal<T extends TemporalWith<'PlainTime', string> = NativeTemporal>(
    temporal?: T,
  ): TemporalResult<T, 'PlainTime'> {
    return temporalNamespace(temporal, 'localTime').PlainTime.from(this.toString()) as TemporalResult<T, 'PlainTime'>
  }

  override toString(): string {
    return formatTimeOfDay(this)
  }
}

function check(fields: TimeOfDayFields): TimeOfDay {
  refuseUnknown(fields, CLOCK_FIELDS, 'LocalTime')
  return TimeOfDay.check(fields)
}

function fromParts(parts: IsoParts): LocalTime {
  return new LocalTime(clockIn(parts))
}
