import { brand, brandOf } from './brand.ts'
import { CIVIL_FIELDS, Civil, civilEpochDay, civilIn, DATE_TIME, formatCivil } from './civil.ts'
import { dayOfSecond, type EpochSecond, epochSecondOf, secondWithinDay } from './epoch.ts'
import { refuseUnknown, replaceFields } from './fields.ts'
import { OFFSET, offsetIn, partsOf, ZONE } from './iso.ts'
import { compareBy, IsoValue } from './iso-value.ts'
import {
  instantToDate,
  momentOf,
  type NativeTemporal,
  notFrom,
  type TemporalResult,
  type TemporalWithInstant,
  temporalNamespace,
} from './native-temporal.ts'
import { atInstant, DATE_TIME_FIELDS, type DateTimeFields, inZone, onWallClock, Placed, placeFields } from './placed.ts'
import { checkNanosecond, checkOffset, formatOffset, NANOSECONDS_PER_SECOND, secondOfDay } from './time-of-day.ts'
import { fixedOffset, offsetAt } from './zones.ts'

export type { DateTimeFields } from './placed.ts'

const FORM = new RegExp(`^${DATE_TIME}(?:${OFFSET}(?:${ZONE})?|${ZONE.replace('zone', 'onlyZone')})$`)

/** The offset or the time zone of a DateTime. */
export type Place = { readonly utcOffsetSeconds: number } | { readonly timeZone: string }

/**
 * A Cypher ZONED DATETIME: an instant, to the nanosecond, with the offset and perhaps the time zone it is seen from.
 * Immutable.
 *
 * The offset of a zone is computed as java.time does it on the server: a wall clock skipped by a change to summer time
 * moves forward by the length of the gap; one that occurs twice is the earlier, unless `utcOffsetSeconds` asks for the
 * later.
 *
 * @example
 * ```ts
 * const start = new DateTime({ year: 2024, month: 7, day: 1, hour: 12, timeZone: 'Europe/Stockholm' })
 * start.toString()          // '2024-07-01T12:00:00+02:00[Europe/Stockholm]'
 * start.utcOffsetSeconds    // 7200
 * start.toDate()            // the JS Date of 10:00 UTC
 * ```
 */
export class DateTime extends IsoValue {
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
  /** Seconds east of UTC, at most 18 hours to either side. */
  readonly utcOffsetSeconds: number
  /** The id of the zone, an IANA name or UTC, GMT or UT with an offset (`UTC+01:00`); null where there is only an offset. */
  readonly timeZone: string | null

  /**
   * Raises `RangeError` naming the field that is missing or out of range, the zone this runtime doesn't know, or the
   * offset the zone doesn't have at that time.
   */
  constructor(fields: DateTimeFields) {
    super()
    const { civil, utcOffsetSeconds, timeZone } = fields instanceof Placed ? fields : placeFields(fields)
    this.year = civil.year
    this.month = civil.month
    this.day = civil.day
    this.hour = civil.hour
    this.minute = civil.minute
    this.second = civil.second
    this.nanosecond = civil.nanosecond
    this.utcOffsetSeconds = utcOffsetSeconds
    this.timeZone = timeZone
    Object.freeze(this)
  }

  static {
    brand(DateTime, 'DateTime')
  }

  /** Reads `2024-07-01T12:30:01.5+02:00`, also followed by `[Europe/Stockholm]`, or with the zone alone. */
  static parse(text: string): DateTime {
    const parts = partsOf(text, FORM, 'DateTime', '2024-07-01T12:30:01.5+02:00[Europe/Stockholm]')
    const timeZone = parts['zone'] ?? parts['onlyZone'] ?? null
    return new DateTime(Object.assign(civilIn(parts), { utcOffsetSeconds: offsetIn(parts), timeZone }))
  }

  /** The instant of a JS `Date` or a `Temporal.Instant`, in UTC, or a `Temporal.ZonedDateTime` with its zone. */
  static from(value: object): DateTime {
    const moment = momentOf(value)
    if (!moment) throw notFrom('DateTime', 'a JS Date, Temporal.Instant or ZonedDateTime', value)
    const { day, second, nanosecond, utcOffsetSeconds, timeZone } = moment
    return made(atInstant(day, second, nanosecond, utcOffsetSeconds, timeZone))
  }

  /** The instant that many seconds and nanoseconds after 1970-01-01T00:00Z, seen from an offset or a zone. */
  static fromEpochSecond(second: EpochSecond, nanosecond: number, place: Place): DateTime {
    const day = dayOfSecond(second)
    const secondOfDay = secondWithinDay(second)
    checkNanosecond(nanosecond)
    if ('utcOffsetSeconds' in place) {
      return made(atInstant(day, secondOfDay, nanosecond, checkOffset(place.utcOffsetSeconds), null))
    }
    const offset = offsetAt(place.timeZone, day, secondOfDay)
    return made(atInstant(day, secondOfDay, nanosecond, offset, place.timeZone))
  }

  /**
   * The same for a count of the wall clock's seconds, as Bolt before 5.0 sends them. It can't tell the two passes of an
   * overlap apart; the earlier is taken.
   */
  static fromLocalEpochSecond(second: EpochSecond, nanosecond: number, place: Place): DateTime {
    const day = dayOfSecond(second)
    const secondOfDay = secondWithinDay(second)
    checkNanosecond(nanosecond)
    if ('timeZone' in place) return made(onWallClock(day, secondOfDay, nanosecond, place.timeZone, null))
    const civil = Civil.at(day, secondOfDay, nanosecond)
    return made(new Placed(civil, checkOffset(place.utcOffsetSeconds), null))
  }

  /**
   * -1, 0 or 1 as `a` is before, the same instant as or after `b`: for `sort`. Two date-times of one instant but
   * different zones compare as 0 and yet are not equal.
   */
  static compare(a: DateTime, b: DateTime): -1 | 0 | 1 {
    return compareBy(
      'DateTime',
      a,
      b,
      (dateTime) => dateTime.epochSecond,
      (dateTime) => dateTime.nanosecond,
    )
  }

  /** Seconds since 1970-01-01T00:00Z; a bigint only where a number is not exact. */
  get epochSecond(): EpochSecond {
    return epochSecondOf(civilEpochDay(this), secondOfDay(this) - this.utcOffsetSeconds)
  }

  /** Seconds from 1970-01-01T00:00 to the wall clock, whatever its offset; a bigint only where a number is not exact. */
  get localEpochSecond(): EpochSecond {
    return epochSecondOf(civilEpochDay(this), secondOfDay(this))
  }

  /** Whether `other` is a date-time of the same instant, offset and zone. */
  equals(other: unknown): boolean {
    if (brandOf(other) !== 'DateTime') return false
    const { localEpochSecond, nanosecond, utcOffsetSeconds, timeZone } = other as DateTime
    return (
      localEpochSecond === this.localEpochSecond &&
      nanosecond === this.nanosecond &&
      utcOffsetSeconds === this.utcOffsetSeconds &&
      timeZone === this.timeZone
    )
  }

  /**
   * A copy with some fields replaced and the wall clock's others kept. The offset follows the zone; `timeZone: null`
   * drops the zone and keeps the offset. To see the same instant from elsewhere use {@link withTimeZone}.
   */
  with(fields: Partial<DateTimeFields>): DateTime {
    refuseUnknown(fields, DATE_TIME_FIELDS, 'DateTime.with')
    const { utcOffsetSeconds, timeZone = this.timeZone, ...civil } = fields
    const checked = Civil.check(replaceFields(this, civil, CIVIL_FIELDS, 'DateTime.with'))
    if (timeZone === null)
      return made(new Placed(checked, checkOffset(utcOffsetSeconds ?? this.utcOffsetSeconds), null))
    if (utcOffsetSeconds != null) return made(inZone(checked, timeZone, utcOffsetSeconds))
    const { nanosecond } = checked
    return made(onWallClock(civilEpochDay(checked), secondOfDay(checked), nanosecond, timeZone, this.utcOffsetSeconds))
  }

  /** The same instant seen from another zone. */
  withTimeZone(timeZone: string): DateTime {
    return DateTime.fromEpochSecond(this.epochSecond, this.nanosecond, { timeZone })
  }

  /** The JS `Date` of this instant; what is below 1 ms is dropped. */
  toDate(): Date {
    return instantToDate(civilEpochDay(this), secondOfDay(this) - this.utcOffsetSeconds, this.nanosecond)
  }

  /**
   * A `Temporal.ZonedDateTime`, made by the runtime's `Temporal` or the namespace given. A zone that is no IANA name, such as
   * `UTC+01:00`, becomes its offset. Raises `RangeError` for an offset with seconds and no IANA zone, which `Temporal` can't express.
   */
  toTemporal<T extends TemporalWithInstant = NativeTemporal>(temporal?: T): TemporalResult<T, 'ZonedDateTime'> {
    const { Instant } = temporalNamespace(temporal, 'dateTime')
    const nanoseconds = BigInt(this.epochSecond) * BigInt(NANOSECONDS_PER_SECOND) + BigInt(this.nanosecond)
    const zoned = Instant.fromEpochNanoseconds(nanoseconds).toZonedDateTimeISO(temporalZone(this))
    return zoned as TemporalResult<T, 'ZonedDateTime'>
  }

  override toString(): string {
    const zone = this.timeZone === null ? '' : `[${this.timeZone}]`
    return formatCivil(this) + formatOffset(this.utcOffsetSeconds) + zone
  }
}

function made(placed: Placed): DateTime {
  return new DateTime(placed as Placed & DateTimeFields)
}

function temporalZone(dateTime: DateTime): string {
  const { timeZone } = dateTime
  if (timeZone === null) return offsetZone(dateTime)
  const isName = timeZone === 'UTC' || timeZone === 'GMT' || fixedOffset(timeZone) === null
  return isName ? timeZone : offsetZone(dateTime)
}

function offsetZone({ utcOffsetSeconds }: DateTime): string {
  if (utcOffsetSeconds === 0) return '+00:00'
  if (utcOffsetSeconds % 60 === 0) return formatOffset(utcOffsetSeconds)
  const advice = "first call withTimeZone('UTC')"
  throw new RangeError(`Temporal has no offsets with seconds, found ${formatOffset(utcOffsetSeconds)}: ${advice}`)
}
