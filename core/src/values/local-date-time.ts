import { brand, brandOf } from './brand.ts'
import { CIVIL_FIELDS, Civil, type CivilFields, civilEpochDay, civilIn, DATE_TIME, formatCivil } from './civil.ts'
import { dayOfSecond, type EpochSecond, epochSecondOf, secondWithinDay } from './epoch.ts'
import { refuseUnknown, replaceFields } from './fields.ts'
import { partsOf } from './iso.ts'
import { compareBy, IsoValue } from './iso-value.ts'
import {
  type NativeTemporal,
  notFrom,
  plainParts,
  type ReadingZone,
  type TemporalResult,
  type TemporalWith,
  temporalDay,
  temporalNamespace,
  temporalTag,
  wallClockOf,
  wallClockToDate,
} from './native-temporal.ts'
import { checkNanosecond, formatTimeOfDay, secondOfDay } from './time-of-day.ts'

const FORM = new RegExp(`^${DATE_TIME}$`)

/**
 * A Cypher LOCAL DATETIME: a day and a time of day without a zone, to the nanosecond. Immutable.
 *
 * @example
 * ```ts
 * const dateTime = new LocalDateTime({ year: 2024, month: 7, day: 1, hour: 12 })
 * dateTime.toString()                                  // '2024-07-01T12:00:00'
 * dateTime.toDate({ timeZone: 'Europe/Stockholm' })    // the JS Date of 10:00 UTC
 * ```
 */
export class LocalDateTime extends IsoValue {
  /** −999,999,999 to 999,999,999; there is a year 0. */
  readonly year: number
  /** 1 to 12. */
  readonly month: number
  /** 1 to 31. */
  readonly day: number
  /** 0 to 23. */
  readonly hour: number
  /** 0 to 59. */
  readonly minute: number
  /** 0 to 59. */
  readonly second: number
  /** 0 to 999,999,999. */
  readonly nanosecond: number

  /** Year, month and day are required; raises `RangeError` naming the field that is missing or out of range. */
  constructor(fields: CivilFields) {
    super()
    const checked = fields instanceof Civil ? fields : check(fields)
    this.year = checked.year
    this.month = checked.month
    this.day = checked.day
    this.hour = checked.hour
    this.minute = checked.minute
    this.second = checked.second
    this.nanosecond = checked.nanosecond
    Object.freeze(this)
  }

  static {
    brand(LocalDateTime, 'LocalDateTime')
  }

  /** Reads `2024-07-01T12:30:01.5`. */
  static parse(text: string): LocalDateTime {
    return new LocalDateTime(civilIn(partsOf(text, FORM, 'LocalDateTime', '2024-07-01T12:30:01.5')))
  }

  /**
   * The wall clock of a JS `Date` (in UTC unless a zone is given), a `Temporal.PlainDateTime` or `ZonedDateTime`.
   */
  static from(value: object, zone?: ReadingZone): LocalDateTime {
    const tag = temporalTag(value)
    if (tag === 'PlainDateTime') return new LocalDateTime(civilIn(plainParts(value, FORM, 'LocalDateTime')))
    const clock = tag === 'Instant' ? undefined : wallClockOf(value, zone)
    if (clock) return new LocalDateTime(Civil.at(clock.day, clock.second, clock.nanosecond))
    throw notFrom('LocalDateTime', 'a JS Date, Temporal.PlainDateTime or ZonedDateTime', value)
  }

  /** The wall clock that UTC shows that many seconds and nanoseconds after 1970-01-01T00:00. */
  static fromEpochSecond(second: EpochSecond, nanosecond: number): LocalDateTime {
    return new LocalDateTime(Civil.at(dayOfSecond(second), secondWithinDay(second), checkNanosecond(nanosecond)))
  }

  /** -1, 0 or 1 as `a` is before, the same as or after `b`: for `sort`. */
  static compare(a: LocalDateTime, b: LocalDateTime): -1 | 0 | 1 {
    return compareBy(
      'LocalDateTime',
      a,
      b,
      (dateTime) => dateTime.epochSecond,
      (dateTime) => dateTime.nanosecond,
    )
  }

  /** Seconds since 1970-01-01T00:00 as if the wall clock were UTC; a bigint only where a number is not exact. */
  get epochSecond(): EpochSecond {
    return epochSecondOf(civilEpochDay(this), secondOfDay(this))
  }

  /** Whether `other` is a local date-time of the same nanosecond. */
  equals(other: unknown): boolean {
    if (brandOf(other) !== 'LocalDateTime') return false
    const { epochSecond, nanosecond } = other as LocalDateTime
    return epochSecond === this.epochSecond && nanosecond === this.nanosecond
  }

  /** A copy with some fields replaced; `RangeError` if there is no such day. */
  with(fields: Partial<CivilFields>): LocalDateTime {
    return new LocalDateTime(replaceFields(this, fields, CIVIL_FIELDS, 'LocalDateTime.with'))
  }

  /** The JS `Date` of the instant at which the given zone shows this wall clock; what is below 1 ms is dropped. */
  toDate(zone: { readonly timeZone: string }): Date {
    const clock = { day: civilEpochDay(this), second: secondOfDay(this), nanosecond: this.nanosecond }
    return wallClockToDate(clock, zone, 'LocalDateTime')
  }

  /** A `Temporal.PlainDateTime`, made by the runtime's `Temporal` or the namespace given. */
  toTemporal<T extends TemporalWith<'PlainDateTime', string> = NativeTemporal>(
    temporal?: T,
  ): TemporalResult<T, 'PlainDateTime'> {
    const text = `${temporalDay(this)}T${formatTimeOfDay(this)}`
    return temporalNamespace(temporal, 'localDateTime').PlainDateTime.from(text) as TemporalResult<T, 'PlainDateTime'>
  }

  override toString(): string {
    return formatCivil(this)
  }
}

function check(fields: CivilFields): Civil {
  refuseUnknown(fields, CIVIL_FIELDS, 'LocalDateTime')
  return Civil.check(fields)
}
