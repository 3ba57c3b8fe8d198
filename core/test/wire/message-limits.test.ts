import { C, S, type Step, startPlay } from '@boltline/embedded'
import { describe, expect, it } from 'vitest'
import { BoltProtocolError, type DriverConfig, GraphDatabase } from '../../src/index.ts'

// The limits of one message from the server: in bytes, and in values.

const greeted = [C.hello(), S.success({ server: 'Neo4j/5.26.0' })]
const chunk = Buffer.concat([Buffer.from([0xff, 0xff]), Buffer.alloc(65_535)])
const integers = (count: number) => Array.from({ length: count }, () => 1)

async function failure(script: readonly Step[], config: DriverConfig = {}): Promise<Error> {
  await using play = await startPlay([script], { login: 'scripted', version: '5.4' })
  await using driver = GraphDatabase.driver(play.uri, {
    maxTransactionRetryTime: 0,
    telemetryDisabled: true,
    ...config,
  })
  await using session = driver.session()
  const error = await session
    .run('Q')
    .toEagerResult()
    .then(
      () => new Error('the call succeeded'),
      (reason: Error) => reason,
    )
  expect(error).toBeInstanceOf(BoltProtocolError)
  expect(driver.poolMetrics().map(({ inUse, idle }) => ({ inUse, idle }))).toEqual([{ inUse: 0, idle: 0 }])
  return error
}

describe('Until the login has succeeded', () => {
  it.each([
    ['HELLO', [C.hello()]],
    ['LOGON', [...greeted, C.logon()]],
  ] as const)('the answer to %s may have 64 KiB, whatever is set', async (_name, before) => {
    const endless = Array.from({ length: 20 }, () => S.bytes(chunk))
    const error = await failure([...before, ...endless], { maxMessageSize: Number.POSITIVE_INFINITY })
    expect(error.message).toMatch(/more than 65536 bytes.*Until the login has succeeded, this limit is fixed/)
  })

  it('the answer to HELLO may hold 4,000 values', async () => {
    const hints = { many: integers(4000) }
    const error = await failure([C.hello(), S.success({ server: 'Neo4j/5.26.0', hints })])
    expect(error.message).toMatch(/more values than the limit of 4000.*Until the login has succeeded/)
  })
})

describe('Behind the login', () => {
  const asked = [...greeted, C.logon(), S.success({}), C.run(), C.pull(), S.success({ fields: ['x'] })]

  it('a message may have as many bytes as maxMessageSize says', async () => {
    const error = await failure([...asked, S.record('a'.repeat(1000))], { maxMessageSize: 1000 })
    expect(error.message).toMatch(/more than 1000 bytes.*setting maxMessageSize raises the limit/)
  })

  it('a message in pieces may have as many bytes as maxMessageSize says', async () => {
    const error = await failure([...asked, S.record('a'.repeat(200_000))], { maxMessageSize: 100_000 })
    expect(error.message).toMatch(/more than 100000 bytes.*setting maxMessageSize raises the limit/)
  })

  it('a message may hold as many values as maxMessageValues says', async () => {
    const error = await failure([...asked, S.record(integers(1000))], { maxMessageValues: 1000 })
    expect(error.message).toMatch(/more values than the limit of 1000.*setting maxMessageValues raises the limit/)
  })

  it('a record of more than 64 KiB and 4,000 values is read without any setting', async () => {
    await using play = await startPlay([[...asked, S.record(integers(100_000)), S.success({})]], {
      login: 'scripted',
      version: '5.4',
    })
    await using driver = GraphDatabase.driver(play.uri, { telemetryDisabled: true })
    await using session = driver.session()
    const [list] = await session.run('Q').value()
    expect(list).toHaveLength(100_000)
  })
})
