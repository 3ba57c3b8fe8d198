import { expect, it } from 'vitest'
import { Chance } from '../../../tools/testing/fuzz/chance.ts'
import { seeds, share } from '../../../tools/testing/fuzz/runner.ts'
import { type Driver, GraphDatabase } from '../../src/index.ts'
import { assertNamed } from './conversation.ts'
import { startFuzzingServer } from './fuzzing-server.ts'

// The whole driver against a server that sends anything: every call settles, with a value or a named error, and no connection stays lent.

const dayMs = 24 * 3_600_000
/** No call may take longer: the driver's own limits, below, are far shorter. */
const longestCallMs = 30_000
const callers = 64

type Call = (driver: Driver, chance: Chance) => Promise<unknown>

const calls: readonly Call[] = [
  (driver) => driver.executeQuery('Q', { x: 1 }),
  (driver) => driver.executeQuery('Q', {}, { routing: 'READ', database: 'films' }),
  (driver) => withSession(driver, (session) => session.run('Q').toEagerResult()),
  (driver) => withSession(driver, (session) => session.run('Q').consume()),
  (driver, chance) =>
    withSession(driver, async (session) => {
      let left = chance.below(6)
      for await (const record of session.run('Q')) {
        record.keys.forEach((key) => tryGet(() => record.get(key)))
        if (left-- === 0) break
      }
    }),
  (driver) =>
    withSession(driver, (session) =>
      session.executeWrite(async (tx) => {
        await Promise.allSettled([tx.run('Q').consume(), tx.run('Q').toEagerResult()])
        await tx.run('Q').consume()
      }),
    ),
  (driver) =>
    withSession(driver, async (session) => {
      const tx = await session.beginTransaction()
      await tx.run('Q').fetch(2)
      await tx.rollback()
    }),
  (driver) => driver.verifyConnectivity(),
]

async function withSession<T>(
  driver: Driver,
  work: (session: ReturnType<Driver['session']>) => PromiseLike<T>,
): Promise<T> {
  const session = driver.session({ database: 'films', fetchSize: 2 })
  try {
    return await work(session)
  } finally {
    await session.close()
  }
}

/** A field that can't be decoded raises when it is read. */
function tryGet(get: () => unknown): void {
  try {
    get()
  } catch (error) {
    assertNamed(error)
  }
}

function settled(call: Promise<unknown>, name: string): Promise<unknown> {
  let timer: NodeJS.Timeout
  const limit = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${name} has not settled within ${longestCallMs} ms`)), longestCallMs)
  })
  return Promise.race([call.catch(assertNamed), limit]).finally(() => clearTimeout(timer))
}

it.each(['bolt', 'neo4j'])(
  'every call over %s settles, whatever the server sends',
  { timeout: dayMs },
  async (scheme) => {
    const conversations = share(300, 12_500)
    for (const seed of seeds()) {
      const chance = new Chance(seed)
      await using server = await startFuzzingServer(new Chance(seed + 1))
      await using driver = GraphDatabase.driver(`${scheme}://127.0.0.1:${server.port}`, {
        connectionTimeout: 1_000,
        connectionAcquisitionTimeout: 4_000,
        responseTimeout: 200,
        maxTransactionRetryTime: 0,
        resetTimeout: 300,
        rollbackTimeout: 300,
        goodbyeTimeout: 300,
        keepAlive: false,
        maxMessageValues: 100_000,
      })
      const perCaller = Math.ceil(conversations / seeds().length / callers)
      await Promise.all(
        Array.from({ length: callers }, async (_, caller) => {
          for (let i = 0; i < perCaller; i++) {
            const at = chance.below(calls.length)
            const call = calls[at] as Call
            await settled(call(driver, chance), `seed ${seed}, caller ${caller}, call ${i} of kind ${at}`)
          }
        }),
      )
      await expect
        .poll(() => driver.poolMetrics().map(({ inUse, waiting }) => ({ inUse, waiting })))
        .toEqual(driver.poolMetrics().map(() => ({ inUse: 0, waiting: 0 })))
      expect(process.memoryUsage().heapUsed).toBeLessThan(200 * 1024 * 1024)
    }
  },
)
