import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Duration } from './duration.ts'

const amount = fc.maxSafeInteger()

describe('Duration', () => {
  it.each([
    ['PT0S', {}],
    ['P1Y2M3DT4H5M6.000000007S', { months: 14, days: 3, seconds: 14_706, nanoseconds: 7 }],
    ['PT-0.1S', { seconds: -1, nanoseconds: 900_000_000 }],
    ['PT-1.5S', { seconds: -2, nanoseconds: 500_000_000 }],
    ['PT-1H-0.000000001S', { seconds: -3601, nanoseconds: 999_999_999 }],
    ['P1M-1DT-1S', { months: 1, days: -1, seconds: -1 }],
    ['P-1Y-1M', { months: -13 }],
    ['PT1M', { seconds: 60 }],
    ['P750599937895082Y7M', { months: Number.MAX_SAFE_INTEGER }],
  ])('writes and reads %s', (text, fields) => {
    const duration = new Duration(fields)
    expect(duration.toString()).toBe(text)
    expect(Duration.parse(text)).toEqual(duration)
  })

  it('keeps components exactly, in fields and in text', () => {
    const nanosecond = fc.integer({ min: 0, max: 999_999_999 })
    fc.assert(
      fc.property(amount, amount, amount, nanosecond, (months, days, seconds, nanoseconds) => {
        const duration = new Duration({ months, days, seconds, nanoseconds })
        expect(duration).toMatchObject({ months: months + 0, days: days + 0, seconds: seconds + 0, nanoseconds })
        expect(Duration.parse(duration.toString())).toEqual(duration)
        expect(JSON.stringify(duration)).toBe(`"${duration}"`)
      }),
    )
  })

  it('carries nanoseconds over into seconds that are rounded down', () => {
    expect(new Duration({ nanoseconds: -100_000_000 })).toMatchObject({ seconds: -1, nanoseconds: 900_000_000 })
    expect(new Duration({ seconds: 1, nanoseconds: 2_500_000_000 })).toMatchObject({ seconds: 3, nanoseconds: 5e8 })
    expect(() => new Duration({ seconds: Number.MAX_SAFE_INTEGER, nanoseconds: 1e9 })).toThrow(/^seconds must be/)
  })

  it.each([
    [{ months: 1.5 }, 'months must be an integer'],
    [{ days: 2 ** 53 }, 'days must be an integer'],
    [{ seconds: '1' }, "seconds must be an integer from -9007199254740991 to 9007199254740991, found '1'"],
    [{ hours: 1 }, "Duration has no field 'hours'"],
  ])('refuses %o', (fields, message) => {
    expect(() => new Duration(fields as never)).toThrow(message)
  })

  it.each([
    ['P1W', 'P7D'],
    ['-P1Y1D', 'P-1Y-1D'],
    ['PT90M', 'PT1H30M'],
    ['PT1.5H', 'PT1H30M'],
    ['P0.5Y', 'P6M'],
    ['P1.5D', 'P1DT12H'],
    ['P-0.5D', 'PT-12H'],
    ['P0.75M', 'P22DT19H51M49.5S'],
    ['PT0,25S', 'PT0.25S'],
    ['P1DT-0.5S', 'P1DT-0.5S'],
  ])('reads %s as %s', (text, canonical) => {
    expect(Duration.parse(text).toString()).toBe(canonical)
  })

  it.each(['', 'P', 'PT', 'P1YT', 'P1', '1D', 'P1D2Y', 'P1H', 'PT1.0000000001S', 'P1M1M'])(
    'does not parse %j',
    (text) => {
      expect(() => Duration.parse(text)).toThrow(RangeError)
    },
  )

  it('keeps components of up to 64 bits, and rounds none of them where a number is too small', () => {
    const seconds = 2n ** 63n - 1n
    const duration = new Duration({ months: 1n, seconds, nanoseconds: 999_999_999 })
    expect(duration.exact).toEqual({ months: 1n, days: 0n, seconds, nanoseconds: 999_999_999n })
    expect([duration.months, duration.days, duration.nanoseconds]).toEqual([1, 0, 999_999_999])
    expect(() => duration.seconds).toThrow(/seconds of this Duration is 9223372036854775807.*exact\.seconds/)
    expect(duration.toString()).toBe('P1MT2562047788015215H30M7.999999999S')
    const again = Duration.parse(duration.toString())
    expect(again.equals(duration)).toBe(true)
    expect(again.equals(new Duration({ months: 1, seconds: seconds - 1n, nanoseconds: 999_999_999 }))).toBe(false)
    expect(duration.with({ seconds: 1 })).toEqual(new Duration({ months: 1, seconds: 1, nanoseconds: 999_999_999 }))
    expect(() => duration.toTemporal({ Duration: { from: () => duration } } as never)).toThrow(RangeError)
    expect(() => new Duration({ seconds: seconds + 1n })).toThrow(/^seconds must be an integer of 64 bits/)
    expect(() => new Duration({ seconds, nanoseconds: 1e9 })).toThrow(/^seconds must be an integer of 64 bits/)
  })

  it('equals by components, has no order, and is replaced component by component', () => {
    const day = new Duration({ days: 1 })
    expect(day.equals(new Duration({ days: 1, months: 0 }))).toBe(true)
    expect(day.equals(new Duration({ seconds: 86_400 }))).toBe(false)
    expect(day.equals({ months: 0, days: 1, seconds: 0, nanoseconds: 0 })).toBe(false)
    expect('compare' in Duration).toBe(false)
    expect(() => +day).toThrow("A Duration can't be used as a number: compare with a.equals(b) or its fields")
    expect(day.with({ months: 1, seconds: -1 }).toString()).toBe('P1M1DT-1S')
    expect(() => Object.assign(day, { days: 2 })).toThrow(TypeError)
  })
})
