import { node, startScripted } from '@boltline/embedded'
import { Float32, Int8, Int64, Table, Utf8 } from 'apache-arrow'
import { describe, expect, it, vi } from 'vitest'
import { toArrow } from '../../src/arrow.ts'
import {
  BoltRecord,
  CartesianPoint,
  CypherDate,
  DateTime,
  Duration,
  type EagerResult,
  GraphDatabase,
  LocalDateTime,
  LocalTime,
  Time,
  uuid,
  vector,
} from '../../src/index.ts'
import { EagerResult as Eager } from '../../src/results/eager-result.ts'
import { rejectionOf } from '../support/rejection.ts'

/** A result of one column. */
function column(values: readonly unknown[], name = 'x'): EagerResult {
  return new Eager(
    values.map((value) => new BoltRecord({ [name]: value })),
    null as never,
    [name],
  )
}

/** The type of the column and what it holds. */
async function arrowOf(
  values: readonly unknown[],
  options = {},
): Promise<readonly [type: string, ...values: unknown[]]> {
  const table = await toArrow(column(values), options)
  expect(table).toBeInstanceOf(Table)
  expect(table.numRows).toBe(values.length)
  const x = table.getChild('x')
  return [String(x?.type), ...(x ?? [])]
}

const plain = (value: unknown): unknown => (value === null ? null : [...(value as Iterable<unknown>)])

describe('A column', () => {
  it.each<[string, unknown[], string, unknown[]]>([
    ['numbers', [1, 2.5, null, Number.NaN], 'Float64', [1, 2.5, null, Number.NaN]],
    ['whole numbers, which may be FLOATs', [1, 2], 'Float64', [1, 2]],
    ['bigints', [1n, null, -(2n ** 63n)], 'Int64', [1n, null, -(2n ** 63n)]],
    ['whole numbers and bigints', [1, 2n ** 60n, null], 'Int64', [1n, 2n ** 60n, null]],
    ['booleans', [true, null, false], 'Bool', [true, null, false]],
    ['strings', ['a', null, 'ä😀'], 'Utf8', ['a', null, 'ä😀']],
    ['bytes', [Uint8Array.of(1, 2), null], 'Binary', [Uint8Array.of(1, 2), null]],
    ['nothing', [null, null], 'Null', [null, null]],
    ['nothing at all', [], 'Null', []],
    ['dates', [new CypherDate(1970, 1, 2), null], 'Date32<DAY>', [86_400_000, null]],
    [
      'local times',
      [new LocalTime({ hour: 1, nanosecond: 1 }), null],
      'Time64<NANOSECOND>',
      [3_600_000_000_001n, null],
    ],
    ['times', [Time.parse('12:00+02:00'), null], 'Utf8', ['12:00:00+02:00', null]],
    ['durations', [new Duration({ months: 1 }), null], 'Utf8', ['P1M', null]],
    ['UUIDs', [uuid('123e4567-e89b-12d3-a456-426614174000')], 'Utf8', ['123e4567-e89b-12d3-a456-426614174000']],
    ['points', [new CartesianPoint(1, 2)], 'Utf8', ['{"srid":7203,"x":1,"y":2}']],
    ['maps', [{ a: 1n }, null], 'Utf8', ['{"a":1}', null]],
    ['different kinds', ['a', 1, true, null], 'Utf8', ['a', '1', 'true', null]],
  ])('of %s', async (_name, values, type, expected) => {
    expect(await arrowOf(values)).toEqual([type, ...expected])
  })

  it('of date-times is a column of timestamps, in UTC or without a zone', async () => {
    const zoned = [DateTime.parse('1970-01-01T02:00:00.000001+02:00[Africa/Cairo]'), null]
    expect(await arrowOf(zoned)).toEqual(['Timestamp<NANOSECOND, UTC>', 0.001, null])
    const local = [LocalDateTime.parse('1970-01-01T00:00:01'), null]
    expect(await arrowOf(local)).toEqual(['Timestamp<NANOSECOND>', 1000, null])
    const far = [DateTime.parse('9999-12-31T00:00:00.5Z')]
    expect(await arrowOf(far)).toEqual(['Timestamp<MICROSECOND, UTC>', Date.UTC(9999, 11, 31) + 500])
    const table = await toArrow(column([DateTime.parse('2024-07-01T00:00:00.123456789Z')]))
    expect(table.getChild('x')?.data[0]?.values).toEqual(BigInt64Array.of(1_719_792_000_123_456_789n))
  })

  it('of lists and vectors is a column of lists, where their items are of one kind', async () => {
    for (const [values, type, expected] of [
      [[[1, 2.5], null, []], 'List<Float64>', [[1, 2.5], null, []]],
      [[[1n], [null]], 'List<Int64>', [[1n], [null]]],
      [[['a', null]], 'List<Utf8>', [['a', null]]],
      [[vector(Float32Array.of(0.5, 1)), null], 'FixedSizeList[2]<Float32>', [[0.5, 1], null]],
      [[vector(BigInt64Array.of(1n))], 'FixedSizeList[1]<Int64>', [[1n]]],
    ] as const) {
      const [found, ...lists] = await arrowOf(values)
      expect([found, lists.map(plain)]).toEqual([type, expected])
    }
    expect(await arrowOf([[1, 'a']])).toEqual(['Utf8', '[1,"a"]'])
    expect(await arrowOf([[new CypherDate(2024, 7, 1)], [[1]]])).toEqual(['Utf8', '["2024-07-01"]', '[[1]]'])
    expect(await arrowOf([vector(Float32Array.of(1)), vector(Float32Array.of(1, 2))])).toEqual(['Utf8', '[1]', '[1,2]'])
  })

  it('is never rounded', async () => {
    for (const values of [
      [1.5, 2n],
      [DateTime.parse('9999-12-31T00:00:00.000000001Z')],
      [new CypherDate(999_999_999, 1, 1)],
    ]) {
      const error = await rejectionOf(toArrow(column(values, 'total')))
      expect(error).toBeInstanceOf(RangeError)
      expect(error.message).toContain('Column "total"')
    }
    await expect(toArrow(column([2n ** 60n]), { types: { x: new Float32() } })).rejects.toThrow(/would round/)
    await expect(toArrow(column([1.5]), { types: { x: new Int64() } })).rejects.toThrow(/fractions/)
  })

  it('has the type that the caller chooses', async () => {
    expect(await arrowOf([1, null, 2n], { types: { x: new Int64() } })).toEqual(['Int64', 1n, null, 2n])
    expect(await arrowOf([1n], { types: { x: new Int8() } })).toEqual(['Int8', 1])
    expect(await arrowOf([null], { types: { x: new Utf8() } })).toEqual(['Utf8', null])
    await expect(toArrow(column([1]), { types: { y: new Int64() } })).rejects.toThrow(/"y".*did you mean "x"/)
  })
})

describe('toArrow', () => {
  it('takes a result, the promise of one, and one that is held in memory', async () => {
    await using server = await startScripted()
    const ada = node({ elementId: 'a', labels: ['Person'], properties: { name: 'Ada' } })
    server.when('Q').returns([{ n: ada, i: 1 }])
    await using driver = GraphDatabase.driver(server.uri, { integers: 'bigint' })
    await using session = driver.session()
    for (const result of [() => session.run('Q'), async () => session.run('Q'), () => driver.executeQuery('Q')]) {
      const table = await toArrow(await result())
      expect(String(table.schema)).toBe('Schema<{ 0: n: Utf8, 1: i: Int64 }>')
      expect(JSON.parse(table.getChild('n')?.get(0))).toMatchObject({ elementId: 'a', labels: ['Person'] })
    }
    expect((await toArrow(session.run('Q'))).numRows).toBe(1)
    const expanded = await toArrow(session.run('Q'), { expand: true })
    expect(expanded.schema.names).toEqual(['n().element_id', 'n().labels', 'n().prop.name', 'i'])
    expect(expanded.getChild('n().prop.name')?.get(0)).toBe('Ada')
    const made = await driver.executeQuery('Q', {}, { resultTransformer: toArrow })
    expect(made.numRows).toBe(1)
  })

  it('refuses everything else, and options that it does not know', async () => {
    for (const nonsense of [null, undefined, [], {}, 'x'])
      await expect(toArrow(nonsense as never)).rejects.toThrow(/toArrow takes a Result/)
    await expect(toArrow(column([1]), { expnd: true } as never)).rejects.toThrow(/"expnd".*"expand"/)
  })

  it('says what to install when apache-arrow is missing', async () => {
    vi.doMock('apache-arrow', () => {
      throw new Error("Cannot find package 'apache-arrow'")
    })
    await expect(toArrow(column([1]))).rejects.toMatchObject({
      name: 'ConfigurationError',
      message: 'toArrow needs the package apache-arrow: npm install apache-arrow@21',
    })
    vi.doUnmock('apache-arrow')
  })
})
