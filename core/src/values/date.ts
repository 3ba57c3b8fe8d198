import { brand, brandOf } from './brand.ts'
import { calendarDayOf, checkDay, DAY_FIELDS, epochDayOf, formatDay } from './calendar.ts'
import { integerIn, replaceFields } from './fields.ts'
import { DAY, dayIn, type IsoParts, partsOf } from './iso.ts'
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

const FORM = new RegExp(`^${DAY}$`)
const FORM_WITH_TIME = new RegExp(`^${DAY}T`)
const FIRST_EPOCH_DAY = epochDayOf(-999_999_999, 1, 1)
const LAST_EPOCH_DAY = epochDayOf(999_999_999, 12, 31)

/** The fields {@link CypherDate.with} replaces. */
export interface DateFields {
  readonly year?: number | undefined
  readonly month?: number | undefined
  readonly day?: number | undefined
}

/**
 * A Cypher DATE: a day of the calendar, without time and zone. Immutable.
 *
 * @example
 * ```ts
 * const date = new CypherDate(2024, 7, 1)
 * date.toString()                      // '2024-07-01'
 * date.with({ day: 31 }).month         // 7
 * date.toDate({ timeZone: 'UTC' })     // a JS Date at midnight UTC
 * ```
 */
export class CypherDate extends IsoValue {
  /** −999,999,999 to 999,999,999; there is a year 0. */
  readonly year: number
  /** 1 to 12. */
  readonly month: number
  /** 1 to 31. */
  readonly day: number

  /** Raises `RangeError` naming the field that is out of range. */
  constructor(year: number, month: number, day: number) {
    super()
    const checked = checkDay(year, month, day)
    this.year = checked.year
    this.month = checked.month
    this.day = checked.day
    Object.freeze(this)
  }

  static {
    brand(CypherDate, 'Date')
  }

  /** Reads `2024-07-01`; years of more than four digits carry a sign. */
  static parse(text: string): CypherDate {
    return fromParts(partsOf(text, FORM, 'CypherDate', '2024-07-01'))
  }

  /**
   * The day of a JS `Date` (in UTC unless a zone is given), a `Temporal.PlainDate`, `PlainDateTime` or `ZonedDateTime`.
   */
  static from(value: object, zone?: ReadingZone): CypherDate {
    const tag = temporalTag(value)
    if (tag === 'PlainDate') return fromParts(plainParts(value, FORM, 'CypherDate'))
    if (tag === 'PlainDateTime') return fromParts(plainParts(value, FORM_WITH_TIME, 'CypherDate'))
    const clock = tag === 'Instant' ? undefined : wallClockOf(value, zone)
    if (clock) return CypherDate.fromEpochDay(clock.day)
    throw notFrom('CypherDate', 'a JS Date, Temporal.PlainDate, PlainDateTime or ZonedDateTime', value)
  }

  /** The day that many days after 1970-01-01. */
  static fromEpochDay(day: number): CypherDate {
    const { year, month, day: dayOfMonth } = calendarDayOf(integerIn(day, 'epochDay', FIRST_EPOCH_DAY, LAST_EPOCH_DAY))
    return new CypherDate(year, month, dayOfMonth)
  }

  /** -1, 0 or 1 as `a` is before, the same as or after `b`: for `sort`. */
  static compare(a: CypherDate, b: CypherDate): -1 | 0 | 1 {
    return compareBy('Date', a, b, (date) => date.epochDay)
  }

  /** Days since 1970-01-01. */
  get epochDay(): number {
    return epochDayOf(this.year, this.month, this.day)
  }

  /** Whether `other` is a Cypher date of the same day. */
  equals(other: unknown): boolean {
    return brandOf(other) === 'Date' && (other as CypherDate).epochDay === this.epochDay
  }

  /** A copy with some fields replaced; `RangeError` if there is no such day. */
  with(fields: DateFields): CypherDate {
    const { year, month, day } = replaceFields(this, fields, DAY_FIELDS, 'CypherDate.with')
    return new CypherDate(year, month, day)
  }

  /** The JS `Date` at the start of this day in the given zone. */
  toDate(zone: { readonly timeZone: string }): Date {
    return wallClockToDate({ day: this.epochDay, second: 0, nanosecond: 0 }, zone, 'CypherDate')
  }

  /** A `Temporal.PlainDate`, made by the runtime's `Temporal` or the namespace given. */
  toTemporal<T extends TemporalWith<'PlainDate', string> = NativeTemporal>(
    temporal?: T,
  ): TemporalResult<T, 'PlainDate'> {
    return temporalNamespace(temporal, 'date').PlainDate.from(temporalDay(this)) as TemporalResult<T, 'PlainDate'>
  }

  override toString(): string {
    return formatDay(this)
  }
}

function fromParts(parts: IsoParts): CypherDate {
  const { year, month, day } = dayIn(parts)
  return new CypherDate(year, month, day)
}
