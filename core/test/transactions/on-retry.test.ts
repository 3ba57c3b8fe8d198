import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { startScripted } from '@boltline/embedded'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import {
  ClientError,
  ConfigurationError,
  DriverError,
  GraphDatabase,
  type ManagedTransaction,
  TransactionError,
  TransientError,
} from '../../src/index.ts'
import { ManualClock, type Timer, useClock } from '../../src/testing.ts'
import { rejectionOf } from '../support/rejection.ts'

const deadlock = 'Neo.TransientError.Transaction.DeadlockDetected'

/** Shortens the pauses between attempts to a thousandth; the limits, which are longer, keep their length. */
function hurry(): void {
  onTestFinished(
    useClock({
      now: () => Date.now(),
      setTimeout: (fn, ms) => setTimeout(fn, ms < 10_000 ? ms / 1000 : ms) as Timer,
      clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout | undefined),
    }),
  )
}

it('onRetry and boltline:retry report each failure that is followed by a retry', async () => {
  hurry()
  await using server = await startScripted()
  server.when('CREATE ()').fails(deadlock, { times: 2 }).returns([])
  await using driver = GraphDatabase.driver(server.uri)
  await using session = driver.session()
  const told: [unknown, number, number][] = []
  await session.executeWrite((tx) => tx.run('CREATE ()').consume(), {
    onRetry: (error, attempt, delay) => void told.push([error, attempt, delay]),
  })
  expect(told.map(([error, attempt]) => [error instanceof TransientError, attempt])).toEqual([
    [true, 1],
    [true, 2],
  ])
  expect(told.every(([, , delay]) => delay > 0)).toBe(true)
})

it.each([
  [false, 1],
  [true, 2],
  [undefined, 2],
  [null, 2],
])('executeRead and executeWrite with retry: %s make %s attempts after a deadlock', async (retry, attempts) => {
  hurry()
  await using server = await startScripted()
  await using driver = GraphDatabase.driver(server.uri)
  await using session = driver.session()
  for (const call of ['executeRead', 'executeWrite'] as const) {
    server.when(call).fails(deadlock, { times: 1 }).returns([])
    const onRetry = vi.fn()
    const work = vi.fn((tx: ManagedTransaction) => tx.run(call).consume())
    const outcome = session[call](work, { retry, onRetry })
    if (retry === false) expect(await rejectionOf(outcome)).toMatchObject({ code: deadlock })
    else await outcome
    expect(work).toHaveBeenCalledTimes(attempts)
    expect(onRetry).toHaveBeenCalledTimes(attempts - 1)
  }
})

it('executeWrite rejects a retry option that is no boolean, and names it', async () => {
  await using server = await startScripted()
  await using driver = GraphDatabase.driver(server.uri)
  await using session = driver.session()
  const retry = 'no' as unknown as boolean
  expect(await rejectionOf(session.executeWrite(() => 1, { retry }))).toMatchObject({
    name: 'ConfigurationError',
    message: expect.stringContaining('retry must be true or false'),
  })
})

it('work that waits for a retry fails at once when the driver is closed, with its earlier failures', async () => {
  await using server = await startScripted()
  server.when('CREATE ()').fails(deadlock, { times: 2 }).returns([])
  const driver = GraphDatabase.driver(server.uri)
  const session = driver.session()
  onTestFinished(
    useClock({
      now: () => Date.now(),
      // The pause before the next attempt is longer than the timeout of this test.
      setTimeout: (fn, ms, options) => setTimeout(fn, options?.ref === true ? ms * 1000 : ms) as Timer,
      clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout | undefined),
    }),
  )
  const work = session.executeWrite((tx) => tx.run('CREATE ()').consume(), { onRetry: () => void driver.close() })
  const error = await work.catch((reason) => reason)
  expect(error).toBeInstanceOf(DriverError)
  expect(error.message).toContain('The driver has been closed')
  expect(error.retriedAfter).toMatchObject([{ code: deadlock }])
})

it('work is not retried when its onRetry aborts its signal', async () => {
  await using server = await startScripted()
  server.when('CREATE ()').fails(deadlock)
  await using driver = GraphDatabase.driver(server.uri)
  await using session = driver.session()
  const caller = new AbortController()
  const reason = new Error('no more')
  const onRetry = () => caller.abort(reason)
  const work = session.executeWrite((tx) => tx.run('CREATE ()').consume(), { onRetry, signal: caller.signal })
  await expect(work).rejects.toBe(reason)
})

it('work whose connection is lost by closing the driver fails without a pause', async () => {
  await using server = await startScripted()
  server.when('CREATE ()').hangs()
  const driver = GraphDatabase.driver(server.uri)
  const told: unknown[] = []
  const session = driver.session()
  const work = session.executeWrite((tx) => tx.run('CREATE ()').consume(), { onRetry: (error) => told.push(error) })
  const outcome = Promise.all([work.catch((error) => error), driver.executeQuery('CREATE ()').catch((error) => error)])
  await vi.waitFor(() => expect(server.calls.length).toBe(2))
  await driver.close()
  const closed = { name: 'DriverError', message: expect.stringContaining('driver has been closed') }
  expect(await outcome).toMatchObject([closed, closed])
  expect(told).toEqual([])
})

it('work is not retried when the driver is closed while its resolver finds no server', async () => {
  let asked = 0
  const resolver = () => {
    asked += 1
    return []
  }
  const driver = GraphDatabase.driver('neo4j://nowhere.invalid', { resolver })
  const session = driver.session()
  const work = session.executeWrite(() => 1, { onRetry: () => void driver.close() })
  const error = await work.catch((reason) => reason)
  expect(error).toMatchObject({ name: 'DriverError', message: expect.stringContaining('driver has been closed') })
  expect(error.retriedAfter).toMatchObject([{ name: 'RoutingServiceUnavailable' }])
  expect(asked).toBe(1)
})

it.each([true, false])('the next attempt waits for an asynchronous onRetry, with subscribers: %s', async (watched) => {
  hurry()
  if (watched) {
    const ignore = () => undefined
    subscribe('boltline:retry', ignore)
    onTestFinished(() => void unsubscribe('boltline:retry', ignore))
  }
  await using server = await startScripted()
  server.when('CREATE ()').fails(deadlock).returns([])
  await using driver = GraphDatabase.driver(server.uri)
  await using session = driver.session()
  let answer = (): void => undefined
  const onRetry = vi.fn(
    () =>
      new Promise<void>((resolve) => {
        answer = resolve
      }),
  )
  const work = session.executeWrite((tx) => tx.run('CREATE ()').consume(), { onRetry })
  await vi.waitFor(() => expect(onRetry).toHaveBeenCalled())
  await new Promise((resolve) => setImmediate(resolve))
  expect(server.calls.length).toBe(1)
  answer()
  await work
  expect(server.calls.length).toBe(2)
})

describe('An onRetry that fails ends the retrying: the call rejects with its error', () => {
  type OnRetry = (error: unknown) => unknown
  const own = (cause?: unknown) => new Error('the pager is out of reach', cause === undefined ? undefined : { cause })
  const failing: readonly [string, (error: Error) => OnRetry][] = [
    [
      'by throwing',
      (error) => () => {
        throw error
      },
    ],
    ['by rejecting', (error) => () => Promise.reject(error)],
    ['by rejecting later', (error) => () => new Promise((_resolve, reject) => setImmediate(reject, error))],
    [
      'by a thenable that rejects',
      (error) => () => ({
        // biome-ignore lint/suspicious/noThenProperty: that's what it is about
        then: (_resolve: unknown, reject: (reason: unknown) => void) => reject(error),
      }),
    ],
  ]

  it.each(failing)('%s, with the failure as its cause', async (_how, onRetryOf) => {
    await using server = await startScripted()
    server.when('CREATE ()').fails(deadlock)
    await using driver = GraphDatabase.driver(server.uri)
    await using session = driver.session()
    const error = own()
    const outcome = session.executeWrite((tx) => tx.run('CREATE ()').consume(), { onRetry: onRetryOf(error) })
    expect(await rejectionOf(outcome)).toBe(error)
    expect(error.cause).toMatchObject({ code: deadlock })
    expect(error).toMatchObject({ retriedAfter: [error.cause] })
    expect(Object.keys(error)).toEqual([])
    expect(server.calls.length).toBe(1)
    await vi.waitFor(() => expect(driver.poolMetrics()[0]?.inUse).toBe(0))
  })

  it('and keeps a cause that it has', async () => {
    await using server = await startScripted()
    server.when('CREATE ()').fails(deadlock)
    await using driver = GraphDatabase.driver(server.uri)
    await using session = driver.session()
    const cause = new Error('no route')
    const onRetry = () => Promise.reject(own(cause))
    const error = await rejectionOf(session.executeWrite((tx) => tx.run('CREATE ()').consume(), { onRetry }))
    expect(error.cause).toBe(cause)
    expect(error.retriedAfter).toMatchObject([{ code: deadlock }])
  })

  it('also where it is frozen, or no error', async () => {
    await using server = await startScripted()
    server.when('CREATE ()').fails(deadlock)
    await using driver = GraphDatabase.driver(server.uri)
    await using session = driver.session()
    for (const reason of [Object.freeze(own()), 'text', null, undefined]) {
      const outcome = session
        .executeWrite((tx) => tx.run('CREATE ()').consume(), { onRetry: () => Promise.reject(reason) })
        .then(
          () => 'fulfilled',
          (thrown: unknown) => ({ thrown }),
        )
      expect(await outcome).toEqual({ thrown: reason })
    }
  })
})

describe('An onRetry that never answers', () => {
  const never = () => new Promise<void>(() => undefined)

  async function waiting(signal?: AbortSignal) {
    const server = await startScripted()
    server.when('CREATE ()').fails(deadlock)
    const driver = GraphDatabase.driver(server.uri, { maxTransactionRetryTime: 5_000 })
    const session = driver.session()
    const manual = new ManualClock(Date.now())
    const restore = useClock(manual)
    onTestFinished(async () => {
      restore()
      await session.close()
      await driver.close()
      await server.close()
    })
    const onRetry = vi.fn(never)
    const outcome = rejectionOf(session.executeWrite((tx) => tx.run('CREATE ()').consume(), { onRetry, signal }))
    await vi.waitFor(() => expect(onRetry).toHaveBeenCalled())
    return { server, driver, manual, outcome }
  }

  it('is waited for until maxTransactionRetryTime is over: the call rejects with the failure', async () => {
    const { server, manual, outcome } = await waiting()
    manual.tick(5_000)
    const error = await outcome
    expect(error).toMatchObject({ code: deadlock })
    expect(error.retriedAfter).toBeUndefined()
    expect(server.calls.length).toBe(1)
  })

  it('is waited for until the signal aborts: the call rejects with its reason', async () => {
    const controller = new AbortController()
    const { outcome } = await waiting(controller.signal)
    controller.abort('enough')
    expect(await outcome).toBe('enough')
  })

  it('is waited for until the driver is closed', async () => {
    const { driver, outcome } = await waiting()
    await driver.close()
    expect(await outcome).toMatchObject({ name: 'DriverError', retriedAfter: [{ code: deadlock }] })
  })
})

it('onRetry is not called for the final failure, and is refused where nothing is retried', async () => {
  await using server = await startScripted()
  server.when('CREATE ()').fails('Neo.ClientError.Statement.SyntaxError')
  await using driver = GraphDatabase.driver(server.uri)
  await using session = driver.session()
  const told: unknown[] = []
  const outcome = session.executeRead((tx) => tx.run('CREATE ()').consume(), { onRetry: (error) => told.push(error) })
  await expect(outcome).rejects.toBeInstanceOf(ClientError)
  expect(told).toEqual([])
  const config: object = { onRetry: () => undefined }
  await expect(session.beginTransaction(config)).rejects.toBeInstanceOf(ConfigurationError)
})

it('tx.failure is the error that made the transaction fail', async () => {
  await using server = await startScripted()
  server.when('CREATE ()').fails('Neo.ClientError.Statement.SyntaxError')
  server.when('RETURN 1 AS x').returns([{ x: 1 }])
  await using driver = GraphDatabase.driver(server.uri)
  await using session = driver.session()
  const tx = await session.beginTransaction()
  await tx.run('RETURN 1 AS x').consume()
  await expect(tx.run('RETURN $x', { x: Symbol('x') })).rejects.toThrow()
  expect(tx.failure).toBeNull()
  const failure = await tx.run('CREATE ()').catch((error) => error)
  expect(tx.failure).toBe(failure)
  await expect(tx.run('RETURN 1 AS x')).rejects.toBeInstanceOf(TransactionError)
  await tx.close()
  const swallowed = session.executeWrite(async (managed) => {
    await managed.run('CREATE ()').catch(() => undefined)
    expect(managed.failure).toBeInstanceOf(ClientError)
  })
  await expect(swallowed).rejects.toBeInstanceOf(ClientError)
})
