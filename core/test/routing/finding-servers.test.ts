import { describe, expect, it } from 'vitest'
import {
  BoltProtocolError,
  CertificateConfigurationError,
  ReadServiceUnavailable,
  RoutingServiceUnavailable,
  ServiceUnavailable,
  SessionExpired,
  serverError,
  WriteServiceUnavailable,
} from '../../src/errors/index.ts'
import type { RawTable } from '../../src/routing/routing-table.ts'
import { Address } from '../../src/values/address.ts'
import { Later, settle, standingClock } from '../support/pool-fixture.ts'
import { rejectionOf } from '../support/rejection.ts'
import { FakeCluster, FakeMember, patiently, request, table } from '../support/routing-fixture.ts'

const holder = standingClock()
const now = () => holder.time.now()

describe('choosing a server', () => {
  it('asks the seed for a table, then uses readers for reads and writers for writes without asking again', async () => {
    const cluster = new FakeCluster({ now })
    cluster.answers.set('seed:1', table('a:1 b:1', 'b:1', 'a:1'))
    const read = await cluster.router.acquire(request({ bookmarks: () => ['bm'] }), patiently)
    const write = await cluster.router.acquire(request({ mode: 'WRITE' }), patiently)
    expect([read.connection.address.toString(), write.connection.address.toString()]).toEqual(['b:1', 'a:1'])
    expect([read.database, write.database]).toEqual(['movies', 'movies'])
    expect(cluster.asked).toEqual(['seed:1'])
    expect(cluster.requests).toEqual([expect.objectContaining({ database: 'movies', bookmarks: ['bm'] })])
  })

  it('leases an idle connection to the right server synchronously', async () => {
    const cluster = new FakeCluster({ now })
    cluster.answers.set('seed:1', table('a:1', 'a:1', 'a:1'))
    expect(cluster.router.tryAcquire(request())).toBeUndefined()
    const { connection } = await cluster.router.acquire(request(), patiently)
    expect(cluster.router.tryAcquire(request())).toBeUndefined()
    cluster.router.release(connection)
    expect(cluster.router.tryAcquire(request())).toBe(connection)
    expect(cluster.router.tryAcquire(request({ database: 'other' }))).toBeUndefined()
  })

  it('spreads work over the readers by their connections in use', async () => {
    const cluster = new FakeCluster({ now })
    cluster.answers.set('seed:1', table('a:1', 'a:1 b:1 c:1', 'a:1'))
    const lent = await Promise.all([1, 2, 3, 4, 5, 6].map(() => cluster.router.acquire(request(), patiently)))
    expect(lent.map(({ connection }) => connection.address.host).sort()).toEqual(['a', 'a', 'b', 'b', 'c', 'c'])
  })

  it('keeps a routing table for each database', async () => {
    const cluster = new FakeCluster({ now })
    cluster.answers.set('seed:1', ({ database }) =>
      database === 'movies' ? table('seed:1', 'a:1', 'a:1') : table('seed:1', 'b:1', 'b:1'),
    )
    const movies = await cluster.router.acquire(request(), patiently)
    const books = await cluster.router.acquire(request({ database: 'books' }), patiently)
    expect([movies.connection.address.host, books.connection.address.host]).toEqual(['a', 'b'])
    expect(cluster.asked).toHaveLength(2)
  })

  it('asks a known router, not the seed, when the table has expired', async () => {
    const cluster = new FakeCluster({ now })
    cluster.answers.set('seed:1', table('a:1', 'b:1', 'b:1', { ttl: 10 }))
    cluster.answers.set('a:1', table('a:1', 'c:1', 'c:1', { ttl: 10 }))
    cluster.router.release((await cluster.router.acquire(request(), patiently)).connection)
    holder.time.tick(10_000)
    expect(cluster.router.tryAcquire(request())).toBeUndefined()
    const { connection } = await cluster.router.acquire(request(), patiently)
    expect(connection.address.host).toBe('c')
    expect(cluster.asked).toEqual(['seed:1', 'a:1'])
  })

  it('closes idle connections to servers that are no longer in any table', async () => {
    const cluster = new FakeCluster({ now })
    cluster.answers.set('seed:1', table('a:1', 'b:1', 'b:1', { ttl: 10 }))
    cluster.answers.set('a:1', table('a:1', 'c:1', 'c:1', { ttl: 10 }))
    cluster.router.release((await cluster.router.acquire(request(), patiently)).connection)
    expect([cluster.openTo('seed:1'), cluster.openTo('b:1')]).toEqual([0, 1])
    holder.time.tick(10_000)
    await cluster.router.acquire(request(), patiently)
    expect([cluster.openTo('b:1'), cluster.openTo('a:1'), cluster.openTo('c:1')]).toEqual([0, 1, 1])
    expect(cluster.router.metrics().map(({ address }) => address)).toEqual(['a:1', 'c:1'])
  })

  it('removes tables half a minute after they expire', async () => {
    const cluster = new FakeCluster({ now })
    cluster.answers.set('seed:1', table('seed:1', 'b:1', 'b:1', { ttl: 10 }))
    await cluster.router.acquire(request({ database: 'one' }), patiently)
    holder.time.tick(40_001)
    await cluster.router.acquire(request({ database: 'two' }), patiently)
    expect(cluster.router.routingTables().map(({ database }) => database)).toEqual(['two'])
  })
})

describe('searching for a routing table', () => {
  it('is shared by simultaneous callers', async () => {
    const cluster = new FakeCluster({ now })
    const answer = new Later<RawTable>()
    cluster.answers.set('seed:1', answer.promise)
    const calls = Array.from({ length: 20 }, (_, i) =>
      cluster.router.acquire(request({ mode: i % 2 === 0 ? 'READ' : 'WRITE' }), patiently),
    )
    await settle()
    answer.resolve(table('a:1', 'a:1', 'b:1'))
    const hosts = new Set((await Promise.all(calls.slice(0, 10))).map(({ connection }) => connection.address.host))
    expect(hosts).toEqual(new Set(['a', 'b']))
    expect(cluster.asked).toEqual(['seed:1'])
  })

  it('asks one router after the other, the seed last, and removes those that fail', async () => {
    const cluster = new FakeCluster({ now })
    cluster.answers.set('seed:1', table('a:1 b:1 c:1', 'a:1 r:1', 'a:1', { ttl: 1 }))
    cluster.answers.set('b:1', serverError({ code: 'Neo.DatabaseError.General.UnknownError', message: 'out of order' }))
    cluster.answers.set('c:1', table('c:1', '', ''))
    await cluster.router.acquire(request(), patiently)
    holder.time.tick(1000)
    cluster.down.add('a:1')
    const { connection } = await cluster.router.acquire(request(), patiently)
    expect(cluster.asked).toEqual(['seed:1', 'b:1', 'c:1', 'seed:1'])
    expect(connection.address.host).toBe('r')
  })

  it('names every router with its answer when none gave a usable table', async () => {
    const cluster = new FakeCluster({ now })
    cluster.answers.set('seed:1', table('a:1 b:1', 'r:1', 'a:1', { ttl: 1 }))
    await cluster.router.acquire(request(), patiently)
    holder.time.tick(1000)
    cluster.down.add('a:1')
    cluster.answers.set('b:1', serverError({ code: 'Neo.DatabaseError.General.UnknownError', message: 'out of order' }))
    cluster.answers.set('seed:1', { ttl: 1, servers: 'nonsense' })
    const error = await rejectionOf(cluster.router.acquire(request(), patiently))
    expect(error).toBeInstanceOf(RoutingServiceUnavailable)
    expect(error.message).toContain('database "movies"')
    expect(error.message).toContain('a:1 (a:1 refused the connection), b:1 (out of order), seed:1 (The server sent a')
    expect((error.cause as AggregateError).errors).toMatchObject([
      { name: 'ServiceUnavailable' },
      { message: 'out of order' },
      { name: 'BoltProtocolError' },
    ])
    expect(cluster.router.routingTable('movies').routers).toEqual([])
  })

  it('suggests bolt:// when a single server does not route', async () => {
    const cluster = new FakeCluster({ now })
    cluster.answers.set('seed:1', new ServiceUnavailable('routing is off'))
    const error = await rejectionOf(cluster.router.acquire(request(), patiently))
    expect(error.message).toContain('bolt://')
  })

  it('asks no other router when the request itself is wrong', async () => {
    for (const code of [
      'Neo.ClientError.Database.DatabaseNotFound',
      'Neo.ClientError.Transaction.InvalidBookmark',
      'Neo.ClientError.Transaction.InvalidBookmarkMixture',
      'Neo.ClientError.Security.Forbidden',
      'Neo.ClientError.Security.TokenExpired',
      'Neo.ClientError.Statement.ArgumentError',
      'Neo.ClientError.Request.Invalid',
    ]) {
      const cluster = new FakeCluster({ now, resolve: async () => [Address.parse('x:1'), Address.parse('y:1')] })
      const refusal = serverError({ code, message: 'no' })
      cluster.answers.set('x:1', refusal)
      cluster.answers.set('y:1', table('a:1', 'a:1', 'a:1'))
      expect(await rejectionOf(cluster.router.acquire(request(), patiently))).toBe(refusal)
      expect(cluster.asked).toEqual(['x:1'])
    }
  })

  it('asks the next router after an expired login', async () => {
    const cluster = new FakeCluster({ now, resolve: async () => [Address.parse('x:1'), Address.parse('y:1')] })
    cluster.answers.set('x:1', serverError({ code: 'Neo.ClientError.Security.AuthorizationExpired', message: 'no' }))
    cluster.answers.set('y:1', table('a:1', 'a:1', 'a:1'))
    expect((await cluster.router.acquire(request(), patiently)).connection.address.host).toBe('a')
  })

  it('calls the resolver each time it reaches the seed', async () => {
    const stands = [['x:1'], ['y:1']]
    const cluster = new FakeCluster({
      now,
      resolve: async (address) => {
        expect(address.toString()).toBe('seed:1')
        return (stands.shift() ?? []).map((text) => Address.parse(text))
      },
    })
    cluster.answers.set('x:1', table('x:1', 'x:1', 'x:1', { ttl: 1 }))
    cluster.answers.set('y:1', table('y:1', 'y:1', 'y:1'))
    await cluster.router.acquire(request(), patiently)
    holder.time.tick(1000)
    cluster.down.add('x:1')
    cluster.answers.delete('x:1')
    expect((await cluster.router.acquire(request(), patiently)).connection.address.host).toBe('y')
  })

  it('names the resolver in the error when it fails', async () => {
    const cluster = new FakeCluster({
      now,
      resolve: async () => {
        throw new Error('resolver out of order')
      },
    })
    const error = await rejectionOf(cluster.router.acquire(request(), patiently))
    expect(error.message).toContain('seed:1 (resolver out of order)')
  })

  it('starts at the seed after a table without writers', async () => {
    const cluster = new FakeCluster({ now })
    cluster.answers.set('seed:1', table('a:1', 'a:1', ''))
    cluster.answers.set('a:1', table('a:1', 'a:1', ''))
    await cluster.router.acquire(request(), patiently)
    cluster.answers.set('seed:1', table('a:1', 'a:1', 'w:1'))
    const { connection } = await cluster.router.acquire(request({ mode: 'WRITE' }), patiently)
    expect(connection.address.host).toBe('w')
    expect(cluster.asked).toEqual(['seed:1', 'seed:1'])
  })

  it('asks routers known from other databases when the seed is gone', async () => {
    const cluster = new FakeCluster({ now })
    cluster.answers.set('seed:1', table('a:1', 'a:1', 'a:1'))
    cluster.answers.set('a:1', table('a:1', 'b:1', 'b:1'))
    await cluster.router.acquire(request(), patiently)
    cluster.down.add('seed:1')
    expect((await cluster.router.acquire(request({ database: 'books' }), patiently)).connection.address.host).toBe('b')
  })

  it('continues while any caller waits, and is aborted when the last one leaves', async () => {
    const cluster = new FakeCluster({ now })
    cluster.answers.set('seed:1', new Later<RawTable>().promise)
    const [first, second] = [new AbortController(), new AbortController()]
    const hasty = rejectionOf(cluster.router.acquire(request(), patiently, first.signal))
    const patient = rejectionOf(cluster.router.acquire(request(), patiently, second.signal))
    await settle()
    const reason = new Error('enough')
    first.abort(reason)
    expect(await hasty).toBe(reason)
    await settle()
    expect(cluster.connections[0]?.open).toBe(true)
    second.abort(reason)
    expect(await patient).toBe(reason)
    await settle()
    expect(cluster.connections[0]?.open).toBe(false)
  })

  it('asks the next router when one does not answer within half a minute, even before the deadline', async () => {
    const cluster = new FakeCluster({ now, resolve: async () => [Address.parse('x:1'), Address.parse('y:1')] })
    cluster.answers.set('x:1', new Later<RawTable>().promise)
    cluster.answers.set('y:1', table('y:1', 'a:1', 'a:1'))
    const acquired = cluster.router.acquire(request(), patiently)
    await settle()
    holder.time.tick(29_999)
    await settle()
    expect(cluster.asked).toEqual(['x:1'])
    holder.time.tick(1)
    expect((await acquired).connection.address.host).toBe('a')
    expect(cluster.openTo('x:1')).toBe(0)
  })

  it('calls the supplier of bookmarks once, and only when a router is asked', async () => {
    let fetched = 0
    const bookmarks = async () => [`bm${++fetched}`]
    const cluster = new FakeCluster({ now, resolve: async () => [Address.parse('x:1'), Address.parse('y:1')] })
    cluster.answers.set('y:1', table('y:1', 'a:1', 'a:1'))
    await cluster.router.acquire(request({ bookmarks }), patiently)
    await cluster.router.acquire(request({ bookmarks }), patiently)
    expect(cluster.requests.map((each) => each.bookmarks)).toEqual([['bm1'], ['bm1']])
    expect(fetched).toBe(1)
  })

  it('is repeated by callers that joined a search which failed because of its first caller', async () => {
    const cluster = new FakeCluster({ now })
    const answer = new Later<RawTable>()
    const refusal = serverError({ code: 'Neo.ClientError.Transaction.InvalidBookmark', message: 'no' })
    cluster.answers.set('seed:1', ({ bookmarks }) =>
      bookmarks.includes('bad') ? answer.promise : table('a:1', 'a:1', 'a:1'),
    )
    const first = rejectionOf(cluster.router.acquire(request({ bookmarks: () => ['bad'] }), patiently))
    const second = cluster.router.acquire(request(), patiently)
    await settle()
    answer.reject(refusal)
    expect(await first).toBe(refusal)
    expect((await second).connection.address.host).toBe('a')
    expect(cluster.asked).toEqual(['seed:1', 'seed:1'])
  })

  it('rejects each joined caller with an error object of its own', async () => {
    const cluster = new FakeCluster({ now })
    cluster.down.add('seed:1')
    const failures = await Promise.all([1, 2].map(() => rejectionOf(cluster.router.acquire(request(), patiently))))
    expect(failures[0]).toBeInstanceOf(RoutingServiceUnavailable)
    expect(failures[1]).toBeInstanceOf(RoutingServiceUnavailable)
    expect(failures[0]).not.toBe(failures[1])
    expect(failures[0]?.message).toBe(failures[1]?.message)
  })

  it('is started by refresh() even when the table is fresh', async () => {
    const cluster = new FakeCluster({ now })
    cluster.answers.set('seed:1', table('seed:1', 'a:1', 'a:1'))
    await cluster.router.refresh(request(), patiently)
    cluster.answers.set('seed:1', table('seed:1', 'b:1', 'b:1'))
    const fresh = await cluster.router.refresh(request(), patiently)
    expect(fresh.readers.map(String)).toEqual(['b:1'])
    expect(cluster.router.routingTable('movies')).toBe(fresh)
  })
})

describe('when servers fail', () => {
  it('uses the next reader and removes the lost one from the table', async () => {
    const cluster = new FakeCluster({ now })
    cluster.answers.set('seed:1', table('seed:1', 'a:1 b:1', 'w:1'))
    cluster.down.add('a:1')
    const { connection } = await cluster.router.acquire(request(), patiently)
    expect(connection.address.host).toBe('b')
    expect(cluster.router.routingTable('movies').readers.map(String)).toEqual(['b:1'])
  })

  it('skips a server whose certificate is refused, and rejects with CertificateConfigurationError when all are', async () => {
    const refused = new CertificateConfigurationError('expired')
    const clusterWith = (expired: readonly string[]): FakeCluster => {
      const cluster = new FakeCluster({
        now,
        resolve: async () => [Address.parse('x:1'), Address.parse('y:1')],
        connect: async (address) => {
          if (expired.includes(address.toString())) throw refused
          return new FakeMember(0, address, now())
        },
      })
      cluster.answers.set('y:1', table('y:1', 'a:1 b:1', 'a:1'))
      return cluster
    }
    const { router } = clusterWith(['x:1', 'a:1'])
    expect((await router.acquire(request(), patiently)).connection.address.host).toBe('b')
    expect(await rejectionOf(router.acquire(request({ mode: 'WRITE' }), patiently))).toBe(refused)
    expect(await rejectionOf(clusterWith(['x:1', 'y:1']).router.acquire(request(), patiently))).toBe(refused)
  })

  it('names the servers that were tried when none is left, and searches for a new table next time', async () => {
    const cluster = new FakeCluster({ now })
    cluster.answers.set('seed:1', table('seed:1', 'a:1 b:1', 'w:1'))
    for (const name of ['a:1', 'b:1', 'w:1']) cluster.down.add(name)
    const error = await rejectionOf(cluster.router.acquire(request(), patiently))
    expect(error).toBeInstanceOf(SessionExpired)
    expect(error.message).toContain('No server for reads of database "movies"')
    expect(error.message).toContain('a:1 (a:1 refused the connection), b:1 (b:1 refused the connection)')
    expect(error.cause).toBeInstanceOf(ReadServiceUnavailable)
    const write = await rejectionOf(cluster.router.acquire(request({ mode: 'WRITE' }), patiently))
    expect(write.cause).toBeInstanceOf(WriteServiceUnavailable)
    cluster.down.clear()
    expect((await cluster.router.acquire(request(), patiently)).database).toBe('movies')
    expect(cluster.asked).toHaveLength(2)
  })

  it('says that the cluster has no leader', async () => {
    const cluster = new FakeCluster({ now })
    cluster.answers.set('seed:1', table('seed:1', 'a:1', ''))
    const error = await rejectionOf(cluster.router.acquire(request({ mode: 'WRITE' }), patiently))
    expect(error).toBeInstanceOf(SessionExpired)
    expect(error.message).toContain('choosing a new leader')
  })

  it('rejects with errors that another server would give too', async () => {
    const refusal = serverError({ code: 'Neo.ClientError.Security.Unauthorized', message: 'wrong password' })
    const cluster = new FakeCluster({
      now,
      connect: async () => {
        throw refusal
      },
    })
    expect(await rejectionOf(cluster.router.acquire(request(), patiently))).toBe(refusal)
  })

  it('removes a lost server from all roles of all tables and closes its idle connections', async () => {
    const cluster = new FakeCluster({ now })
    cluster.answers.set('seed:1', table('seed:1 a:1', 'a:1 b:1', 'a:1'))
    const lost = await cluster.router.acquire(request({ mode: 'WRITE' }), patiently)
    const idle = await cluster.router.acquire(request({ mode: 'WRITE' }), patiently)
    await cluster.router.acquire(request({ database: 'books' }), patiently)
    cluster.router.release(idle.connection)
    lost.connection.break()
    cluster.router.onError(lost.connection, new SessionExpired('lost'))
    cluster.router.release(lost.connection)
    expect(idle.connection.open).toBe(false)
    for (const database of ['movies', 'books']) {
      const { routers, readers, writers } = cluster.router.routingTable(database)
      expect([routers, readers, writers].map((list) => list.map(String))).toEqual([['seed:1'], ['b:1'], []])
    }
  })

  it('keeps a server in the table when it closes an idle connection', async () => {
    const cluster = new FakeCluster({ now })
    cluster.answers.set('seed:1', table('seed:1', 'a:1', 'a:1'))
    const { connection } = await cluster.router.acquire(request(), patiently)
    cluster.router.release(connection)
    cluster.router.onError(connection, new SessionExpired('closed by the server'))
    connection.break()
    expect(cluster.router.routingTable('movies').readers).toHaveLength(1)
  })

  it('removes a former leader as writer of that database only', async () => {
    for (const code of ['Neo.ClientError.Cluster.NotALeader', 'Neo.ClientError.General.ForbiddenOnReadOnlyDatabase']) {
      const cluster = new FakeCluster({ now })
      cluster.answers.set('seed:1', table('seed:1', 'a:1', 'a:1'))
      const { connection } = await cluster.router.acquire(request({ mode: 'WRITE' }), patiently)
      await cluster.router.refresh(request({ database: 'books' }), patiently)
      cluster.router.onError(connection, serverError({ code, message: 'not me' }))
      expect(cluster.router.routingTable('movies').writers).toEqual([])
      expect(cluster.router.routingTable('movies').readers).toHaveLength(1)
      expect(cluster.router.routingTable('books').writers).toHaveLength(1)
    }
  })

  it('makes all connections to a server, and to no other, log in again after AuthorizationExpired', async () => {
    const cluster = new FakeCluster({ now })
    cluster.answers.set('seed:1', table('seed:1', 'a:1', 'b:1'))
    const a = await cluster.router.acquire(request(), patiently)
    await cluster.router.acquire(request({ mode: 'WRITE' }), patiently)
    cluster.router.onError(
      a.connection,
      serverError({ code: 'Neo.ClientError.Security.AuthorizationExpired', message: 'who are you' }),
    )
    expect(cluster.expired).toEqual([a.connection])
  })

  it('keeps the tables unchanged after errors of a query', async () => {
    const cluster = new FakeCluster({ now })
    cluster.answers.set('seed:1', table('seed:1', 'a:1', 'a:1'))
    const { connection } = await cluster.router.acquire(request(), patiently)
    cluster.router.onError(connection, serverError({ code: 'Neo.ClientError.Statement.SyntaxError', message: 'x' }))
    cluster.router.onError(connection, new TypeError('x'))
    expect(cluster.router.routingTable('movies').readers).toHaveLength(1)
  })

  it('skips a server that does not speak Bolt', async () => {
    const cluster = new FakeCluster({
      now,
      connect: async (address) => {
        throw new BoltProtocolError(`${address} is a web server`)
      },
    })
    const error = await rejectionOf(cluster.router.acquire(request(), patiently))
    expect(error).toBeInstanceOf(RoutingServiceUnavailable)
    expect(error.message).toContain('seed:1 is a web server')
  })

  it('rejects callers after close', async () => {
    const cluster = new FakeCluster({ now })
    cluster.answers.set('seed:1', table('seed:1', 'a:1', 'a:1'))
    const { connection } = await cluster.router.acquire(request(), patiently)
    await cluster.router.close()
    expect(connection.open).toBe(false)
    expect((await rejectionOf(cluster.router.acquire(request(), patiently))).message).toContain('has been closed')
    const other = rejectionOf(cluster.router.acquire(request({ database: 'other' }), patiently))
    expect((await other).message).toContain('has been closed')
    cluster.router.release(connection)
  })
})
