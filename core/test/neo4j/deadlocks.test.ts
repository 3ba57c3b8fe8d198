import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Driver, isNeo4jError, type ManagedTransaction } from '../../src/index.ts'
import { clear, connect } from './drivers.ts'

let driver: Driver
beforeAll(async () => {
  driver = connect()
  await clear(driver, 'DeadlockTest')
  await driver.executeQuery('CREATE (:DeadlockTest {id: 1, n: 0}), (:DeadlockTest {id: 2, n: 0})')
})
afterAll(async () => {
  await clear(driver, 'DeadlockTest')
  await driver.close()
})

it('The driver retries deadlocked writers until each has written exactly once', async () => {
  let deadlocks = 0
  let arrived = 0
  let bothArrived!: () => void
  const meeting = new Promise<void>((resolve) => {
    bothArrived = resolve
  })
  const increment = async (tx: ManagedTransaction, id: number) => {
    try {
      await tx.run('MATCH (a:DeadlockTest {id: $id}) SET a.n = a.n + 1', { id }).consume()
    } catch (error) {
      if (isNeo4jError(error) && error.code?.endsWith('DeadlockDetected')) deadlocks++
      throw error
    }
  }
  const writer = async (first: number, second: number) => {
    await using session = driver.session()
    let attempts = 0
    await session.executeWrite(async (tx) => {
      attempts++
      await increment(tx, first)
      // Each writer now holds one lock and requests the other's.
      if (attempts === 1 && ++arrived === 2) bothArrived()
      await meeting
      await increment(tx, second)
    })
    return attempts
  }
  const attempts = await Promise.all([writer(1, 2), writer(2, 1)])
  expect(deadlocks).toBeGreaterThanOrEqual(1)
  expect(attempts[0] + attempts[1]).toBe(2 + deadlocks)
  const { records } = await driver.executeQuery('MATCH (a:DeadlockTest) RETURN sum(a.n) AS sum')
  expect(records[0]?.get('sum')).toBe(4)
})
