import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LocalTime } from './local-time.ts'
import { Time } from './time.ts'

const nanoseconds = fc.integer({ min: 0, max: 86_399_999_999_999 })
const offsets = fc.integer({ min: -64_800, max: 64_800 })

describe('LocalTime', () => {
  it('takes what is not given as 0', () => {
    expect(new LocalTime({ hour: 12 })).toMatchObject({ hour: 12, minute: 0, second: 0, nanosecond: 0 })
    expect(new LocalTime({}).nanosecondOfDay).toBe(0)
  })

  it.each([
    [{ hour: 24 }, 'hour must be an integer from 0 to 23, found 24'],
    [{ minute: -1 }, 'minute must be an integer from 0 to 59, found -1'],
    [{ second: 60 }, 'second must be an integer from 0 to 59, found 60'],
    [{ nanosecond: 1e9 }, 'nanosecond must be an integer from 0 to 999999999, found 1000000000'],
    [{ hour: 1n }, 'hour must be an integer from 0 to 23, found 1n'],
    [{ seconds: 1 }, "LocalTime has no field 'seconds', did you mean 'second'?"],
    [null, 'LocalTime takes an object with hour, minute, second, nanosecond, found null'],
  ])('refuses %o', (fields, message) => {
    expect(() => new LocalTime(fields as never)).toThrow(new RangeError(message))
  })

  it.each([
    [0, '00:00:00'],
    [1, '00:00:00.000000001'],
    [45_000_250_000_000, '12:30:00.25'],
    [86_399_999_999_999, '23:59:59.999999999'],
  ])('writes nanosecond %d of the day as %s', (nanosecond, text) => {
    expect(LocalTime.fromNanosecondOfDay(nanosecond).toString()).toBe(text)
    expect(LocalTime.parse(text).nanosecondOfDay).toBe(nanosecond)
  })

  it('keeps every nanosecond through its count and its text', () => {
    fc.assert(
      fc.property(nanoseconds, (nanosecond) => {
        const time = LocalTime.fromNanosecondOfDay(nanosecond)
        expect(time.nanosecondOfDay).toBe(nanosecond)
        expect(LocalTime.parse(time.toString())).toEqual(time)
        expect(new LocalTime({ ...time })).toEqual(time)
      }),
    )
  })

  it('parses times without seconds and with a decimal comma, and nothing else', () => {
    expect(LocalTime.parse('12:30').toString()).toBe('12:30:00')
    expect(LocalTime.parse('12:30:01,5').nanosecond).toBe(500_000_000)
    for (const text of ['12', '1:30', '12:30:01.', '12:30:01.0000000001', '12:30Z', '24:00:00']) {
      expect(() => LocalTime.parse(text)).toThrow(RangeError)
    }
  })

  it('compares, equals and is replaced field by field', () => {
    const noon = new LocalTime({ hour: 12 })
    expect(LocalTime.compare(noon, noon.with({ nanosecond: 1 }))).toBe(-1)
    expect(LocalTime.compare(noon.with({ nanosecond: 1 }), noon)).toBe(1)
    expect(noon.equals(LocalTime.parse('12:00'))).toBe(true)
    expect(noon.equals(new Time({ hour: 12, utcOffsetSeconds: 0 }))).toBe(false)
    expect(() => +noon).toThrow(TypeError)
    expect(JSON.stringify([noon])).toBe('["12:00:00"]')
  })

  it('reads the clock of a JS Date', () => {
    const js = new Date('2024-07-01T22:30:00.125Z')
    expect(LocalTime.from(js).toString()).toBe('22:30:00.125')
    expect(LocalTime.from(js, { timeZone: 'Asia/Kolkata' }).toString()).toBe('04:00:00.125')
    expect(LocalTime.from(new Date(-1)).toString()).toBe('23:59:59.999')
  })
})

describe('Time', () => {
  it('demands its offset', () => {
    expect(() => new Time({ hour: 12 } as never)).toThrow(
      'utcOffsetSeconds must be an integer from -64800 to 64800, found undefined',
    )
    expect(() => new Time({ utcOffsetSeconds: 64_801 })).toThrow(RangeError)
    expect(() => new Time({ utcOffsetSecond: 0 } as never)).toThrow("did you mean 'utcOffsetSeconds'?")
  })

  it.each([
    ['12:30:00+02:00', 45_000_000_000_000, 7200],
    ['12:00:00.25-01:30', 43_200_250_000_000, -5400],
    ['00:00:00Z', 0, 0],
    ['00:00:00+00:00:01', 0, 1],
    ['23:59:59.999999999-18:00', 86_399_999_999_999, -64_800],
  ])('writes and reads %s', (text, nanosecond, utcOffsetSeconds) => {
    const time = Time.fromNanosecondOfDay(nanosecond, utcOffsetSeconds)
    expect(time.toString()).toBe(text)
    expect(Time.parse(text)).toEqual(time)
    expect([time.nanosecondOfDay, time.utcOffsetSeconds]).toEqual([nanosecond, utcOffsetSeconds])
  })

  it('keeps nanosecond and offset exactly', () => {
    fc.assert(
      fc.property(nanoseconds, offsets, (nanosecond, offset) => {
        const time = Time.fromNanosecondOfDay(nanosecond, offset)
        expect([time.nanosecondOfDay, time.utcOffsetSeconds]).toEqual([nanosecond, offset])
        expect(Time.parse(time.toString())).toEqual(time)
      }),
    )
  })

  it('reads offsets in short forms, and refuses those out of range', () => {
    expect(Time.parse('12:00+02').utcOffsetSeconds).toBe(7200)
    expect(Time.parse('12:00-0130').utcOffsetSeconds).toBe(-5400)
    expect(() => Time.parse('12:00')).toThrow(RangeError)
    expect(() => Time.parse('12:00+01:60')).toThrow("offset '+01:60' is out of range")
    expect(() => Time.parse('12:00+19:00')).toThrow(RangeError)
  })

  it('compares as seen from UTC, and equals by its fields', () => {
    const inStockholm = Time.parse('12:00+02:00')
    const inLondon = Time.parse('11:00+01:00')
    expect(Time.compare(inStockholm, inLondon)).toBe(0)
    expect(Time.compare(inStockholm, Time.parse('11:00Z'))).toBe(-1)
    expect(inStockholm.equals(inLondon)).toBe(false)
    expect(inStockholm.equals(Time.parse('12:00:00+02:00'))).toBe(true)
    expect(inStockholm.with({ utcOffsetSeconds: 0 }).toString()).toBe('12:00:00Z')
    expect('toTemporal' in inStockholm).toBe(false)
    expect(Time.from(new Date('2024-07-01T22:30:00Z')).toString()).toBe('22:30:00Z')
  })
})
