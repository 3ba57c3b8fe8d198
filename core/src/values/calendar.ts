/**
 * Days and their place in the proleptic Gregorian calendar, as ISO 8601 and Cypher count: there is a year 0, and years
 * reach from −999,999,999 to 999,999,999. Days are counted from 1970-01-01. Pure arithmetic on numbers: a day's
 * count stays far below 2^53 at both ends.
 */
import { integerIn } from './fields.ts'

/** The first and the last year Cypher knows. */
export const MIN_YEAR = -999_999_999
export const MAX_YEAR = 999_999_999

/** Days in 400 years, after which the calendar repeats, weekdays included. */
export const DAYS_PER_CYCLE = 146_097

export const DAY_FIELDS = ['year', 'month', 'day'] as const

/** A day in the calendar. */
export interface CalendarDay {
  readonly year: number
  readonly month: number
  readonly day: number
}

/** The day's count since 1970-01-01. */
export function epochDayOf(year: number, month: number, day: number): number {
  // Counting from 1 March puts the leap day at a year's end, where it needs no case of its own.
  const y = month <= 2 ? year - 1 : year
  const cycle = Math.floor(y / 400)
  const yearOfCycle = y - cycle * 400
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1
  const dayOfCycle = yearOfCycle * 365 + Math.floor(yearOfCycle / 4) - Math.floor(yearOfCycle / 100) + dayOfYear
  return cycle * DAYS_PER_CYCLE + dayOfCycle - 719_468
}

/** The calendar's day for a count since 1970-01-01. */
export function calendarDayOf(epochDay: number): CalendarDay {
  const shifted = epochDay + 719_468
  const cycle = Math.floor(shifted / DAYS_PER_CYCLE)
  const dayOfCycle = (shifted - cycle * DAYS_PER_CYCLE) | 0
  const leapDays = ((dayOfCycle / 1460) | 0) - ((dayOfCycle / 36_524) | 0) + ((dayOfCycle / 146_096) | 0)
  const yearOfCycle = ((dayOfCycle - leapDays) / 365) | 0
  const dayOfYear = dayOfCycle - (365 * yearOfCycle + ((yearOfCycle / 4) | 0) - ((yearOfCycle / 100) | 0))
  const monthFromMarch = ((5 * dayOfYear + 2) / 153) | 0
  const day = dayOfYear - (((153 * monthFromMarch + 2) / 5) | 0) + 1
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
  return { year: cycle * 400 + yearOfCycle + (month <= 2 ? 1 : 0), month, day }
}

/** Checks the three fields; `RangeError` names the wrong one. */
export function checkDay(year: unknown, month: unknown, day: unknown): CalendarDay {
  const checkedYear = integerIn(year, 'year', MIN_YEAR, MAX_YEAR)
  const checkedMonth = integerIn(month, 'month', 1, 12)
  return {
    year: checkedYear,
    month: checkedMonth,
    day: integerIn(day, 'day', 1, daysInMonth(checkedYear, checkedMonth)),
  }
}

/** The year and `-MM-DD`, with a sign before years that have more than four digits. */
export function formatDay({ year, month, day }: CalendarDay): string {
  const digits = String(Math.abs(year)).padStart(4, '0')
  const sign = year < 0 ? '-' : year > 9999 ? '+' : ''
  return `${sign}${digits}-${twoDigits(month)}-${twoDigits(day)}`
}

/** A number below 100 as two digits. */
export function twoDigits(value: number): string {
  return value < 10 ? `0${value}` : String(value)
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}
