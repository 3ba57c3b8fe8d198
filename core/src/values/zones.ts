/**
 * UTC offsets of named time zones, computed by Intl and cached. The results follow java.time, which the server uses:
 * in a gap local time is shifted forward, in an overlap the earlier offset counts unless the later one is asked for.
 * Instants come as a day and a second of it, exact for every year Cypher knows.
 *
 * An id may also be UTC, GMT or UT with an offset behind it, which Intl doesn't know: its offset is the one in the id.
 *
 * Intl takes a microsecond or two per call. As no zone has ever changed its offset twice within a few days, equal
 * offsets at both ends of a short span hold for all of it, so a span is asked about once.
 */
import { DAYS_PER_CYCLE, epochDayOf } from './calendar.ts'
import { show } from './fields.ts'
import { SECONDS_PER_DAY } from './time-of-day.ts'

const SPAN_SECONDS = 3 * SECONDS_PER_DAY
const MAX_SPANS = 4096
const MAX_ZONES = 1024

/** Before this day every zone keeps its local mean time. */
const FIRST_DAY = epochDayOf(1700, 1, 1)
/** From this day on only yearly rules apply, which repeat with the calendar. */
const RULES_DAY = epochDayOf(2100, 1, 1)

/** The change of offset inside a span: the first second of the later offset. */
interface Change {
  readonly at: number
  readonly before: number
  readonly after: number
}

interface Zone {
  /** The offset that the id holds, which never changes; null: Intl knows. */
  readonly fixed: number | null
  readonly format: Intl.DateTimeFormat
  readonly spans: Map<number, number | Change>
}

const zones = new Map<string, Zone>()

/** The zone's offset, in seconds, at an instant given in UTC. `second` may reach into neighbouring days. */
export function offsetAt(timeZone: string, day: number, second: number): number {
  const zone = zoneNamed(timeZone)
  if (zone.fixed !== null) return zone.fixed
  const instant = representative(day) * SECONDS_PER_DAY + second
  const span = Math.floor(instant / SPAN_SECONDS)
  const known = zone.spans.get(span) ?? explore(zone, span)
  if (typeof known === 'number') return known
  return instant < known.at ? known.before : known.after
}

/**
 * The offset that makes a local time an instant. In a gap the result is the offset before it: applied to the local
 * time it gives the instant java.time gives, whose local time lies as far behind the gap as the given one lay in it.
 *
 * @param preferred the offset to choose in an overlap, if it is one of the two
 */
export function offsetFor(timeZone: string, day: number, second: number, preferred: number | null): LocalOffset {
  const before = offsetAt(timeZone, day - 1, second)
  const after = offsetAt(timeZone, day + 1, second)
  const holdsBefore = offsetAt(timeZone, day, second - before) === before
  const holdsAfter = before !== after && offsetAt(timeZone, day, second - after) === after
  if (holdsBefore && holdsAfter) return { offset: preferred === after ? after : before, isGap: false }
  return { offset: holdsAfter ? after : before, isGap: !holdsBefore && !holdsAfter }
}

/** The return value of {@link offsetFor}. */
export interface LocalOffset {
  readonly offset: number
  readonly isGap: boolean
}

function representative(day: number): number {
  if (day < FIRST_DAY) return FIRST_DAY
  if (day < RULES_DAY + DAYS_PER_CYCLE) return day
  return RULES_DAY + ((day - RULES_DAY) % DAYS_PER_CYCLE)
}

function zoneNamed(timeZone: unknown): Zone {
  const known = zones.get(timeZone as string)
  if (known) return known
  if (typeof timeZone !== 'string' || !/^[A-Za-z]/.test(timeZone)) {
    const advice = "pass an IANA name such as 'Europe/Stockholm', or an offset as utcOffsetSeconds"
    throw new RangeError(`timeZone ${show(timeZone)} is no time zone name: ${advice}`)
  }
  const fixed = fixedOffset(timeZone)
  const zone: Zone = { fixed, format: formatFor(fixed === null ? timeZone : 'UTC'), spans: new Map() }
  // Callers and servers may spell names in many ways: bound the cache.
  if (zones.size >= MAX_ZONES) zones.clear()
  zones.set(timeZone, zone)
  return zone
}

/** The formats by the name in lower case. Only names of zones get in, of which there are some 600. */
const formats = new Map<string, Intl.DateTimeFormat>()

/** Intl takes a thousand times as long to make a format as to use one, and a server may spell a name in a million ways. */
function formatFor(timeZone: string): Intl.DateTimeFormat {
  const name = timeZone.toLowerCase()
  const known = formats.get(name)
  if (known !== undefined) return known
  const format = offsetFormat(timeZone)
  formats.set(name, format)
  return format
}

/** What java.time reads as an offset: `+h`, `+hh`, `+hhmm`, `+hh:mm`, and both of these with seconds. */
const PREFIXED_OFFSET =
  /^(?:UTC|GMT|UT)(?:([+-])(?:(\d)|(\d\d)(?::?(\d\d))?|(\d\d)(\d\d)(\d\d)|(\d\d):(\d\d):(\d\d)))?$/
/** The largest offset of java.time. */
const MAX_OFFSET = 18 * 3600

/** The offset in seconds of an id such as `UTC`, `UT`, `UTC+01:00` or `GMT-05:30`; null for every other id. */
export function fixedOffset(timeZone: string): number | null {
  const parts = PREFIXED_OFFSET.exec(timeZone)
  if (parts === null) return null
  const [, sign, h, hh, mm, h2, m2, s2, h3, m3, s3] = parts
  const hours = Number(h ?? hh ?? h2 ?? h3 ?? 0)
  const minutes = Number(mm ?? m2 ?? m3 ?? 0)
  const seconds = Number(s2 ?? s3 ?? 0)
  const size = hours * 3600 + minutes * 60 + seconds
  if (minutes > 59 || seconds > 59 || size > MAX_OFFSET) return null
  return sign === '-' ? 0 - size : size
}

function offsetFormat(timeZone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' })
  } catch (cause) {
    const database = `time zone database ${process.versions['tz'] ?? 'of unknown version'}`
    throw new RangeError(`timeZone ${show(timeZone)} is not known to this Node.js (${database})`, { cause })
  }
}

function explore(zone: Zone, span: number): number | Change {
  const start = span * SPAN_SECONDS
  const before = ask(zone, start)
  const after = ask(zone, start + SPAN_SECONDS)
  const found = before === after ? before : { at: changeIn(zone, start, before), before, after }
  if (zone.spans.size >= MAX_SPANS) zone.spans.clear()
  zone.spans.set(span, found)
  return found
}

function changeIn(zone: Zone, start: number, before: number): number {
  let last = start
  let first = start + SPAN_SECONDS
  while (first - last > 1) {
    const middle = Math.floor((last + first) / 2)
    if (ask(zone, middle) === before) last = middle
    else first = middle
  }
  return first
}

function ask({ format }: Zone, instant: number): number {
  const text = format.format(instant * 1000)
  const match = /GMT(?:([+\-−])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(text)
  if (!match) throw new RangeError(`Intl gave no offset in '${text}' for ${format.resolvedOptions().timeZone}`)
  const [, sign, hours = 0, minutes = 0, seconds = 0] = match
  const offset = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)
  return sign === '+' ? offset : 0 - offset
}
