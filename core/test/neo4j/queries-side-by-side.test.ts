import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  CypherSyntaxError,
  type Driver,
  isDriverError,
  Query,
  type Result,
  ResultConsumedError,
  ResultFailedError,
  TransactionError,
} from '../../src/index.ts'
import { rejectionOf } from '../support/rejection.ts'
import { clear, connect } from './drivers.ts'

let driver: Driver
beforeAll(async () => {
  driver = connect({ maxConnectionPoolSize: 3 })
  await clear(driver, 'SideBySideTest')
})
afterAll(async () => {
  await clear(driver, 'SideBySideTest')
  expect(driver.poolMetrics()).toMatchObject([{ inUse: 0, waiting: 0, failed: 0, timedOut: 0 }])
  await driver.close()
})

async function count(name: string): Promise<number> {
  const { records } = await driver.executeQuery('MATCH (n:SideBySideTest {name: $name}) RETURN count(n) AS n', {
    name,
  })
  return records[0]?.get('n')
}

describe('Queries of one transaction', () => {
  it('are pipelined in the order of the calls', async () => {
    await using session = driver.session()
    const sums = await session.executeWrite(async (tx) => {
      const asked = Array.from({ length: 200 }, (_, i) =>
        tx.run(
          'MERGE (n:SideBySideTest {name: "pipelined"}) SET n.log = coalesce(n.log, []) + $i RETURN size(n.log) AS n',
          {
            i,
          },
        ),
      )
      const results = await Promise.all(asked)
      return Promise.all(results.map(async (result) => (await result.single({ strict: true })).get('n')))
    })
    expect(sums).toEqual(Array.from({ length: 200 }, (_, i) => i + 1))
    const { records } = await driver.executeQuery('MATCH (n:SideBySideTest {name: "pipelined"}) RETURN n.log AS log')
    expect(records.map((record) => record.get('log'))).toEqual([Array.from({ length: 200 }, (_, i) => i)])
  })

  it.each([1, 2, 7, 1000, -1])(
    'stay open side by side and can be read in turns with a fetch size of %i',
    async (fetchSize) => {
      await using session = driver.session({ fetchSize })
      await using tx = await session.beginTransaction()
      const [a, b, c] = (await Promise.all(
        [10, 20, 30].map((base) => tx.run('UNWIND range(1, 25) AS i RETURN $base * 1000 + i AS i', { base })),
      )) as [Result, Result, Result]
      const seen: number[][] = [[], [], []]
      const take = async (result: Result, n: number, into: number[] | undefined) => {
        for (const record of await result.fetch(n)) into?.push(record.get('i'))
      }
      await take(c, 3, seen[2])
      await take(a, 11, seen[0])
      const late = await tx.run('RETURN 4 AS i')
      await take(b, 1, seen[1])
      for await (const record of c) seen[2]?.push(record.get('i'))
      await take(a, 1000, seen[0])
      expect(await late.value()).toEqual([4])
      await take(b, 24, seen[1])
      expect(await b.fetch(1)).toEqual([])
      expect(seen).toEqual([10, 20, 30].map((base) => Array.from({ length: 25 }, (_, i) => base * 1000 + i + 1)))
      expect((await b.consume()).queryType).toBe('r')
      await tx.commit()
      expect(tx.closed).toBe(true)
    },
  )

  it('are ignored after one has failed, with an error that names the failed query', async () => {
    await using session = driver.session({ fetchSize: 2 })
    const tx = await session.beginTransaction()
    const open = await tx.run('UNWIND range(1, 100) AS i RETURN i')
    expect((await open.fetch(1)).map((record) => record.get('i'))).toEqual([1])
    const promises = [tx.run('RETURN 1 AS one'), tx.run('RETURN $'), tx.run('RETURN 2'), tx.run('RETURN 3')]
    const [fine, first, second, third] = await Promise.all(promises.map(rejectionOf))
    expect(fine).toBeUndefined()
    expect(first).toBeInstanceOf(CypherSyntaxError)
    expect(first.code).toBe('Neo.ClientError.Statement.SyntaxError')
    for (const ignored of [second, third]) {
      expect(ignored).toBeInstanceOf(TransactionError)
      expect(ignored.cause).toBe(first)
      expect(ignored.stack).toContain('queries-side-by-side.test.ts')
    }
    const late = await rejectionOf(tx.run('RETURN 4'))
    expect(late).toBeInstanceOf(TransactionError)
    expect(late.cause).toBe(first)
    const reading = await rejectionOf(open.fetch(100))
    expect(reading).toBeInstanceOf(ResultFailedError)
    expect(reading.cause).toBe(first)
    const committing = await rejectionOf(tx.commit())
    expect(committing).toBeInstanceOf(TransactionError)
    expect(committing.cause).toBe(first)
    expect(tx.closed).toBe(true)
    await tx.close()
    expect(await session.run('RETURN 1').value()).toEqual([1])
  })

  it('fail the transaction when one fails during reading', async () => {
    await using session = driver.session({ fetchSize: 1 })
    const tx = await session.beginTransaction()
    await tx.run('CREATE (:SideBySideTest {name: "undone"})').consume()
    const result = await tx.run('UNWIND [1, 1, 1, 0] AS i RETURN 1 / i AS i')
    const seen: unknown[] = []
    const reading = await rejectionOf(
      (async () => {
        for await (const record of result) seen.push(record.get('i'))
      })(),
    )
    expect(seen).toEqual([1, 1, 1])
    expect(reading.code).toBe('Neo.ClientError.Statement.ArithmeticError')
    const again = await rejectionOf(result.consume())
    expect(again).toBeInstanceOf(ResultFailedError)
    expect(again.cause).toBe(reading)
    await tx.rollback()
    expect(tx.closed).toBe(true)
    expect(await count('undone')).toBe(0)
  })

  it('are discarded by commit, so that their results can no longer be read', async () => {
    await using session = driver.session({ fetchSize: 10 })
    const tx = await session.beginTransaction()
    const written = await tx.run('UNWIND range(1, 1000) AS i CREATE (n:SideBySideTest {name: "discarded"}) RETURN n')
    expect((await written.fetch(3)).length).toBe(3)
    expect(written.closed).toBe(false)
    await tx.commit()
    expect(written.closed).toBe(true)
    expect(await rejectionOf(written.fetch(1))).toBeInstanceOf(ResultConsumedError)
    expect(await rejectionOf(written.consume())).toBeInstanceOf(ResultConsumedError)
    expect(await count('discarded')).toBe(1000)
    const over = await rejectionOf(tx.run('RETURN 1'))
    expect(over).toBeInstanceOf(TransactionError)
    expect(await rejectionOf(tx.commit())).toBeInstanceOf(TransactionError)
    expect(await rejectionOf(tx.rollback())).toBeUndefined()
    expect(await rejectionOf(tx.close())).toBeUndefined()
  })

  it('are committed, or fail the commit, when the caller never awaits them', async () => {
    await using session = driver.session()
    const tx = await session.beginTransaction()
    void tx.run('CREATE (:SideBySideTest {name: "left alone"})')
    void tx.run('CREATE (:SideBySideTest {name: "left alone"})')
    await tx.commit()
    expect(await count('left alone')).toBe(2)
    const failing = await session.beginTransaction()
    void failing.run('RETURN 1 / 0')
    void failing.run('RETURN 1')
    const error = await rejectionOf(failing.commit())
    expect(isDriverError(error) ? (error.cause as Error) : error).toMatchObject({
      code: 'Neo.ClientError.Statement.ArithmeticError',
    })
    expect(await session.run('RETURN 1').value()).toEqual([1])
  })

  it('accept a Query without settings and refuse one with settings', async () => {
    await using session = driver.session()
    await using tx = await session.beginTransaction()
    expect(await tx.run(new Query('RETURN 5 AS x')).value()).toEqual([5])
    await expect(tx.run(new Query('RETURN 5', { timeout: 1 }))).rejects.toThrow(/timeout/)
    await expect(tx.run(new Query('RETURN 5', { metadata: {} }))).rejects.toThrow(/metadata/)
    expect(await tx.run('RETURN 6 AS x').value()).toEqual([6])
  })
})
