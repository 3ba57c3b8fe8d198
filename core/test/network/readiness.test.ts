import { type Cluster, startCluster, startScripted } from '@boltline/embedded'
import { expect, it, vi } from 'vitest'
import { type Driver, GraphDatabase } from '../../src/index.ts'
import { ManualClock, useClock } from '../../src/testing.ts'
import { type HealthDocument, healthDocument, type Readiness, readiness } from '../../src/web.ts'

const inUse = (driver: Driver) => driver.poolMetrics().reduce((sum, metrics) => sum + metrics.inUse, 0)

it('readiness reports that reads and writes work, without a query', async () => {
  await using server = await startScripted()
  await using driver = GraphDatabase.driver(server.uri)
  const found = await readiness(driver)
  expect(found).toMatchObject({ status: 'up', read: { ok: true, failure: null }, write: { ok: true } })
  expect(server.calls).toEqual([])
  expect(server.events.filter(({ type }) => type === 'begin').length).toBe(2)
  expect(inUse(driver)).toBe(0)
})

it('readiness checks only the configured access modes', async () => {
  await using cluster = await startCluster({ readers: 1 })
  await using driver = GraphDatabase.driver(cluster.uri)
  cluster.loseLeader()
  const read = await readiness(driver, { write: false, database: 'neo4j' })
  expect(read).toMatchObject({ status: 'up', write: null })
  expect(await readiness(driver, { read: false })).toMatchObject({ status: 'down', read: null, write: { ok: false } })
  await expect(readiness(driver, { reads: true } as never)).rejects.toThrow(/did you mean "read"/)
})

it('readiness is degraded when reads work and writes do not, and down when neither works', async () => {
  await using cluster = await startCluster({ readers: 1 })
  await using driver = GraphDatabase.driver(cluster.uri)
  const now = () => readiness(driver, { cache: 0, timeout: 5000 })
  expect((await now()).status).toBe('up')
  await cluster.leader?.die()
  cluster.loseLeader()
  const degraded = await now()
  expect(degraded).toMatchObject({ status: 'degraded', read: { ok: true }, write: { ok: false } })
  await allDie(cluster)
  expect(await now()).toMatchObject({ status: 'down', read: { ok: false, failure: 'database-unavailable' } })
  for (const member of cluster.members) await member.start()
  cluster.switchLeader()
  await vi.waitFor(async () => expect((await now()).status).toBe('up'))
})

it('readiness does not wait for a silent server, and leaks no connection', async () => {
  await using cluster = await startCluster({ routers: 1, readers: 1 })
  await using driver = GraphDatabase.driver(cluster.uri)
  expect((await readiness(driver, { cache: 0 })).status).toBe('up')
  for (const member of cluster.members) member.hang()
  const found = await readiness(driver, { timeout: 50, cache: 0 })
  expect(found).toMatchObject({ status: 'down', read: { failure: 'no-answer' }, write: { failure: 'no-answer' } })
  await vi.waitFor(() => expect(inUse(driver)).toBe(0))
})

it('readiness checks once for simultaneous callers, and caches good and bad outcomes for a while', async () => {
  await using server = await startScripted()
  await using driver = GraphDatabase.driver(server.uri)
  const begins = () => server.events.filter(({ type }) => type === 'begin').length
  await Promise.all(Array.from({ length: 100 }, () => readiness(driver)))
  expect(begins()).toBe(2)
  const manual = new ManualClock(Date.now())
  const restore = useClock(manual)
  try {
    manual.tick(60_000)
    const before = await readiness(driver)
    expect(begins()).toBe(4)
    manual.tick(999)
    expect((await readiness(driver)).read).toBe(before.read)
    manual.tick(1)
    await readiness(driver)
    expect(begins()).toBe(6)
    await server.close()
    manual.tick(1000)
    const down = await readiness(driver)
    expect(down.status).toBe('down')
    expect((await readiness(driver)).read).toBe(down.read)
  } finally {
    restore()
  }
})

it('readiness tries a second time when the first attempt reached a lost member', async () => {
  await using cluster = await startCluster({ readers: 2 })
  await using driver = GraphDatabase.driver(cluster.uri)
  for (let i = 0; i < 2; i++) {
    await readiness(driver, { cache: 0 })
    await cluster.readers[i]?.die()
    expect((await readiness(driver, { cache: 0, timeout: 5000, write: false })).status).toBe(i === 0 ? 'up' : 'down')
  }
})

it('readiness is down when the driver is closed', async () => {
  await using server = await startScripted()
  const driver = GraphDatabase.driver(server.uri)
  await driver.close()
  expect((await readiness(driver)).status).toBe('down')
})

it('readiness is serialized as health+json without addresses and errors', async () => {
  await using server = await startScripted()
  await using driver = GraphDatabase.driver(server.uri, { maxConnectionPoolSize: 7 })
  const up = healthDocument(await readiness(driver), driver.poolMetrics())
  expect(up).toMatchObject({
    status: 'pass',
    degraded: false,
    checks: {
      'neo4j:read': [{ status: 'pass', componentType: 'datastore', observedUnit: 'ms', time: expect.any(String) }],
      'neo4j:write': [{ status: 'pass' }],
      'neo4j:connections': [{ observedValue: 0, observedUnit: 'connections', max: 7, idle: 2 }],
    },
  })
  expect(up).not.toHaveProperty('output')
  const bad = { ok: false, took: 3, at: 0, failure: 'database-unavailable', error: new Error(server.uri) } as const
  const good = { ok: true, took: 1, at: 0, failure: null, error: null } as const
  const texts = [
    { status: 'degraded', read: good, write: bad },
    { status: 'down', read: bad, write: null },
  ].map((each) => healthDocument(each as Readiness))
  expect(texts).toMatchObject([
    {
      status: 'warn',
      degraded: true,
      output: expect.stringMatching(/^degraded/),
      checks: { 'neo4j:write': [{ status: 'warn' }] },
    },
    { status: 'fail', degraded: false, checks: { 'neo4j:read': [{ status: 'fail', output: 'database-unavailable' }] } },
  ] satisfies readonly { [K in keyof HealthDocument]?: unknown }[])
  expect(JSON.stringify([up, ...texts])).not.toMatch(/127\.0\.0\.1|localhost|bolt:/)
})

async function allDie(cluster: Cluster): Promise<void> {
  for (const member of cluster.members) await member.die()
}
