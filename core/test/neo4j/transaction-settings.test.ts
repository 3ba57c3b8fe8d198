import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Driver, Query, type Result } from '../../src/index.ts'
import { rejectionOf } from '../support/rejection.ts'
import { connect } from './drivers.ts'

let driver: Driver
beforeAll(() => {
  driver = connect({ maxConnectionPoolSize: 3 })
})
afterAll(async () => {
  expect(driver.poolMetrics()).toMatchObject([{ inUse: 0, waiting: 0, failed: 0, timedOut: 0 }])
  await driver.close()
})

describe('Settings of transactions', () => {
  const shown =
    'SHOW TRANSACTIONS YIELD currentQuery, metaData WHERE currentQuery CONTAINS "of this test alone" RETURN metaData'
  const jobs = async (result: Promise<Result>) => (await result).value()

  it('send the metadata to the server', async () => {
    await using session = driver.session()
    const metadata = { job: 'seen', list: [1, 2.5, 'three', null], nested: { deep: true } }
    expect(await jobs(session.run(shown, {}, { metadata }))).toEqual([metadata])
    expect(await session.executeRead((tx) => tx.run(shown).value(), { metadata })).toEqual([metadata])
    const tx = await session.beginTransaction({ metadata })
    expect(await jobs(tx.run(shown))).toEqual([metadata])
    await tx.commit()
    const { records } = await driver.executeQuery(shown, {}, { metadata })
    expect(records.map((record) => record.get('metaData'))).toEqual([metadata])
    expect(await jobs(session.run(shown))).toEqual([{}])
  })

  it('send the timeout to the server, which ends a longer transaction', async () => {
    await using session = driver.session()
    const slow = 'UNWIND range(1, 1000000000) AS i WITH i WHERE i % 7 = 8 RETURN count(i) AS n'
    const timedOut = { code: 'Neo.ClientError.Transaction.TransactionTimedOutClientConfiguration' }
    const errors = [
      await rejectionOf(session.run(slow, {}, { timeout: 50 }).consume()),
      await rejectionOf(session.run(new Query(slow, { timeout: 50 })).consume()),
      await rejectionOf(session.executeRead((tx) => tx.run(slow).consume(), { timeout: 50 })),
      await rejectionOf(session.beginTransaction({ timeout: 50 }).then((tx) => tx.run(slow).consume())),
      await rejectionOf(driver.executeQuery(slow, {}, { timeout: 0.2 })),
    ]
    const { agent } = await driver.getServerInfo()
    for (const error of errors) {
      expect(error).toMatchObject(timedOut)
      // Version 5 has no specific GQLSTATUS for timeouts.
      expect(error.gqlStatus).toBe(agent.startsWith('Neo4j/5') ? '50N42' : '25N14')
      expect(error.isRetryable).toBe(false)
    }
    expect(await session.run('RETURN 1', {}, { timeout: 0 }).value()).toEqual([1])
    expect(await session.run('RETURN 1', {}, { timeout: Number.POSITIVE_INFINITY }).value()).toEqual([1])
    expect(await session.run('RETURN 1', {}, { timeout: 2 ** 40 }).value()).toEqual([1])
  })
})
