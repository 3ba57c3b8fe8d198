/**
 * Conversions from and to JavaScript's `Date` and `Temporal`, native or polyfilled. `Temporal` objects are recognised by their
 * `Symbol.toStringTag`, so any implementation works, and none of its types is needed to compile.
 */
import { isDate } from 'node:util/types'
import type { CalendarDay } from './calendar.ts'
import { formatDay, twoDigits } from './calendar.ts'
import { refuseUnknown, show } from './fields.ts'
import { type IsoParts, partsOf } from './iso.ts'
import { NANOSECONDS_PER_SECOND, SECONDS_PER_DAY } from './time-of-day.ts'
import { offsetAt, offsetFor } from './zones.ts'

/** An instant in UTC with the offset and the zone it is seen from. */
export interface Moment {
  readonly day: number
  readonly second: number
  readonly nanosecond: number
  readonly utcOffsetSeconds: number
  readonly timeZone: string | null
}

/** A `Temporal` namespace whose result types are unknown. */
type UntypedTemporal = TemporalWith<'PlainDate' | 'PlainTime' | 'PlainDateTime' | 'ZonedDateTime', string> &
  TemporalWith<'Duration', object> &
  TemporalWithInstant

/** The type of `globalThis.Temporal` where the compiler knows it. */
export type NativeTemporal = typeof globalThis extends { readonly Temporal: infer T extends UntypedTemporal }
  ? T
  : UntypedTemporal

/** A `Temporal` namespace, as far as one conversion needs it. */
export type TemporalWith<Name extends string, Item> = {
  readonly [Class in Name]: { from(item: Item): unknown }
}

/** A `Temporal` namespace that makes zoned date-times. */
export interface TemporalWithInstant {
  readonly Instant: { fromEpochNanoseconds(nanoseconds: bigint): { toZonedDateTimeISO(timeZone: string): unknown } }
}

/** What `from` of a namespace's class gives. */
export type TemporalResult<Namespace, Name extends string> =
  Namespace extends Record<Name, { from(item: never): infer Result }> ? Result : never

/** The class name behind `Temporal.`, or undefined for any other value. */
export function temporalTag(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const tag = (value as { readonly [Symbol.toStringTag]?: unknown })[Symbol.toStringTag]
  return typeof tag === 'string' && tag.startsWith('Temporal.') ? tag.slice('Temporal.'.length) : undefined
}

/** The instant in a JS `Date`, a `Temporal.Instant` or a `Temporal.ZonedDateTime`; undefined for anything else. */
export function momentOf(value: unknown): Moment | undefined {
  if (isDate(value)) return momentOfDate(value)
  const tag = temporalTag(value)
  if (tag !== 'Instant' && tag !== 'ZonedDateTime') return undefined
  const { epochNanoseconds, timeZoneId } = value as { epochNanoseconds: bigint; timeZoneId?: string }
  const nanosecondsPerDay = BigInt(SECONDS_PER_DAY) * BigInt(NANOSECONDS_PER_SECOND)
  const nanosecondOfDay = BigInt.asIntN(
    64,
    ((epochNanoseconds % nanosecondsPerDay) + nanosecondsPerDay) % nanosecondsPerDay,
  )
  const day = Number((epochNanoseconds - nanosecondOfDay) / nanosecondsPerDay)
  const second = Number(nanosecondOfDay / BigInt(NANOSECONDS_PER_SECOND))
  const nanosecond = Number(nanosecondOfDay % BigInt(NANOSECONDS_PER_SECOND))
  return { day, second, nanosecond, ...zoneOf(timeZoneId, day, second) }
}

function momentOfDate(date: Date): Moment {
  const time = date.getTime()
  if (Number.isNaN(time)) throw new RangeError('An invalid JS Date has no temporal value')
  const second = Math.floor(time / 1000)
  const day = Math.floor(second / SECONDS_PER_DAY)
  const nanosecond = (time - second * 1000) * 1_000_000
  return { day, second: second - day * SECONDS_PER_DAY, nanosecond, utcOffsetSeconds: 0, timeZone: null }
}

function zoneOf(id: string | undefined, day: number, second: number): Pick<Moment, 'utcOffsetSeconds' | 'timeZone'> {
  if (id === undefined) return { utcOffsetSeconds: 0, timeZone: null }
  const offset = /^([+-])(\d\d):(\d\d)$/.exec(id)
  if (!offset) return { utcOffsetSeconds: offsetAt(id, day, second), timeZone: id }
  const size = Number(offset[2]) * 3600 + Number(offset[3]) * 60
  return { utcOffsetSeconds: offset[1] === '-' ? 0 - size : size, timeZone: null }
}

/** Where a JS `Date` is to be read, UTC unless given. `Temporal` values bring their own zone. */
export interface ReadingZone {
  readonly timeZone?: string | undefined
}

/** The wall clock of {@link momentOf}, as a day and a second that may reach into neighbouring days. */
export function wallClockOf(value: unknown, zone: ReadingZone = {}): Moment | undefined {
  refuseUnknown(zone, ['timeZone'], 'from')
  const moment = momentOf(value)
  if (!moment) return undefined
  const { day, second, nanosecond } = moment
  const timeZone = isDate(value) ? (zone.timeZone ?? null) : null
  const utcOffsetSeconds = timeZone === null ? moment.utcOffsetSeconds : offsetAt(timeZone, day, second)
  const local = second + utcOffsetSeconds
  const carry = Math.floor(local / SECONDS_PER_DAY)
  return { day: day + carry, second: local - carry * SECONDS_PER_DAY, nanosecond, utcOffsetSeconds, timeZone }
}

/** The parts of a plain `Temporal` object's text, always in the ISO calendar. */
export function plainParts(value: object, form: RegExp, owner: string): IsoParts {
  const text = (value as { toString(options: { calendarName: 'never' }): string }).toString({ calendarName: 'never' })
  return partsOf(text, form, owner, '')
}

/** The error for a value a class's `from` doesn't take. */
export function notFrom(owner: string, accepted: string, value: unknown): RangeError {
  const tag = temporalTag(value)
  return new RangeError(`${owner}.from takes ${accepted}, found ${tag ? `a Temporal.${tag}` : show(value)}`)
}

/** The namespace to convert with: the one given, or the runtime's own. */
export function temporalNamespace<T>(given: T | undefined, owner: string): T {
  const namespace = given ?? (globalThis as { readonly Temporal?: T }).Temporal
  if (namespace) return namespace
  throw new RangeError(`This runtime has no Temporal: pass a polyfill's namespace, ${owner}.toTemporal(Temporal)`)
}

/** A day as `Temporal` reads it: years of more than four digits have six. */
export function temporalDay(day: CalendarDay): string {
  if (day.year >= 0 && day.year <= 9999) return formatDay(day)
  const year = String(Math.abs(day.year)).padStart(6, '0')
  return `${day.year < 0 ? '-' : '+'}${year}-${twoDigits(day.month)}-${twoDigits(day.day)}`
}

/** The JS `Date` of a wall clock in a zone the caller must name; below 1 ms is dropped. */
export function wallClockToDate(
  clock: Pick<Moment, 'day' | 'second' | 'nanosecond'>,
  zone: { readonly timeZone: string } | undefined,
  owner: string,
): Date {
  const timeZone = zone?.timeZone
  if (timeZone === undefined || timeZone === null) {
    throw new RangeError(
      `A ${owner} is no instant until its zone is known: call toDate({ timeZone: 'Europe/Stockholm' })`,
    )
  }
  refuseUnknown(zone, ['timeZone'], 'toDate')
  const { offset } = offsetFor(timeZone, clock.day, clock.second, null)
  return instantToDate(clock.day, clock.second - offset, clock.nanosecond)
}

/** The JS `Date` of an instant; `RangeError` where JS dates don't reach. */
export function instantToDate(day: number, second: number, nanosecond: number): Date {
  const date = new Date((day * SECONDS_PER_DAY + second) * 1000 + Math.floor(nanosecond / 1_000_000))
  if (!Number.isNaN(date.getTime())) return date
  throw new RangeError('A JS Date reaches from the year -271821 to 275760 only')
}
