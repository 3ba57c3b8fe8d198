/** Tests on a database that leave nothing behind, for programs that use the driver itself or `@boltline/express`. */

import { ConfigurationError, type Driver, Result, TransactionError } from '@boltline/core'
import { found } from '@boltline/core/options'
import { driverInternals } from '@boltline/core/testing'

/**
 * Runs `work`, has everything that the driver does meanwhile happen in one transaction, and rolls that back at the end, whatever
 * `work` does. `executeQuery`, `session.run`, units of work and transactions join it, whoever calls them: also sessions that are
 * open already, `req.neo4j` of an Express application with this driver, and calls inside of each other.
 *
 * Neo4j has no savepoints, so inside of it:
 * - COMMIT is not sent: what was written is seen by all that follows, and there are no new bookmarks.
 * - After a failed query nothing more can be run, and nothing is retried. The error of the query itself is the usual one.
 * - What was rolled back after it had written can't be undone alone: what follows it is refused with a `TransactionError`.
 * - An abort that meets a running query ends the whole transaction.
 * - All calls use one database, one impersonated user and the same credentials: those of the first call, in a write
 *   transaction without a timeout. Others are refused with a `ConfigurationError`.
 * - What commits by itself fails on the server: `CALL … IN TRANSACTIONS`, and schema commands beside writes.
 *
 * @param driver - made by `GraphDatabase.driver`; for any server
 * @param work - is given the driver
 * @returns what `work` gives
 * @throws what `work` throws, unchanged
 * @throws TransactionNestingError where a call for the same driver has not ended
 * @throws TransactionError where `work` gives a live result
 *
 * @example
 * ```ts
 * it('creates people', () => runInRollback(driver, async () => {
 *   await request(app).post('/people').send({ name: 'Ada' }).expect(201)
 *   const { records } = await driver.executeQuery('MATCH (p:Person) RETURN p.name AS name')
 *   expect(records[0].get('name')).toBe('Ada')
 * }))
 * ```
 */
export async function runInRollback<T>(driver: Driver, work: (driver: Driver) => Promise<T> | T): Promise<T> {
  if (typeof (driver as Partial<Driver> | null | undefined)?.executeQuery !== 'function') {
    throw new ConfigurationError(
      `runInRollback takes a driver first, found ${found(driver)}. GraphDatabase.driver() makes one`,
    )
  }
  if (typeof work !== 'function') {
    throw new ConfigurationError(`runInRollback takes a function of the driver, found ${found(work)}`)
  }
  const shared = driverInternals(driver).shareTransaction()
  let value: T
  try {
    value = await work(driver)
  } catch (error) {
    // Why the work failed says more than what its rollback meets then.
    await shared.end().catch(() => undefined)
    throw error
  }
  await shared.end()
  if (!(value instanceof Result)) return value
  throw new TransactionError(
    'The work of runInRollback returned a live result, which ends with the transaction. Read it first, for example with toEagerResult()',
  )
}
