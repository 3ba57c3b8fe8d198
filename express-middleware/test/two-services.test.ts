import { startCluster } from '@boltline/embedded'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { lines } from './lines.ts'
import { Program } from './services/start.ts'

const times = 1000
/** Enough rounds to see that followers lag. */
const controls = 100
const header = 'boltline-bookmark'
let program: Program

beforeAll(async () => {
  program = await Program.make()
})
afterAll(() => program[Symbol.dispose]())

/** A cluster with lagging followers, so that a read right after a write reaches a server that has not applied it. */
async function laggingCluster() {
  const cluster = await startCluster({ readers: 2, writers: 1, lag: 250 })
  cluster.when('CREATE (:Thing {id: $id})').writes((log, { id }) => void log.push(id))
  cluster
    .when('MATCH (t:Thing {id: $id}) RETURN count(t) AS count')
    .reads((log, { id }) => [{ count: log.lastIndexOf(id) === -1 ? 0 : 1 }])
  return cluster
}

describe.each(lines)('two services of $name in two processes, before followers that lag', (line) => {
  it(`give ${times} clients that carry the bookmark what they have written, and those without it not always`, {
    timeout: 600_000,
  }, async () => {
    await using cluster = await laggingCluster()
    await using a = await program.start(line.name, cluster.uri)
    await using b = await program.start(line.name, cluster.uri)
    expect(new Set([a.pid, b.pid, process.pid]).size).toBe(3)

    const writeThenRead = async (id: number, carry: boolean): Promise<boolean> => {
      const write = await fetch(`${a.url}/things/${id}`, { method: 'POST' })
      expect(write.status).toBe(201)
      const token = write.headers.get(header)
      expect(token).toMatch(/^v1\./)
      const read = await fetch(`${b.url}/things/${id}`, { headers: carry ? { [header]: String(token) } : {} })
      expect(read.status).toBe(200)
      return ((await read.json()) as { found: boolean }).found
    }
    const staleReads = async (first: number, end: number, clients: number, carry: boolean): Promise<number> => {
      let next = first
      let stale = 0
      const client = async () => {
        while (next < end) if (!(await writeThenRead(next++, carry))) stale++
      }
      await Promise.all(Array.from({ length: clients }, client))
      return stale
    }
    expect(await staleReads(0, times, 50, true)).toBe(0)
    expect(await staleReads(times, times + controls, 1, false)).toBeGreaterThan(0)
    expect(cluster.log.length).toBe(times + controls)
    // Only the followers have answered reads.
    expect(cluster.readers.reduce((sum, { queries }) => sum + queries, 0)).toBe(times + controls)
  })
})
