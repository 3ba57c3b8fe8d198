/**
 * Seconds since 1970-01-01T00:00. Cypher's years reach further than 2^53 seconds, so a count may be a bigint at the far
 * ends, and everything in between works on a day and a second of that day.
 */
import { show } from './fields.ts'
import { SECONDS_PER_DAY } from './time-of-day.ts'

/** A number wherever that is exact (some 285 million years to both sides), otherwise a bigint. */
export type EpochSecond = number | bigint

/** The day a second falls on. */
export function dayOfSecond(second: EpochSecond): number {
  if (typeof second === 'bigint') return Number((second - BigInt(secondWithinDay(second))) / BigInt(SECONDS_PER_DAY))
  if (Number.isSafeInteger(second)) return Math.floor(second / SECONDS_PER_DAY)
  throw new RangeError(`epochSecond must be a safe integer or a bigint, found ${show(second)}`)
}

/** The second of its day. */
export function secondWithinDay(second: EpochSecond): number {
  if (typeof second === 'bigint') {
    const rest = Number(second % BigInt(SECONDS_PER_DAY))
    return rest < 0 ? rest + SECONDS_PER_DAY : rest
  }
  return second - Math.floor(second / SECONDS_PER_DAY) * SECONDS_PER_DAY
}

/** The count for a day and a second, which may reach into neighbouring days. */
export function epochSecondOf(day: number, second: number): EpochSecond {
  const count = day * SECONDS_PER_DAY + second
  return Number.isSafeInteger(count) ? count : BigInt(day) * BigInt(SECONDS_PER_DAY) + BigInt(second)
}
