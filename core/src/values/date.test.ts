import { inspect } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CypherDate } from './date.ts'

const epochDays = fc.integer({ min: -365_243_219_162, max: 365_241_780_471 })

describe('CypherDate', () => {
  it('has the fields it was made with', () => {
    const date = new CypherDate(2024, 2, 29)
    expect(date).toMatchObject({ year: 2024, month: 2, day: 29 })
    expect(inspect(date)).toBe('CypherDate 2024-02-29')
    expect(JSON.stringify({ date })).toBe('{"date":"2024-02-29"}')
  })

  it.each([
    [2024, 13, 1, 'month must be an integer from 1 to 12, found 13'],
    [2023, 2, 29, 'day must be an integer from 1 to 28, found 29'],
    [1900, 2, 29, 'day must be an integer from 1 to 28, found 29'],
    [2024, 4, 31, 'day must be an integer from 1 to 30, found 31'],
    [2024.5, 1, 1, 'year must be an integer from -999999999 to 999999999, found 2024.5'],
    [1_000_000_000, 1, 1, 'year must be an integer from -999999999 to 999999999, found 1000000000'],
    ['2024', 1, 1, "year must be an integer from -999999999 to 999999999, found '2024'"],
    [2024, undefined, 1, 'month must be an integer from 1 to 12, found undefined'],
  ])('refuses %s, %s, %s and names the field', (year, month, day, message) => {
    expect(() => new CypherDate(year as number, month as number, day)).toThrow(new RangeError(message))
  })

  it.each([
    [0, '1970-01-01'],
    [-1, '1969-12-31'],
    [19_782, '2024-02-29'],
    [-719_528, '0000-01-01'],
    [-719_529, '-0001-12-31'],
    [2_932_897, '+10000-01-01'],
    [365_241_780_471, '+999999999-12-31'],
    [-365_243_219_162, '-999999999-01-01'],
  ])('counts day %d as %s', (epochDay, text) => {
    const date = CypherDate.fromEpochDay(epochDay)
    expect(date.toString()).toBe(text)
    expect(date.epochDay).toBe(epochDay)
    expect(CypherDate.parse(text)).toEqual(date)
  })

  it('keeps every day of the range through its count and through its text', () => {
    fc.assert(
      fc.property(epochDays, (epochDay) => {
        const date = CypherDate.fromEpochDay(epochDay)
        expect(new CypherDate(date.year, date.month, date.day).epochDay).toBe(epochDay)
        expect(CypherDate.parse(date.toString())).toEqual(date)
      }),
    )
  })

  it('agrees with JS dates on the calendar wherever those reach', () => {
    fc.assert(
      fc.property(fc.integer({ min: -100_000_000, max: 100_000_000 }), (epochDay) => {
        const js = new Date(epochDay * 86_400_000)
        const date = CypherDate.fromEpochDay(epochDay)
        expect([date.year, date.month, date.day]).toEqual([js.getUTCFullYear(), js.getUTCMonth() + 1, js.getUTCDate()])
      }),
    )
  })

  it.each(['2024-7-1', '20240701', '2024-07-01T00:00', '12024-07-01', '', '2024-07-01 '])(
    'does not parse %j',
    (text) => {
      expect(() => CypherDate.parse(text)).toThrow(/CypherDate\.parse takes text such as '2024-07-01', found '/)
    },
  )

  it('compares and equals by day', () => {
    const days = [new CypherDate(2024, 1, 2), new CypherDate(-1, 1, 1), new CypherDate(2023, 12, 31)]
    expect(days.sort(CypherDate.compare).map(String)).toEqual(['-0001-01-01', '2023-12-31', '2024-01-02'])
    expect(CypherDate.compare(new CypherDate(2024, 1, 1), new CypherDate(2024, 1, 1))).toBe(0)
    expect(new CypherDate(2024, 1, 1).equals(CypherDate.parse('2024-01-01'))).toBe(true)
    expect(new CypherDate(2024, 1, 1).equals(new CypherDate(2024, 1, 2))).toBe(false)
    expect(new CypherDate(2024, 1, 1).equals('2024-01-01')).toBe(false)
    expect(() => CypherDate.compare(new CypherDate(1, 1, 1), new Date(0) as never)).toThrow('found a JS Date')
  })

  it('refuses to be a number and says what to do instead', () => {
    expect(() => new CypherDate(2024, 1, 1) < new CypherDate(2024, 1, 2)).toThrow(
      new TypeError("A CypherDate can't be used as a number: compare with CypherDate.compare(a, b) or a.equals(b)"),
    )
    expect(`${new CypherDate(2024, 1, 1)}`).toBe('2024-01-01')
  })

  it('is replaced field by field, and never changed', () => {
    const date = new CypherDate(2024, 1, 31)
    expect(date.with({ day: 1 }).toString()).toBe('2024-01-01')
    expect(() => date.with({ month: 2 })).toThrow('day must be an integer from 1 to 29, found 31')
    expect(() => date.with({ moth: 2 } as never)).toThrow("CypherDate.with has no field 'moth', did you mean 'month'?")
    expect(() => Object.assign(date, { day: 1 })).toThrow(TypeError)
    expect(date.day).toBe(31)
  })

  it('becomes a JS Date at the start of the day in the zone the caller names', () => {
    const date = new CypherDate(2024, 7, 1)
    expect(date.toDate({ timeZone: 'UTC' }).toISOString()).toBe('2024-07-01T00:00:00.000Z')
    expect(date.toDate({ timeZone: 'Europe/Stockholm' }).toISOString()).toBe('2024-06-30T22:00:00.000Z')
    // Midnight was skipped in São Paulo: the day began at one o'clock.
    const skipped = new CypherDate(2018, 11, 4).toDate({ timeZone: 'America/Sao_Paulo' })
    expect(skipped.toISOString()).toBe('2018-11-04T03:00:00.000Z')
    expect(() => date.toDate(undefined as never)).toThrow(/call toDate\(\{ timeZone: 'Europe\/Stockholm' \}\)/)
    expect(() => date.toDate({ timezone: 'UTC' } as never)).toThrow(RangeError)
    expect(() => new CypherDate(300_000, 1, 1).toDate({ timeZone: 'UTC' })).toThrow(RangeError)
  })

  it('reads JS dates in UTC, or in the zone given', () => {
    const js = new Date('2024-06-30T22:30:00Z')
    expect(CypherDate.from(js).toString()).toBe('2024-06-30')
    expect(CypherDate.from(js, { timeZone: 'Europe/Stockholm' }).toString()).toBe('2024-07-01')
    expect(() => CypherDate.from(new Date(Number.NaN))).toThrow('An invalid JS Date has no temporal value')
    expect(() => CypherDate.from('2024-01-01' as never)).toThrow("found '2024-01-01'")
  })
})
