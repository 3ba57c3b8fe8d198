import { Structure } from '@boltline/core/codec'
import { C, S, startPlay } from '@boltline/embedded'
import { describe, expect, it } from 'vitest'
import { GraphDatabase, isUuid, isVector, uuid, vector } from '../../src/index.ts'
import { rejectionOf } from '../support/rejection.ts'

const text = '123e4567-e89b-42d3-a456-426614174000'

/** What the server hears of a parameter, and the value that it sends. */
async function echoed(version: string, parameter: unknown, sent: unknown) {
  let heard: unknown
  await using play = await startPlay(
    [
      [
        C.run((fields) => {
          heard = (fields[1] as { x: unknown }).x
        }),
        C.pull(),
        S.success({ fields: ['x'] }),
        S.record(sent),
        S.success({}),
      ],
    ],
    { version },
  )
  await using driver = GraphDatabase.driver(play.uri)
  await using session = driver.session()
  const record = await session.run('RETURN $x AS x', { x: parameter }).single({ strict: true })
  await play.done()
  return { heard, value: record.get('x') as unknown }
}

describe('Vectors', () => {
  it.each([
    ['int8', new Int8Array([1, -2]), 0xc8, '01fe'],
    ['int16', new Int16Array([1, -2]), 0xc9, '0001fffe'],
    ['int32', new Int32Array([1, -2]), 0xca, '00000001fffffffe'],
    ['int64', new BigInt64Array([1n, -2n]), 0xcb, '0000000000000001fffffffffffffffe'],
    ['float32', new Float32Array([1, -0.5]), 0xc6, '3f800000bf000000'],
    ['float64', new Float64Array([1, -0.5]), 0xc1, '3ff0000000000000bfe0000000000000'],
  ])('of %s travel both ways on Bolt 6.0', async (_type, values, marker, hex) => {
    const wire = new Structure(0x56, [new Uint8Array([marker]), new Uint8Array(Buffer.from(hex, 'hex'))])
    const { heard, value } = await echoed('6.0', vector(values), wire)
    expect(isVector(value)).toBe(true)
    expect((value as { values: unknown }).values).toEqual(values)
    expect(isVector(heard) ? heard.values : heard).toEqual(isVector(heard) ? values : wire)
  })

  it('are refused before anything is sent to servers that have none', async () => {
    await using play = await startPlay([[C.run(), C.pull(), S.success({ fields: [] }), S.success({})]], {
      version: '5.8',
    })
    await using driver = GraphDatabase.driver(play.uri)
    await using session = driver.session()
    expect(await rejectionOf(session.run('Q', { x: vector(new Int8Array([1])) }))).toMatchObject({
      name: 'ConfigurationError',
      message: expect.stringMatching(/6\.0/),
    })
    await session.run('Q').consume()
    await play.done()
  })
})

describe('UUIDs', () => {
  it('travel both ways on Bolt 6.1', async () => {
    const { heard, value } = await echoed('6.1', uuid(text), uuid(text))
    expect(isUuid(value) && value.toString()).toBe(text)
    expect(isUuid(heard) && heard.toString()).toBe(text)
  })

  it('are refused before anything is sent to servers that have none', async () => {
    await using play = await startPlay([[C.run(), C.pull(), S.success({ fields: [] }), S.success({})]], {
      version: '6.0',
    })
    await using driver = GraphDatabase.driver(play.uri)
    await using session = driver.session()
    expect(await rejectionOf(session.run('Q', { x: [uuid(text)] }))).toMatchObject({
      name: 'ConfigurationError',
      message: expect.stringMatching(/6\.1/),
    })
    await session.run('Q').consume()
    await play.done()
  })
})
