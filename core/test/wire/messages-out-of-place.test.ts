import { C, S, type Step, startPlay } from '@boltline/embedded'
import { describe, expect, it } from 'vitest'
import { BoltProtocolError, GraphDatabase, IncompleteCommit, isRetryable } from '../../src/index.ts'

// For every message that the protocol doesn't allow at its place, the caller gets an error that names it, the connection is
// closed, and the next call works on a new one.

const login = [C.hello(), S.success({ server: 'Neo4j/5.26.0' }), C.logon(), S.success({})]
const fine = [...login, C.run(), C.pull(), S.success({ fields: ['x'] }), S.record(1), S.success({})]
const query = [...login, C.run(), C.pull()]
const beginning = [...login, C.begin()]
const inTransaction = [...beginning, S.success({}), C.run(), C.pull()]

/** What the rejected call and the driver look like behind a conversation, and that the next call is served. */
async function refusal(script: readonly Step[], call: 'run' | 'write' = 'run', config = {}): Promise<Error> {
  await using play = await startPlay([script, fine], { login: 'scripted', version: '5.4' })
  await using driver = GraphDatabase.driver(play.uri, {
    maxTransactionRetryTime: 0,
    telemetryDisabled: true,
    ...config,
  })
  await using session = driver.session()
  const error = await (call === 'run'
    ? session.run('Q').toEagerResult()
    : session.executeWrite(async (tx) => (await tx.run('Q')).consume())
  ).then(
    () => new Error('the call succeeded'),
    (reason: Error) => reason,
  )
  expect(isRetryable(error), String(error)).toBe(false)
  expect(driver.poolMetrics().map(({ inUse, idle }) => ({ inUse, idle }))).toEqual([{ inUse: 0, idle: 0 }])
  expect(await session.run('Q').value()).toEqual([1])
  await play.done()
  return error
}

describe('A RECORD', () => {
  it.each([
    ['with fewer values than the query has fields', ['a', 'b', 'c'], [1], /PULL with a RECORD of 1 values.*3 fields/],
    ['with more values than the query has fields', ['a'], [1, 2, 3], /PULL with a RECORD of 3 values.*1 fields/],
    ['of a query without fields', [], [1], /PULL with a RECORD of 1 values.*0 fields/],
  ])('%s is refused', async (_what, fields, values, says) => {
    const error = await refusal([...query, S.success({ fields }), S.record(...values)])
    expect(error).toBeInstanceOf(BoltProtocolError)
    expect(error.message).toMatch(says)
  })

  it('of a query whose fields the server has not named is refused', async () => {
    const error = await refusal([...query, S.success({}), S.record(1)])
    expect(error).toBeInstanceOf(BoltProtocolError)
    expect(error.message).toMatch(/PULL with a RECORD of 1 values.*0 fields/)
  })

  it('in front of the SUCCESS of RUN is refused', async () => {
    const error = await refusal([...query, S.record(7)])
    expect(error).toBeInstanceOf(BoltProtocolError)
    expect(error.message).toMatch(/answered RUN with a RECORD, which has to wait for the SUCCESS/)
  })

  it.each([
    ['HELLO', [C.hello(), S.record(7)]],
    ['LOGON', [C.hello(), S.success({ server: 'Neo4j/5.26.0' }), C.logon(), S.record(7)]],
    ['BEGIN', [...beginning, S.record(7)]],
  ] as const)('in answer to %s is refused', async (name, script) => {
    const error = await refusal(script, 'write')
    expect(error).toBeInstanceOf(BoltProtocolError)
    expect(error.message).toMatch(new RegExp(`answered ${name} with a RECORD, but this request has none`))
  })

  it('in answer to COMMIT leaves the outcome in doubt', async () => {
    const done = [S.success({ fields: ['x'] }), S.success({})]
    const error = await refusal([...inTransaction, ...done, C.commit(), S.record(7)], 'write')
    expect(error).toBeInstanceOf(IncompleteCommit)
    expect(error.cause).toBeInstanceOf(BoltProtocolError)
    expect(String(error.cause)).toMatch(/answered COMMIT with a RECORD/)
  })

  it.each([[1], [3], [50], [100]])('beyond the %i that PULL asked for is refused', async (fetchSize) => {
    const rows = Array.from({ length: fetchSize + 1 }, () => S.record(1))
    const error = await refusal([...query, S.success({ fields: ['x'] }), ...rows], 'run', { fetchSize })
    expect(error).toBeInstanceOf(BoltProtocolError)
    expect(error.message).toMatch(new RegExp(`PULL with more than the ${fetchSize} RECORDs that were asked for`))
  })

  it.each([[3], [60]])('beyond the %i of the second batch is refused', async (fetchSize) => {
    const rows = Array.from({ length: fetchSize }, () => S.record(1))
    const first = [C.run(), C.pull(), S.success({ fields: ['x'] }), ...rows, S.success({ has_more: true })]
    await using play = await startPlay([[...first, C.pull(), ...rows, S.record(1)]])
    await using driver = GraphDatabase.driver(play.uri, { fetchSize })
    await using session = driver.session()
    const result = await session.run('Q')
    let read = 0
    const reading = (async () => {
      for await (const _record of result) read++
    })()
    await expect(reading).rejects.toThrow(BoltProtocolError)
    await expect(reading).rejects.toThrow(`more than the ${fetchSize} RECORDs that were asked for`)
    expect(read).toBeLessThanOrEqual(2 * fetchSize)
    expect(driver.poolMetrics()).toMatchObject([{ inUse: 0, idle: 0 }])
  })

  it('beyond those that were asked for is refused while the caller reads none', async () => {
    const rows = Array.from({ length: 101 }, () => S.record(1))
    await using play = await startPlay([[C.run(), C.pull(), S.success({ fields: ['x'] }), ...rows]])
    await using driver = GraphDatabase.driver(play.uri, { fetchSize: 100 })
    await using session = driver.session()
    const result = await session.run('Q')
    await expect.poll(() => driver.poolMetrics()).toMatchObject([{ inUse: 0, idle: 0 }])
    await expect(result.toEagerResult()).rejects.toThrow(BoltProtocolError)
  })
})

describe('has_more', () => {
  it.each([[1], [1000]])('behind a batch without a RECORD is refused with fetchSize %i', async (fetchSize) => {
    const empty = [S.success({ fields: ['x'] }), S.success({ has_more: true })]
    const error = await refusal([...query, ...empty], 'run', { fetchSize })
    expect(error).toBeInstanceOf(BoltProtocolError)
    expect(error.message).toMatch(/answered PULL with has_more behind a batch without a RECORD/)
  })

  it('behind short batches without end is refused', async () => {
    const short = [S.record(1), S.success({ has_more: true })]
    const script = [C.run(), C.pull(), S.success({ fields: ['x'] }), ...short]
    for (let i = 0; i < 110; i++) script.push(C.pull(), ...short)
    await using play = await startPlay([script])
    await using driver = GraphDatabase.driver(play.uri, { fetchSize: 10 })
    await using session = driver.session()
    const reading = session.run('Q').values()
    await expect(reading).rejects.toThrow(/answered PULL with has_more behind 101 batches with fewer RECORDs/)
    await expect(reading).rejects.toBeInstanceOf(BoltProtocolError)
    expect(driver.poolMetrics()).toMatchObject([{ inUse: 0, idle: 0 }])
  })

  it('in answer to DISCARD is refused', async () => {
    const batch = [S.success({ fields: ['x'] }), S.record(1), S.success({ has_more: true })]
    await using play = await startPlay([[C.run(), C.pull(), ...batch, C.discard(), S.success({ has_more: true })]])
    await using driver = GraphDatabase.driver(play.uri, { fetchSize: 1 })
    await using session = driver.session()
    const result = await session.run('Q')
    await expect(result.consume()).rejects.toThrow(/answered DISCARD with has_more/)
    expect(driver.poolMetrics()).toMatchObject([{ inUse: 0, idle: 0 }])
  })
})

describe('IGNORED', () => {
  it.each([
    ['HELLO', [C.hello(), S.ignored()], 'run'],
    ['LOGON', [C.hello(), S.success({ server: 'Neo4j/5.26.0' }), C.logon(), S.ignored()], 'run'],
    ['RUN', [...query, S.ignored()], 'run'],
    ['PULL', [...query, S.success({ fields: ['x'] }), S.ignored()], 'run'],
    ['BEGIN', [...beginning, S.ignored()], 'write'],
    ['COMMIT', [...inTransaction, S.success({ fields: ['x'] }), S.success({}), C.commit(), S.ignored()], 'write'],
  ] as const)('in answer to %s, where nothing has failed, is refused', async (name, script, call) => {
    const error = await refusal(script, call)
    expect(error).toBeInstanceOf(BoltProtocolError)
    expect(error.message).toMatch(new RegExp(`answered ${name} with an IGNORED, though no earlier request has failed`))
  })
})

it('SUCCESS behind a FAILURE that was not reset is refused', async () => {
  const failed = S.failure('Neo.ClientError.Statement.SyntaxError', 'no')
  await using play = await startPlay([[C.run(), C.pull(), failed, S.success({})]])
  await using driver = GraphDatabase.driver(play.uri)
  await using session = driver.session()
  await expect(session.run('Q')).rejects.toThrow('no')
  await expect.poll(() => driver.poolMetrics()).toMatchObject([{ inUse: 0, idle: 0 }])
})
