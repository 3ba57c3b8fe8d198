/** A day and a clock together: the local side of the date-time classes. */
import { calendarDayOf, checkDay, DAY_FIELDS, epochDayOf, formatDay, MAX_YEAR, MIN_YEAR } from './calendar.ts'
import { integerIn } from './fields.ts'
import { CLOCK, clockIn, DAY, dayIn, type IsoParts } from './iso.ts'
import type { TimeOfDayFields } from './time-of-day.ts'
import { CLOCK_FIELDS, formatTimeOfDay, SECONDS_PER_DAY, TimeOfDay } from './time-of-day.ts'

export const DATE_TIME = `${DAY}T${CLOCK}`
export const CIVIL_FIELDS = [...DAY_FIELDS, ...CLOCK_FIELDS] as const

/** The fields that callers pass: those of the day are required, those of the clock default to 0. */
export interface CivilFields extends TimeOfDayFields {
  readonly year: number
  readonly month: number
  readonly day: number
}

/** Checked fields: a constructor that gets an instance skips its own checks. */
export class Civil {
  readonly year: number
  readonly month: number
  readonly day: number
  readonly hour: number
  readonly minute: number
  readonly second: number
  readonly nanosecond: number

  private constructor(year: number, month: number, day: number, clock: TimeOfDay) {
    this.year = year
    this.month = month
    this.day = day
    this.hour = clock.hour
    this.minute = clock.minute
    this.second = clock.second
    this.nanosecond = clock.nanosecond
  }

  static check(fields: CivilFields): Civil {
    const { year, month, day } = checkDay(fields.year, fields.month, fields.day)
    return new Civil(year, month, day, TimeOfDay.check(fields))
  }

  /** From a day and a second that may reach into neighbouring days, and a checked nanosecond. */
  static at(epochDay: number, second: number, nanosecond: number): Civil {
    const carry = Math.floor(second / SECONDS_PER_DAY)
    const { year, month, day } = calendarDayOf(epochDay + carry)
    integerIn(year, 'year', MIN_YEAR, MAX_YEAR)
    return new Civil(year, month, day, TimeOfDay.at(second - carry * SECONDS_PER_DAY, nanosecond))
  }
}

type Fields = Readonly<Record<(typeof CIVIL_FIELDS)[number], number>>

export function civilEpochDay({ year, month, day }: Fields): number {
  return epochDayOf(year, month, day)
}

export function civilIn(parts: IsoParts): Fields {
  // On Node 20 joining objects by spreading them takes thirty times as long.
  return Object.assign(dayIn(parts), clockIn(parts))
}

export function formatCivil(civil: Fields): string {
  return `${formatDay(civil)}T${formatTimeOfDay(civil)}`
}
