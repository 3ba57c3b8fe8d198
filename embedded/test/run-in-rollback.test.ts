import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { type Driver, GraphDatabase, type OperationMessage } from '@boltline/core'
import { expect, it, vi } from 'vitest'
import { runInRollback, type ScriptedServer, startScripted } from '../src/index.ts'

const one = 'RETURN 1 AS x'

async function scripted(): Promise<ScriptedServer> {
  const server = await startScripted()
  server.when(one).returns([{ x: 1 }])
  server.when('CREATE ()').returns([], { counters: { nodesCreated: 1 } })
  return server
}

const kinds = (server: ScriptedServer): string[] =>
  server.events.map(({ type }) => type).filter((type) => type !== 'logon')

it('runInRollback sends one BEGIN, no COMMIT and one ROLLBACK, and releases the connection', async () => {
  await using server = await scripted()
  await using driver = GraphDatabase.driver(server.uri)
  await runInRollback(driver, async () => {
    await driver.executeQuery(one, {}, { routing: 'READ' })
    await driver.executeQuery('CREATE ()')
    await using session = driver.session()
    await session.run('CREATE ()')
    await session.executeWrite((tx) => tx.run(one).consume())
  })
  expect(kinds(server)).toEqual(['begin', 'rollback'])
  expect(server.calls.map(({ mode, inTransaction }) => [mode, inTransaction])).toEqual(
    Array.from({ length: 4 }, () => ['WRITE', true]),
  )
  expect(driver.poolMetrics()[0]).toMatchObject({ inUse: 0, idle: 1 })
})

it('runInRollback opens no connection when the work does not use the driver', async () => {
  await using server = await scripted()
  await using driver = GraphDatabase.driver(server.uri)
  expect(await runInRollback(driver, () => 7)).toBe(7)
  expect(server.events).toEqual([])
})

it('runInRollback does not retry a transient failure, and raises its error', async () => {
  await using server = await scripted()
  server.when('DEADLOCK').fails('Neo.TransientError.Transaction.DeadlockDetected').returns([])
  await using driver = GraphDatabase.driver(server.uri)
  const failing = runInRollback(driver, () => driver.executeQuery('DEADLOCK'))
  await expect(failing).rejects.toMatchObject({ code: 'Neo.TransientError.Transaction.DeadlockDetected' })
  expect(server.calls.length).toBe(1)
  await driver.executeQuery('DEADLOCK')
  expect(driver.poolMetrics()[0]?.inUse).toBe(0)
})

it('runInRollback begins the transaction with the next call after a failed BEGIN', async () => {
  await using server = await scripted()
  await using driver = GraphDatabase.driver(server.uri)
  await runInRollback(driver, async () => {
    await expect(driver.executeQuery(one, {}, { auth: ['neo4j', 'x'], database: '' })).rejects.toThrow()
    expect((await driver.executeQuery(one)).records.length).toBe(1)
  })
})

it.each([
  ['database', { database: 'other' }],
  ['impersonatedUser', { impersonatedUser: 'ada' }],
  ['auth', { auth: ['neo4j', 'elsewhere'] as const }],
])('runInRollback refuses a call with another %s than the first call', async (setting, config) => {
  await using server = await scripted()
  await using driver = GraphDatabase.driver(server.uri)
  await runInRollback(driver, async () => {
    await driver.executeQuery(one)
    const failure = await driver.executeQuery(one, {}, config).catch((error: unknown) => error)
    expect(failure).toMatchObject({
      name: 'ConfigurationError',
      message: expect.stringContaining(`begun with ${setting} `),
    })
    expect(String(failure)).not.toContain('elsewhere')
    expect((await driver.executeQuery(one)).records.length).toBe(1)
  })
})

it('runInRollback treats the name of the home database like the home database once the server has sent it', async () => {
  await using server = await startScripted()
  server.when(one).returns([{ x: 1 }], { database: 'Neo4j' })
  await using driver = GraphDatabase.driver(server.uri)
  await runInRollback(driver, async () => {
    const { summary } = await driver.executeQuery(one)
    expect(summary.database).toBe('Neo4j')
    expect((await driver.executeQuery(one, {}, { database: 'neo4j' })).records.length).toBe(1)
  })
})

it('runInRollback ends a query that its caller aborts, and the transaction with it', async () => {
  await using server = await scripted()
  server.when('HANG').hangs()
  await using driver = GraphDatabase.driver(server.uri)
  await runInRollback(driver, async () => {
    const controller = new AbortController()
    const hanging = driver.executeQuery('HANG', {}, { signal: controller.signal })
    await vi.waitFor(() => expect(server.calls.length).toBe(1))
    const reason = new Error('the client is gone')
    controller.abort(reason)
    expect(await hanging.catch((error: unknown) => error)).toBe(reason)
    await expect(driver.executeQuery(one)).rejects.toMatchObject({ name: 'TransactionError', cause: reason })
  })
  await vi.waitFor(() => expect(driver.poolMetrics()[0]?.inUse).toBe(0))
})

it('runInRollback ignores a signal that aborts after its call has ended', async () => {
  await using server = await scripted()
  await using driver = GraphDatabase.driver(server.uri)
  await runInRollback(driver, async () => {
    const controller = new AbortController()
    await driver.executeQuery('CREATE ()', {}, { signal: controller.signal })
    await using session = driver.session()
    await session.run('CREATE ()', {}, { signal: controller.signal }).consume()
    controller.abort()
    expect((await driver.executeQuery(one)).records.length).toBe(1)
  })
})

it('runInRollback stays usable after parameters that can not be sent', async () => {
  await using server = await scripted()
  await using driver = GraphDatabase.driver(server.uri)
  await runInRollback(driver, async () => {
    await using session = driver.session()
    await expect(session.run('RETURN $x', { x: undefined })).rejects.toMatchObject({ name: 'ParameterError' })
    expect(await session.run(one).value()).toEqual([1])
  })
})

it('runInRollback refuses an unread result, an invalid driver and work that is no function', async () => {
  await using server = await scripted()
  await using driver = GraphDatabase.driver(server.uri)
  const session = driver.session()
  await expect(runInRollback(driver, () => session.run(one))).rejects.toThrow(/live result/)
  await session.close()
  await expect(runInRollback(undefined as unknown as Driver, () => 1)).rejects.toThrow(/takes a driver first/)
  await expect(runInRollback(driver, 1 as unknown as () => number)).rejects.toThrow(/takes a function of the driver/)
})

it('runInRollback publishes the end of each operation once on the diagnostics channels', async () => {
  await using server = await scripted()
  server.when('FAIL').fails('Neo.ClientError.Statement.ArgumentError')
  await using driver = GraphDatabase.driver(server.uri)
  const ended: string[] = []
  const listener = (message: unknown): void => {
    const { kind, outcome, error } = message as OperationMessage
    ended.push(`${kind} ${error === undefined ? outcome : 'failed'}`)
  }
  subscribe('tracing:boltline:operation:asyncEnd', listener)
  try {
    await runInRollback(driver, async () => {
      await driver.executeQuery(one)
      await using session = driver.session()
      await session.run(one).consume()
      await session.executeWrite((tx) => tx.run(one).consume())
      const tx = await session.beginTransaction()
      await tx.run(one)
      await tx.rollback()
      await session.run('FAIL').catch(() => undefined)
    })
  } finally {
    unsubscribe('tracing:boltline:operation:asyncEnd', listener)
  }
  expect(ended).toEqual([
    'executeQuery committed',
    'run committed',
    'executeWrite committed',
    'beginTransaction rolledBack',
    'run failed',
  ])
})
