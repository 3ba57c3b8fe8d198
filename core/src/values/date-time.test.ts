import { inspect } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DateTime } from './date-time.ts'
import { LocalDateTime } from './local-date-time.ts'

const nanoseconds = fc.integer({ min: 0, max: 999_999_999 })
const offsets = fc.integer({ min: -64_800, max: 64_800 })
/** A day short of the range at both ends, so that no offset leads out of it. */
const anySecond = fc.bigInt({ min: -31_557_014_135_510_400n, max: 31_556_889_832_694_399n })
const zones = fc.constantFrom(
  ...['Europe/Stockholm', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe', 'Africa/Casablanca', 'UTC'],
)

/** `ZonedDateTime.of(local, zone)` of java.time, JDK 17: the result and its epoch second. */
const JAVA_TIME = [
  ['Europe/Stockholm', '2024-03-31T02:30:00', '2024-03-31T03:30:00+02:00', 1711848600],
  ['Europe/Stockholm', '2024-03-31T01:59:59', '2024-03-31T01:59:59+01:00', 1711846799],
  ['Europe/Stockholm', '2024-03-31T03:00:00', '2024-03-31T03:00:00+02:00', 1711846800],
  ['Europe/Stockholm', '2024-10-27T02:30:00', '2024-10-27T02:30:00+02:00', 1729989000],
  ['Europe/Stockholm', '2024-10-27T03:00:00', '2024-10-27T03:00:00+01:00', 1729994400],
  ['America/New_York', '2024-03-10T02:00:00', '2024-03-10T03:00:00-04:00', 1710054000],
  ['America/New_York', '2024-11-03T01:30:00', '2024-11-03T01:30:00-04:00', 1730611800],
  ['Australia/Lord_Howe', '2024-10-06T02:15:00', '2024-10-06T02:45:00+11:00', 1728143100],
  ['Australia/Lord_Howe', '2024-04-07T01:45:00', '2024-04-07T01:45:00+11:00', 1712414700],
  ['Pacific/Apia', '2011-12-30T12:00:00', '2011-12-31T12:00:00+14:00', 1325282400],
  ['Pacific/Kwajalein', '1993-08-21T12:00:00', '1993-08-22T12:00:00+12:00', 745977600],
  ['America/Sao_Paulo', '2018-11-04T00:30:00', '2018-11-04T01:30:00-02:00', 1541302200],
  ['Africa/Casablanca', '2024-03-10T02:30:00', '2024-03-10T02:30:00+01:00', 1710034200],
  ['Africa/Casablanca', '2024-04-14T02:30:00', '2024-04-14T03:30:00+01:00', 1713061800],
  ['Europe/Dublin', '2024-10-27T01:30:00', '2024-10-27T01:30:00+01:00', 1729989000],
  ['Asia/Kathmandu', '1986-01-01T00:10:00', '1986-01-01T00:25:00+05:45', 504902400],
  ['Africa/Monrovia', '1972-01-07T00:10:00', '1972-01-07T00:54:30Z', 63593670],
  ['America/Caracas', '2016-05-01T02:45:00', '2016-05-01T03:15:00-04:00', 1462086900],
  ['Asia/Pyongyang', '2018-05-04T23:45:00', '2018-05-05T00:15:00+09:00', 1525446900],
  ['Europe/Amsterdam', '1800-06-15T12:00:00', '1800-06-15T12:00:00+00:17:30', -5350364250],
  ['Europe/Stockholm', '1878-12-31T23:59:59', '1878-12-31T23:59:59+00:53:28', -2871680009],
  ['Europe/Rome', '-0044-03-15T12:00:00', '-0044-03-15T12:00:00+00:49:56', -63549319796],
  ['America/Juneau', '1867-10-18T12:00:00', '1867-10-18T12:00:00+15:02:19', -3225322939],
  ['Europe/Stockholm', '+123456-07-01T12:00:00', '+123456-07-01T12:00:00+02:00', 3833743600800],
  ['Europe/Stockholm', '+999999998-07-01T12:00:00', '+999999998-07-01T12:00:00+02:00', 31556889785383200n],
] as const

describe('a DateTime in a zone', () => {
  it.each(JAVA_TIME)('reads %s %s as java.time does', (timeZone, local, expected, second) => {
    const clock = LocalDateTime.parse(local)
    const results = [
      new DateTime({ ...clock, timeZone }),
      DateTime.parse(`${local}[${timeZone}]`),
      DateTime.fromLocalEpochSecond(clock.epochSecond, 0, { timeZone }),
      DateTime.fromEpochSecond(second, 0, { timeZone }),
    ]
    for (const result of results) {
      expect(result.toString()).toBe(`${expected}[${timeZone}]`)
      expect(result.epochSecond).toBe(second)
    }
  })

  it.each([
    ['Europe/Stockholm', '2024-10-27T02:30:00', 3600, 1729992600],
    ['America/New_York', '2024-11-03T01:30:00', -18_000, 1730615400],
    ['Australia/Lord_Howe', '2024-04-07T01:45:00', 37_800, 1712416500],
    ['Africa/Casablanca', '2024-03-10T02:30:00', 0, 1710037800],
  ])(
    'takes the later pass of an overlap in %s when its offset is given',
    (timeZone, local, utcOffsetSeconds, second) => {
      const later = new DateTime({ ...LocalDateTime.parse(local), timeZone, utcOffsetSeconds })
      expect(later.epochSecond).toBe(second)
      expect(later.utcOffsetSeconds).toBe(utcOffsetSeconds)
      expect(DateTime.parse(later.toString())).toEqual(later)
      expect(DateTime.fromEpochSecond(second, 0, { timeZone })).toEqual(later)
    },
  )

  it('takes either offset in a gap and shifts the clock forward', () => {
    for (const utcOffsetSeconds of [3600, 7200]) {
      const gap = { ...LocalDateTime.parse('2024-03-31T02:30:00'), timeZone: 'Europe/Stockholm', utcOffsetSeconds }
      expect(new DateTime(gap).toString()).toBe('2024-03-31T03:30:00+02:00[Europe/Stockholm]')
    }
    const lostDay = { year: 2011, month: 12, day: 30, hour: 12, timeZone: 'Pacific/Apia', utcOffsetSeconds: -36_000 }
    expect(new DateTime(lostDay).toString()).toBe('2011-12-31T12:00:00+14:00[Pacific/Apia]')
    expect(() => new DateTime({ ...lostDay, utcOffsetSeconds: 0 })).toThrow(RangeError)
  })

  it('refuses an offset the zone does not have then', () => {
    expect(() => DateTime.parse('2024-07-01T12:00:00+01:00[Europe/Stockholm]')).toThrow(
      "utcOffsetSeconds 3600 is no offset of 'Europe/Stockholm' at 2024-07-01T12:00:00, where it is 7200",
    )
  })

  it('refuses a zone that does not exist, by name', () => {
    const fields = { year: 2024, month: 7, day: 1 }
    expect(() => new DateTime({ ...fields, timeZone: 'Mars/Olympus' })).toThrow(
      /^timeZone 'Mars\/Olympus' is not known/,
    )
    expect(() => new DateTime({ ...fields, timeZone: '+02:00' })).toThrow(/pass an IANA name .* utcOffsetSeconds$/)
    expect(() => new DateTime({ ...fields, timeZone: 7 as never })).toThrow(RangeError)
    expect(() => DateTime.fromEpochSecond(0, 0, { timeZone: 'Nowhere' })).toThrow(RangeError)
  })

  it('keeps every instant exactly', () => {
    fc.assert(
      fc.property(anySecond, nanoseconds, zones, (second, nanosecond, timeZone) => {
        const dateTime = DateTime.fromEpochSecond(second, nanosecond, { timeZone })
        expect(BigInt(dateTime.epochSecond)).toBe(second)
        expect([dateTime.nanosecond, dateTime.timeZone]).toEqual([nanosecond, timeZone])
        expect(DateTime.parse(dateTime.toString())).toEqual(dateTime)
      }),
    )
  })

  it('agrees with Intl on the clock of every instant', () => {
    const format = (timeZone: string) =>
      new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' })
    fc.assert(
      fc.property(fc.integer({ min: -2_000_000_000, max: 6_000_000_000 }), zones, (second, timeZone) => {
        const text = DateTime.fromEpochSecond(second, 0, { timeZone }).toString()
        expect(text.slice(0, 19).replace('T', ' ')).toBe(format(timeZone).format(second * 1000))
      }),
    )
  })
})

/** Ids that hold their offset, as `ZoneId.of` of java.time takes them, with the offset in seconds. */
const OFFSETS_IN_IDS = [
  ['UTC', 0],
  ['GMT', 0],
  ['UT', 0],
  ['UTC+01:00', 3600],
  ['GMT-05:30', -19_800],
  ['UT+01:00', 3600],
  ['UTC+01:00:30', 3630],
  ['UTC-18:00', -64_800],
  ['GMT+18:00:00', 64_800],
  ['UT-00:00:01', -1],
  ['UTC+5', 18_000],
  ['UTC+05', 18_000],
  ['GMT+0530', 19_800],
  ['UT+053015', 19_815],
] as const

describe('a DateTime in a zone whose id holds the offset', () => {
  it.each(OFFSETS_IN_IDS)('has the offset of %s and keeps the id', (timeZone, offset) => {
    const dateTime = DateTime.fromEpochSecond(1_700_000_000, 5, { timeZone })
    expect(dateTime).toMatchObject({ timeZone, utcOffsetSeconds: offset, epochSecond: 1_700_000_000 })
    expect(dateTime.toDate().getTime()).toBe(1_700_000_000_000)
    expect(DateTime.parse(dateTime.toString()).equals(dateTime)).toBe(true)
    const clock = LocalDateTime.parse('2024-03-31T02:30:00')
    expect(new DateTime({ ...clock, timeZone }).utcOffsetSeconds).toBe(offset)
  })

  it.each([
    'UTC+19:00',
    'UTC+18:00:01',
    'UTC+1:00',
    'UTC+01:60',
    'UTC+01:00:60',
    'UTC+',
    'UTCX',
    'Z+01:00',
    'utc+01:00',
  ])('refuses %s, which java.time refuses too', (timeZone) => {
    expect(() => DateTime.fromEpochSecond(0, 0, { timeZone })).toThrow(/is not known to this Node\.js/)
  })
})

describe('a DateTime with an offset', () => {
  it.each([
    [1719828000, 7, 7200, '2024-07-01T12:00:00.000000007+02:00'],
    [-1, 999_999_999, 0, '1969-12-31T23:59:59.999999999Z'],
    [0, 0, -5400, '1969-12-31T22:30:00-01:30'],
    [0, 0, 12_345, '1970-01-01T03:25:45+03:25:45'],
  ])('is %d s, %d ns at %d s for %s', (second, nanosecond, utcOffsetSeconds, text) => {
    const dateTime = DateTime.fromEpochSecond(second, nanosecond, { utcOffsetSeconds })
    expect(dateTime.toString()).toBe(text)
    expect(DateTime.parse(text)).toEqual(dateTime)
    expect(dateTime.localEpochSecond).toBe(second + utcOffsetSeconds)
    expect(DateTime.fromLocalEpochSecond(second + utcOffsetSeconds, nanosecond, { utcOffsetSeconds })).toEqual(dateTime)
  })

  it('keeps instant and offset exactly over the whole range', () => {
    fc.assert(
      fc.property(anySecond, nanoseconds, offsets, (second, nanosecond, utcOffsetSeconds) => {
        const dateTime = DateTime.fromEpochSecond(second, nanosecond, { utcOffsetSeconds })
        expect(BigInt(dateTime.epochSecond)).toBe(second)
        expect([dateTime.nanosecond, dateTime.utcOffsetSeconds, dateTime.timeZone]).toEqual([
          nanosecond,
          utcOffsetSeconds,
          null,
        ])
        expect(DateTime.parse(dateTime.toString())).toEqual(dateTime)
        const { localEpochSecond } = dateTime
        expect(DateTime.fromLocalEpochSecond(localEpochSecond, nanosecond, { utcOffsetSeconds })).toEqual(dateTime)
      }),
    )
  })

  it('demands an offset or a zone', () => {
    expect(() => new DateTime({ year: 2024, month: 7, day: 1 })).toThrow(/needs utcOffsetSeconds or timeZone/)
    expect(() => new DateTime({ year: 2024, month: 7, day: 1, timeZone: null })).toThrow(RangeError)
    expect(() => new DateTime({ year: 2024, month: 7, day: 1, timezone: 'UTC' } as never)).toThrow(
      "DateTime has no field 'timezone', did you mean 'timeZone'?",
    )
    expect(() => DateTime.parse('2024-07-01T12:00:00')).toThrow(RangeError)
  })
})

describe('DateTime', () => {
  const summer = DateTime.parse('2024-07-01T12:00:00+02:00[Europe/Stockholm]')

  it('compares by instant and equals by instant, offset and zone', () => {
    const sameInstant = DateTime.parse('2024-07-01T10:00:00Z')
    expect(DateTime.compare(summer, sameInstant)).toBe(0)
    expect(summer.equals(sameInstant)).toBe(false)
    expect(summer.equals(summer.with({ timeZone: null }))).toBe(false)
    expect(summer.equals(DateTime.fromEpochSecond(1719828000, 0, { timeZone: 'Europe/Stockholm' }))).toBe(true)
    expect(DateTime.compare(summer, summer.with({ nanosecond: 1 }))).toBe(-1)
    expect(() => +summer).toThrow(TypeError)
  })

  it('finds the offset anew when fields are replaced', () => {
    expect(summer.with({ month: 1 }).toString()).toBe('2024-01-01T12:00:00+01:00[Europe/Stockholm]')
    expect(summer.with({ timeZone: 'Asia/Tokyo' }).toString()).toBe('2024-07-01T12:00:00+09:00[Asia/Tokyo]')
    expect(summer.with({ timeZone: null }).toString()).toBe('2024-07-01T12:00:00+02:00')
    expect(summer.with({ timeZone: null, utcOffsetSeconds: 0 }).toString()).toBe('2024-07-01T12:00:00Z')
    expect(() => summer.with({ utcOffsetSeconds: 0 })).toThrow(RangeError)
    const later = DateTime.parse('2024-10-27T02:30:00+01:00[Europe/Stockholm]')
    expect(later.with({ minute: 45 }).toString()).toBe('2024-10-27T02:45:00+01:00[Europe/Stockholm]')
  })

  it('shows the same instant from another zone', () => {
    expect(summer.withTimeZone('Asia/Tokyo').toString()).toBe('2024-07-01T19:00:00+09:00[Asia/Tokyo]')
  })

  it('becomes a JS Date and drops what is below 1 ms', () => {
    expect(summer.toDate()).toEqual(new Date('2024-07-01T10:00:00Z'))
    expect(DateTime.parse('1969-12-31T23:59:59.999999999Z').toDate().getTime()).toBe(-1)
    expect(() => DateTime.parse('+300000-01-01T00:00Z').toDate()).toThrow(RangeError)
  })

  it('takes a JS Date as an instant in UTC', () => {
    fc.assert(
      fc.property(fc.date({ noInvalidDate: true }), (js) => {
        const dateTime = DateTime.from(js)
        expect(dateTime).toMatchObject({ utcOffsetSeconds: 0, timeZone: null })
        expect(dateTime.toDate()).toEqual(js)
      }),
    )
    expect(DateTime.from(new Date(1)).toString()).toBe('1970-01-01T00:00:00.001Z')
  })

  it('is text in JSON and in print', () => {
    expect(JSON.stringify({ summer })).toBe('{"summer":"2024-07-01T12:00:00+02:00[Europe/Stockholm]"}')
    expect(inspect(summer)).toBe('DateTime 2024-07-01T12:00:00+02:00[Europe/Stockholm]')
    expect(Object.isFrozen(summer)).toBe(true)
  })
})
