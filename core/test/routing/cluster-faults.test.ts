import { startCluster } from '@boltline/embedded'
import { expect, it, vi } from 'vitest'
import { generator } from '../../../tools/testing/random.mjs'
import { GraphDatabase, IncompleteCommit } from '../../src/index.ts'
import { useClock } from '../../src/time/clock.ts'

const operations = process.env['BOLTLINE_SOAK'] === '1' ? 10_000 : 1_000
const add = 'MERGE (:Entry {id: $id})'
const has = 'MATCH (e:Entry {id: $id}) RETURN e.id AS id'

/** Shortens the pauses between attempts to a hundredth; everything else runs on the real clock. */
function hurried(): () => void {
  const timers = new Map<object, NodeJS.Timeout>()
  return useClock({
    now: () => Date.now(),
    setTimeout: (fn, ms, options) => {
      const timer = {}
      if (ms !== Number.POSITIVE_INFINITY) {
        // The wait for a connection keeps the process alive too; its limit is longer than any pause.
        const pause = options?.ref === true && ms < 25_000 ? ms / 100 : Math.min(ms, 2 ** 31 - 1)
        timers.set(timer, setTimeout(fn, pause))
      }
      return timer
    },
    clearTimeout: (timer) => clearTimeout(timers.get(timer as object)),
  })
}

it.each([1, 2, 3])(
  'the driver neither loses nor repeats an acknowledged write under random faults (seed %i)',
  async (seed) => {
    const restore = hurried()
    const random = generator(seed)
    await using cluster = await startCluster({ routers: 2, readers: 2, writers: 3, lag: 3, seed, ttl: 1 })
    cluster.when(add).writes((log, { id }) => {
      if (!log.includes(id)) log.push(id)
    })
    cluster.when(has).reads((log, { id }) => (log.includes(id) ? [{ id }] : []))
    const driver = GraphDatabase.driver(cluster.uri, { maxConnectionPoolSize: 5, maxTransactionRetryTime: 20_000 })
    const acknowledged: number[] = []
    const unknown: number[] = []
    const unexpected: unknown[] = []
    let next = 0

    const faults = async () => {
      const members = [...cluster.readers, ...cluster.writers, ...cluster.routers.slice(1)]
      const member = members[Math.floor(random() * members.length)]
      const kind = random()
      if (kind < 0.3) {
        await member?.die()
        await new Promise((resolve) => setTimeout(resolve, 20))
        await member?.start()
      } else if (kind < 0.5) cluster.switchLeader()
      else if (kind < 0.7) member?.answers('Neo.TransientError.General.DatabaseUnavailable')
      else if (kind < 0.85) cluster.leader?.answers('Neo.ClientError.Cluster.NotALeader')
      else member?.answers('Neo.TransientError.Transaction.DeadlockDetected')
    }
    // The storm keeps pace with the work, so that a busy machine meets as many faults for each operation as an idle one.
    let storm: Promise<void> | null = null
    const client = async () => {
      while (next < operations) {
        const id = next++
        if (random() < 0.5)
          storm ??= faults().finally(() => {
            storm = null
          })
        try {
          await driver.executeQuery(add, { id })
        } catch (error) {
          // Only a lost answer to COMMIT leaves the outcome of a write unknown.
          unknown.push(id)
          if (!(error instanceof IncompleteCommit)) unexpected.push(error)
          continue
        }
        acknowledged.push(id)
        try {
          const { records } = await driver.executeQuery(has, { id }, { routing: 'READ' })
          if (records.length !== 1) unexpected.push(new Error(`the write ${id} was missed by a read behind it`))
        } catch (error) {
          // A read is repeated until its time is over, unless the answer to its COMMIT is lost.
          if (!(error instanceof IncompleteCommit)) unexpected.push(error)
        }
      }
    }
    try {
      await Promise.all(Array.from({ length: 8 }, client))
      await storm
      expect(unexpected).toEqual([])
      const log = cluster.log as readonly number[]
      expect(new Set(log).size).toBe(log.length)
      expect(acknowledged.filter((id) => !log.includes(id))).toEqual([])
      expect(acknowledged.length + unknown.length).toBe(operations)
      expect(acknowledged.length).toBeGreaterThan(operations * 0.5)
      for (const member of cluster.members) await member.start()
      await driver.executeQuery(add, { id: -1 })
      await vi.waitFor(() =>
        expect(driver.poolMetrics().map(({ inUse, waiting }) => inUse + waiting)).toEqual(
          driver.poolMetrics().map(() => 0),
        ),
      )
    } finally {
      await driver.close()
      restore()
    }
  },
  300_000,
)
