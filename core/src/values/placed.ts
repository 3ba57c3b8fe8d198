/** A wall clock joined to an offset or a zone: how a DateTime's fields are found from what is given. */
import { CIVIL_FIELDS, Civil, type CivilFields, civilEpochDay, formatCivil } from './civil.ts'
import { refuseUnknown } from './fields.ts'
import { checkOffset, SECONDS_PER_DAY, secondOfDay } from './time-of-day.ts'
import { offsetAt, offsetFor } from './zones.ts'

export const DATE_TIME_FIELDS = [...CIVIL_FIELDS, 'utcOffsetSeconds', 'timeZone'] as const

/**
 * The fields of a `DateTime`. Year, month and day are required, the clock's default to 0, and of
 * `utcOffsetSeconds` and `timeZone` at least one must be given.
 */
export interface DateTimeFields extends CivilFields {
  /** Seconds east of UTC. Beside a zone it chooses between the two offsets of an overlap. */
  readonly utcOffsetSeconds?: number | null | undefined
  /** An IANA name such as `Europe/Stockholm`, one of UTC, GMT and UT with an offset such as `UTC+01:00`, or null. */
  readonly timeZone?: string | null | undefined
}

/** A checked wall clock with the offset that holds there, in the shape the constructor takes. */
export class Placed {
  readonly civil: Civil
  readonly utcOffsetSeconds: number
  readonly timeZone: string | null

  constructor(civil: Civil, utcOffsetSeconds: number, timeZone: string | null) {
    this.civil = civil
    this.utcOffsetSeconds = utcOffsetSeconds
    this.timeZone = timeZone
  }
}

/** Checks what a caller gives and finds the offset. */
export function placeFields(fields: DateTimeFields): Placed {
  refuseUnknown(fields, DATE_TIME_FIELDS, 'DateTime')
  const civil = Civil.check(fields)
  const { utcOffsetSeconds, timeZone } = fields
  if (timeZone != null) return inZone(civil, timeZone, utcOffsetSeconds ?? null)
  if (utcOffsetSeconds != null) return new Placed(civil, checkOffset(utcOffsetSeconds), null)
  throw new RangeError('A DateTime needs utcOffsetSeconds or timeZone, found neither; without one use LocalDateTime')
}

/**
 * The wall clock in a zone, at the given offset if that is not null: `RangeError` where the zone doesn't have it.
 */
export function inZone(civil: Civil, timeZone: string, utcOffsetSeconds: number | null): Placed {
  const preferred = utcOffsetSeconds === null ? null : checkOffset(utcOffsetSeconds)
  const day = civilEpochDay(civil)
  const placed = onWallClock(day, secondOfDay(civil), civil.nanosecond, timeZone, preferred)
  const gap = (civilEpochDay(placed.civil) - day) * SECONDS_PER_DAY + secondOfDay(placed.civil) - secondOfDay(civil)
  // In a gap both its offsets pass, that of before and that of after; elsewhere the gap is 0 and they are one.
  const offsets: readonly (number | null)[] = [null, placed.utcOffsetSeconds, placed.utcOffsetSeconds - gap]
  if (offsets.includes(preferred)) return placed
  const found = `utcOffsetSeconds ${preferred} is no offset of '${timeZone}'`
  throw new RangeError(`${found} at ${formatCivil(civil)}, where it is ${placed.utcOffsetSeconds}`)
}

/** The wall clock in a zone, at the preferred offset where the zone leaves a choice. */
export function onWallClock(
  day: number,
  second: number,
  nanosecond: number,
  timeZone: string,
  preferred: number | null,
): Placed {
  const { offset, isGap } = offsetFor(timeZone, day, second, preferred)
  if (!isGap) return new Placed(Civil.at(day, second, nanosecond), offset, timeZone)
  const utcSecond = second - offset
  return atInstant(day, utcSecond, nanosecond, offsetAt(timeZone, day, utcSecond), timeZone)
}

/** The instant given in UTC, seen from an offset. */
export function atInstant(
  day: number,
  second: number,
  nanosecond: number,
  offset: number,
  timeZone: string | null,
): Placed {
  return new Placed(Civil.at(day, second + offset, nanosecond), offset, timeZone)
}
