import { expect, it } from 'vitest'
import { generator } from '../../../tools/testing/random.mjs'
import { type Driver, GraphDatabase, isDriverError, isNeo4jError } from '../../src/index.ts'
import { Ledger } from '../reliability/ledger.ts'
import { becomesZero, settled } from '../reliability/settled.ts'
import { countOf, seed } from '../reliability/share.ts'
import { startOwnServer } from './server.ts'

const callers = 8
const kills = countOf({ embedded: [1, 1], real: [1, 10] })
/** The timeout of the test in ms, which includes the starts of a server. */
const patience = 300_000

const create = (label: string) => `CREATE (n:${label} {key: $key})`

/** Writes repeatedly through every API until `stopped`. Returns the unexpected errors. */
async function write(driver: Driver, ledger: Ledger, caller: number, stopped: () => boolean): Promise<unknown[]> {
  const strange: unknown[] = []
  for (let i = 0; !stopped(); i++) {
    const key = `${caller}/${i}`
    await using session = driver.session()
    const ways = [
      () => ledger.transaction([key], () => driver.executeQuery(create(ledger.label), { key })),
      () =>
        ledger.transaction([key], () => session.executeWrite((tx) => tx.run(create(ledger.label), { key }).consume())),
      () => ledger.autoCommit([key], () => session.run(create(ledger.label), { key }).consume()),
    ]
    const way = ways[i % ways.length] as () => Promise<unknown>
    const outcome = await settled(way(), patience)
    if (outcome.status === 'pending') strange.push(`${key} never settles`)
    if (outcome.status !== 'rejected') continue
    const { reason } = outcome
    if (!isDriverError(reason) && !isNeo4jError(reason)) strange.push(reason)
  }
  return strange
}

it('The driver keeps every acknowledged write exactly once when the server is killed under load', {
  timeout: 1_800_000,
}, async () => {
  await using server = await startOwnServer()
  await using driver = GraphDatabase.driver(server.uri, {
    auth: [server.user, server.password],
    maxTransactionRetryTime: patience,
    connectionTimeout: 5_000,
  })
  const ledger = new Ledger('KillProof')
  const random = generator(seed)
  let stopped = false
  const writing = Array.from({ length: callers }, (_, caller) => write(driver, ledger, caller, () => stopped))
  for (let killed = 0; killed < kills; killed++) {
    const goal = ledger.count('acknowledged') + 50 + Math.floor(random() * 200)
    await expect.poll(() => ledger.count('acknowledged'), { timeout: patience }).toBeGreaterThan(goal)
    await server.kill()
    await server.restart()
  }
  const goal = ledger.count('acknowledged') + callers * 3
  await expect.poll(() => ledger.count('acknowledged'), { timeout: patience }).toBeGreaterThan(goal)
  stopped = true
  expect((await Promise.all(writing)).flat()).toEqual([])
  const { lost, doubled } = await ledger.compare(driver)
  const counts = `${ledger.count('acknowledged')} acknowledged, ${ledger.count('in doubt')} in doubt, ${ledger.count('refused')} refused`
  console.log(
    `kills of Neo4j ${server.version}, seed ${seed}: ${kills} kills, ${counts}: ${lost.length} lost, ${doubled.length} doubled`,
  )
  expect({ lost, doubled }).toEqual({ lost: [], doubled: [] })
  const held = () => driver.poolMetrics().reduce((sum, pool) => sum + pool.inUse + pool.creating + pool.waiting, 0)
  expect(await becomesZero(held, 30_000)).toBe(true)
})
