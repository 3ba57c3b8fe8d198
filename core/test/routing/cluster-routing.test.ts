import { type Cluster, startCluster } from '@boltline/embedded'
import { describe, expect, it, vi } from 'vitest'
import { type Driver, type DriverConfig, GraphDatabase, RoutingServiceUnavailable } from '../../src/index.ts'

const add = 'CREATE (:Entry {id: $id})'
const all = 'MATCH (e:Entry) RETURN e.id AS id'

async function clusterOf(options: Parameters<typeof startCluster>[0] = {}): Promise<Cluster> {
  const cluster = await startCluster({ routers: 2, readers: 2, writers: 2, ...options })
  cluster.when(add).writes((log, { id }) => {
    log.push(id)
  })
  cluster.when(all).reads((log) => log.map((id) => ({ id })))
  return cluster
}

const connect = (cluster: Cluster, config: DriverConfig = {}) => GraphDatabase.driver(cluster.uri, config)

async function ids(driver: Driver): Promise<unknown[]> {
  const { records } = await driver.executeQuery(all, {}, { routing: 'READ' })
  return records.map((record) => record.get('id'))
}

describe('Over neo4j:// the driver', () => {
  it('writes to the leader and reads from followers, spread over them', async () => {
    await using cluster = await clusterOf()
    await using driver = connect(cluster)
    for (let id = 0; id < 4; id++) await driver.executeQuery(add, { id })
    for (let i = 0; i < 6; i++) expect(await ids(driver)).toEqual([0, 1, 2, 3])
    expect(cluster.leader?.queries).toBe(4)
    expect(cluster.readers.every(({ queries }) => queries >= 1)).toBe(true)
    expect(cluster.routers.every(({ queries }) => queries === 0)).toBe(true)
    expect(cluster.log).toEqual([0, 1, 2, 3])
  })

  it('finds the new leader after a switch, inside one call', async () => {
    await using cluster = await clusterOf()
    await using driver = connect(cluster)
    await driver.executeQuery(add, { id: 1 })
    const before = cluster.leader
    const after = cluster.switchLeader()
    expect(after).not.toBe(before)
    await driver.executeQuery(add, { id: 2 })
    expect(cluster.log).toEqual([1, 2])
    expect(after.queries).toBe(1)
  })

  it('avoids members that are down, and uses them again when they are back', async () => {
    await using cluster = await clusterOf({ ttl: 0.2 })
    await using driver = connect(cluster)
    await driver.executeQuery(add, { id: 1 })
    await cluster.readers[0]?.die()
    await cluster.routers[0]?.die()
    for (let i = 0; i < 5; i++) expect(await ids(driver)).toEqual([1])
    await cluster.readers[1]?.die()
    expect(await ids(driver)).toEqual([1])
    await cluster.readers[0]?.start()
    await cluster.routers[0]?.start()
    const seen = cluster.readers[0]?.queries ?? 0
    await vi.waitFor(async () => {
      expect(await ids(driver)).toEqual([1])
      expect(cluster.readers[0]?.queries).toBeGreaterThan(seen)
    })
  })

  it('lists every router it tried with the failure of each', async () => {
    await using cluster = await clusterOf({ ttl: 0 })
    await using driver = connect(cluster, { maxTransactionRetryTime: 0 })
    await driver.verifyConnectivity()
    for (const router of cluster.routers) await router.die()
    const error = await driver.executeQuery(all, {}, { routing: 'READ' }).catch((reason) => reason)
    expect(error).toBeInstanceOf(RoutingServiceUnavailable)
    for (const router of cluster.routers) expect(error.message).toContain(router.address)
    expect(error.message).toMatch(/ECONNREFUSED|refused/)
    expect(error.isRetryable).toBe(true)
  })

  it('retries until the cluster has a leader', async () => {
    await using cluster = await clusterOf()
    await using driver = connect(cluster, { maxTransactionRetryTime: 20_000 })
    cluster.loseLeader()
    const writing = driver.executeQuery(add, { id: 1 })
    setTimeout(() => cluster.switchLeader(), 300)
    await writing
    expect(cluster.log).toEqual([1])
  })

  it('retries every error of a change of leader or members, and keeps its pools', async () => {
    await using cluster = await clusterOf({ writers: 1 })
    await using driver = connect(cluster)
    const codes = [
      'Neo.ClientError.Cluster.NotALeader',
      'Neo.ClientError.General.ForbiddenOnReadOnlyDatabase',
      'Neo.TransientError.General.DatabaseUnavailable',
      'Neo.ClientError.Security.AuthorizationExpired',
    ]
    for (const [id, code] of codes.entries()) {
      cluster.leader?.answers(code)
      await driver.executeQuery(add, { id })
    }
    expect(cluster.log).toEqual([0, 1, 2, 3])
    await vi.waitFor(() => expect(driver.poolMetrics().every(({ inUse }) => inUse === 0)).toBe(true))
  }, 60_000)

  it('shares one search for a routing table among simultaneous callers', async () => {
    await using cluster = await clusterOf({ readers: 1, writers: 1, routers: 1 })
    await using driver = connect(cluster)
    await Promise.all(Array.from({ length: 50 }, () => ids(driver)))
    const router = driver.poolMetrics().find(({ address }) => address === cluster.routers[0]?.address)
    expect(router?.created).toBe(1)
  })
})

describe('Causal consistency', () => {
  async function missed(chained: boolean): Promise<number> {
    // Long for a query, also on a busy machine.
    await using cluster = await clusterOf({ lag: 100, writers: 1 })
    await using driver = connect(cluster)
    const config = chained ? {} : { bookmarkManager: null }
    let count = 0
    for (let id = 0; id < 30; id++) {
      await driver.executeQuery(add, { id }, config)
      const { records } = await driver.executeQuery(all, {}, { routing: 'READ', ...config })
      if (!records.some((record) => record.get('id') === id)) count++
    }
    expect(cluster.log.length).toBe(30)
    return count
  }

  it('is kept by bookmarks: a call sees the write of the call before', async () => {
    expect(await missed(true)).toBe(0)
  })

  it('misses writes without bookmarks, because followers lag', async () => {
    expect(await missed(false)).toBeGreaterThan(0)
  })
})
