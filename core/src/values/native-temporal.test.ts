import { afterEach, describe, expect, expectTypeOf, it, vi } from 'vitest'
import { CypherDate } from './date.ts'
import { DateTime } from './date-time.ts'
import { Duration } from './duration.ts'
import { LocalDateTime } from './local-date-time.ts'
import { LocalTime } from './local-time.ts'
import { fromTemporal } from './temporal-interop.ts'
import { Time } from './time.ts'

/**
 * A stand-in for the parts of `Temporal` that conversions touch; Node.js 20 has none. Plain objects give back the text
 * they were made from, as `Temporal` does for text in its own form.
 */
class Plain {
  readonly text: string
  readonly kind: string
  constructor(kind: string, text: string) {
    this.text = text
    this.kind = kind
  }
  get [Symbol.toStringTag](): string {
    return `Temporal.${this.kind}`
  }
  toString(options?: { calendarName: string }): string {
    return options?.calendarName === 'never' ? this.text : `${this.text}[u-ca=hebrew]`
  }
}

class Instant {
  readonly epochNanoseconds: bigint
  readonly timeZoneId: string | undefined
  constructor(epochNanoseconds: bigint, timeZoneId?: string) {
    this.epochNanoseconds = epochNanoseconds
    this.timeZoneId = timeZoneId
  }
  get [Symbol.toStringTag](): string {
    return this.timeZoneId === undefined ? 'Temporal.Instant' : 'Temporal.ZonedDateTime'
  }
  static fromEpochNanoseconds(nanoseconds: bigint): Instant {
    return new Instant(nanoseconds)
  }
  toZonedDateTimeISO(timeZone: string): Instant {
    return new Instant(this.epochNanoseconds, timeZone)
  }
}

const plain = (kind: string) => ({ from: (text: string) => new Plain(kind, text) })
const Temporal = {
  Instant,
  ZonedDateTime: { from: (): Instant => new Instant(0n, 'UTC') },
  PlainDate: plain('PlainDate'),
  PlainTime: plain('PlainTime'),
  PlainDateTime: plain('PlainDateTime'),
  Duration: {
    from: (fields: object) => ({ ...fields, [Symbol.toStringTag]: 'Temporal.Duration' }),
  },
}

afterEach(() => {
  vi.unstubAllGlobals()
})

describe('values as Temporal', () => {
  it.each([
    ['2024-07-01', '2024-07-01'],
    ['+12345-01-01', '+012345-01-01'],
    ['-0001-12-31', '-000001-12-31'],
  ])('writes the year of %s as Temporal reads it, and reads it back', (text, expected) => {
    const date = CypherDate.parse(text)
    expect(date.toTemporal(Temporal).text).toBe(expected)
    expect(CypherDate.from(date.toTemporal(Temporal))).toEqual(date)
    expect(fromTemporal(date.toTemporal(Temporal))).toEqual(date)
  })

  it('keeps local times and date-times', () => {
    const time = LocalTime.parse('12:30:00.000000001')
    expect(fromTemporal(time.toTemporal(Temporal))).toEqual(time)
    const dateTime = LocalDateTime.parse('+12345-07-01T12:30:00.000000001')
    expect(dateTime.toTemporal(Temporal).text).toBe('+012345-07-01T12:30:00.000000001')
    expect(fromTemporal(dateTime.toTemporal(Temporal))).toEqual(dateTime)
    expect(CypherDate.from(dateTime.toTemporal(Temporal)).toString()).toBe('+12345-07-01')
    expect(LocalTime.from(dateTime.toTemporal(Temporal)).toString()).toBe('12:30:00.000000001')
  })

  it.each([
    '2024-10-27T02:30:00.000000007+01:00[Europe/Stockholm]',
    '1800-01-01T00:00:00+00:53:28[Europe/Stockholm]',
    '1969-12-31T23:59:59.999999999Z[UTC]',
    '2024-07-01T12:00:00-01:30',
    '2024-07-01T12:00:00Z',
  ])('keeps the instant and the zone of %s', (text) => {
    const dateTime = DateTime.parse(text)
    const zoned = dateTime.toTemporal(Temporal)
    expectTypeOf(zoned).toEqualTypeOf<Instant>()
    expect(fromTemporal(zoned)).toEqual(dateTime)
    expect(LocalDateTime.from(zoned).epochSecond).toBe(dateTime.localEpochSecond)
    expect(Time.from(zoned).utcOffsetSeconds).toBe(dateTime.utcOffsetSeconds)
  })

  it.each([
    ['UTC+01:00', '2024-07-01T12:00:00+01:00'],
    ['GMT-05:30', '2024-07-01T12:00:00-05:30'],
    ['UT', '2024-07-01T12:00:00Z'],
  ])('becomes its offset where its zone is %s, which Temporal does not know', (timeZone, text) => {
    const dateTime = DateTime.parse(`2024-07-01T12:00:00[${timeZone}]`)
    expect(fromTemporal(dateTime.toTemporal(Temporal))).toEqual(DateTime.parse(text))
  })

  it('refuses what Temporal has no form for', () => {
    expect(() => DateTime.parse('2024-07-01T12:00:00[UTC+01:00:30]').toTemporal(Temporal)).toThrow(
      /no offsets with seconds/,
    )
    const odd = DateTime.parse('2024-07-01T12:00:00+00:00:01')
    expect(() => odd.toTemporal(Temporal)).toThrow(/no offsets with seconds.*withTimeZone\('UTC'\)/)
    expect(() => Duration.parse('P1M-1D').toTemporal(Temporal)).toThrow(/both signs, found P1M-1D/)
    expect(() => Duration.parse('P1DT-0.1S').toTemporal(Temporal)).toThrow(RangeError)
  })

  it('gives durations components of one sign', () => {
    const duration = Duration.parse('P-1Y-2DT-1.5S').toTemporal(Temporal)
    expect(duration).toMatchObject({ months: -12, days: -2, seconds: -1, nanoseconds: -500_000_000 })
    expect(fromTemporal(duration)).toEqual(Duration.parse('P-1Y-2DT-1.5S'))
  })

  it('has results of the type the namespace makes, or unknown', () => {
    expectTypeOf(new CypherDate(1, 1, 1).toTemporal(Temporal)).toEqualTypeOf<Plain>()
    expectTypeOf<ReturnType<typeof CypherDate.prototype.toTemporal>>().toEqualTypeOf<unknown>()
    expectTypeOf(() => new CypherDate(1, 1, 1).toTemporal()).returns.toEqualTypeOf<unknown>()
  })

  it('uses the runtime’s Temporal unless one is passed, and says so where there is none', () => {
    vi.stubGlobal('Temporal', Temporal)
    expect(String(new CypherDate(2024, 7, 1).toTemporal())).toContain('2024-07-01')
    vi.stubGlobal('Temporal', undefined)
    expect(() => new CypherDate(2024, 7, 1).toTemporal()).toThrow(/pass a polyfill's namespace/)
  })
})

describe('values from Temporal', () => {
  it('reads an Instant as a DateTime in UTC', () => {
    expect(fromTemporal(new Instant(-1n))?.toString()).toBe('1969-12-31T23:59:59.999999999Z')
    expect(DateTime.from(new Instant(0n)).timeZone).toBeNull()
  })

  it('sums up the components of a duration', () => {
    const fields = { years: 1, months: 2, weeks: 1, days: 3, hours: 1, minutes: 1, seconds: 1, milliseconds: 1500 }
    const value = { ...fields, microseconds: 1, nanoseconds: 1, [Symbol.toStringTag]: 'Temporal.Duration' }
    expect(Duration.from(value).toString()).toBe('P1Y2M10DT1H1M2.500001001S')
  })

  it('gives null for what Cypher has no type for', () => {
    expect(fromTemporal(new Plain('PlainYearMonth', '2024-07'))).toBeNull()
    expect(fromTemporal(new Plain('PlainMonthDay', '07-01'))).toBeNull()
    expect(fromTemporal({})).toBeNull()
    expect(fromTemporal(new Date(0))).toBeNull()
  })

  it('refuses kinds that do not hold what the class needs', () => {
    const refused: [() => unknown, string][] = [
      [() => CypherDate.from(new Plain('PlainTime', '12:00:00')), 'found a Temporal.PlainTime'],
      [() => CypherDate.from(new Instant(0n)), 'found a Temporal.Instant'],
      [() => LocalTime.from(new Plain('PlainDate', '2024-07-01')), 'found a Temporal.PlainDate'],
      [() => LocalDateTime.from(new Plain('PlainDate', '2024-07-01')), 'found a Temporal.PlainDate'],
      [() => DateTime.from(new Plain('PlainDateTime', '2024-07-01T12:00:00')), 'found a Temporal.PlainDateTime'],
      [() => Time.from(new Plain('PlainTime', '12:00:00')), 'found a Temporal.PlainTime'],
      [() => Duration.from(new Date(0)), 'found a JS Date'],
    ]
    for (const [convert, message] of refused) expect(convert).toThrow(message)
  })
})
