import { createHook } from 'node:async_hooks'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { startScripted } from '@boltline/embedded'
import { describe, expect, it, vi } from 'vitest'
import { signatures } from '../src/bolt/requests.ts'
import { Log } from '../src/diagnostics/log.ts'
import { RecordQueue } from '../src/execution/record-queue.ts'
import { GraphDatabase } from '../src/index.ts'
import { Pool } from '../src/pool/pool.ts'
import { Queue } from '../src/pool/queue.ts'
import { resultOf } from '../src/results/result.ts'
import { ResultFactory } from '../src/results/result-factory.ts'
import { useClock } from '../src/time/clock.ts'
import { Deadline } from '../src/time/deadline.ts'
import { ManualClock } from '../src/time/manual-clock.ts'
import { Address } from '../src/values/address.ts'
import { ask, message, openLink, rowsOf } from './support/link-fixture.ts'
import { FakeConnection, poolSettings } from './support/pool-fixture.ts'

// What a row and a query cost, counted: bytes allocated and copied, promises, timers, requests, writes. Figures that a busy
// machine can't change, so that a change that lengthens the hot path is noticed. ARCHITECTURE.md says what keeps it short.

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

const log = new Log('boltline.io')
const warnings = { emit: () => undefined } as never

/** The result of a query with the columns `a` and `b` whose records the test lets arrive. */
function openResult(fetchSize: number) {
  const { transport, connection } = openLink()
  const cursor = ask(connection, fetchSize)
  transport.arrive(message(signatures.success, { fields: ['a', 'b'] }))
  const result = resultOf(new ResultFactory(warnings, log, 'OFF').of(cursor, connection, 'RETURN', {}, null, null))
  return { transport, connection, cursor, result }
}

/** The bytes that `work` allocates for each of `count` rows. Nothing is collected meanwhile, or the test would see less. */
async function allocatedPerRow(count: number, work: () => unknown): Promise<number> {
  collectGarbage()
  const before = process.memoryUsage().heapUsed
  await work()
  return (process.memoryUsage().heapUsed - before) / count
}

const more = message(signatures.success, { has_more: true })
const last = message(signatures.success, {})

describe('a row of a stream', () => {
  const count = 5_000
  const integers = rowsOf(count, (i) => [i, i + 1])

  it('allocates its values and its record, and little else', async () => {
    const rounds: number[] = []
    // Code is run by the interpreter at first, for as long as the compiler gets no time, and that allocates numbers which compiled
    // code does not. In one or the other round the engine collects something meanwhile, and less is seen.
    const usual = () => rounds.slice(-15).sort((a, b) => a - b)[7] ?? Number.POSITIVE_INFINITY
    while (rounds.length < 300 && usual() >= 150) {
      const { transport, result } = openResult(-1)
      const allocated = await allocatedPerRow(count, async () => {
        transport.arrive(integers)
        const records = await result.fetch(count)
        expect(records.length).toBe(count)
      })
      rounds.push(allocated)
    }
    // A list of two with its elements takes 64 bytes, a record 40, its place in a batch that doubles some 30; one more object shows.
    expect(usual()).toBeLessThan(150)
    expect(usual()).toBeGreaterThan(100)
  })

  it('finds its place in a list that is made once for a batch', async () => {
    const batch = 1_000
    const fields = [1]
    const queue = new RecordQueue()
    const rounds: number[] = []
    const usual = () => rounds.slice(-15).sort((a, b) => a - b)[7] ?? Number.POSITIVE_INFINITY
    while (rounds.length < 300 && usual() >= 15) {
      let taken = 0
      const allocated = await allocatedPerRow(10 * batch, () => {
        for (let round = 0; round < 10; round++) {
          for (let i = 0; i < batch; i++) queue.push(fields)
          taken += queue.take(batch).length
        }
      })
      expect(taken).toBe(10 * batch)
      rounds.push(allocated)
    }
    // A place takes 8 bytes; a list that grows from nothing to a thousand is copied into ten others, and takes 30.
    expect(usual()).toBeLessThan(15)
    expect(usual()).toBeGreaterThan(7)
  })

  it('is released once it was read, even when there are always unread rows behind it', () => {
    const { transport, cursor } = openResult(-1)
    transport.arrive(integers)
    const heldAfter = (rounds: number): number => {
      for (let round = 0; round < rounds; round++) {
        transport.arrive(integers)
        for (let i = 0; i < count; i++) cursor.shift()
      }
      collectGarbage()
      return process.memoryUsage().heapUsed
    }
    const early = heldAfter(10)
    // Kept, a row would take 64 bytes.
    expect(heldAfter(40) - early).toBeLessThan(40 * count * 6)
    expect(cursor.buffered).toBe(count)
  })

  it('is read where it lies: of a whole read, at most the two messages at its edges are copied', () => {
    const { transport, cursor } = openResult(-1)
    const copied = vi.spyOn(Buffer.prototype, 'copy')
    const size = 64 * 1024
    let reads = 0
    for (let at = 0; at < integers.length; at += size) {
      transport.arrive(integers.subarray(at, at + size))
      reads += 1
    }
    const bytes = copied.mock.results.reduce((sum, { value }) => sum + (value as number), 0)
    copied.mockRestore()
    expect(cursor.received).toBe(count)
    expect(reads).toBeLessThan(3)
    expect(bytes).toBeLessThan(reads * 2 * message(signatures.record, [count, count]).length)
  })

  it('costs no timer, and no promise besides those of `for await`', async () => {
    const clock = new ManualClock()
    const restore = useClock(clock)
    const { transport, result } = openResult(-1)
    transport.arrive(integers)
    transport.arrive(last)
    let promises = 0
    const hook = createHook({
      init: (_id, type) => {
        if (type === 'PROMISE') promises += 1
      },
    })
    const setTimer = vi.spyOn(clock, 'setTimeout')
    let sum = 0
    hook.enable()
    for await (const record of result) sum += record.get('a') as number
    hook.disable()
    restore()
    expect(sum).toBe((count * (count - 1)) / 2)
    expect(setTimer).not.toHaveBeenCalled()
    // One that `next` gives, one that `await` makes of its own when it is watched.
    expect(promises / count).toBeLessThan(2.1)
  })
})

describe('a batch of a stream', () => {
  it('costs one request and one write, which leaves before the batch in front of it is read', async () => {
    const { transport, result } = openResult(1_000)
    const batch = rowsOf(1_000, (i) => [i, 0])
    const batches = 10
    let answered = 0
    const answer = () => {
      transport.arrive(batch)
      answered += 1
      transport.arrive(answered === batches ? last : more)
    }
    transport.onWrite = () => setImmediate(answer)
    answer()
    let read = 0
    for await (const record of result) {
      read += 1
      if (record.get('a') === 1 && read < (batches - 1) * 1_000)
        expect(transport.writes).toBe(Math.ceil(read / 1_000) + 1)
    }
    expect(read).toBe(batches * 1_000)
    expect(transport.writes).toBe(batches)
  })
})

describe('a query on a connection that is there', () => {
  it('changes at most twice whether the process may end, however many requests and records it has', async () => {
    const { transport, connection } = openLink()
    const run = () => {
      ask(connection, -1)
      transport.arrive(message(signatures.success, { fields: ['a', 'b'] }))
      transport.arrive(rowsOf(100, (i) => [i, 0]))
      transport.arrive(last)
    }
    run()
    await new Promise((resolve) => setImmediate(resolve))
    const before = transport.changes
    run()
    run()
    await new Promise((resolve) => setImmediate(resolve))
    expect(transport.changes - before).toBe(2)
  })
})

describe('an executeQuery of one record', () => {
  it.each(['READ', 'WRITE'] as const)('costs a dozen promises: %s', async (routing) => {
    await using server = await startScripted()
    server.when('RETURN $x AS x').returns([{ x: 1 }])
    await using driver = GraphDatabase.driver(server.uri)
    const query = () => driver.executeQuery('RETURN $x AS x', { x: 1 }, { routing })
    // A connection is there from now on.
    await query()
    let promises = 0
    const hook = createHook({
      init: (_id, type) => {
        const { stack = '' } = new Error('here')
        // The server has promises of its own.
        if (type === 'PROMISE' && stack.includes('/core/src/') && !stack.includes('/embedded/src/')) promises += 1
      },
    })
    hook.enable()
    const { records } = await query()
    hook.disable()
    expect(records.length).toBe(1)
    expect(promises).toBeGreaterThan(6)
    expect(promises).toBeLessThanOrEqual(12)
  })
})

describe('a caller that waits for a connection', () => {
  /** How often callers enter or leave a queue while `callers` share ten connections. */
  async function stepsFor(callers: number): Promise<number> {
    const address = Address.parse('test:7687')
    let made = 0
    const pool = new Pool<FakeConnection>({
      ...poolSettings,
      address,
      max: 10,
      connect: async () => new FakeConnection(made++, address, 0),
    })
    const push = vi.spyOn(Queue.prototype, 'push')
    const remove = vi.spyOn(Queue.prototype, 'remove')
    const order: number[] = []
    await Promise.all(
      Array.from({ length: callers }, async (_, caller) => {
        const connection = await pool.acquire(Deadline.in(Number.POSITIVE_INFINITY))
        order.push(caller)
        await Promise.resolve()
        pool.release(connection)
      }),
    )
    const steps = push.mock.calls.length + remove.mock.calls.length
    push.mockRestore()
    remove.mockRestore()
    await pool.close()
    expect(order).toEqual(Array.from({ length: callers }, (_, caller) => caller))
    return steps / callers
  }

  it('costs the same however many callers are in front: a thousand callers on ten connections, served in order', async () => {
    const few = await stepsFor(50)
    const many = await stepsFor(1_000)
    expect(many).toBeLessThanOrEqual(few + 1)
    expect(many).toBeLessThan(6)
  })
})
