import { GraphDatabase } from '@boltline/core'
import { expect, it } from 'vitest'
import { runInRollback } from '../../src/index.ts'
import { useGraph } from './fixture.ts'

const fixture = useGraph()
const count = 'MATCH (n) RETURN count(n) AS n'

it('runInRollback rolls back the writes of every kind of call, and returns the value of the work', async () => {
  await using before = fixture.driver.session()
  const value = await runInRollback(fixture.driver, async (driver) => {
    expect(driver).toBe(fixture.driver)
    await driver.executeQuery('CREATE (:P {by: 1})')
    await using session = driver.session()
    await session.run('CREATE (:P {by: 2})').consume()
    await session.executeWrite((tx) => tx.run('CREATE (:P {by: 3})').consume())
    const tx = await session.beginTransaction()
    await tx.run('CREATE (:P {by: 4})')
    await tx.commit()
    // A session that was already open joins the transaction too.
    await before.run('CREATE (:P {by: 5})').consume()
    expect(await before.executeRead((read) => read.run('MATCH (p:P) RETURN p.by AS by ORDER BY by').value())).toEqual([
      1, 2, 3, 4, 5,
    ])
    expect(session.lastBookmarks().isEmpty).toBe(true)
    return 'done'
  })
  expect(value).toBe('done')
  expect(await fixture.rows(count)).toEqual([{ n: 0 }])
  await fixture.driver.executeQuery('CREATE (:Kept)')
  expect(await fixture.rows(count)).toEqual([{ n: 1 }])
})

it('runInRollback rethrows the error of the work unchanged, and rolls back its writes', async () => {
  const thrown = new Error('an expectation of the test')
  const failing = runInRollback(fixture.driver, async (driver) => {
    await driver.executeQuery('CREATE (:P)')
    throw thrown
  })
  expect(await failing.catch((error: unknown) => error)).toBe(thrown)
  expect(await fixture.rows(count)).toEqual([{ n: 0 }])
})

it('runInRollback allows overlapping calls: parallel sessions, and a call inside a unit of work', async () => {
  await runInRollback(fixture.driver, async (driver) => {
    await Promise.all([1, 2, 3, 4].map((by) => driver.executeQuery('CREATE (:P {by: $by})', { by })))
    await using outer = driver.session({ fetchSize: 1 })
    await outer.executeWrite(async (tx) => {
      const seen: unknown[] = []
      for await (const record of tx.run('MATCH (p:P) RETURN p.by AS by ORDER BY by')) {
        await using inner = driver.session({ integers: 'bigint' })
        seen.push(await inner.run('RETURN $by AS by', { by: record.get('by') }).value())
      }
      expect(seen).toEqual([[1n], [2n], [3n], [4n]])
      await driver.executeQuery('CREATE (:P {by: 5})')
    })
    expect(await fixture.rows(count)).toEqual([{ n: 5 }])
  })
  expect(await fixture.rows(count)).toEqual([{ n: 0 }])
  expect(fixture.driver.poolMetrics()[0]?.inUse).toBe(0)
})

it('runInRollback refuses queries after a rolled-back write, and allows them after a rolled-back read', async () => {
  await runInRollback(fixture.driver, async (driver) => {
    await using session = driver.session()
    const reading = await session.beginTransaction()
    await reading.run(count)
    await reading.rollback()
    expect(await fixture.rows(count)).toEqual([{ n: 0 }])
    const refusal = new Error('the application says no')
    const refused = session.executeWrite(async (tx) => {
      await tx.run('CREATE (:P)')
      throw refusal
    })
    expect(await refused.catch((error: unknown) => error)).toBe(refusal)
    await expect(driver.executeQuery(count)).rejects.toMatchObject({
      name: 'TransactionError',
      message: expect.stringMatching(/rolled back after it had written/),
    })
  })
  expect(await fixture.rows(count)).toEqual([{ n: 0 }])
})

it('runInRollback raises the error of a failed query unchanged, does not retry, and names it in later refusals', async () => {
  await fixture.driver.executeQuery('CREATE CONSTRAINT p_by FOR (p:P) REQUIRE p.by IS UNIQUE')
  await runInRollback(fixture.driver, async (driver) => {
    await driver.executeQuery('CREATE (:P {by: 1})')
    await expect(driver.executeQuery('CREATE (:P {by: 1})')).rejects.toMatchObject({ name: 'ConstraintError' })
    await expect(driver.executeQuery(count)).rejects.toMatchObject({
      name: 'TransactionError',
      message: expect.stringMatching(/runInRollback\(\) has failed/),
      cause: { name: 'ConstraintError' },
    })
  })
  expect(await fixture.rows(count)).toEqual([{ n: 0 }])
})

it('runInRollback leaves a session usable whose work was open when it ended', async () => {
  await using session = fixture.driver.session()
  const tx = await runInRollback(fixture.driver, async () => {
    const open = await session.beginTransaction()
    await open.run('CREATE (:P)')
    return { open }
  })
  await expect(tx.open.run(count)).rejects.toThrow(/rolled back at the end of runInRollback/)
  await tx.open.close()
  expect(await session.run(count).value()).toEqual([0])
})

it('runInRollback refuses a second call for the same driver, and allows one for another driver', async () => {
  await using other = GraphDatabase.driver(fixture.graph.uri)
  await runInRollback(fixture.driver, async (driver) => {
    await expect(runInRollback(driver, () => 1)).rejects.toMatchObject({ name: 'TransactionNestingError' })
    expect(await runInRollback(other, (its) => its.executeQuery(count).then(({ records }) => records.length))).toBe(1)
  })
  expect(await runInRollback(fixture.driver, () => 2)).toBe(2)
})
