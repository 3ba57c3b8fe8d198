import type { ManagedTransaction } from '@boltline/core'
import { describe, expect, it, vi } from 'vitest'
import { endless } from '../../../tools/testing/endless.mjs'
import { useGraph } from './fixture.ts'

const fixture = useGraph({ lockTimeout: 300 })
const { rows } = fixture
const count = async () => (await rows('MATCH (n) RETURN count(n) AS n'))[0]?.['n']

describe('Transactions of the embedded graph', () => {
  it('A transaction sees its own writes, shows them to others at COMMIT, and undoes them at ROLLBACK', async () => {
    await using session = fixture.driver.session()
    const tx = await session.beginTransaction()
    await tx.run('CREATE (:A)').consume()
    expect(await tx.run('MATCH (n) RETURN count(n) AS n').value()).toEqual([1])
    expect(await count()).toBe(0)
    await tx.commit()
    expect(await count()).toBe(1)
    const undone = await session.beginTransaction()
    await undone.run('CREATE (:A)').consume()
    await undone.rollback()
    expect(await count()).toBe(1)
  })

  it('A transaction reads commits of others until its first write, as in Neo4j', async () => {
    await using session = fixture.driver.session()
    const tx = await session.beginTransaction()
    expect(await tx.run('MATCH (n) RETURN count(n) AS n').value()).toEqual([0])
    await rows('CREATE (:A)')
    expect(await tx.run('MATCH (n) RETURN count(n) AS n').value()).toEqual([1])
    await tx.run('MATCH (n) SET n.seen = true').consume()
    await tx.commit()
  })

  it('A transaction is rolled back by a failure, and releases the writer lock at once', async () => {
    await using session = fixture.driver.session()
    const tx = await session.beginTransaction()
    await tx.run('CREATE (:A)').consume()
    await expect(tx.run('RETURN 1 / 0').consume()).rejects.toMatchObject({
      code: 'Neo.ClientError.Statement.ArithmeticError',
    })
    await rows('CREATE (:B)')
    expect(await count()).toBe(1)
  })

  it('A writing transaction waits for the current writer up to lockTimeout', async () => {
    await using first = fixture.driver.session()
    await using second = fixture.driver.session()
    const holder = await first.beginTransaction()
    await holder.run('CREATE (:A)').consume()
    const waiting = second.run('CREATE (:A)')
    await expect(waiting).rejects.toMatchObject({
      code: 'Neo.TransientError.Transaction.LockAcquisitionTimeout',
      isRetryable: true,
    })
    const patient = second.executeWrite((tx) => tx.run('CREATE (:A)').consume())
    await holder.commit()
    await patient
    expect(await count()).toBe(2)
  })

  it('Parallel transactions that increment a value lose no increment and never conflict', async () => {
    await rows('CREATE (:Counter {n: 0})')
    const increment = (tx: ManagedTransaction) => tx.run('MATCH (c:Counter) SET c.n = c.n + 1').consume()
    await Promise.all(
      Array.from({ length: 50 }, async () => {
        await using session = fixture.driver.session()
        await session.executeWrite(increment)
      }),
    )
    expect(await rows('MATCH (c:Counter) RETURN c.n AS n')).toEqual([{ n: 50 }])
  })

  it('A transaction in READ mode refuses writes', async () => {
    await expect(fixture.driver.executeQuery('CREATE (:A)', {}, { routing: 'READ' })).rejects.toMatchObject({
      code: 'Neo.ClientError.Statement.AccessMode',
    })
    expect(await count()).toBe(0)
  })

  it('A transaction changes the schema at COMMIT, and leaves it unchanged at ROLLBACK', async () => {
    await using session = fixture.driver.session()
    const tx = await session.beginTransaction()
    const { counters } = await tx.run('CREATE CONSTRAINT a_id FOR (a:A) REQUIRE a.id IS UNIQUE').consume()
    expect(counters.constraintsAdded).toBe(1)
    await tx.rollback()
    expect(await rows('SHOW CONSTRAINTS')).toEqual([])
    await rows('CREATE CONSTRAINT a_id FOR (a:A) REQUIRE a.id IS UNIQUE')
    expect(await rows('SHOW CONSTRAINTS YIELD name, labelsOrTypes, properties')).toEqual([
      { name: 'a_id', labelsOrTypes: ['A'], properties: ['id'] },
    ])
    const mixed = await session.beginTransaction()
    await mixed.run('CREATE INDEX b FOR (b:B) ON (b.x)').consume()
    await expect(mixed.run('CREATE (:A)').consume()).rejects.toMatchObject({
      code: 'Neo.ClientError.Transaction.ForbiddenDueToTransactionType',
    })
  })

  it('A transaction ends at the timeout that its client sent, while it runs and while it waits', async () => {
    await using session = fixture.driver.session()
    const code = 'Neo.ClientError.Transaction.TransactionTimedOutClientConfiguration'
    const tx = await session.beginTransaction({ timeout: 2_000 })
    await tx.run('CREATE (:A)').consume()
    await vi.waitFor(() => expect(rows('CREATE (:B)')).resolves.toEqual([]))
    await expect(tx.run('RETURN 1').consume()).rejects.toMatchObject({ code })
    const { nodes, query } = endless('N')
    await rows(nodes)
    const busy = session.executeRead((read) => read.run(query).consume(), { timeout: 100 })
    await expect(busy).rejects.toMatchObject({ code })
    expect(await count()).toBe(301)
  })
})

describe('The schema of the embedded graph', () => {
  it('The schema is created, listed, refused a second time, and dropped, with the counters of Neo4j', async () => {
    const add = (text: string) => fixture.driver.executeQuery(text).then(({ summary }) => summary.counters)
    expect((await add('CREATE CONSTRAINT c FOR (n:A) REQUIRE n.id IS UNIQUE')).constraintsAdded).toBe(1)
    expect((await add('CREATE CONSTRAINT c IF NOT EXISTS FOR (n:A) REQUIRE n.id IS UNIQUE')).constraintsAdded).toBe(0)
    expect((await add('CREATE INDEX FOR (n:B) ON (n.y, n.x)')).indexesAdded).toBe(1)
    await expect(add('CREATE CONSTRAINT c FOR (n:A) REQUIRE n.id IS UNIQUE')).rejects.toMatchObject({
      code: 'Neo.ClientError.Schema.EquivalentSchemaRuleAlreadyExists',
    })
    const named = await rows('SHOW INDEXES YIELD name, labelsOrTypes, properties, owningConstraint')
    expect(named).toContainEqual({ name: 'c', labelsOrTypes: ['A'], properties: ['id'], owningConstraint: 'c' })
    expect(named.map(({ properties }) => properties)).toContainEqual(['y', 'x'])
    const [composite] = named.filter(({ name }) => name !== 'c')
    expect((await add(`DROP INDEX ${composite?.['name']}`)).indexesRemoved).toBe(1)
    expect(await rows('SHOW INDEXES YIELD name')).toEqual([{ name: 'c' }])
    expect((await add('DROP CONSTRAINT c')).constraintsRemoved).toBe(1)
    expect((await add('DROP CONSTRAINT c IF EXISTS')).constraintsRemoved).toBe(0)
    await expect(add('DROP INDEX nope')).rejects.toMatchObject({ code: 'Neo.DatabaseError.Schema.IndexDropFailed' })
  })

  it('The schema keeps values unique, and refuses a constraint over duplicates', async () => {
    await rows('CREATE (:A {id: 1}), (:A {id: 1})')
    const create = 'CREATE CONSTRAINT FOR (a:A) REQUIRE a.id IS UNIQUE'
    await expect(rows(create)).rejects.toMatchObject({ code: 'Neo.DatabaseError.Schema.ConstraintCreationFailed' })
    await rows('MATCH (a:A) DELETE a')
    await rows(create)
    await rows('CREATE (:A {id: 1})')
    await expect(rows('CREATE (:A {id: 1})')).rejects.toMatchObject({
      code: 'Neo.ClientError.Schema.ConstraintValidationFailed',
      gqlStatus: '50N42',
      message: expect.stringMatching(/^Node\(\d+\) already exists with label `A` and property `id` = 1$/),
    })
  })
})
