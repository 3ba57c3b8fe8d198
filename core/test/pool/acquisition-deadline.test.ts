import { describe, expect, it } from 'vitest'
import { ConnectionAcquisitionTimeoutError, DriverError, ServiceUnavailable } from '../../src/errors/index.ts'
import type { Opening } from '../../src/pool/poolable.ts'
import type { RawTable } from '../../src/routing/routing-table.ts'
import { clock } from '../../src/time/clock.ts'
import { Deadline } from '../../src/time/deadline.ts'
import { Address } from '../../src/values/address.ts'
import { Later, settle, standingClock } from '../support/pool-fixture.ts'
import { rejectionOf } from '../support/rejection.ts'
import { FakeCluster, FakeMember, request, table } from '../support/routing-fixture.ts'

const holder = standingClock()
const now = () => holder.time.now()

/** A cluster whose servers accept connections but never answer, except for those in `speaking`. */
function silentCluster(speaking: readonly string[], resolved?: readonly string[]): FakeCluster {
  return new FakeCluster({
    now,
    ...(resolved !== undefined && { resolve: async () => resolved.map((each) => Address.parse(each)) }),
    connect: (address, deadline, signal, _auth, _traced, opening?: Opening) => {
      if (speaking.includes(String(address))) return Promise.resolve(new FakeMember(0, address, now()))
      return new Promise((_, reject) => {
        const ms = deadline.part(opening?.share ?? 1).remaining()
        clock.setTimeout(() => reject(new ServiceUnavailable(`${address} was silent for ${ms} ms`)), ms)
        signal.addEventListener('abort', () => reject(signal.reason))
      })
    },
  })
}

/** Lets so many ms pass, one at a time. */
async function pass(ms: number): Promise<void> {
  for (let i = 0; i < ms; i++) {
    holder.time.tick(1)
    await settle()
  }
}

describe('routingTimeout', () => {
  it('bounds the search for a routing table, so that the servers of the table get the whole acquisition timeout', async () => {
    const cluster = new FakeCluster({
      now,
      routingTimeout: 5000,
      acquisitionTimeout: 1000,
      fetchTable: async () => {
        await new Promise<void>((resolve) => clock.setTimeout(resolve, 1500))
        return table('seed:1', 'a:1', 'a:1')
      },
    })
    const acquired = cluster.router.acquire(request(), Deadline.in(1000))
    await pass(1600)
    expect((await acquired).connection.address.host).toBe('a')
  })

  it('is named in the error when it ends the search', async () => {
    const cluster = new FakeCluster({
      now,
      routingTimeout: 2000,
      fetchTable: () => new Promise<RawTable>(() => undefined),
    })
    const failed = rejectionOf(cluster.router.acquire(request(), Deadline.in(60_000)))
    await pass(2300)
    const error = await failed
    expect(error).toBeInstanceOf(ConnectionAcquisitionTimeoutError)
    expect(error.message).toContain('within 2000 ms (routingTimeout)')
  })

  it('leaves the connection to each router bounded by connectionAcquisitionTimeout', async () => {
    const asked: number[] = []
    const cluster = new FakeCluster({
      now,
      routingTimeout: 60_000,
      acquisitionTimeout: 1000,
      connect: async (address, deadline) => {
        asked.push(deadline.remaining())
        throw new ServiceUnavailable(`${address} refused the connection`)
      },
    })
    await rejectionOf(cluster.router.acquire(request(), Deadline.in(1000)))
    expect(asked).toEqual([1000])
  })
})

describe('One deadline for an acquisition', () => {
  it('is shared by all servers of a routing table: each attempt leaves time for the next', async () => {
    const cluster = silentCluster(['seed:1', 'w4:1'])
    cluster.answers.set('seed:1', table('seed:1', 'seed:1', 'w1:1 w2:1 w3:1 w4:1'))
    const acquired = cluster.router.acquire(request({ mode: 'WRITE' }), Deadline.in(1000))
    await pass(1000)
    expect((await acquired).connection.address.host).toBe('w4')
  })

  it('rejects the call when all servers are silent, and names them and the setting', async () => {
    const cluster = silentCluster(['seed:1'])
    cluster.answers.set('seed:1', table('seed:1', 'seed:1', 'w1:1 w2:1 w3:1 w4:1 w5:1 w6:1 w7:1 w8:1'))
    let end = 0
    const started = now()
    const failed = rejectionOf(cluster.router.acquire(request({ mode: 'WRITE' }), Deadline.in(1000)))
    failed.then(() => {
      end = now()
    })
    await pass(1100)
    const error = await failed
    expect(end - started).toBeLessThanOrEqual(1000)
    expect(error).toBeInstanceOf(ConnectionAcquisitionTimeoutError)
    expect(error.message).toMatch(/within 1000 ms \(connectionAcquisitionTimeout\).*w1:1 \(w1:1 was silent for \d/)
    expect(holder.time.pending).toBe(0)
  })

  it('bounds the wait for routers that accept connections and never answer', async () => {
    const cluster = silentCluster(['y:1', 'a:1'], ['x:1', 'y:1'])
    cluster.answers.set('y:1', table('y:1', 'a:1', 'a:1'))
    const acquired = cluster.router.acquire(request(), Deadline.in(1000))
    await pass(600)
    expect((await acquired).connection.address.host).toBe('a')
  })

  it('bounds the wait for a router that does not answer ROUTE, and leaves time for another', async () => {
    const cluster = new FakeCluster({ now, resolve: async () => [Address.parse('x:1'), Address.parse('y:1')] })
    cluster.answers.set('x:1', new Later<RawTable>().promise)
    cluster.answers.set('y:1', table('y:1', 'a:1', 'a:1'))
    const acquired = cluster.router.acquire(request(), Deadline.in(1000))
    await settle()
    holder.time.tick(500)
    expect((await acquired).connection.address.host).toBe('a')
    expect(cluster.openTo('x:1')).toBe(0)
  })

  it('names the only router when it does not answer ROUTE', async () => {
    const cluster = new FakeCluster({ now })
    cluster.answers.set('seed:1', new Later<RawTable>().promise)
    const failed = rejectionOf(cluster.router.acquire(request(), Deadline.in(1000)))
    await settle()
    holder.time.tick(1000)
    const error = await failed
    expect(error).toBeInstanceOf(ConnectionAcquisitionTimeoutError)
    expect(error.message).toContain('1000 ms (connectionAcquisitionTimeout)')
    expect(error.message).toContain('seed:1 did not answer the question for a routing table')
    await settle()
    expect(cluster.openTo('seed:1')).toBe(0)
    expect(cluster.router.metrics()).toEqual([])
    expect(holder.time.pending).toBe(0)
  })
})

describe('A search for a routing table', () => {
  it('is not joined once every caller has left it', async () => {
    const cluster = new FakeCluster({ now })
    cluster.answers.set('seed:1', new Later<RawTable>().promise)
    const controller = new AbortController()
    const left = rejectionOf(cluster.router.acquire(request(), Deadline.never, controller.signal))
    await settle()
    cluster.answers.set('seed:1', table('seed:1', 'a:1', 'a:1'))
    controller.abort(new Error('enough'))
    const next = cluster.router.acquire(request(), Deadline.never)
    await left
    expect((await next).connection.address.host).toBe('a')
    expect(cluster.asked).toEqual(['seed:1', 'seed:1'])
  })

  it('does not send the bookmarks of callers that joined it', async () => {
    const cluster = new FakeCluster({ now })
    const answer = new Later<RawTable>()
    cluster.answers.set('seed:1', answer.promise)
    const first = cluster.router.acquire(request(), Deadline.never)
    await settle()
    let asked = 0
    const bookmarks = () => {
      asked += 1
      return new Promise<never>(() => undefined)
    }
    const second = cluster.router.acquire(request({ bookmarks }), Deadline.never)
    await settle()
    answer.resolve(table('seed:1', 'a:1', 'a:1'))
    await Promise.all([first, second])
    expect(asked).toBe(0)
  })

  it('rejects the callers that wait for it when the driver is closed', async () => {
    const cluster = new FakeCluster({ now })
    cluster.answers.set('seed:1', new Later<RawTable>().promise)
    const failures = [1, 2].map(() => rejectionOf(cluster.router.acquire(request(), Deadline.never)))
    await settle()
    await cluster.router.close()
    for (const failure of failures) {
      expect(await failure).toBeInstanceOf(DriverError)
      expect((await failure).message).toContain('The driver has been closed')
    }
    await settle()
    expect(cluster.openTo('seed:1')).toBe(0)
    expect(holder.time.pending).toBe(0)
  })
})
