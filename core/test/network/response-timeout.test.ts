import { C, query, S, startPlay } from '@boltline/embedded'
import { describe, expect, it, vi } from 'vitest'
import { type Driver, type DriverConfig, GraphDatabase, IncompleteCommit } from '../../src/index.ts'
import { rejectionOf } from '../support/rejection.ts'

const settings: DriverConfig = { responseTimeout: 100, maxTransactionRetryTime: 0 }
type Lines = Parameters<typeof startPlay>[0][number]

const rows = query(['x'], [[1]])

/** The server of `lines` falls silent where they end. */
async function against(
  lines: Lines,
  call: (driver: Driver) => Promise<unknown>,
  config: DriverConfig = settings,
): Promise<{ error: unknown; driver: Driver }> {
  await using play = await startPlay([lines])
  await using driver = GraphDatabase.driver(play.uri, config)
  const error = await rejectionOf(call(driver))
  await vi.waitFor(() => expect(driver.poolMetrics()[0]).toMatchObject({ inUse: 0, idle: 0 }))
  return { error, driver }
}

describe('responseTimeout', () => {
  it.each<[string, Lines, (driver: Driver) => Promise<unknown>]>([
    ['RUN', [C.run(), C.pull()], (driver) => driver.session().run('Q')],
    [
      'PULL',
      [C.run(), C.pull(), S.success({ fields: ['x'] }), S.record(1)],
      (driver) => driver.session().run('Q').consume(),
    ],
    ['BEGIN', [C.begin()], (driver) => driver.session().beginTransaction()],
    [
      'ROLLBACK',
      [C.begin(), S.success(), C.rollback()],
      async (driver) => (await driver.session().beginTransaction()).rollback(),
    ],
  ])('destroys the connection when %s has no answer', async (_request, lines, call) => {
    const { error } = await against(lines, call)
    expect(error).toMatchObject({ name: 'ServiceUnavailable', message: expect.stringContaining('(responseTimeout)') })
  })

  it('leaves the outcome of a COMMIT that writes unknown', async () => {
    const { error } = await against([C.begin(), S.success(), ...rows, C.commit()], (driver) =>
      driver.session().executeWrite((tx) => tx.run('Q').consume()),
    )
    expect(error).toBeInstanceOf(IncompleteCommit)
    expect(String((error as Error).cause)).toContain('responseTimeout')
  })

  it.each<[string, Lines, (driver: Driver) => Promise<unknown>]>([
    ['a session', [C.run(), C.pull()], (driver) => driver.session({ responseTimeout: 100 }).run('Q')],
    ['session.run', [C.run(), C.pull()], (driver) => driver.session().run('Q', {}, { responseTimeout: 100 })],
    [
      'executeQuery',
      [C.begin(), C.run(), C.pull()],
      (driver) => driver.executeQuery('Q', {}, { responseTimeout: 100, database: 'neo4j' }),
    ],
    [
      'executeRead',
      [C.begin(), S.success(), C.run(), C.pull()],
      (driver) => driver.session().executeRead((tx) => tx.run('Q').consume(), { responseTimeout: 100 }),
    ],
    [
      'beginTransaction',
      [C.begin(), S.success(), C.run(), C.pull()],
      async (driver) => {
        await using transaction = await driver.session().beginTransaction({ responseTimeout: 100 })
        await transaction.run('Q')
      },
    ],
  ])('of %s wins over that of the driver', async (_where, lines, call) => {
    const { error } = await against(lines, call, { responseTimeout: 60_000, maxTransactionRetryTime: 0 })
    expect(String(error)).toContain('100 ms (responseTimeout)')
  })

  it('of one call does not apply to the next call on the same connection', async () => {
    await using play = await startPlay([[...rows, C.run(), C.pull()]])
    await using driver = GraphDatabase.driver(play.uri, { goodbyeTimeout: 0 })
    const session = driver.session()
    await session.run('Q', {}, { responseTimeout: 50 }).consume()
    const pending = session.run('Q')
    const settled = vi.fn()
    pending.then(settled, settled)
    await vi.waitFor(() => expect(play.received[0]?.length).toBe(4))
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(settled).not.toHaveBeenCalled()
    await driver.close()
    await expect(pending).rejects.toThrow()
  })

  it('is a duration in every place', async () => {
    await using driver = GraphDatabase.driver('bolt://localhost')
    expect(() => driver.session({ responseTimeout: -1 })).toThrow(/^responseTimeout must be a number of milliseconds/)
    await expect(driver.executeQuery('Q', {}, { responseTimeout: Number.NaN })).rejects.toThrow(/^responseTimeout must/)
    const session = driver.session()
    await expect(session.run('Q', {}, { responseTimeout: -1 })).rejects.toThrow(/^responseTimeout must/)
  })
})

describe('rollbackTimeout', () => {
  it('bounds rollback() and close(), which destroy the connection then', async () => {
    for (const end of ['rollback', 'close'] as const) {
      await using play = await startPlay([[C.begin(), S.success(), C.rollback()]])
      await using driver = GraphDatabase.driver(play.uri, { rollbackTimeout: 50 })
      const transaction = await driver.session().beginTransaction()
      const ending = transaction[end]()
      if (end === 'rollback') await expect(ending).rejects.toThrow('within 50 ms (rollbackTimeout)')
      else await ending
      expect(driver.poolMetrics()[0]).toMatchObject({ inUse: 0 })
    }
  })
})

describe('resetTimeout', () => {
  it('bounds the RESET after failed work, which replaces the connection then', async () => {
    const failing = [
      C.run(),
      C.pull(),
      S.failure('Neo.ClientError.Statement.SyntaxError', 'no'),
      S.ignored(),
      C.reset(),
    ]
    await using play = await startPlay([failing, rows])
    await using driver = GraphDatabase.driver(play.uri, { resetTimeout: 50 })
    await expect(driver.session().run('Q')).rejects.toMatchObject({ name: 'CypherSyntaxError' })
    await vi.waitFor(() => expect(driver.poolMetrics()[0]).toMatchObject({ closed: 1 }))
    expect(await driver.session().run('Q').value()).toEqual([1])
  })
})
