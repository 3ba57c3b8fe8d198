import { C, S, type ScriptedServer, type Step, startPlay, startScripted } from '@boltline/embedded'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import {
  type Driver,
  type DriverConfig,
  GraphDatabase,
  type Result,
  type ResultPromise,
  type Session,
  type SessionConfig,
} from '../../src/index.ts'
import { rejectionOf } from '../support/rejection.ts'

const inUse = (driver: Driver) => driver.poolMetrics().reduce((sum, metrics) => sum + metrics.inUse, 0)

/** A server with a long result, and a driver for it whose pool has one place. */
async function started(config: DriverConfig): Promise<{ server: ScriptedServer; driver: Driver }> {
  const server = await startScripted()
  server.when('ROWS').streams(5_000, (i) => ({ i }))
  server.when('Q').returns([])
  const driver = GraphDatabase.driver(server.uri, { maxTransactionRetryTime: 0, maxConnectionPoolSize: 1, ...config })
  onTestFinished(async () => {
    await driver.close()
    await server.close()
  })
  return { server, driver }
}

/** A session that is closed at the end of the test, whatever became of its work. */
function sessionOf(driver: Driver, config: SessionConfig = {}): Session {
  const session = driver.session(config)
  onTestFinished(() => session.close().catch(() => undefined))
  return session
}

type Read = (result: Result) => Promise<unknown>

/** Each goes on until the result is at its end. */
const readers: Readonly<Record<string, Read>> = {
  'for await': async (result) => {
    for await (const _record of result);
  },
  'fetch(n)': async (result) => {
    while ((await result.fetch(7)).length > 0);
  },
  'peek()': async (result) => {
    while ((await result.peek()) !== null) await result.fetch(1)
  },
  'single()': (result) => result.single(),
  'consume()': (result) => result.consume(),
  'toEagerResult()': (result) => result.toEagerResult(),
  'toReadable()': async (result) => {
    for await (const _record of result.toReadable());
  },
}

const runs: Readonly<
  Record<string, (driver: Driver, use: (result: ResultPromise) => Promise<unknown>) => Promise<unknown>>
> = {
  'session.run': (driver, use) => use(sessionOf(driver).run('ROWS')),
  'a transaction': async (driver, use) => use((await sessionOf(driver).beginTransaction()).run('ROWS')),
  executeRead: (driver, use) => sessionOf(driver).executeRead((tx) => use(tx.run('ROWS'))),
}

describe.each([1, 10, 49, 50, 1_000])(
  'With fetchSize %i, a connection that is lost between two batches',
  (fetchSize) => {
    it.each(Object.keys(readers))('rejects a reader by %s and frees its place in the pool', async (name) => {
      for (const run of Object.values(runs)) {
        const { server, driver } = await started({ fetchSize })
        const outcome = run(driver, async (running) => {
          const result = await running
          // A batch is in, and its reader is busy with its first record while the server goes away.
          await result.fetch(1)
          await server.close()
          await vi.waitFor(() => expect(inUse(driver)).toBe(0))
          await readers[name]?.(result)
        })
        expect(await rejectionOf(outcome)).toMatchObject({ name: 'ServiceUnavailable', isRetryable: true })
        expect(inUse(driver)).toBe(0)
      }
    })
  },
)

it('A connection that is lost with fetchSize -1 rejects its reader', async () => {
  const { server, driver } = await started({ fetchSize: -1 })
  const result = await sessionOf(driver).run('ROWS')
  await result.fetch(1)
  await server.close()
  const error = await rejectionOf(result.fetch(10_000).then(() => result.fetch(1)))
  expect(error === undefined || error.name === 'ServiceUnavailable').toBe(true)
  expect(inUse(driver)).toBe(0)
})

it('A unit of work that reads is tried again when its connection is lost between two batches', async () => {
  const begun = [C.begin(), S.success(), C.run(), C.pull(), S.success({ fields: ['x'], qid: 0 })]
  const first = [...begun, S.record(1), S.record(2), S.success({ has_more: true })]
  const rest = [C.pull(), S.record(3), S.success({}), C.commit(), S.success({ bookmark: 'b' })]
  let cut = (): void => undefined
  const busy = new Promise<void>((resolve) => {
    cut = resolve
  })
  await using play = await startPlay([
    [...first, S.wait(() => busy), S.cut()],
    [...first, ...rest],
  ])
  await using driver = GraphDatabase.driver(play.uri, { fetchSize: 2 })
  await using session = driver.session()
  const values = await session.executeRead(async (tx) => {
    const seen: unknown[] = []
    for await (const record of tx.run('RETURN x')) {
      seen.push(record.get('x'))
      if (seen.length !== 2 || play.received.length > 1) continue
      cut()
      await vi.waitFor(() => expect(tx.failure).not.toBeNull())
    }
    return seen
  })
  expect(values).toEqual([1, 2, 3])
  await play.done()
})

describe('A transaction with several open results whose connection is lost', () => {
  it('rejects the reader of each with the loss itself', async () => {
    const { server, driver } = await started({ fetchSize: 10 })
    const tx = await sessionOf(driver).beginTransaction()
    const results = await Promise.all([tx.run('ROWS'), tx.run('ROWS'), tx.run('ROWS')])
    const readings = results.map(async (result) => {
      const [record] = await result.fetch(1)
      expect(record?.get('i')).toBe(0)
    })
    await Promise.all(readings)
    await server.close()
    await vi.waitFor(() => expect(tx.failure).not.toBeNull())
    for (const result of results) {
      // What has arrived comes first.
      expect((await result.fetch(9)).length).toBe(9)
      expect(await rejectionOf(result.fetch(1))).toMatchObject({ name: 'ServiceUnavailable', isRetryable: true })
    }
    expect(inUse(driver)).toBe(0)
  })

  it('rejects every reader that waits for an answer', async () => {
    await using server = await startScripted()
    server.when('HANGS').hangs()
    await using driver = GraphDatabase.driver(server.uri)
    const tx = await sessionOf(driver).beginTransaction()
    const waiting = [tx.run('HANGS').consume(), tx.run('HANGS').fetch(1), tx.run('HANGS').keys()]
    await vi.waitFor(() => expect(server.calls.length).toBe(1))
    await server.close()
    // One after the other: what a caller has not come to yet must not count as unhandled.
    for (const each of waiting) expect(await rejectionOf(each)).toMatchObject({ name: 'ServiceUnavailable' })
    expect(inUse(driver)).toBe(0)
  })

  it('keeps the records of a result that had arrived as a whole', async () => {
    await using server = await startScripted()
    server.when('FIVE').streams(5, (i) => ({ i }))
    await using driver = GraphDatabase.driver(server.uri)
    const tx = await sessionOf(driver).beginTransaction()
    const result = await tx.run('FIVE')
    await result.peek()
    await server.close()
    await vi.waitFor(() => expect(tx.failure).not.toBeNull())
    expect(await result.value()).toEqual([0, 1, 2, 3, 4])
    expect(await rejectionOf(tx.run('FIVE'))).toMatchObject({ name: 'TransactionError', cause: tx.failure })
    expect(await rejectionOf(tx.commit())).toMatchObject({ name: 'TransactionError', cause: tx.failure })
  })
})

describe('A connection that is lost while a caller waits for', () => {
  const lost = { name: 'ServiceUnavailable', isRetryable: true }
  const running = [C.begin(), S.success(), C.run(), C.pull(), S.success({ fields: [] }), S.success({})]

  async function rejected(script: readonly Step[], use: (driver: Driver) => Promise<unknown>): Promise<unknown> {
    await using play = await startPlay([script])
    await using driver = GraphDatabase.driver(play.uri, { maxTransactionRetryTime: 0 })
    const error = await rejectionOf(use(driver))
    expect(inUse(driver)).toBe(0)
    return error
  }

  it.each([
    ['BEGIN', [C.begin(), S.cut()], (driver: Driver) => sessionOf(driver).beginTransaction()],
    ['RUN', [C.run(), C.pull(), S.cut()], (driver: Driver) => sessionOf(driver).run('Q')],
    [
      'ROLLBACK',
      [...running, C.rollback(), S.cut()],
      async (driver: Driver) => {
        const tx = await sessionOf(driver).beginTransaction()
        await tx.run('Q').consume()
        await tx.rollback()
      },
    ],
    [
      'LOGON of a session',
      [...running, C.rollback(), S.success(), C.logoff(), C.logon(), C.run(), C.pull(), S.cut()],
      async (driver: Driver) => {
        const tx = await sessionOf(driver).beginTransaction()
        await tx.run('Q').consume()
        await tx.rollback()
        await sessionOf(driver, { auth: ['ada', 'secret'] }).run('Q')
      },
    ],
  ] as const)('%s rejects that caller and frees its place in the pool', async (_name, script, use) => {
    expect(await rejected(script, use)).toMatchObject(lost)
  })

  it('COMMIT of a write rejects that caller with IncompleteCommit and frees its place in the pool', async () => {
    const error = await rejected([...running, C.commit(), S.cut()], (driver) =>
      sessionOf(driver).executeWrite((tx) => tx.run('Q').consume()),
    )
    expect(error).toMatchObject({ name: 'IncompleteCommit' })
  })

  it('ROUTE rejects that caller and frees its place in the pool', async () => {
    await using play = await startPlay([[C.route(), S.cut()]])
    await using driver = GraphDatabase.driver(play.uri.replace('bolt:', 'neo4j:'), { maxTransactionRetryTime: 0 })
    expect(await rejectionOf(sessionOf(driver).run('Q'))).toMatchObject({ name: 'RoutingServiceUnavailable' })
    expect(inUse(driver)).toBe(0)
  })
})

it('A transaction that no query is open in ends with its connection, and the session goes on', async () => {
  const begun = [C.begin(), S.success(), C.run(), C.pull(), S.success({ fields: [] }), S.success({})]
  await using play = await startPlay([
    [...begun, S.cut()],
    [...begun, C.commit(), S.success({ bookmark: 'b' })],
  ])
  await using driver = GraphDatabase.driver(play.uri, { maxConnectionPoolSize: 1 })
  await using session = driver.session()
  const tx = await session.beginTransaction()
  await tx.run('Q').consume()
  await vi.waitFor(() => expect(tx.failure).toMatchObject({ name: 'ServiceUnavailable' }))
  expect(inUse(driver)).toBe(0)
  await tx.rollback()
  await session.executeWrite((work) => work.run('Q').consume())
  expect(session.lastBookmarks().rawValues).toEqual(['b'])
  await play.done()
})
