import { describe, expect, it } from 'vitest'
import { basicAuth } from '../../src/values/auth.ts'
import { standingClock } from '../support/pool-fixture.ts'
import { auth, FakeCluster, patiently, request, table } from '../support/routing-fixture.ts'

const holder = standingClock()
const now = () => holder.time.now()
const home = (overrides: Parameters<typeof request>[0] = {}) => request({ database: null, ...overrides })

function clusterOf(...databases: readonly string[]): FakeCluster {
  const cluster = new FakeCluster({ now })
  const names = [...databases]
  cluster.answers.set('seed:1', ({ database }) => {
    const db = database ?? names.shift() ?? 'unexpected'
    return table('seed:1', `${db}:1`, `${db}:1`, { db })
  })
  return cluster
}

describe('work without a named database', () => {
  it('asks for the home database every time while servers have no server-side routing', async () => {
    const cluster = clusterOf('alpha', 'beta')
    const first = await cluster.router.acquire(home(), patiently)
    const second = await cluster.router.acquire(home(), patiently)
    expect([first.database, second.database]).toEqual(['alpha', 'beta'])
    expect([first.connection.address.host, second.connection.address.host]).toEqual(['alpha', 'beta'])
    expect(cluster.router.tryAcquire(home())).toBeUndefined()
    expect(cluster.router.tryAcquire(request({ database: 'alpha' }))).toBeUndefined()
  })

  it('uses the table of the home database for work that names it', async () => {
    const cluster = clusterOf('alpha')
    const { connection } = await cluster.router.acquire(home(), patiently)
    cluster.router.release(connection)
    expect(cluster.router.tryAcquire(request({ database: 'alpha' }))).toBe(connection)
  })

  it('asks once when servers are too old to name the home database', async () => {
    const cluster = new FakeCluster({ now })
    cluster.answers.set('seed:1', table('seed:1', 'a:1', 'a:1'))
    const { connection, database } = await cluster.router.acquire(home(), patiently)
    expect(database).toBe(null)
    cluster.router.release(connection)
    expect(cluster.router.tryAcquire(home())).toBe(connection)
    expect(cluster.asked).toEqual(['seed:1'])
  })

  it('makes one search per user', async () => {
    const cluster = clusterOf('alpha', 'beta')
    const [one, same, other] = await Promise.all([
      cluster.router.acquire(home(), patiently),
      cluster.router.acquire(home(), patiently),
      cluster.router.acquire(home({ impersonatedUser: 'another' }), patiently),
    ])
    expect([one?.database, same?.database, other?.database].sort()).toEqual(['alpha', 'alpha', 'beta'])
    expect(cluster.asked).toHaveLength(2)
  })
})

describe('guessing the home database', () => {
  it('saves the search when every server has server-side routing, and names no database then', async () => {
    const cluster = clusterOf('alpha')
    cluster.routesItself = true
    const first = await cluster.router.acquire(home(), patiently)
    expect(first.database).toBe('alpha')
    const second = await cluster.router.acquire(home(), patiently)
    expect([second.database, second.connection.address.host]).toEqual([null, 'alpha'])
    cluster.router.release(second.connection)
    expect(cluster.router.tryAcquire(home())).toBe(second.connection)
    expect(cluster.asked).toHaveLength(1)
  })

  it('uses the home database that a server named last', async () => {
    const cluster = clusterOf('alpha')
    cluster.routesItself = true
    await cluster.router.acquire(home(), patiently)
    await cluster.router.refresh(request({ database: 'beta' }), patiently)
    cluster.router.resolved({ impersonatedUser: null, auth }, 'beta')
    const { database, connection } = await cluster.router.acquire(home(), patiently)
    expect([database, connection.address.host]).toEqual([null, 'beta'])
  })

  it('is not done for another user', async () => {
    const cluster = clusterOf('alpha', 'beta')
    cluster.routesItself = true
    await cluster.router.acquire(home(), patiently)
    const other = await cluster.router.acquire(home({ auth: basicAuth('other', 'x') }), patiently)
    expect(other.database).toBe('beta')
  })

  it('is not done with an expired table', async () => {
    const cluster = clusterOf('alpha', 'beta')
    cluster.routesItself = true
    await cluster.router.acquire(home(), patiently)
    holder.time.tick(300_000)
    expect((await cluster.router.acquire(home(), patiently)).database).toBe('beta')
  })

  it('stops while any server lacks server-side routing, and resumes when that server has gone', async () => {
    const cluster = clusterOf('alpha', 'beta')
    cluster.routesItself = true
    await cluster.router.acquire(home(), patiently)
    cluster.routesItself = false
    const old = await cluster.router.acquire(request({ database: 'older' }), patiently)
    expect(cluster.router.tryAcquire(home())).toBeUndefined()
    const asked = await cluster.router.acquire(home(), patiently)
    expect(asked.database).toBe('beta')
    for (const { connection } of [old, asked]) {
      connection.break()
      cluster.router.release(connection)
    }
    cluster.routesItself = true
    const guessed = await cluster.router.acquire(home(), patiently)
    expect([guessed.database, guessed.connection.address.host]).toEqual([null, 'beta'])
  })

  it('is discarded when the server that was reached lacks server-side routing', async () => {
    const cluster = clusterOf('alpha', 'beta')
    cluster.routesItself = true
    const first = await cluster.router.acquire(home(), patiently)
    cluster.routesItself = false
    const second = await cluster.router.acquire(home(), patiently)
    expect(second.database).toBe('beta')
    expect(first.database).toBe('alpha')
    expect(cluster.router.metrics().reduce((sum, { inUse }) => sum + inUse, 0)).toBe(2)
  })
})
