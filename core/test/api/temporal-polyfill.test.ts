import { startScripted } from '@boltline/embedded'
import { Temporal } from 'temporal-polyfill'
import { describe, expect, it } from 'vitest'
import {
  CypherDate,
  DateTime,
  Duration,
  GraphDatabase,
  isDate,
  isDateTime,
  isDuration,
  isLocalDateTime,
  isLocalTime,
  LocalDateTime,
  LocalTime,
  Time,
} from '../../src/index.ts'

describe('Temporal values of a polyfill', () => {
  it.each([
    ['a PlainDate', CypherDate.parse('2024-02-29'), Temporal.PlainDate.from('2024-02-29')],
    ['a PlainDate of a far year', CypherDate.parse('-9999-01-01'), Temporal.PlainDate.from('-009999-01-01')],
    ['a PlainTime', LocalTime.parse('12:30:01.000000001'), Temporal.PlainTime.from('12:30:01.000000001')],
    [
      'a PlainDateTime',
      LocalDateTime.parse('2024-07-01T12:30:01.123456789'),
      Temporal.PlainDateTime.from('2024-07-01T12:30:01.123456789'),
    ],
    [
      'a ZonedDateTime in a zone',
      DateTime.parse('2024-07-01T12:30:01.123456789+02:00[Europe/Stockholm]'),
      Temporal.ZonedDateTime.from('2024-07-01T12:30:01.123456789+02:00[Europe/Stockholm]'),
    ],
    [
      'a ZonedDateTime in the later pass of an overlap',
      DateTime.parse('2024-10-27T02:30:00+01:00[Europe/Stockholm]'),
      Temporal.ZonedDateTime.from('2024-10-27T02:30:00+01:00[Europe/Stockholm]'),
    ],
    [
      'a ZonedDateTime at an offset',
      DateTime.parse('1969-12-31T23:59:59.999999999-03:30'),
      Temporal.ZonedDateTime.from('1969-12-31T23:59:59.999999999-03:30[-03:30]'),
    ],
    ['a Duration', Duration.parse('P1Y2M3DT4H5M6.000000007S'), Temporal.Duration.from('P14M3DT14706.000000007S')],
    ['a negative Duration', Duration.parse('-P1MT0.5S'), Temporal.Duration.from('-P1MT0.5S')],
  ])('become %s and come back the same', (_name, ours, theirs) => {
    const made = (ours as { toTemporal(temporal: unknown): object }).toTemporal(Temporal)
    expect(made).toBeInstanceOf(theirs.constructor)
    expect(String(made)).toBe(String(theirs))
    const { from } = ours.constructor as unknown as { from(value: object): { equals(other: unknown): boolean } }
    for (const value of [made, theirs]) expect(from.call(ours.constructor, value).equals(ours)).toBe(true)
  })

  it('are sent as the Cypher types that they stand for', async () => {
    await using server = await startScripted()
    server.when('ECHO').returns(({ parameters }) => [{ x: parameters['x'] }])
    await using driver = GraphDatabase.driver(server.uri)
    const sent = async (x: unknown): Promise<unknown> =>
      (await driver.executeQuery('ECHO', { x: [x] })).records[0]?.get('x')[0]
    for (const [value, guard, text] of [
      [Temporal.PlainDate.from('2024-07-01'), isDate, '2024-07-01'],
      [Temporal.PlainTime.from('12:30:00.5'), isLocalTime, '12:30:00.5'],
      [Temporal.PlainDateTime.from('2024-07-01T12:30'), isLocalDateTime, '2024-07-01T12:30:00'],
      [Temporal.Instant.from('2024-07-01T12:30:00.000000001Z'), isDateTime, '2024-07-01T12:30:00.000000001Z'],
      [
        Temporal.ZonedDateTime.from('2024-07-01T12:30[Asia/Tokyo]'),
        isDateTime,
        '2024-07-01T12:30:00+09:00[Asia/Tokyo]',
      ],
      [Temporal.ZonedDateTime.from('2024-07-01T12:30[+05:30]'), isDateTime, '2024-07-01T12:30:00+05:30'],
      [Temporal.Duration.from({ weeks: 1, hours: 25, milliseconds: 1 }), isDuration, 'P7DT25H0.001S'],
    ] as const) {
      const received = await sent(value)
      expect((guard as (each: unknown) => boolean)(received), text).toBe(true)
      expect(String(received)).toBe(text)
    }
    for (const [value, name] of [
      [Temporal.PlainYearMonth.from('2024-07'), 'PlainYearMonth'],
      [Temporal.PlainMonthDay.from('07-01'), 'PlainMonthDay'],
    ] as const) {
      await expect(sent(value)).rejects.toMatchObject({
        name: 'ParameterError',
        path: 'parameters.x[0]',
        message: expect.stringContaining(`Temporal.${name}`),
      })
    }
    expect(await sent(1)).toBe(1)
  })

  it('are refused where they cannot mean what is asked for', () => {
    expect(() => new Duration({ months: 1, days: -1 }).toTemporal(Temporal)).toThrow(RangeError)
    expect(() => DateTime.parse('1900-01-01T00:00+00:12:34').toTemporal(Temporal)).toThrow(/offsets with seconds/)
    expect(() => CypherDate.parse('+999999999-01-01').toTemporal(Temporal)).toThrow(RangeError)
    expect('toTemporal' in Time.prototype).toBe(false)
    expect(() => DateTime.from(Temporal.PlainDate.from('2024-07-01'))).toThrow(/Temporal\.PlainDate/)
    expect(() => CypherDate.from(Temporal.Instant.from('2024-07-01T00:00Z'))).toThrow(/Temporal\.Instant/)
    expect(Time.from(Temporal.ZonedDateTime.from('2024-07-01T12:30[Asia/Tokyo]')).toString()).toBe('12:30:00+09:00')
  })

  it('are made by the runtime where it has Temporal', () => {
    const scope = globalThis as { Temporal?: unknown }
    const before = scope.Temporal
    scope.Temporal = Temporal
    try {
      expect(String(CypherDate.parse('2024-07-01').toTemporal())).toBe('2024-07-01')
      expect(String(DateTime.parse('2024-07-01T12:00Z').toTemporal())).toBe('2024-07-01T12:00:00+00:00[+00:00]')
    } finally {
      if (before === undefined) delete scope.Temporal
      else scope.Temporal = before
    }
  })
})
