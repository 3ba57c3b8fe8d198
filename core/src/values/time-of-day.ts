/** The clock part of temporal values: hour to nanosecond, checked, counted and written. */
import { twoDigits } from './calendar.ts'
import { integerIn, integerOrZero } from './fields.ts'

export const SECONDS_PER_DAY = 86_400
export const NANOSECONDS_PER_SECOND = 1_000_000_000
const NANOSECONDS_PER_DAY = SECONDS_PER_DAY * NANOSECONDS_PER_SECOND

/** What java.time and the server allow. */
const MAX_OFFSET_SECONDS = 18 * 3600

export const CLOCK_FIELDS = ['hour', 'minute', 'second', 'nanosecond'] as const

/** The clock fields that callers pass; each defaults to 0. */
export interface TimeOfDayFields {
  readonly hour?: number | undefined
  readonly minute?: number | undefined
  readonly second?: number | undefined
  readonly nanosecond?: number | undefined
}

/** Checked clock fields: a constructor that gets an instance skips its own checks. */
export class TimeOfDay {
  readonly hour: number
  readonly minute: number
  readonly second: number
  readonly nanosecond: number

  private constructor(hour: number, minute: number, second: number, nanosecond: number) {
    this.hour = hour
    this.minute = minute
    this.second = second
    this.nanosecond = nanosecond
  }

  static check(fields: TimeOfDayFields): TimeOfDay {
    return new TimeOfDay(
      integerOrZero(fields.hour, 'hour', 0, 23),
      integerOrZero(fields.minute, 'minute', 0, 59),
      integerOrZero(fields.second, 'second', 0, 59),
      checkNanosecond(fields.nanosecond ?? 0),
    )
  }

  /** From a checked second of the day and nanosecond of the second. */
  static at(secondOfDay: number, nanosecond: number): TimeOfDay {
    const minuteOfDay = (secondOfDay / 60) | 0
    const hour = (minuteOfDay / 60) | 0
    return new TimeOfDay(hour, minuteOfDay - hour * 60, secondOfDay - minuteOfDay * 60, nanosecond)
  }

  static fromNanosecondOfDay(nanosecondOfDay: number): TimeOfDay {
    integerIn(nanosecondOfDay, 'nanosecondOfDay', 0, NANOSECONDS_PER_DAY - 1)
    const secondOfDay = Math.floor(nanosecondOfDay / NANOSECONDS_PER_SECOND)
    return TimeOfDay.at(secondOfDay, nanosecondOfDay - secondOfDay * NANOSECONDS_PER_SECOND)
  }
}

export function checkNanosecond(nanosecond: unknown): number {
  return integerIn(nanosecond, 'nanosecond', 0, NANOSECONDS_PER_SECOND - 1)
}

export function checkOffset(utcOffsetSeconds: unknown): number {
  return integerIn(utcOffsetSeconds, 'utcOffsetSeconds', -MAX_OFFSET_SECONDS, MAX_OFFSET_SECONDS)
}

type Clock = Required<{ readonly [Field in keyof TimeOfDayFields]: number }>

export function secondOfDay({ hour, minute, second }: Clock): number {
  return hour * 3600 + minute * 60 + second
}

export function nanosecondOfDay(time: Clock): number {
  return secondOfDay(time) * NANOSECONDS_PER_SECOND + time.nanosecond
}

/** `HH:MM:SS` and as many fraction digits as it takes. */
export function formatTimeOfDay({ hour, minute, second, nanosecond }: Clock): string {
  return `${twoDigits(hour)}:${twoDigits(minute)}:${twoDigits(second)}${formatFraction(nanosecond)}`
}

/** A point and the significant digits of a fraction of a second, or nothing. */
export function formatFraction(nanosecond: number): string {
  return nanosecond === 0 ? '' : `.${String(nanosecond).padStart(9, '0').replace(/0+$/, '')}`
}

/** `Z` or `±HH:MM`, with `:SS` where the offset has seconds. */
export function formatOffset(utcOffsetSeconds: number): string {
  if (utcOffsetSeconds === 0) return 'Z'
  const { hour, minute, second } = TimeOfDay.at(Math.abs(utcOffsetSeconds), 0)
  const seconds = second === 0 ? '' : `:${twoDigits(second)}`
  return `${utcOffsetSeconds < 0 ? '-' : '+'}${twoDigits(hour)}:${twoDigits(minute)}${seconds}`
}
