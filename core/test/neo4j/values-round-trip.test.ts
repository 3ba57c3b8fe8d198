import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  CartesianPoint,
  CypherDate,
  DateTime,
  type Driver,
  Duration,
  LocalDateTime,
  LocalTime,
  Time,
  uuid,
  vector,
  WGS84Point,
} from '../../src/index.ts'
import { connect } from './drivers.ts'

const soak = process.env['BOLTLINE_SOAK'] === '1'
const runs = soak ? 100 : 10
const perQuery = 200
const seed = 20261122

let driver: Driver
let protocol: number
beforeAll(async () => {
  driver = connect({ integers: 'auto' })
  const [major, minor] = (await driver.getServerInfo()).protocolVersion
  protocol = major * 10 + minor
})
afterAll(() => driver.close())

async function echoed(values: readonly unknown[]): Promise<unknown[]> {
  const { records } = await driver.executeQuery('RETURN $x AS x', { x: values }, { routing: 'READ' })
  return records[0]?.get('x')
}

async function comesBack<T>(arbitrary: fc.Arbitrary<T>): Promise<void> {
  const values = fc.array(arbitrary, { minLength: perQuery, maxLength: perQuery })
  await fc.assert(
    fc.asyncProperty(values, async (sent) => {
      expect(await echoed(sent)).toEqual(sent)
    }),
    { seed, numRuns: runs, endOnFailure: true },
  )
}

const second = fc.integer({ min: 0, max: 59 })
const timeOfDay = fc.record({
  hour: fc.integer({ min: 0, max: 23 }),
  minute: second,
  second,
  nanosecond: fc.integer({ min: 0, max: 999_999_999 }),
})
const date = fc.record({
  year: fc.integer({ min: -9999, max: 9999 }),
  month: fc.integer({ min: 1, max: 12 }),
  day: fc.integer({ min: 1, max: 28 }),
})
const offset = fc.integer({ min: -18 * 60, max: 18 * 60 }).map((minutes) => minutes * 60)
const zone = fc.constantFrom(
  'Europe/Stockholm',
  'America/New_York',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'Pacific/Apia',
  'UTC',
  'UT',
  'UTC+01:00',
  'GMT-05:30',
  'UT+01:00:30',
)
const finite = fc.double({ noNaN: true, noDefaultInfinity: true })
/** Without −0: servers keep it in floats, but some turn it into 0 in geographic coordinates. */
const degrees = (most: number) => fc.double({ min: -most, max: most, noNaN: true }).map((n) => (n === 0 ? 0 : n))

describe('Values make a round trip through the server', () => {
  it('integers of every size, without rounding', async () => {
    const anySize = fc
      .integer({ min: 0, max: 63 })
      .chain((bits) => fc.bigInt({ min: -(2n ** BigInt(bits)), max: 2n ** BigInt(bits) - 1n }))
    await comesBack(anySize.map((n) => (Number.isSafeInteger(Number(n)) ? Number(n) : n)))
  })

  it('floats to the last bit, −0, NaN and the infinities', async () => {
    const sent = [
      -0,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      Number.MIN_VALUE,
      Number.MAX_VALUE,
      0.1,
    ]
    const got = await echoed(sent)
    for (const [i, value] of sent.entries()) expect(Object.is(got[i], value)).toBe(true)
    await comesBack(fc.double({ noNaN: true }).filter((n) => !Number.isInteger(n)))
  })

  it('strings of any script, up to a megabyte and at chunk boundaries', async () => {
    await comesBack(fc.string({ unit: 'binary', maxLength: 50 }))
    for (const length of [65_520, 65_535, 65_536, 131_070, 1_048_576]) {
      for (const near of [-20, -19, -18, -17, -16, -3, 0, 1]) {
        const text = 'é'.padEnd(length + near, 'x')
        expect((await echoed([text]))[0] === text, `${length + near}`).toBe(true)
      }
    }
  })

  it('nested bytes, lists and maps', async () => {
    const nested = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 5 },
        fc.integer(),
        fc.boolean(),
        fc.constant(null),
        fc.string({ maxLength: 20 }),
        fc.uint8Array({ maxLength: 40 }),
        fc.array(tie('value'), { maxLength: 6 }),
        fc.dictionary(fc.string({ maxLength: 12 }), tie('value'), { maxKeys: 6, noNullPrototype: true }),
      ),
    })).value
    await comesBack(nested)
  })

  it('further JavaScript values: Map, Set, typed arrays, Date', async () => {
    const at = new globalThis.Date('2024-07-01T12:00:00.123Z')
    const sent = [
      new Map([['k', new Set([1, 2])]]),
      new Float32Array([1.5]),
      new Int16Array([7]),
      Buffer.from([1, 2]),
      at,
    ]
    const got = await echoed(sent)
    expect(got.slice(0, 4)).toEqual([{ k: [1, 2] }, [1.5], [7], new Uint8Array([1, 2])])
    expect((got[4] as DateTime).toDate()).toEqual(at)
  })

  it('dates and times from year −9999 to 9999, to the nanosecond', async () => {
    await comesBack(date.map(({ year, month, day }) => new CypherDate(year, month, day)))
    await comesBack(timeOfDay.map((fields) => new LocalTime(fields)))
    await comesBack(
      fc.tuple(timeOfDay, offset).map(([fields, utcOffsetSeconds]) => new Time({ ...fields, utcOffsetSeconds })),
    )
    await comesBack(fc.tuple(date, timeOfDay).map(([day, time]) => new LocalDateTime({ ...day, ...time })))
    await comesBack(
      fc
        .tuple(date, timeOfDay, offset)
        .map(([day, time, utcOffsetSeconds]) => new DateTime({ ...day, ...time, utcOffsetSeconds })),
    )
  })

  it('instants in time zones, including the gaps and folds of clock changes', async () => {
    // From 1970 on client and server use the same rules; before, their tables of local mean time differ by seconds.
    const instant = fc.integer({ min: 0, max: 2_000_000_000 })
    await comesBack(
      fc
        .tuple(instant, fc.integer({ min: 0, max: 999_999_999 }), zone)
        .map(([s, n, timeZone]) => DateTime.fromEpochSecond(s, n, { timeZone })),
    )
    // The clock went back at 01:00 UTC on 2024-10-27 and forward at 01:00 UTC on 2024-03-31.
    const switches = [1_729_990_800, 1_711_846_800].flatMap((s) => [s - 3600, s - 1, s, s + 1, s + 3599, s + 3600])
    const sent = switches.map((s) => DateTime.fromEpochSecond(s, 7, { timeZone: 'Europe/Stockholm' }))
    expect(await echoed(sent)).toEqual(sent)
  })

  it('durations, points, and JavaScript dates', async () => {
    const part = fc.integer({ min: -1_000_000, max: 1_000_000 })
    await comesBack(
      fc
        .tuple(part, part, part, fc.integer({ min: 0, max: 999_999_999 }))
        .map(([months, days, seconds, nanoseconds]) => new Duration({ months, days, seconds, nanoseconds })),
    )
    await comesBack(
      fc.oneof(
        fc.tuple(finite, finite).map(([x, y]) => new CartesianPoint(x, y)),
        fc.tuple(finite, finite, finite).map(([x, y, z]) => new CartesianPoint(x, y, z)),
        fc.tuple(degrees(180), degrees(90)).map(([x, y]) => new WGS84Point(x, y)),
      ),
    )
    const now = new globalThis.Date('2024-07-01T12:00:00.123Z')
    const [value] = await echoed([now])
    expect((value as DateTime).toDate()).toEqual(now)
  })

  it('vectors and UUIDs when the server supports them; otherwise the driver refuses them with a clear error', async () => {
    const id = uuid('123e4567-e89b-12d3-a456-426614174000')
    if (protocol < 60) {
      await expect(echoed([vector(new Float32Array([1]))])).rejects.toThrow(/Bolt 6\.0.*Bolt 5\.8/)
      await expect(echoed([id])).rejects.toThrow(/Bolt 6\.1/)
      return
    }
    const element = fc.integer({ min: -128, max: 127 })
    const elements = fc.array(element, { minLength: 1, maxLength: 8 })
    await comesBack(
      elements.chain((list) =>
        fc.constantFrom(
          vector(Int8Array.from(list)),
          vector(Int16Array.from(list)),
          vector(Int32Array.from(list)),
          vector(BigInt64Array.from(list.map(BigInt))),
          vector(Float32Array.from(list)),
          vector(Float64Array.from(list)),
        ),
      ),
    )
    expect(await echoed([id])).toEqual([id])
  })
})
