import { describe, expect, it } from 'vitest'
import { ConnectionPoolError } from '../../src/errors/index.ts'
import { Deadline } from '../../src/time/deadline.ts'
import { type FakeConnection, fakePool, Later, server, settle, standingClock } from '../support/pool-fixture.ts'

const holder = standingClock()
const now = () => holder.time.now()

describe('acquiring connections', () => {
  it('opens a connection when there is none, and leases it again without waiting', async () => {
    const { pool, connections } = fakePool({ now })
    expect(pool.tryAcquire()).toBeUndefined()
    const first = await pool.acquire(Deadline.never)
    pool.release(first)
    expect(pool.tryAcquire()).toBe(first)
    expect(connections).toHaveLength(1)
  })

  it('prefers the connection that was used last, so that the others reach their maximum lifetime', async () => {
    const { pool } = fakePool({ now })
    const [first, second] = [await pool.acquire(Deadline.never), await pool.acquire(Deadline.never)]
    pool.release(second)
    pool.release(first)
    expect(pool.tryAcquire()).toBe(first)
  })

  it('never opens more connections than the limit, not even for simultaneous callers', async () => {
    const { pool, attempts } = fakePool({ now, auto: false, max: 2 })
    const calls = [1, 2, 3, 4].map(() => pool.acquire(Deadline.never))
    expect(pool.metrics()).toMatchObject({ creating: 2, waiting: 4, inUse: 0 })
    const connections = attempts.map((attempt) => attempt.succeed())
    expect(await Promise.all(calls.slice(0, 2))).toEqual(connections)
    expect(pool.metrics()).toMatchObject({ creating: 0, waiting: 2, inUse: 2, created: 2 })
  })

  it('serves a thousand callers on ten connections in the order of their calls', async () => {
    const { pool, connections } = fakePool({ now, max: 10 })
    const served: number[] = []
    await Promise.all(
      Array.from({ length: 1000 }, async (_, caller) => {
        const connection = await pool.acquire(Deadline.never)
        served.push(caller)
        for (let i = 0; i < caller % 7; i++) await Promise.resolve()
        pool.release(connection)
      }),
    )
    expect(served).toEqual(Array.from({ length: 1000 }, (_, caller) => caller))
    expect(connections).toHaveLength(10)
    expect(pool.metrics()).toMatchObject({ inUse: 0, idle: 10, waiting: 0, creating: 0, created: 10 })
  })

  it('lets no caller overtake a waiting one', async () => {
    const { pool } = fakePool({ now, max: 1 })
    const held = await pool.acquire(Deadline.never)
    const waiting = pool.acquire(Deadline.never)
    expect(pool.tryAcquire()).toBeUndefined()
    pool.release(held)
    expect(pool.tryAcquire()).toBeUndefined()
    expect(await waiting).toBe(held)
  })

  it('serves a caller with what is available first: a released connection or a new one', async () => {
    const { pool, attempts } = fakePool({ now, auto: false, max: 2 })
    const first = pool.acquire(Deadline.never)
    const held = attempts[0]?.succeed() as FakeConnection
    await first
    const second = pool.acquire(Deadline.never)
    pool.release(held)
    expect(await second).toBe(held)
    attempts[1]?.succeed()
    await settle()
    expect(pool.metrics()).toMatchObject({ inUse: 1, idle: 1 })
  })

  it('refuses the release of a connection that is not leased', async () => {
    const { pool } = fakePool({ now })
    const connection = await pool.acquire(Deadline.never)
    pool.release(connection)
    expect(() => pool.release(connection)).toThrow(ConnectionPoolError)
    expect(pool.metrics()).toMatchObject({ inUse: 0, idle: 1 })
  })

  it('passes the requirements of the caller to connect, and replaces a connection that admit refuses', async () => {
    const wanted: unknown[] = []
    const { pool } = fakePool({
      now,
      max: 1,
      admit: (connection, want) => {
        wanted.push([connection.id, want])
        return connection.id !== 0 || want === 'old'
      },
    })
    const old = await pool.acquire(Deadline.never, undefined, 'old')
    pool.release(old)
    const fresh = await pool.acquire(Deadline.never, undefined, 'new')
    expect(fresh).not.toBe(old)
    expect(old.goodbyes).toBe(1)
    expect(wanted).toEqual([
      [0, 'old'],
      [0, 'new'],
      [1, 'new'],
    ])
    expect(pool.metrics()).toMatchObject({ created: 2, closed: 1, inUse: 1 })
  })

  it('waits until admit has prepared a connection, and takes it back when admit fails', async () => {
    const admissions: Later<boolean>[] = []
    const { pool } = fakePool({
      now,
      max: 1,
      admit: () => {
        const admission = new Later<boolean>()
        admissions.push(admission)
        return admission.promise
      },
    })
    const first = pool.acquire(Deadline.never)
    await settle()
    admissions[0]?.resolve(true)
    pool.release(await first)
    const failing = pool.tryAcquire()
    expect(pool.metrics()).toMatchObject({ inUse: 1, idle: 0 })
    const refusal = new Error('no credentials')
    admissions[1]?.reject(refusal)
    await expect(failing).rejects.toBe(refusal)
    expect(pool.metrics()).toMatchObject({ inUse: 0, idle: 1 })
    const late = pool.acquire(Deadline.in(500))
    await settle()
    holder.time.tick(500)
    await expect(late).rejects.toThrow(/no credentials for it came within 500 ms/)
    const controller = new AbortController()
    const aborted = pool.tryAcquire(undefined, 500, controller.signal)
    controller.abort(refusal)
    await expect(aborted).rejects.toBe(refusal)
    expect(pool.metrics()).toMatchObject({ inUse: 0, idle: 1, created: 1 })
  })
})

describe('releasing connections', () => {
  it('resets a connection that is not clean before the next caller gets it', async () => {
    const { pool, connections } = fakePool({ now, max: 2 })
    const connection = await pool.acquire(Deadline.never)
    connection.clean = false
    connection.nextReset = new Later()
    const { nextReset } = connection
    const released = pool.release(connection)
    const next = pool.acquire(Deadline.never)
    await settle()
    expect(pool.metrics()).toMatchObject({ inUse: 1, waiting: 1, creating: 0 })
    nextReset?.resolve()
    await released
    expect(await next).toBe(connection)
    expect(connections).toHaveLength(1)
  })

  it('sends no RESET on a clean connection', async () => {
    const { pool } = fakePool({ now })
    const connection = await pool.acquire(Deadline.never)
    pool.release(connection)
    expect(connection.resets).toBe(0)
    expect(pool.metrics().idle).toBe(1)
  })

  it('replaces a connection that cannot be reset', async () => {
    const { pool, connections } = fakePool({ now, max: 1 })
    const connection = await pool.acquire(Deadline.never)
    connection.clean = false
    connection.nextReset = new Later()
    const { nextReset } = connection
    pool.release(connection)
    const next = pool.acquire(Deadline.never)
    nextReset?.reject(new Error('no answer'))
    expect(await next).toBe(connections[1])
    expect(pool.metrics()).toMatchObject({ created: 2, closed: 1, inUse: 1 })
  })

  it('replaces a connection that broke while it was leased', async () => {
    const { pool, connections } = fakePool({ now, max: 1 })
    const connection = await pool.acquire(Deadline.never)
    const next = pool.acquire(Deadline.never)
    connection.break()
    expect(pool.metrics()).toMatchObject({ inUse: 1, waiting: 1 })
    pool.release(connection)
    expect(await next).toBe(connections[1])
  })

  it('closes a connection older than maxLifetime, at release and at acquisition', async () => {
    const { pool, connections } = fakePool({ now, max: 2, maxLifetime: 1000 })
    const first = await pool.acquire(Deadline.never)
    const second = await pool.acquire(Deadline.never)
    pool.release(first)
    holder.time.tick(1000)
    pool.release(second)
    expect(second.goodbyes).toBe(1)
    expect(pool.tryAcquire()).toBeUndefined()
    expect(first.goodbyes).toBe(1)
    expect(await pool.acquire(Deadline.never)).toBe(connections[2])
  })

  it('removes an idle connection at once when the server closes it', async () => {
    const { pool } = fakePool({ now })
    const connection = await pool.acquire(Deadline.never)
    pool.release(connection)
    connection.break()
    expect(pool.metrics()).toMatchObject({ idle: 0, closed: 1 })
    expect(connection.onClose).toBe(null)
  })

  it('closes only idle connections when their server becomes unavailable', async () => {
    const { pool } = fakePool({ now })
    const [held, idle] = [await pool.acquire(Deadline.never), await pool.acquire(Deadline.never)]
    pool.release(idle)
    pool.closeIdle()
    expect([held.open, idle.open, idle.goodbyes]).toEqual([true, false, 1])
    pool.release(held)
    expect(pool.metrics()).toMatchObject({ address: server.toString(), idle: 1, inUse: 0, closed: 1 })
  })
})

describe('checking liveness', () => {
  it('probes only connections that were idle for long', async () => {
    const { pool } = fakePool({ now, livenessCheckTimeout: 500 })
    const connection = await pool.acquire(Deadline.never)
    pool.release(connection)
    holder.time.tick(499)
    expect(pool.tryAcquire()).toBe(connection)
    pool.release(connection)
    holder.time.tick(500)
    expect(pool.tryAcquire()).toBeUndefined()
    expect(await pool.acquire(Deadline.never)).toBe(connection)
    expect(connection.resets).toBe(1)
  })

  it('probes every idle connection when the limit is 0', async () => {
    const { pool } = fakePool({ now, livenessCheckTimeout: 0 })
    const connection = await pool.acquire(Deadline.never)
    pool.release(connection)
    await pool.acquire(Deadline.never)
    expect(connection.resets).toBe(1)
  })

  it('drops dead connections without an error, probes the next and finally opens a new one', async () => {
    const { pool, connections } = fakePool({ now, max: 3, livenessCheckTimeout: 0 })
    const held = await Promise.all([1, 2, 3].map(() => pool.acquire(Deadline.never)))
    for (const connection of held) {
      connection.nextReset = new Later()
      connection.nextReset.promise.catch(() => undefined)
      connection.nextReset.reject(new Error('dead'))
      pool.release(connection)
    }
    const fresh = await pool.acquire(Deadline.never)
    expect(fresh).toBe(connections[3])
    expect(pool.metrics()).toMatchObject({ inUse: 1, idle: 0, closed: 3, failed: 0 })
  })

  it('opens a new connection when a probe is unanswered for livenessProbeTimeout, and drops the others of its age', async () => {
    const { pool, connections } = fakePool({ now, max: 5, livenessCheckTimeout: 100, livenessProbeTimeout: 200 })
    const held = await Promise.all(Array.from({ length: 5 }, () => pool.acquire(Deadline.never)))
    for (const connection of held) pool.release(connection)
    holder.time.tick(50)
    const young = pool.tryAcquire() as FakeConnection
    pool.release(young)
    holder.time.tick(60)
    for (const connection of held) connection.silent = connection !== young
    pool.tryAcquire()
    const lent = pool.acquire(Deadline.in(1000))
    holder.time.tick(199)
    await settle()
    expect(connections).toHaveLength(5)
    holder.time.tick(1)
    expect(await lent).toBe(connections[5])
    expect(held.map(({ resets }) => resets).sort()).toEqual([0, 0, 0, 0, 1])
    expect(pool.metrics()).toMatchObject({ inUse: 2, idle: 0, closed: 4, timedOut: 0, failed: 0 })
  })

  it('leaves half of the time of a caller for opening another connection', async () => {
    const { pool, connections } = fakePool({ now, max: 1, livenessCheckTimeout: 0, livenessProbeTimeout: 5_000 })
    const dead = await pool.acquire(Deadline.never)
    dead.silent = true
    pool.release(dead)
    const lent = pool.acquire(Deadline.in(1000))
    holder.time.tick(500)
    expect(await lent).toBe(connections[1])
  })

  it('makes simultaneous callers wait for one limit in parallel, not one after the other', async () => {
    const { pool, connections } = fakePool({ now, max: 3, livenessCheckTimeout: 0, livenessProbeTimeout: 200 })
    const held = await Promise.all([1, 2, 3].map(() => pool.acquire(Deadline.never)))
    for (const connection of held) {
      connection.silent = true
      pool.release(connection)
    }
    const lent = [1, 2, 3].map(() => pool.acquire(Deadline.in(1000)))
    holder.time.tick(200)
    expect(new Set(await Promise.all(lent))).toEqual(new Set(connections.slice(3)))
  })
})

describe('a connection that is slow to be reset', () => {
  it('does not delay a caller when another one can be opened', async () => {
    const { pool, connections } = fakePool({ now, max: 2, livenessProbeTimeout: 200 })
    const aborted = await pool.acquire(Deadline.never)
    aborted.silent = true
    aborted.clean = false
    pool.release(aborted)
    const lent = pool.acquire(Deadline.in(10_000))
    await settle()
    expect(connections).toHaveLength(1)
    holder.time.tick(200)
    expect(await lent).toBe(connections[1])
    expect(pool.metrics()).toMatchObject({ inUse: 2, waiting: 0 })
  })
})
