import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { endless } from '../../../tools/testing/endless.mjs'
import {
  type BoltRecord,
  Bookmarks,
  basicAuth,
  type Driver,
  GraphDatabase,
  type ManagedTransaction,
  READ_ACCESS,
  type Result,
  type ResultSummary,
  RoutingControl,
  resultTransformers,
  type Transaction,
  unitOfWork,
} from '../../src/index.ts'
import { clear, connect } from '../neo4j/drivers.ts'
import { credentials, server } from '../neo4j/server.ts'

let driver: Driver
beforeAll(async () => {
  driver = connect({}, server.uri)
  await clear(driver, 'SeedPerson')
  await clear(driver, 'SeedCustomer')
  await driver.executeQuery(
    "UNWIND [['Ada', 42], ['Bob', 42], ['Cid', 17]] AS p CREATE (:SeedPerson {name: p[0], age: p[1]})",
  )
})
afterAll(async () => {
  await clear(driver, 'SeedPerson')
  await clear(driver, 'SeedCustomer')
  await driver.close()
})

describe('A driver', () => {
  it('is created from a URI and credentials in any form, and verifies its connectivity', async () => {
    const [user, password] = credentials
    for (const auth of [[user, password] as const, basicAuth(user, password), { user, password }]) {
      await using made = GraphDatabase.driver(server.uri, { auth })
      await made.verifyConnectivity()
      const info = await made.getServerInfo()
      expect(info.agent).toMatch(/^Neo4j\//)
      expect(await made.supportsMultiDb()).toBe(true)
      expect(await made.supportsSessionAuth()).toBe(true)
      expect(made.encrypted).toBe(false)
    }
  })

  it('raises an error on use after close', async () => {
    const made = connect()
    await made.close()
    await made.close()
    expect(made.closed).toBe(true)
    expect(() => made.session()).toThrow(/closed driver/)
    await expect(made.executeQuery('RETURN 1')).rejects.toMatchObject({ name: 'DriverError' })
  })
})

describe('executeQuery', () => {
  it('returns records, summary and keys', async () => {
    const { records, summary, keys } = await driver.executeQuery<{ name: string }>(
      'MATCH (p:SeedPerson {age: $age}) RETURN p.name AS name ORDER BY name',
      { age: 42 },
      { routing: RoutingControl.READ, database: 'neo4j' },
    )
    expect(keys).toEqual(['name'])
    expect(records.map((record) => record.get('name'))).toEqual(['Ada', 'Bob'])
    expect(summary).toMatchObject({ queryType: 'r', database: 'neo4j', parameters: { age: 42 } })
    expect((await driver.executeQuery('RETURN 1 AS x', {}, { routing: 'r' })).records[0]?.at(0)).toBe(1)
  })

  it('transforms results with every built-in transformer and with a transformer of the caller', async () => {
    const query = 'MATCH (p:SeedPerson) WHERE p.age <= $age RETURN p.name AS name, p ORDER BY name'
    const ask = <T>(resultTransformer: (result: Result) => Promise<T> | T, age = 17) =>
      driver.executeQuery(query, { age }, { resultTransformer })
    expect((await ask(resultTransformers.eager)).records.length).toBe(1)
    expect((await ask(resultTransformers.single))?.get('name')).toBe('Cid')
    expect((await ask(resultTransformers.singleStrict)).get('name')).toBe('Cid')
    await expect(ask(resultTransformers.singleStrict, 99)).rejects.toMatchObject({ name: 'ResultNotSingleError' })
    expect((await ask(resultTransformers.first, 99))?.get('name')).toBe('Ada')
    expect(await ask(resultTransformers.first, 0)).toBeNull()
    expect((await ask(resultTransformers.data))[0]).toEqual({ name: 'Cid', p: { name: 'Cid', age: 17 } })
    expect((await ask(resultTransformers.values, 99)).map(([name]) => name)).toEqual(['Ada', 'Bob', 'Cid'])
    expect((await ask(resultTransformers.consume)).queryType).toBe('r')
    expect((await ask(resultTransformers.graph, 99)).nodes.size).toBe(3)
    const both = async (result: Result): Promise<[BoltRecord, ResultSummary]> => [
      await result.single({ strict: true }),
      await result.consume(),
    ]
    const [record, summary] = await ask(both)
    expect(record.get('name')).toBe('Cid')
    expect(summary.database).toBe('neo4j')
    await expect(ask((result) => result)).rejects.toThrow(/live result/)
  })
})

describe('A session', () => {
  it('runs auto-commit queries', async () => {
    await using session = driver.session({ database: 'neo4j' })
    const result = await session.run('CREATE (n:SeedPerson {name: $name}) RETURN n.name AS name', {
      name: 'Dan',
    })
    expect((await result.single({ strict: true })).get('name')).toBe('Dan')
    expect(session.lastBookmarks().isEmpty).toBe(false)
    await using reading = driver.session({ defaultAccessMode: READ_ACCESS, bookmarks: session.lastBookmarks() })
    const numbers: number[] = []
    for await (const record of reading.run('UNWIND [1, 2, 3] AS x RETURN x')) numbers.push(record.get('x'))
    expect(numbers).toEqual([1, 2, 3])
    await expect(reading.run('CREATE (:SeedPerson)').consume()).rejects.toMatchObject({
      code: 'Neo.ClientError.Statement.AccessMode',
    })
    await reading.run('MATCH (n) RETURN n LIMIT 0').consume()
  })

  it('runs units of work, with options attached to them', async () => {
    await using session = driver.session()
    const countPeople = unitOfWork({ timeout: 10_000, metadata: { job: 'count' } })(async (tx: ManagedTransaction) => {
      return tx.run('MATCH (p:SeedPerson {age: 42}) RETURN count(p) AS n').value()
    })
    expect(await session.executeRead(countPeople)).toEqual([2])
    const getTwo = async (tx: ManagedTransaction) => {
      const result = await tx.run('UNWIND [1, 2, 3, 4] AS x RETURN x')
      const values = (await result.fetch(2)).map((record) => record.get('x'))
      return [values, (await result.consume()).queryType]
    }
    expect(await session.executeRead(getTwo)).toEqual([[1, 2], 'r'])
    const createNode = async (tx: ManagedTransaction, name: string) =>
      (
        await tx.run('CREATE (n:SeedPerson {name: $name}) RETURN n.name AS name', { name }).single({ strict: true })
      ).get('name')
    expect(await session.executeWrite((tx) => createNode(tx, 'Eve'))).toBe('Eve')
    await expect(
      session.executeWrite(async (tx) => {
        await createNode(tx, 'never')
        throw new RangeError('rolled back')
      }),
    ).rejects.toThrow('rolled back')
    expect(await session.run('MATCH (n:SeedPerson {name: "never"}) RETURN count(n)').value()).toEqual([0])
    const { nodes, query } = endless('SeedPerson')
    await session.run(nodes).consume()
    await expect(session.executeRead((tx) => tx.run(query).consume(), { timeout: 100 })).rejects.toMatchObject({
      code: 'Neo.ClientError.Transaction.TransactionTimedOutClientConfiguration',
    })
  })
})

describe('The example of a transfer to another bank', () => {
  const sufficient = async (tx: Transaction, id: number, amount: number) =>
    (
      await tx
        .run('MATCH (c:SeedCustomer {id: $id}) RETURN c.balance >= $amount AS sufficient', { id, amount })
        .single({ strict: true })
    ).get('sufficient')
  const balance = async (id: number) =>
    (await driver.executeQuery('MATCH (c:SeedCustomer {id: $id}) RETURN c.balance AS b', { id })).records[0]?.get('b')

  interface Bank {
    readonly decrease: string
    readonly transferred: number[]
    readonly inspected: unknown[]
  }

  async function transfer(id: number, amount: number, bank: Bank): Promise<boolean> {
    await using session = driver.session({ database: 'neo4j' })
    await using tx = await session.beginTransaction()
    if (!(await sufficient(tx, id, amount))) return false
    bank.transferred.push(amount)
    try {
      await tx.run(bank.decrease, { id, amount }).consume()
      await tx.commit()
    } catch (error) {
      bank.inspected.push(error)
      throw error
    }
    return true
  }

  it('commits when the balance suffices, cancels when it does not, and asks for an inspection after a failure', async () => {
    await driver.executeQuery('CREATE (:SeedCustomer {id: 1, balance: 100})')
    const decrease = 'MATCH (c:SeedCustomer {id: $id}) SET c.balance = c.balance - $amount'
    const bank: Bank = { decrease, transferred: [], inspected: [] }
    expect(await transfer(1, 30, bank)).toBe(true)
    expect(await balance(1)).toBe(70)
    expect(await transfer(1, 300, bank)).toBe(false)
    expect(await balance(1)).toBe(70)
    expect(bank).toMatchObject({ transferred: [30], inspected: [] })
    // The failure branch: the other bank has made its transfer, and decreasing the balance fails.
    const failing = { ...bank, decrease: `${decrease} / 0` }
    await expect(transfer(1, 10, failing)).rejects.toMatchObject({ code: 'Neo.ClientError.Statement.ArithmeticError' })
    expect(await balance(1)).toBe(70)
    expect(bank.transferred).toEqual([30, 10])
    expect(bank.inspected).toMatchObject([{ name: 'ClientError' }])
  })
})

describe('Bookmarks', () => {
  it('chain sessions', async () => {
    const first = driver.session()
    await first.run('CREATE (:SeedPerson {name: "chain-1"})').consume()
    await first.close()
    const second = driver.session()
    await second.executeWrite((tx) => tx.run('CREATE (:SeedPerson {name: "chain-2"})').consume())
    await second.close()
    const both = first.lastBookmarks().concat(second.lastBookmarks())
    expect(both.rawValues.length).toBe(2)
    await using third = driver.session({ bookmarks: Bookmarks.fromRawValues(both.rawValues) })
    expect(await third.run('MATCH (p:SeedPerson) WHERE p.name STARTS WITH "chain" RETURN count(p)').value()).toEqual([
      2,
    ])
  })

  it('pass through a bookmark manager, its supplier and its consumer', async () => {
    const consumed: string[][] = []
    const initial = driver.session()
    await initial.run('RETURN 1').consume()
    const manager = GraphDatabase.bookmarkManager({
      initialBookmarks: initial.lastBookmarks(),
      bookmarksSupplier: async () => initial.lastBookmarks(),
      bookmarksConsumer: (bookmarks) => {
        consumed.push([...bookmarks.rawValues])
      },
    })
    await using session = driver.session({ bookmarkManager: manager })
    await session.run('CREATE (:SeedPerson {name: "managed"})').consume()
    expect(consumed).toEqual([[...session.lastBookmarks().rawValues]])
    await driver.executeQuery('RETURN 1', {}, { bookmarkManager: manager })
    expect(consumed.length).toBe(2)
    await driver.executeQuery('RETURN 1', {}, { bookmarkManager: null })
    expect(consumed.length).toBe(2)
    await initial.close()
  })
})
