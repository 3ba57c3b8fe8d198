import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { getEventListeners } from 'node:events'
import { C, query, S, startPlay, startScripted } from '@boltline/embedded'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { type Driver, GraphDatabase } from '../../src/index.ts'
import { ManualClock, useClock } from '../../src/testing.ts'

const asked = [C.run(), C.pull()]

it('an abort ends the query on the server, rejects with the reason, and keeps the connection', async () => {
  await using play = await startPlay([
    [...asked, C.reset(), S.ignored(), S.ignored(), S.success(), ...query(['x'], [[1]])],
  ])
  await using driver = GraphDatabase.driver(play.uri, { maxConnectionPoolSize: 1 })
  const session = driver.session()
  const controller = new AbortController()
  const running = session.run('CALL slow()', {}, { signal: controller.signal })
  await vi.waitFor(() => expect(play.received[0]?.length).toBe(2))
  const reason = new Error('the user has left')
  controller.abort(reason)
  await expect(running).rejects.toBe(reason)
  expect(await session.run('RETURN 1 AS x').value()).toEqual([1])
  await session.close()
  await play.done()
  expect(play.received.length).toBe(1)
})

it('an abort rejects a caller that reads the result', async () => {
  await using play = await startPlay([
    [...asked, S.success({ fields: ['x'] }), S.record(1), C.reset(), S.ignored(), S.success()],
  ])
  await using driver = GraphDatabase.driver(play.uri)
  await using session = driver.session()
  const controller = new AbortController()
  const result = await session.run('RETURN x', {}, { signal: controller.signal })
  const seen: unknown[] = []
  const reading = (async () => {
    for await (const record of result) {
      seen.push(record.get('x'))
      setImmediate(() => controller.abort('enough'))
    }
  })()
  await expect(reading).rejects.toBe('enough')
  expect(seen).toEqual([1])
  await play.done()
})

it('an abort ends a whole transaction, which the server rolls back', async () => {
  await using play = await startPlay([
    [C.begin(), S.success(), ...asked, C.reset(), S.ignored(), S.ignored(), S.success()],
  ])
  await using driver = GraphDatabase.driver(play.uri)
  await using session = driver.session()
  const controller = new AbortController()
  const tx = await session.beginTransaction({ signal: controller.signal })
  const running = tx.run('CALL slow()')
  await vi.waitFor(() => expect(play.received[0]?.length).toBe(3))
  controller.abort()
  await expect(running).rejects.toMatchObject({ name: 'AbortError' })
  await expect(tx.commit()).rejects.toMatchObject({ name: 'TransactionError', cause: { name: 'AbortError' } })
  expect(tx.closed).toBe(true)
  await play.done()
})

it('an abort does not interrupt a COMMIT of a write that was sent', async () => {
  const controller = new AbortController()
  await using play = await startPlay([
    [
      C.begin(),
      S.success(),
      ...asked,
      S.success({ fields: [] }),
      S.success({}),
      C.commit(() => controller.abort(new Error('too late'))),
      S.success({ bookmark: 'done' }),
    ],
  ])
  await using driver = GraphDatabase.driver(play.uri)
  await using session = driver.session()
  await session.executeWrite((tx) => tx.run('CREATE ()').consume(), { signal: controller.signal })
  expect(session.lastBookmarks().rawValues).toEqual(['done'])
  await play.done()
})

it('an abort ends the wait for a connection and for a retry at once', async () => {
  await using play = await startPlay([
    [
      ...[C.begin(), S.success()],
      C.rollback(),
      S.success(),
      C.begin(),
      S.failure('Neo.TransientError.General.MemoryPoolOutOfMemoryError'),
      C.reset(),
      S.success(),
    ],
  ])
  await using driver = GraphDatabase.driver(play.uri, { maxConnectionPoolSize: 1 })
  await using holder = driver.session()
  const tx = await holder.beginTransaction()
  const waiting = driver.executeQuery('RETURN 1', {}, { signal: AbortSignal.timeout(20) })
  await expect(waiting).rejects.toMatchObject({ name: 'TimeoutError' })
  expect(driver.poolMetrics()[0]).toMatchObject({ inUse: 1, waiting: 0 })
  await tx.rollback()
  const controller = new AbortController()
  const retried = holder.executeWrite(() => 1, { signal: controller.signal })
  await vi.waitFor(() => expect(play.received[0]?.at(-1)?.name).toBe('reset'))
  controller.abort(new Error('no more'))
  await expect(retried).rejects.toThrow('no more')
  await play.done()
})

it('a call whose signal is already aborted sends nothing', async () => {
  await using play = await startPlay([])
  await using driver = GraphDatabase.driver(play.uri)
  const reason = new Error('before')
  await expect(driver.executeQuery('RETURN 1', {}, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  expect(driver.poolMetrics()[0]?.created ?? 0).toBe(0)
})

it('a signal can be shared by any number of calls, which remove their listeners', async () => {
  await using server = await startScripted()
  server.when('Q').returns([{ x: 1 }])
  server.when('BAD').fails('Neo.ClientError.Statement.SyntaxError')
  await using driver = GraphDatabase.driver(server.uri, { maxConnectionPoolSize: 3 })
  const { signal } = new AbortController()
  const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
  const uses = [
    () => driver.executeQuery('Q', {}, { signal }),
    () => driver.executeQuery('BAD', {}, { signal }).catch(() => undefined),
    async () => {
      await using session = driver.session()
      await session.run('Q', {}, { signal }).consume()
      await session.run('Q', { x: undefined }, { signal }).catch(() => undefined)
      await session.executeRead((tx) => tx.run('Q').consume(), { signal })
      const tx = await session.beginTransaction({ signal })
      await tx.run('Q')
      await tx.commit()
    },
  ]
  await Promise.all(Array.from({ length: 40 }, (_, i) => uses[i % uses.length]?.()))
  expect(getEventListeners(signal, 'abort')).toEqual([])
  expect(warned.mock.calls.map(String)).toEqual([])
  vi.restoreAllMocks()
})

it.each(['onRetry', 'a subscriber of boltline:retry'])(
  'a call does not wait for a retry after an abort in %s',
  async (who) => {
    await using server = await startScripted()
    server.when('Q').fails('Neo.TransientError.Transaction.DeadlockDetected')
    await using driver = GraphDatabase.driver(server.uri)
    await using session = driver.session()
    const manual = new ManualClock(Date.now())
    onTestFinished(useClock(manual))
    const controller = new AbortController()
    const reason = new Error('no more')
    const abort = () => controller.abort(reason)
    if (who !== 'onRetry') {
      subscribe('boltline:retry', abort)
      onTestFinished(() => void unsubscribe('boltline:retry', abort))
    }
    const onRetry = who === 'onRetry' ? abort : undefined
    const outcome = session.executeWrite((tx) => tx.run('Q').consume(), { signal: controller.signal, onRetry })
    await expect(outcome).rejects.toBe(reason)
    expect(server.calls.length).toBe(1)
    expect(getEventListeners(controller.signal, 'abort')).toEqual([])
  },
)

describe('a signal that aborts', () => {
  const inUse = (driver: Driver) => driver.poolMetrics().reduce((sum, metrics) => sum + metrics.inUse, 0)
  const reason = new Error('just now')
  type Use = (driver: Driver, controller: AbortController, getBookmarks: () => string[]) => Promise<unknown>
  const managed = (getBookmarks: () => string[]) => ({ getBookmarks, updateBookmarks: () => undefined })
  const uses: readonly [string, Use][] = [
    [
      'run',
      (driver, { signal }, getBookmarks) =>
        driver.session({ bookmarkManager: managed(getBookmarks) }).run('CALL slow()', {}, { signal }),
    ],
    [
      'beginTransaction',
      async (driver, { signal }, getBookmarks) => {
        await using session = driver.session({ bookmarkManager: managed(getBookmarks) })
        const tx = await session.beginTransaction({ signal })
        await tx.run('CALL slow()')
      },
    ],
    [
      'executeQuery',
      (driver, { signal }, getBookmarks) =>
        driver.executeQuery('CALL slow()', {}, { signal, bookmarkManager: managed(getBookmarks) }),
    ],
  ]

  /** Subscribers may abort the operation that they are notified of. */
  const abortedAt = (step: 'query' | 'pull', controller: AbortController): void => {
    const abort = () => controller.abort(reason)
    subscribe(`tracing:boltline:${step}:start`, abort)
    onTestFinished(() => void unsubscribe(`tracing:boltline:${step}:start`, abort))
  }

  it.each(uses)('while %s has a connection and asks for bookmarks has nothing sent', async (_name, use) => {
    await using server = await startScripted()
    server.when('CALL slow()').hangs()
    await using driver = GraphDatabase.driver(server.uri)
    const controller = new AbortController()
    const outcome = use(driver, controller, () => {
      controller.abort(reason)
      return []
    })
    await expect(outcome).rejects.toBe(reason)
    expect(server.calls).toEqual([])
    await vi.waitFor(() => expect(inUse(driver)).toBe(0))
    expect(getEventListeners(controller.signal, 'abort')).toEqual([])
  })

  it.each(uses)('while %s sends its query ends it on the server', async (_name, use) => {
    await using server = await startScripted()
    server.when('CALL slow()').hangs()
    await using driver = GraphDatabase.driver(server.uri)
    const controller = new AbortController()
    abortedAt('pull', controller)
    await expect(use(driver, controller, () => ['a'])).rejects.toBe(reason)
    await vi.waitFor(() => expect(server.events.some(({ type }) => type === 'reset')).toBe(true))
    await vi.waitFor(() => expect(inUse(driver)).toBe(0))
    expect(getEventListeners(controller.signal, 'abort')).toEqual([])
  })

  it.each(uses)('while the query of %s is announced keeps it from being sent', async (_name, use) => {
    await using server = await startScripted()
    server.when('CALL slow()').hangs()
    await using driver = GraphDatabase.driver(server.uri)
    const controller = new AbortController()
    abortedAt('query', controller)
    await expect(use(driver, controller, () => [])).rejects.toBe(reason)
    await vi.waitFor(() => expect(inUse(driver)).toBe(0))
    expect(server.calls).toEqual([])
    expect(getEventListeners(controller.signal, 'abort')).toEqual([])
  })
})

it('an abort rejects a resultTransformer that keeps reading, even when all records had arrived', async () => {
  await using play = await startPlay([
    [
      C.begin(),
      ...asked,
      ...[S.success(), S.success({ fields: ['x'] }), S.record(1), S.success({})],
      ...[C.reset(), S.success()],
    ],
  ])
  await using driver = GraphDatabase.driver(play.uri)
  const controller = new AbortController()
  const reason = new Error('the caller has stopped waiting')
  const heard: unknown[] = []
  const outcome = driver.executeQuery(
    'RETURN 1 AS x',
    {},
    {
      signal: controller.signal,
      resultTransformer: async (result) => {
        expect((await result.fetch(10)).length).toBe(1)
        controller.abort(reason)
        await result.toEagerResult().catch((error) => heard.push(error))
      },
    },
  )
  await expect(outcome).rejects.toBe(reason)
  expect(heard).toEqual([reason])
  await play.done()
})

it.each(['session', 'call'] as const)(
  'an abort by the signal of the %s ends a call that has both, and no listener remains on either',
  async (which) => {
    await using play = await startPlay([
      [...query(['x'], [[1]]), ...asked, C.reset(), S.ignored(), S.ignored(), S.success()],
    ])
    await using driver = GraphDatabase.driver(play.uri)
    const controllers = { session: new AbortController(), call: new AbortController() }
    const any = vi.spyOn(AbortSignal, 'any')
    onTestFinished(() => any.mockRestore())
    const session = driver.session({ signal: controllers.session.signal })
    expect(await session.run('Q', {}, { signal: controllers.call.signal }).value()).toEqual([1])
    const listeners = () => Object.values(controllers).map(({ signal }) => getEventListeners(signal, 'abort').length)
    expect(listeners()).toEqual([0, 0])
    const running = session.run('CALL slow()', {}, { signal: controllers.call.signal })
    await vi.waitFor(() => expect(play.received[0]?.length).toBe(4))
    controllers[which].abort('enough')
    await expect(running).rejects.toBe('enough')
    expect(listeners()).toEqual([0, 0])
    // Node 20 never releases the listeners that AbortSignal.any adds to a signal.
    expect(any).not.toHaveBeenCalled()
  },
)
