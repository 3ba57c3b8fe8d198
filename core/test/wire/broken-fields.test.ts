import { Structure } from '@boltline/core/codec'
import { C, query, startPlay } from '@boltline/embedded'
import { expect, it } from 'vitest'
import { BrokenRecordError, Duration, GraphDatabase, isNode, isUnsupportedType } from '../../src/index.ts'

const node = new Structure(0x4e, [1, ['Person'], { name: 'Ada' }, '4:a:1'])

const broken: readonly (readonly [what: string, value: unknown, reason: RegExp])[] = [
  ['a date-time in an unknown zone', new Structure(0x69, [0, 0, 'Europe/Atlantis']), /Europe\/Atlantis/],
  ['an unknown structure', new Structure(0x5a, [1, 2, 3]), /0x5a/],
  ['a node with a field too few', new Structure(0x4e, [1, ['A'], {}]), /3 fields instead of 4/],
  ['a node whose labels are none', new Structure(0x4e, [1, 'A', {}, '4:a:1']), /labels/],
  ['a relationship without a type', new Structure(0x52, [1, 1, 1, null, {}, 'a', 'b', 'c']), /string/],
  ['a path that points nowhere', new Structure(0x50, [[node], [], [1, 7]]), /node 7/],
  ['a date of text', new Structure(0x44, ['today']), /integer/],
  ['a legacy date-time on a new connection', new Structure(0x46, [0, 0, 0]), /UTC/],
  ['a vector on a version without them', new Structure(0x56, [new Uint8Array([0xc8]), new Uint8Array([1])]), /0x56/],
  ['a point of an odd number of fields', new Structure(0x58, [4326, 1.5]), /fields/],
  ['an integer that a number would round', 2n ** 53n, /9007199254740992.*bigint/],
  ['a list that holds one of these', [1, { deep: new Structure(0x5a, []) }], /0x5a/],
]

it.each(broken)('a malformed value invalidates only its own field: %s', async (_what, value, reason) => {
  await using play = await startPlay([
    query(
      ['before', 'bad', 'after'],
      [
        ['x', value, node],
        ['y', 1, node],
      ],
    ),
  ])
  await using driver = GraphDatabase.driver(play.uri)
  await using session = driver.session()
  const [first, second] = await session.run('RETURN before, bad, after').fetch(2)
  expect(first?.get('before')).toBe('x')
  expect(isNode(first?.get('after'))).toBe(true)
  expect(() => first?.get('bad')).toThrow(BrokenRecordError)
  expect(() => first?.get('bad')).toThrow(reason)
  expect(() => first?.get('bad')).toThrow(/bad/)
  expect(() => first?.toObject()).toThrow(BrokenRecordError)
  expect(second?.toObject()['bad']).toBe(1)
  await play.done()
})

it('a value of an unsupported type is read as UnsupportedType', async () => {
  const value = new Structure(0x3f, ['Quaternion', 7, 2, { message: 'use a newer driver' }])
  await using play = await startPlay([query(['x'], [[value]])], { version: '6.0' })
  await using driver = GraphDatabase.driver(play.uri)
  const session = driver.session()
  const x = (await session.run('RETURN 1 AS x').single({ strict: true })).get('x')
  expect(isUnsupportedType(x)).toBe(true)
  expect(x).toMatchObject({ name: 'Quaternion', minimumProtocol: [7, 2], message: 'use a newer driver' })
  await session.close()
})

it('durations of 64 bits can be read and sent', async () => {
  const seconds = 2n ** 63n - 1n
  let heard: unknown
  await using play = await startPlay([
    [
      C.run((fields) => {
        heard = (fields[1] as { x: unknown }).x
      }),
      ...query(['x'], [[new Structure(0x45, [1, 2, seconds, 999_999_999])]]).slice(1),
    ],
  ])
  await using driver = GraphDatabase.driver(play.uri)
  await using session = driver.session()
  const duration = new Duration({ months: 1, days: 2, seconds, nanoseconds: 999_999_999 })
  const record = await session.run('RETURN $x AS x', { x: duration }).single({ strict: true })
  expect(duration.equals(record.get('x'))).toBe(true)
  expect(duration.equals(heard)).toBe(true)
  await play.done()
})

it('integers of any size can be read in the modes that can hold them', async () => {
  const row = [[2n ** 60n, 1]]
  await using play = await startPlay([[...query(['a', 'b'], row), ...query(['a', 'b'], row)]])
  await using driver = GraphDatabase.driver(play.uri, { integers: 'bigint' })
  const bigints = driver.session()
  expect((await bigints.run('RETURN 1').single({ strict: true })).values()).toEqual([2n ** 60n, 1n])
  await bigints.close()
  const either = driver.session({ integers: 'auto' })
  expect((await either.run('RETURN 1').single({ strict: true })).values()).toEqual([2n ** 60n, 1])
  await either.close()
})
