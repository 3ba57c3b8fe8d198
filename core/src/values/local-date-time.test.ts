import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LocalDateTime } from './local-date-time.ts'

const seconds = fc.bigInt({ min: -31_557_014_135_596_800n, max: 31_556_889_832_780_799n })
const nanoseconds = fc.integer({ min: 0, max: 999_999_999 })

describe('LocalDateTime', () => {
  it('demands the day and takes the rest as 0', () => {
    const dateTime = new LocalDateTime({ year: 2024, month: 7, day: 1 })
    expect(dateTime.toString()).toBe('2024-07-01T00:00:00')
    expect(() => new LocalDateTime({ year: 2024, month: 7 } as never)).toThrow(
      'day must be an integer from 1 to 31, found undefined',
    )
    expect(() => new LocalDateTime({ year: 2024, month: 7, day: 1, millisecond: 1 } as never)).toThrow(
      "LocalDateTime has no field 'millisecond'",
    )
  })

  it.each([
    [-1, 900_000_000, '1969-12-31T23:59:59.9'],
    [0, 0, '1970-01-01T00:00:00'],
    [1_719_835_200, 7, '2024-07-01T12:00:00.000000007'],
    [31_556_889_832_780_799n, 999_999_999, '+999999999-12-31T23:59:59.999999999'],
    [-31_557_014_135_596_800n, 0, '-999999999-01-01T00:00:00'],
  ])('is %s s and %d ns for %s', (second, nanosecond, text) => {
    const dateTime = LocalDateTime.fromEpochSecond(second, nanosecond)
    expect(dateTime.toString()).toBe(text)
    expect(dateTime.epochSecond).toBe(second)
    expect(dateTime.nanosecond).toBe(nanosecond)
    expect(LocalDateTime.parse(text)).toEqual(dateTime)
  })

  it('keeps seconds and nanoseconds exactly over the whole range', () => {
    fc.assert(
      fc.property(seconds, nanoseconds, (second, nanosecond) => {
        const dateTime = LocalDateTime.fromEpochSecond(second, nanosecond)
        expect(BigInt(dateTime.epochSecond)).toBe(second)
        expect(dateTime.nanosecond).toBe(nanosecond)
        expect(LocalDateTime.parse(dateTime.toString())).toEqual(dateTime)
        expect(new LocalDateTime({ ...dateTime })).toEqual(dateTime)
      }),
    )
  })

  it('refuses seconds that are not exact, and those out of range', () => {
    expect(() => LocalDateTime.fromEpochSecond(2 ** 53, 0)).toThrow('epochSecond must be a safe integer or a bigint')
    expect(() => LocalDateTime.fromEpochSecond(0.5, 0)).toThrow(RangeError)
    expect(() => LocalDateTime.fromEpochSecond(2n ** 63n, 0)).toThrow('year must be')
    expect(() => LocalDateTime.fromEpochSecond(0, -1)).toThrow('nanosecond must be')
  })

  it('compares to the nanosecond', () => {
    const [early, late] = [LocalDateTime.parse('2024-07-01T12:00:00.1'), LocalDateTime.parse('2024-07-01T12:00:00.2')]
    expect(LocalDateTime.compare(early, late)).toBe(-1)
    expect(early.equals(late)).toBe(false)
    expect(early.with({ nanosecond: 200_000_000 }).equals(late)).toBe(true)
    expect(() => early > late).toThrow(TypeError)
  })

  it('becomes a JS Date in the zone the caller names, and drops what is below 1 ms', () => {
    const dateTime = LocalDateTime.parse('1969-12-31T23:59:59.999999999')
    expect(dateTime.toDate({ timeZone: 'UTC' }).getTime()).toBe(-1)
    expect(LocalDateTime.parse('2024-07-01T12:00').toDate({ timeZone: 'America/New_York' }).toISOString()).toBe(
      '2024-07-01T16:00:00.000Z',
    )
    expect(() => dateTime.toDate({} as never)).toThrow(/A LocalDateTime is no instant until its zone is known/)
    const js = new Date('2024-07-01T22:30:00.5Z')
    expect(LocalDateTime.from(js).toString()).toBe('2024-07-01T22:30:00.5')
    expect(LocalDateTime.from(js, { timeZone: 'Asia/Tokyo' }).toString()).toBe('2024-07-02T07:30:00.5')
  })
})
