/** Runs tests on a database without leaving data behind, for programs that use the driver itself or `@boltline/express`. */

import { ConfigurationError, type Driver, Result, TransactionError } from '@boltline/core'
import { found } from '@boltline/core/options'
import { driverInternals } from '@boltline/core/testing'

/**
 * Runs `work`, routes everything that the driver does meanwhile through one transaction, and always rolls that back at the end.
 * All calls of `executeQuery`, `session.run`, units of work and transactions join it, including those of sessions that are
 * already open, of `req.neo4j` in an Express application with this driver, and nested calls.
 *
 * Neo4j has no savepoints, so inside `work`:
 * - The driver doesn't send COMMIT: later queries see all earlier writes, and there are no new bookmarks.
 * - After a failed query no other query can run, and nothing is retried. The failed query itself rejects with its usual error.
 * - A rollback after a write can't be undone alone: the driver refuses all later calls with a `TransactionError`.
 * - An abort during a query ends the whole transaction.
 * - All calls use one database, one impersonated user and the same credentials: those of the first call, in a write
 *   transaction without a timeout. A call with other settings is refused with a `ConfigurationError`.
 * - Queries that the server commits by itself fail: `CALL … IN TRANSACTIONS`, and schema commands beside writes.
 *
 * @param driver - a driver of `GraphDatabase.driver`, for any server
 * @param work - the function to run; receives the driver
 * @returns the value that `work` returns
 * @throws the error of `work`, unchanged
 * @throws TransactionNestingError when another `runInRollback` of the same driver has not ended
 * @throws TransactionError when `work` returns a result that has not been read
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
    // The error of the work explains more than a failure of its rollback.
    await shared.end().catch(() => undefined)
    throw error
  }
  await shared.end()
  if (!(value instanceof Result)) return value
  throw new TransactionError(
    'The work of runInRollback returned a live result, which ends with the transaction. Read it first, for example with toEagerResult()',
  )
}
