import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type Driver,
  DriverError,
  type ManagedTransaction,
  type Transaction,
  TransactionError,
  TransactionNestingError,
} from '../../src/index.ts'
import { rejectionOf } from '../support/rejection.ts'
import { clear, connect } from './drivers.ts'

let driver: Driver
beforeAll(async () => {
  driver = connect({ maxConnectionPoolSize: 3 })
  await clear(driver, 'TransactionTest')
})
afterAll(async () => {
  await clear(driver, 'TransactionTest')
  expect(driver.poolMetrics()).toMatchObject([{ inUse: 0, waiting: 0, failed: 0, timedOut: 0 }])
  await driver.close()
})

async function count(name: string): Promise<number> {
  const { records } = await driver.executeQuery('MATCH (n:TransactionTest {name: $name}) RETURN count(n) AS n', {
    name,
  })
  return records[0]?.get('n')
}

describe('An explicit transaction', () => {
  it('is rolled back by rollback(), by close() and at the end of its scope', async () => {
    await using session = driver.session()
    const ends: readonly ((tx: Transaction) => Promise<void>)[] = [
      (tx) => tx.rollback(),
      (tx) => tx.close(),
      (tx) => tx[Symbol.asyncDispose](),
    ]
    for (const end of ends) {
      const tx = await session.beginTransaction()
      await tx.run('CREATE (:TransactionTest {name: "rolled back"})')
      expect(tx.closed).toBe(false)
      await end(tx)
      expect(tx.closed).toBe(true)
      await tx.close()
    }
    const thrown = await rejectionOf(
      (async () => {
        await using tx = await session.beginTransaction()
        await tx.run('CREATE (:TransactionTest {name: "rolled back"})')
        throw new RangeError('of the caller')
      })(),
    )
    expect(thrown).toEqual(new RangeError('of the caller'))
    expect(await count('rolled back')).toBe(0)
  })

  it('makes its session refuse all other operations', async () => {
    await using session = driver.session()
    const tx = await session.beginTransaction()
    const calls: readonly (() => PromiseLike<unknown>)[] = [
      () => session.run('RETURN 1'),
      () => session.beginTransaction(),
      () => session.executeRead(() => 1),
      () => session.executeWrite(() => 1),
    ]
    for (const call of calls) {
      const error = await rejectionOf(call())
      expect(error).toBeInstanceOf(TransactionNestingError)
      expect(error).toBeInstanceOf(TransactionError)
    }
    expect(await tx.run('RETURN 1').value()).toEqual([1])
    await tx.commit()
    expect(await session.run('RETURN 1').value()).toEqual([1])
    await session.executeWrite(async (managed) => {
      for (const call of calls) expect(await rejectionOf(call())).toBeInstanceOf(TransactionNestingError)
      expect(await managed.run('RETURN 1').value()).toEqual([1])
    })
  })

  it('is rolled back when its session closes, and releases the connection', async () => {
    const session = driver.session()
    const tx = await session.beginTransaction()
    await tx.run('CREATE (:TransactionTest {name: "session closed"})').consume()
    await session.close()
    await session.close()
    expect(session.closed).toBe(true)
    expect(tx.closed).toBe(true)
    expect(driver.poolMetrics()[0]?.inUse).toBe(0)
    expect(await rejectionOf(tx.run('RETURN 1'))).toBeInstanceOf(TransactionError)
    expect(await count('session closed')).toBe(0)
  })
})

describe('A unit of work', () => {
  it('must not return its result or a promise of it', async () => {
    await using session = driver.session()
    const live = async (tx: ManagedTransaction) => tx.run('CREATE (:TransactionTest {name: "live"}) RETURN 1')
    const promised = (tx: ManagedTransaction) => tx.run('CREATE (:TransactionTest {name: "live"}) RETURN 1')
    for (const work of [live, promised]) {
      const error = await rejectionOf(session.executeWrite(work))
      expect(error).toBeInstanceOf(DriverError)
      expect(error.message).toMatch(/live result.*Read it first/)
    }
    expect(await count('live')).toBe(0)
  })

  it('may return any other value, and its errors reach the caller unchanged', async () => {
    await using session = driver.session()
    expect(await session.executeRead(() => undefined)).toBeUndefined()
    expect(await session.executeRead(() => [null])).toEqual([null])
    for (const thrown of [new TypeError('of the work'), 'a string', null, undefined, 0]) {
      const rejected = session.executeWrite(() => {
        throw thrown
      })
      await rejected.then(
        () => expect.unreachable(),
        (error) => expect(error).toBe(thrown),
      )
    }
    const escaped: ManagedTransaction[] = []
    await session.executeRead((tx) => {
      escaped.push(tx)
    })
    expect(await rejectionOf(escaped[0]?.run('RETURN 1') ?? Promise.resolve())).toBeInstanceOf(TransactionError)
    for (const nothing of [undefined, null, 'RETURN 1', {}]) {
      await expect(session.executeWrite(nothing as never)).rejects.toThrow(/takes a function/)
    }
  })
})
