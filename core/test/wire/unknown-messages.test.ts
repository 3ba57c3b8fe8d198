import { C, S, startPlay } from '@boltline/embedded'
import { expect, it } from 'vitest'
import { BoltProtocolError, GraphDatabase, isRetryable } from '../../src/index.ts'

// For a message that no server should send, the driver closes the connection with an error that names it, and opens a new one.

const accepted = [C.run(), C.pull(), S.success({ fields: ['x'] })]
const framed = (...bytes: readonly number[]) => S.bytes(Buffer.from([0, bytes.length, ...bytes, 0, 0]))

it.each([
  ['a RECORD of two fields', [0xb2, 0x71, 0x90, 0x90], /message 0x71 with header 0xb2 is unknown/],
  ['a RECORD without fields', [0xb0, 0x71], /message 0x71 with header 0xb0 is unknown/],
  ['a RECORD whose field is no list', [0xb1, 0x71, 0x01], /expected a list, found marker 0x1/],
  ['a RECORD with bytes behind its list', [0xb1, 0x71, 0x91, 0x01, 0x02], /the message has 5 bytes/],
  ['a RECORD that ends before its list does', [0xb1, 0x71, 0x92, 0x01], /4 bytes|ends early|more elements/],
  [
    'a RECORD that claims more fields than a message can hold',
    [0xb1, 0x71, 0xd6, 0x7f, 0xff, 0xff, 0xff],
    /more elements than/,
  ],
  ['a message of a kind that is not known', [0xb1, 0x55, 0xa0], /message 0x55 with header 0xb1 is unknown/],
])('%s', async (_what, bytes, says) => {
  await using play = await startPlay([
    [...accepted, framed(...bytes)],
    [...accepted, S.record(1), S.success({})],
  ])
  await using driver = GraphDatabase.driver(play.uri)
  await using session = driver.session()
  const error: unknown = await session
    .run('Q')
    .fetch(1)
    .catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(BoltProtocolError)
  expect(String(error)).toMatch(says)
  expect(isRetryable(error)).toBe(false)
  expect(driver.poolMetrics()).toMatchObject([{ inUse: 0, idle: 0 }])
  expect(await session.run('Q').value()).toEqual([1])
  await play.done()
})

it('an answer without a request is refused', async () => {
  await using play = await startPlay([[...accepted, S.record(1), S.success({}), S.success({})]])
  await using driver = GraphDatabase.driver(play.uri)
  await using session = driver.session()
  expect(await session.run('Q').value()).toEqual([1])
  await expect.poll(() => driver.poolMetrics()).toMatchObject([{ inUse: 0, idle: 0 }])
})
