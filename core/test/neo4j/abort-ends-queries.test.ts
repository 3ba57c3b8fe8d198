import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import type { Driver } from '../../src/index.ts'
import { connect } from './drivers.ts'

let driver: Driver
let watcher: Driver
beforeAll(() => {
  driver = connect({ maxConnectionPoolSize: 1 })
  watcher = connect()
})
afterAll(async () => {
  await driver.close()
  await watcher.close()
})

async function running(mark: string): Promise<number> {
  const { records } = await watcher.executeQuery(
    'SHOW TRANSACTIONS YIELD currentQuery WHERE currentQuery CONTAINS $mark AND NOT currentQuery CONTAINS "SHOW" RETURN count(*) AS n',
    { mark },
  )
  return records[0]?.get('n')
}

const slow = (mark: string) => `UNWIND range(1, 1000000000) AS i WITH i WHERE i % 7 = 8 RETURN count(i) AS ${mark}`

it.each(['session.run', 'executeQuery', 'executeWrite', 'beginTransaction'])(
  'An abort ends the query of %s on the server, rejects with the reason of the caller, and keeps the connection',
  async (how) => {
    const mark = `abort_${how.replace('.', '_')}`
    const controller = new AbortController()
    const { signal } = controller
    await using session = driver.session()
    const ways: Record<string, () => Promise<unknown>> = {
      'session.run': () => session.run(slow(mark), {}, { signal }).consume(),
      executeQuery: () => driver.executeQuery(slow(mark), {}, { signal }),
      executeWrite: () => session.executeWrite((tx) => tx.run(slow(mark)).consume(), { signal }),
      beginTransaction: async () => (await session.beginTransaction({ signal })).run(slow(mark)).consume(),
    }
    const outcome = ways[how]?.().catch((error) => error)
    await vi.waitFor(async () => expect(await running(mark)).toBe(1), { timeout: 20_000, interval: 50 })
    const reason = new Error(`no longer wanted: ${mark}`)
    controller.abort(reason)
    expect(await outcome).toBe(reason)
    await vi.waitFor(async () => expect(await running(mark)).toBe(0), { timeout: 20_000, interval: 50 })
    const { records } = await driver.executeQuery('RETURN 1 AS one')
    expect(records[0]?.get('one')).toBe(1)
    expect(driver.poolMetrics()[0]).toMatchObject({ created: 1, inUse: 0 })
  },
)
