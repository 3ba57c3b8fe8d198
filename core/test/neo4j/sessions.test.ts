import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type Driver,
  DriverError,
  isNeo4jError,
  ResultConsumedError,
  ResultFailedError,
  SessionError,
} from '../../src/index.ts'
import { rejectionOf } from '../support/rejection.ts'
import { clear, connect } from './drivers.ts'
import { server } from './server.ts'

let driver: Driver
beforeAll(async () => {
  driver = connect({ maxConnectionPoolSize: 3 })
  await clear(driver, 'SessionTest')
})
afterAll(async () => {
  await clear(driver, 'SessionTest')
  expect(driver.poolMetrics()).toMatchObject([{ inUse: 0, waiting: 0, failed: 0, timedOut: 0 }])
  await driver.close()
})

async function count(name: string): Promise<number> {
  const { records } = await driver.executeQuery('MATCH (n:SessionTest {name: $name}) RETURN count(n) AS n', { name })
  return records[0]?.get('n')
}

describe('A session', () => {
  it('buffers an unread result on the next run, and discards it on any other operation', async () => {
    await using session = driver.session({ fetchSize: 5 })
    const first = await session.run('UNWIND range(1, 100) AS i RETURN i')
    expect((await first.fetch(2)).map((record) => record.get('i'))).toEqual([1, 2])
    const second = await session.run('UNWIND range(1, 20) AS i RETURN i')
    expect(driver.poolMetrics()[0]?.inUse).toBe(1)
    expect(await second.value()).toEqual(Array.from({ length: 20 }, (_, i) => i + 1))
    expect(await first.value()).toEqual(Array.from({ length: 98 }, (_, i) => i + 3))
    expect((await first.consume()).queryType).toBe('r')

    const third = await session.run('UNWIND range(1, 100) AS i CREATE (:SessionTest {name: "consumed"}) RETURN i')
    await using tx = await session.beginTransaction()
    expect(await rejectionOf(third.fetch(1))).toBeInstanceOf(ResultConsumedError)
    expect((await third.consume()).counters.nodesCreated).toBe(100)
    await tx.close()
    const fourth = await session.run('UNWIND range(1, 100) AS i RETURN i')
    await session.executeRead(() => 1)
    expect(await rejectionOf(fourth.first())).toBeInstanceOf(ResultConsumedError)
  })

  it('commits the writes of an unread result', async () => {
    {
      await using session = driver.session()
      await session.run('CREATE (n:SessionTest {name: "unread"}) RETURN n')
    }
    expect(await count('unread')).toBe(1)
    const session = driver.session()
    const promise = session.run('UNWIND range(1, 5000) AS i CREATE (n:SessionTest {name: "never awaited"}) RETURN n')
    await session.close()
    expect((await promise).closed).toBe(true)
    expect(await count('never awaited')).toBe(5000)
    expect(session.lastBookmarks().rawValues.length).toBe(1)
  })

  it('raises the failure of an unread result once', async () => {
    const session = driver.session({ fetchSize: 1 })
    await session.run('UNWIND [1, 0] AS i CREATE (n:SessionTest {v: 1 / i}) RETURN n')
    expect((await rejectionOf(session.close()))?.code).toBe('Neo.ClientError.Statement.ArithmeticError')
    expect(session.closed).toBe(true)
    await session.close()
    await using other = driver.session({ fetchSize: 1 })
    const result = await other.run('UNWIND [1, 0] AS i RETURN 1 / i')
    expect((await rejectionOf(result.value()))?.code).toBe('Neo.ClientError.Statement.ArithmeticError')
    expect(await rejectionOf(result.value())).toBeInstanceOf(ResultFailedError)
  })

  it('refuses a second operation while the first is pending, for all pairs of operations', async () => {
    const uses: Record<string, (session: ReturnType<Driver['session']>) => PromiseLike<unknown>> = {
      run: (session) => session.run('RETURN 1 AS x'),
      beginTransaction: (session) => session.beginTransaction().then((tx) => tx.close()),
      executeRead: (session) => session.executeRead((tx) => tx.run('RETURN 1 AS x').value()),
      executeWrite: (session) => session.executeWrite((tx) => tx.run('RETURN 1 AS x').value()),
    }
    for (const [name, first] of Object.entries(uses)) {
      for (const [other, second] of Object.entries(uses)) {
        await using session = driver.session()
        const pending = first(session)
        const refused = await rejectionOf(second(session))
        expect(refused, `${name}, ${other}`).toBeInstanceOf(SessionError)
        expect(refused.message).toContain(name)
        expect(refused.message).toMatch(/await|session for each/i)
        expect(refused.session).toBe(session)
        expect(Object.keys(refused)).not.toContain('session')
        expect(await rejectionOf(pending), `${name}, ${other}`).toBeUndefined()
        expect(await session.run('RETURN 2 AS x').value()).toEqual([2])
      }
    }
  })

  it('refuses all operations after it, or its driver, was closed', async () => {
    const session = driver.session()
    await session.close()
    const calls: readonly (() => PromiseLike<unknown>)[] = [
      () => session.run('RETURN 1'),
      () => session.beginTransaction(),
      () => session.executeRead(() => 1),
      () => session.executeWrite(() => 1),
    ]
    for (const call of calls) expect(await rejectionOf(call())).toBeInstanceOf(SessionError)
    const own = connect()
    const open = own.session()
    await open.run('RETURN 1').consume()
    await own.close()
    for (const call of [
      () => open.run('RETURN 1'),
      () => open.beginTransaction(),
      () => own.executeQuery('RETURN 1'),
    ]) {
      const error = await rejectionOf(call())
      expect(error).toBeInstanceOf(DriverError)
      expect(error.message).toMatch(/closed driver/)
    }
    expect(() => own.session()).toThrow(DriverError)
    for (const call of [() => own.verifyConnectivity(), () => own.getServerInfo(), () => own.verifyAuthentication()]) {
      expect(await rejectionOf(call())).toBeInstanceOf(DriverError)
    }
    await open.close()
  })

  it('works on the database it names', async () => {
    await using system = driver.session({ database: 'system' })
    const { summary, records } = await system.run('SHOW DATABASES YIELD name').toEagerResult()
    expect(summary.database).toBe('system')
    expect(records.map((record) => record.get('name'))).toEqual(expect.arrayContaining(['neo4j', 'system']))
    await using home = driver.session()
    expect((await home.run('RETURN 1').consume()).database).toBe('neo4j')
    await using missing = driver.session({ database: 'no-such-database' })
    const unknown = await rejectionOf(missing.run('RETURN 1'))
    expect(unknown.code).toBe('Neo.ClientError.Database.DatabaseNotFound')
    expect(await rejectionOf(missing.executeRead((tx) => tx.run('RETURN 1').consume()))).toMatchObject({
      code: unknown.code,
    })
    await using routed = connect({}, server.uri)
    expect(await rejectionOf(routed.executeQuery('RETURN 1', {}, { database: 'no-such-database' }))).toMatchObject({
      code: unknown.code,
    })
    const { summary: routedSummary } = await routed.executeQuery('SHOW DATABASES', {}, { database: 'system' })
    expect(routedSummary.database).toBe('system')
  })

  it('raises the server’s error about an impersonated user', async () => {
    await using session = driver.session({ impersonatedUser: 'another-user' })
    for (const call of [
      () => session.run('RETURN 1'),
      () => session.beginTransaction(),
      () => session.executeRead((tx) => tx.run('RETURN 1').consume()),
      () => driver.executeQuery('RETURN 1', {}, { impersonatedUser: 'another-user' }),
    ]) {
      const error = await rejectionOf(call())
      expect(isNeo4jError(error)).toBe(true)
      expect(error.code).toMatch(/^Neo\.ClientError\./)
      expect(error.isRetryable).toBe(false)
    }
  })

  it('refuses writes when its access mode is READ', async () => {
    await using session = driver.session({ defaultAccessMode: 'READ' })
    const refused = { code: 'Neo.ClientError.Statement.AccessMode' }
    expect(await rejectionOf(session.run('CREATE (:SessionTest)').consume())).toMatchObject(refused)
    const tx = await session.beginTransaction()
    expect(await rejectionOf(tx.run('CREATE (:SessionTest)').consume())).toMatchObject(refused)
    await tx.close()
    expect(await rejectionOf(session.executeRead((read) => read.run('CREATE (:SessionTest)').consume()))).toMatchObject(
      refused,
    )
    expect(await rejectionOf(driver.executeQuery('CREATE (:SessionTest)', {}, { routing: 'READ' }))).toMatchObject(
      refused,
    )
    const summary = await session.executeWrite((write) =>
      write.run('CREATE (:SessionTest {name: "write in a reader"})').consume(),
    )
    expect(summary.counters.nodesCreated).toBe(1)
  })
})

it('CALL … IN TRANSACTIONS runs only in session.run', async () => {
  await using session = driver.session()
  const batches = `UNWIND range(1, 10) AS i
    CALL { WITH i CREATE (:SessionTest {name: 'batches'}) } IN TRANSACTIONS OF 3 ROWS`
  expect(await rejectionOf(driver.executeQuery(batches))).toMatchObject({
    code: 'Neo.DatabaseError.Transaction.TransactionStartFailed',
  })
  const failing = `UNWIND [1, 2, 3, 4, 0, 5] AS i
    CALL { WITH i CREATE (:SessionTest {name: 'batches', i: 1 / i}) } IN TRANSACTIONS OF 2 ROWS`
  expect(await rejectionOf(session.run(failing).consume())).toMatchObject({
    code: 'Neo.ClientError.Statement.ArithmeticError',
  })
  expect(await count('batches')).toBe(4)
})
