import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Driver, type ManagedTransaction, Query, unitOfWork } from '../../src/index.ts'
import { clear, connect } from './drivers.ts'
import { server } from './server.ts'

let driver: Driver
beforeAll(async () => {
  driver = connect({}, server.uri)
  await clear(driver, 'SeedWorker')
  await driver.executeQuery('CREATE (:SeedWorker {age: 42}), (:SeedWorker {age: 42}), (:SeedWorker {age: 17})')
})
afterAll(async () => {
  await clear(driver, 'SeedWorker')
  await driver.close()
})

describe('executeQuery', () => {
  it('accepts a Query with settings, which the options of the call override key by key', async () => {
    const query = new Query(
      'SHOW TRANSACTIONS YIELD currentQuery, metaData WHERE currentQuery STARTS WITH "SHOW" RETURN metaData',
      {
        metadata: { job: 'from the query' },
        timeout: 5_000,
      },
    )
    const { records } = await driver.executeQuery(query)
    expect(records.map((record) => record.get('metaData').job)).toContain('from the query')
    const again = await driver.executeQuery(query, {}, { metadata: { job: 'from the call' } })
    expect(again.records.map((record) => record.get('metaData').job)).toContain('from the call')
  })
})

describe('A session', () => {
  it('runs CALL … IN TRANSACTIONS, which needs an auto-commit query', async () => {
    await using session = driver.session()
    const summary = await session
      .run('UNWIND range(1, 10) AS i CALL { WITH i CREATE (:SeedWorker {i: i}) } IN TRANSACTIONS OF 3 ROWS')
      .consume()
    expect(summary.counters.nodesCreated).toBe(10)
  })

  it('sends the settings of units of work to the server', async () => {
    await using session = driver.session()
    const count = unitOfWork({ timeout: 10_000, metadata: { job: 'count' } })((tx: ManagedTransaction) =>
      tx.run('SHOW TRANSACTIONS YIELD metaData WHERE metaData.job = "count" RETURN metaData.job AS job').value(),
    )
    expect(await session.executeRead(count)).toEqual(['count'])
  })
})

describe('A summary', () => {
  it('contains plan, profile, counters and notifications', async () => {
    await using session = driver.session()
    const planned = await session.run('EXPLAIN MATCH (p:SeedWorker) RETURN p').consume()
    expect(planned.plan).toMatchObject({ operatorType: expect.stringMatching(/ProduceResults/), identifiers: ['p'] })
    expect(planned.profile).toBeNull()
    const profiled = await session.run('PROFILE MATCH (p:SeedWorker {age: 42}) RETURN p.name').consume()
    expect(profiled.profile).toMatchObject({ rows: 2, children: [expect.anything()] })
    const warned = await session.run('MATCH (p:SeedNobodyEver) RETURN p').consume()
    expect(warned.summaryNotifications[0]).toMatchObject({ severityLevel: 'WARNING', category: 'UNRECOGNIZED' })
    expect(warned.gqlStatusObjects.some(({ isNotification }) => isNotification)).toBe(true)
    await using quiet = driver.session({ notificationsMinSeverity: 'OFF' })
    expect((await quiet.run('MATCH (p:SeedNobodyEver) RETURN p').consume()).summaryNotifications).toEqual([])
  })
})
