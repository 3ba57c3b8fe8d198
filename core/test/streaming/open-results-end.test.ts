import { type ScriptedServer, startScripted } from '@boltline/embedded'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import {
  type Driver,
  GraphDatabase,
  type Result,
  ResultConsumedError,
  ResultFailedError,
  type Session,
} from '../../src/index.ts'
import { rejectionOf } from '../support/rejection.ts'

// Small results have arrived as a whole before the caller reads them: the same rules apply to them.
let server: ScriptedServer
let driver: Driver
beforeAll(async () => {
  server = await startScripted()
  server.when('FIVE').streams(5, (i) => ({ i }))
  server.when('ENDLESS').streams(10_000_000, (i) => ({ i }))
  server.when('BAD').fails('Neo.ClientError.Statement.SyntaxError')
  driver = GraphDatabase.driver(server.uri)
})
afterAll(async () => {
  await driver.close()
  await server.close()
})

const readings: Readonly<Record<string, (result: Result) => Promise<unknown>>> = {
  fetch: (result) => result.fetch(1),
  peek: (result) => result.peek(),
  single: (result) => result.single(),
  value: (result) => result.value(),
  toEagerResult: (result) => result.toEagerResult(),
  consume: (result) => result.consume(),
  loop: async (result) => {
    for await (const record of result) return record
  },
}

describe.each(Object.keys(readings))('Reading by %s', (name) => {
  const read = readings[name] as (result: Result) => Promise<unknown>

  it('fails once another query of the transaction has failed', async () => {
    await using session = driver.session()
    const tx = await session.beginTransaction()
    const open = await tx.run('FIVE')
    const failure = await rejectionOf(tx.run('BAD'))
    for (let i = 0; i < 2; i++) {
      const error = await rejectionOf(read(open))
      expect(error).toBeInstanceOf(ResultFailedError)
      expect(error.cause).toBe(failure)
      expect(error.stack).toContain('open-results-end.test.ts')
    }
    await tx.rollback()
  })

  it('is over once the transaction is', async () => {
    await using session = driver.session()
    const tx = await session.beginTransaction()
    const results = await Promise.all([tx.run('FIVE'), tx.run('FIVE'), tx.run('FIVE')])
    await tx.commit()
    for (const result of results) expect(await rejectionOf(read(result))).toBeInstanceOf(ResultConsumedError)
  })

  it('rejects with the reason once the signal of its query was aborted, or that of its transaction', async () => {
    await using session = driver.session()
    const reason = new Error('the user has left')
    const controller = new AbortController()
    const { signal } = controller
    const result = await session.run('FIVE', {}, { signal })
    await vi.waitFor(() => expect(driver.poolMetrics()[0]?.inUse).toBe(0))
    await using other = driver.session()
    const tx = await other.beginTransaction({ signal })
    const open = await tx.run('FIVE')
    controller.abort(reason)
    for (let i = 0; i < 2; i++) {
      expect(await rejectionOf(read(result))).toBe(reason)
      expect(await rejectionOf(read(open))).toBe(reason)
    }
    expect(await session.run('FIVE').value()).toEqual([0, 1, 2, 3, 4])
  })
})

it('A result that was read to its end outlives the failure and the signal', async () => {
  await using session = driver.session()
  const controller = new AbortController()
  const result = await session.run('FIVE', {}, { signal: controller.signal })
  expect((await result.value()).length).toBe(5)
  controller.abort()
  expect((await result.consume()).query).toBe('FIVE')
  const tx = await session.beginTransaction()
  const read = await tx.run('FIVE')
  expect((await read.value()).length).toBe(5)
  await rejectionOf(tx.run('BAD'))
  expect(await read.fetch(1)).toEqual([])
  expect((await read.consume()).query).toBe('FIVE')
  await tx.rollback()
})

it('A loop ends when another query of its transaction fails', async () => {
  await using session = driver.session()
  const tx = await session.beginTransaction()
  const seen: unknown[] = []
  const looping = (async () => {
    for await (const record of await tx.run('FIVE')) {
      seen.push(record.get('i'))
      await rejectionOf(tx.run('BAD'))
    }
  })()
  await expect(looping).rejects.toMatchObject({ name: 'ResultFailedError', cause: { name: 'CypherSyntaxError' } })
  expect(seen).toEqual([0])
  await tx.rollback()
})

it('The abort of a query whose result is not read any more fails neither the next query nor close()', async () => {
  await using session = driver.session({ fetchSize: 10 })
  const controller = new AbortController()
  const result = await session.run('ENDLESS', {}, { signal: controller.signal })
  controller.abort(new Error('mine'))
  expect(await session.run('FIVE').value()).toEqual([0, 1, 2, 3, 4])
  await expect(result.fetch(1)).rejects.toThrow('mine')
  await session.run('ENDLESS', {}, { signal: AbortSignal.timeout(1) }).then(
    () => undefined,
    () => undefined,
  )
  await session.close()
})

it('A unit of work whose signal was aborted rejects with the reason, whatever its function returns or throws', async () => {
  await using session = driver.session()
  const reason = new Error('the user has left')
  for (const ending of [
    () => 1,
    () => {
      throw new TypeError('of the work')
    },
  ]) {
    const controller = new AbortController()
    const work = session.executeRead(
      async (tx) => {
        controller.abort(reason)
        await rejectionOf(tx.run('FIVE'))
        return ending()
      },
      { signal: controller.signal },
    )
    expect(await rejectionOf(work)).toBe(reason)
  }
})

describe('What is discarded under a reader', () => {
  it('is never taken for the end of the records', async () => {
    await using session = driver.session({ fetchSize: 2 })
    for (const read of [
      (result: Result) => result.value(),
      (result: Result) => result.fetch(4),
      async (result: Result) => {
        const seen: unknown[] = []
        for await (const record of result) seen.push(record)
        return seen
      },
    ]) {
      const tx = await session.beginTransaction()
      const result = await tx.run('FIVE')
      const reading = rejectionOf(read(result))
      await tx.commit()
      expect(await reading).toBeInstanceOf(ResultConsumedError)
    }
    const tx = await session.beginTransaction()
    const chained = rejectionOf(tx.run('FIVE').value())
    await tx.commit()
    expect(await chained).toBeInstanceOf(ResultConsumedError)
  })

  it('is everything once the session has gone on, small results too, and the summary stays', async () => {
    for (const goOn of [
      (own: Session) => own.close(),
      (own: Session) => own.beginTransaction().then((tx) => tx.close()),
      (own: Session) => own.executeRead(() => 1),
    ]) {
      const session = driver.session()
      const result = await session.run('FIVE')
      await vi.waitFor(() => expect(driver.poolMetrics()[0]?.inUse).toBe(0))
      await goOn(session)
      expect(result.closed).toBe(true)
      expect(await rejectionOf(result.fetch(1))).toBeInstanceOf(ResultConsumedError)
      expect(await rejectionOf(readings['loop']?.(result) as Promise<unknown>)).toBeInstanceOf(ResultConsumedError)
      expect((await result.consume()).query).toBe('FIVE')
      await session.close()
    }
  })

  it('does not include a result that is being read when the session is closed', async () => {
    for (const fetchSize of [1, 1000]) {
      const session = driver.session({ fetchSize })
      const reading = session.run('FIVE').value()
      await session.close()
      expect(await reading).toEqual([0, 1, 2, 3, 4])
      const returned = async () => {
        const own = driver.session({ fetchSize })
        try {
          return own.run('FIVE').value()
        } finally {
          await own.close()
        }
      }
      expect(await returned()).toEqual([0, 1, 2, 3, 4])
    }
  })
})
