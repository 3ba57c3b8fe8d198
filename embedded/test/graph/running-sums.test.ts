import { type Driver, GraphDatabase } from '@boltline/core'
import { expect, it } from 'vitest'
import { startEmbedded } from '../../src/index.ts'

const soak = process.env['BOLTLINE_SOAK'] === '1'
const clients = 64
/** The number of transactions of each client: 10,000 together in a long run, otherwise a tenth. */
const transactions = Math.ceil((soak ? 10_000 : 1_000) / clients)
const seed = 20261125

/** Returns a generator of numbers from 0 to 99 that depend only on the seed. */
function amounts(from: number): () => number {
  let state = from
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state % 100
  }
}

async function client(uri: string, id: number): Promise<number> {
  const driver: Driver = GraphDatabase.driver(uri, { maxConnectionPoolSize: 2 })
  try {
    const next = amounts(seed + id)
    let sum = 0
    await driver.executeQuery('CREATE (:Account {id: $id, sum: 0, n: 0})', { id })
    for (let n = 1; n <= transactions; n++) {
      const amount = next()
      sum += amount
      await driver.executeQuery('MATCH (a:Account {id: $id}) SET a.sum = a.sum + $amount, a.n = a.n + 1', {
        id,
        amount,
      })
      const { records } = await driver.executeQuery(
        'MATCH (a:Account {id: $id}) RETURN a.sum AS sum, a.n AS n',
        { id },
        { routing: 'READ' },
      )
      expect(records[0]?.toObject()).toEqual({ sum, n })
    }
    return sum
  } finally {
    await driver.close()
  }
}

it(`The embedded graph keeps the running sums of ${clients} concurrent clients correct over ${transactions} transactions each`, async () => {
  await using graph = await startEmbedded({
    lockTimeout: Number.POSITIVE_INFINITY,
    queryTimeout: Number.POSITIVE_INFINITY,
  })
  await graph.load('CREATE CONSTRAINT FOR (a:Account) REQUIRE a.id IS UNIQUE')
  const started = performance.now()
  const sums = await Promise.all(Array.from({ length: clients }, (_, id) => client(graph.uri, id)))
  console.log(
    `seed ${seed}: ${clients * transactions} writing transactions in ${Math.round(performance.now() - started)} ms`,
  )
  await using driver = GraphDatabase.driver(graph.uri)
  const { records } = await driver.executeQuery('MATCH (a:Account) RETURN sum(a.sum) AS sum, sum(a.n) AS n')
  expect(records[0]?.toObject()).toEqual({ sum: sums.reduce((a, b) => a + b), n: clients * transactions })
}, 1_800_000)
