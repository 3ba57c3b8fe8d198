import { describe, expect, it } from 'vitest'
import { FakeConnection, poolSettings, server } from '../../test/support/pool-fixture.ts'
import { ServiceUnavailable, serverError } from '../errors/index.ts'
import { Deadline } from '../time/deadline.ts'
import { basicAuth } from '../values/auth.ts'
import { DirectRouter } from './direct.ts'

function direct() {
  const expired: FakeConnection[] = []
  const wanted: unknown[] = []
  let count = 0
  const router = new DirectRouter<FakeConnection>({
    address: server,
    max: 3,
    ...poolSettings,
    expireLogin: (connection) => expired.push(connection),
    connect: async (_deadline, _signal, want) => {
      wanted.push(want)
      return new FakeConnection(count++, server, 0)
    },
  })
  return { router, expired, wanted }
}

const auth = basicAuth('neo4j', 'secret')
const request = { mode: 'READ', database: 'movies', impersonatedUser: null, bookmarks: () => [], auth } as const

describe('a direct router', () => {
  it('leases connections to its one server, logged in with the credentials of the request', async () => {
    const { router, wanted } = direct()
    expect(router.tryAcquire(request)).toBeUndefined()
    const { connection, database } = await router.acquire(request, Deadline.never)
    expect([database, wanted]).toEqual(['movies', [auth]])
    router.release(connection)
    expect(router.tryAcquire(request)).toBe(connection)
    expect(router.metrics()).toMatchObject([{ address: 'db.example:7687', inUse: 1 }])
    await router.close()
    expect(connection.open).toBe(false)
  })

  it('names no database when the request names none', async () => {
    const { router } = direct()
    expect((await router.acquire({ ...request, database: null }, Deadline.never)).database).toBe(null)
  })

  it('closes idle connections when a leased one is lost, and keeps those in use', async () => {
    const { router } = direct()
    const [a, b, c] = [1, 2, 3].map(() => router.acquire(request, Deadline.never))
    const [lost, idle, held] = await Promise.all([a, b, c])
    if (lost === undefined || idle === undefined || held === undefined) throw new Error('three connections expected')
    router.release(idle.connection)
    lost.connection.break()
    router.onError(lost.connection, new ServiceUnavailable('lost'))
    router.release(lost.connection)
    expect([idle.connection.open, held.connection.open]).toEqual([false, true])
  })

  it('makes every connection log in again after an AuthorizationExpired error', async () => {
    const { router, expired } = direct()
    const { connection } = await router.acquire(request, Deadline.never)
    const other = await router.acquire(request, Deadline.never)
    router.onError(connection, serverError({ code: 'Neo.ClientError.Statement.SyntaxError', message: 'x' }))
    expect(expired).toEqual([])
    router.onError(connection, serverError({ code: 'Neo.ClientError.Security.AuthorizationExpired', message: 'x' }))
    expect(expired).toEqual([connection, other.connection])
  })
})
