import { describe, expect, it, vi } from 'vitest'
import { ConnectionAcquisitionTimeoutError, DriverError, ServiceUnavailable } from '../../src/errors/index.ts'
import { Deadline } from '../../src/time/deadline.ts'
import { FakeConnection, fakePool, Later, server, settle, standingClock } from '../support/pool-fixture.ts'
import { rejectionOf } from '../support/rejection.ts'

const holder = standingClock()
const now = () => holder.time.now()

describe('a caller whose deadline has passed', () => {
  it('gets an error with the state of the pool, the age of the oldest lease, and advice', async () => {
    const { pool } = fakePool({ now, max: 2, traceLeaks: false })
    await pool.acquire(Deadline.never)
    holder.time.tick(5000)
    await pool.acquire(Deadline.never)
    const failure = rejectionOf(pool.acquire(Deadline.in(1000)))
    pool.acquire(Deadline.never)
    holder.time.tick(1000)
    const error = await failure
    expect(error).toBeInstanceOf(ConnectionAcquisitionTimeoutError)
    expect(error.message).toContain('No connection to db.example:7687 became free within 1000 ms')
    expect(error.message).toContain('2 of at most 2 in use, 0 idle, 0 being opened, 1 more callers waiting')
    expect(error.message).toContain('The oldest lease has been out for 6000 ms')
    expect(error.message).toContain('maxConnectionPoolSize')
    expect(error.message).toContain('BOLTLINE_DEBUG=1')
    expect(pool.metrics()).toMatchObject({ timedOut: 1, waiting: 1 })
  })

  it('gets the stack of the oldest lease when leaks are traced', async () => {
    const { pool } = fakePool({ now, max: 1, traceLeaks: true })
    await (function leakyFunction() {
      return pool.acquire(Deadline.never)
    })()
    const failure = rejectionOf(pool.acquire(Deadline.in(10)))
    holder.time.tick(10)
    expect((await failure).message).toMatch(/taken here:\n.*leakyFunction/s)
  })

  it('leaves no timer behind when it was served before', async () => {
    const { pool } = fakePool({ now, max: 1 })
    const connection = await pool.acquire(Deadline.in(1000))
    const next = pool.acquire(Deadline.in(1000))
    pool.release(connection)
    await next
    expect(holder.time.pending).toBe(0)
  })

  it('gets the error of its own attempt to connect', async () => {
    const { pool, attempts } = fakePool({ now, auto: false, max: 1 })
    const failure = rejectionOf(pool.acquire(Deadline.in(1000)))
    const second = pool.acquire(Deadline.never)
    expect(attempts[0]?.deadline.remaining()).toBe(1000)
    holder.time.tick(1000)
    const silence = new ServiceUnavailable('the server is silent')
    attempts[0]?.fail(silence)
    expect(await failure).toBe(silence)
    await settle()
    const connection = attempts[1]?.succeed()
    expect(await second).toBe(connection)
    expect(pool.metrics()).toMatchObject({ creating: 0, failed: 1, timedOut: 0 })
  })

  it('is not held up by an attempt to connect that ignores both its deadline and its abort', async () => {
    const { pool } = fakePool({ now, max: 1, connect: () => new Promise<never>(() => undefined) })
    const failure = rejectionOf(pool.acquire(Deadline.in(1000)))
    holder.time.tick(1100)
    expect(await failure).toBeInstanceOf(ConnectionAcquisitionTimeoutError)
    expect((await failure).message).toContain('(connectionAcquisitionTimeout)')
    expect(pool.metrics()).toMatchObject({ waiting: 0, timedOut: 1 })
    expect(holder.time.pending).toBe(0)
  })

  it('is rejected in time when the connection it had opened went to an earlier caller', async () => {
    const { pool, attempts } = fakePool({ now, auto: false, max: 2 })
    const first = pool.acquire(Deadline.never)
    const failure = rejectionOf(pool.acquire(Deadline.in(1000)))
    holder.time.tick(1000)
    const connection = attempts[1]?.succeed()
    expect(await first).toBe(connection)
    expect((await failure).message).toContain('1 of at most 2 in use, 0 idle, 1 being opened')
  })
})

describe('an aborted caller', () => {
  it('is rejected at once with the reason of the signal', async () => {
    const { pool } = fakePool({ now, max: 1 })
    const held = await pool.acquire(Deadline.never)
    const controller = new AbortController()
    const failure = rejectionOf(pool.acquire(Deadline.never, controller.signal))
    const next = pool.acquire(Deadline.never)
    const reason = new Error('enough')
    controller.abort(reason)
    expect(await failure).toBe(reason)
    pool.release(held)
    expect(await next).toBe(held)
    expect(await rejectionOf(pool.acquire(Deadline.never, controller.signal))).toBe(reason)
  })

  it('leaks nothing when its connection arrives late', async () => {
    const late = new Later<FakeConnection>()
    const { pool } = fakePool({ now, max: 1, connect: () => late.promise })
    const controller = new AbortController()
    const failure = rejectionOf(pool.acquire(Deadline.never, controller.signal))
    controller.abort()
    await failure
    expect(pool.metrics()).toMatchObject({ idle: 0, creating: 1, waiting: 0 })
    const connection = new FakeConnection(0, server, now())
    late.resolve(connection)
    await settle()
    expect(pool.metrics()).toMatchObject({ idle: 1, creating: 0, inUse: 0 })
  })
})

describe('a server that cannot be reached', () => {
  it('fails each caller with the failure of its own attempt', async () => {
    const { pool, attempts } = fakePool({ now, auto: false, max: 2 })
    const failures = [1, 2, 3].map(() => rejectionOf(pool.acquire(Deadline.never)))
    const refused = new ServiceUnavailable('refused')
    const reset = new ServiceUnavailable('reset')
    attempts[1]?.fail(reset)
    expect(await failures[1]).toBe(reset)
    attempts[0]?.fail(refused)
    expect(await failures[0]).toBe(refused)
    await settle()
    attempts[2]?.fail(refused)
    expect(await failures[2]).toBe(refused)
    expect(pool.metrics()).toMatchObject({ failed: 3, creating: 0, waiting: 0, created: 0 })
  })

  it('does not fail a caller that got another connection meanwhile', async () => {
    const { pool, attempts } = fakePool({ now, auto: false, max: 2 })
    const first = pool.acquire(Deadline.never)
    const connection = attempts[0]?.succeed() as FakeConnection
    await first
    const second = pool.acquire(Deadline.never)
    pool.release(connection)
    await second
    const third = pool.acquire(Deadline.never)
    attempts[1]?.fail(new Error('refused'))
    await settle()
    expect(attempts).toHaveLength(3)
    const another = attempts[2]?.succeed()
    expect(await third).toBe(another)
  })
})

describe('closing the pool', () => {
  it('closes every connection and rejects new callers', async () => {
    const { pool, connections } = fakePool({ now, max: 2 })
    const [held, idle] = [await pool.acquire(Deadline.never), await pool.acquire(Deadline.never)]
    pool.release(idle)
    await Promise.all([pool.close(), pool.close()])
    expect(connections.map(({ goodbyes }) => goodbyes)).toEqual([1, 1])
    expect(pool.tryAcquire()).toBeUndefined()
    expect(await rejectionOf(pool.acquire(Deadline.never))).toBeInstanceOf(DriverError)
    pool.release(held)
    expect(pool.metrics()).toMatchObject({ inUse: 0, idle: 0, closed: 2 })
  })

  it('rejects waiting callers', async () => {
    const { pool, attempts } = fakePool({ now, auto: false, max: 1 })
    const failure = rejectionOf(pool.acquire(Deadline.never))
    await pool.close()
    expect((await failure).message).toContain('The driver has been closed')
    expect(attempts[0]?.signal.aborted).toBe(true)
  })

  it('rejects a caller whose connection is being prepared', async () => {
    const { pool } = fakePool({ now, admit: () => new Promise<never>(() => undefined) })
    const failure = rejectionOf(pool.acquire(Deadline.never))
    await vi.waitFor(() => expect(pool.metrics().inUse).toBe(1))
    const closing = pool.close()
    expect(await failure).toBeInstanceOf(DriverError)
    expect((await failure).message).toContain('The driver has been closed')
    await closing
  })

  it('destroys a connection that takes too long to close', async () => {
    const { pool } = fakePool({ now })
    const connection = await pool.acquire(Deadline.never)
    const farewell = new Later<void>()
    connection.close = () => farewell.promise
    connection.destroy = () => farewell.resolve()
    pool.release(connection)
    const closing = pool.close()
    await settle()
    expect(farewell.settled).toBe(false)
    holder.time.tick(5000)
    await closing
    expect(farewell.settled).toBe(true)
  })
})
