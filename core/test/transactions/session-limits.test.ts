import { startCluster, startScripted } from '@boltline/embedded'
import { describe, expect, it, vi } from 'vitest'
import {
  Bookmarks,
  type Driver,
  GraphDatabase,
  type ManagedTransaction,
  Query,
  type Session,
  unitOfWork,
} from '../../src/index.ts'

const inUse = (driver: Driver) => driver.poolMetrics().reduce((sum, metrics) => sum + metrics.inUse, 0)

describe('the signal of a session', () => {
  const forms: readonly [string, (session: Session) => Promise<unknown>][] = [
    ['run', (session) => session.run('CALL slow()').consume()],
    ['executeRead', (session) => session.executeRead((tx) => tx.run('CALL slow()').consume())],
    ['executeWrite', (session) => session.executeWrite((tx) => tx.run('CALL slow()').consume())],
    ['beginTransaction', async (session) => (await session.beginTransaction()).run('CALL slow()').consume()],
  ]
  it.each(forms)('aborts %s, ends it on the server, and releases the connection', async (_name, use) => {
    await using server = await startScripted()
    server.when('CALL slow()').hangs()
    await using driver = GraphDatabase.driver(server.uri, { maxConnectionPoolSize: 1 })
    const controller = new AbortController()
    const session = driver.session({ signal: controller.signal })
    const running = use(session)
    await vi.waitFor(() => expect(server.calls.length).toBe(1))
    const reason = new Error('the client is gone')
    controller.abort(reason)
    await expect(running).rejects.toBe(reason)
    await expect(session.run('RETURN 1')).rejects.toBe(reason)
    await session.close()
    await vi.waitFor(() => expect(server.events.some(({ type }) => type === 'reset')).toBe(true))
    await vi.waitFor(() => expect(inUse(driver)).toBe(0))
  })

  const holders: readonly [string, (driver: Driver, signal: AbortSignal) => [Session, object]][] = [
    ['the session', (driver, signal) => [driver.session({ signal }), {}]],
    ['the query', (driver, signal) => [driver.session(), { signal }]],
    ['both', (driver, signal) => [driver.session({ signal: new AbortController().signal }), { signal }]],
  ]
  it.each(holders)(
    'given to %s, aborts the reading of arrived records too, and does not fail close()',
    async (_name, open) => {
      await using server = await startScripted()
      server.when('ALL').returns([{ x: 1 }])
      server.when('SOME').streams(10_000, (x) => ({ x }))
      await using driver = GraphDatabase.driver(server.uri, { fetchSize: 10 })
      const reason = new Error('the client is gone')
      for (const query of ['ALL', 'SOME']) {
        const controller = new AbortController()
        const [session, config] = open(driver, controller.signal)
        const result = await session.run(query, {}, config)
        await result.peek()
        controller.abort(reason)
        await expect(result.fetch(1)).rejects.toBe(reason)
        await session.close()
      }
      await vi.waitFor(() => expect(inUse(driver)).toBe(0))
    },
  )

  it('stands beside the signal of a single transaction', async () => {
    await using server = await startScripted()
    server.when('CALL slow()').hangs()
    await using driver = GraphDatabase.driver(server.uri)
    const ofSession = new AbortController()
    const ofCall = new AbortController()
    await using session = driver.session({ signal: ofSession.signal })
    const first = session.run('CALL slow()', {}, { signal: ofCall.signal })
    await vi.waitFor(() => expect(server.calls.length).toBe(1))
    ofCall.abort(new Error('this one only'))
    await expect(first).rejects.toThrow('this one only')
    const second = session.run('CALL slow()', {}, { signal: new AbortController().signal })
    await vi.waitFor(() => expect(server.calls.length).toBe(2))
    ofSession.abort(new Error('everything'))
    await expect(second).rejects.toThrow('everything')
  })
})

it('the timeout of a session is that of transactions without one of their own', async () => {
  await using server = await startScripted()
  server.when('RETURN 1').returns([])
  await using driver = GraphDatabase.driver(server.uri)
  await using session = driver.session({ timeout: 7000 })
  await session.run('RETURN 1')
  await session.executeRead((tx) => tx.run('RETURN 1').consume())
  await session.executeRead((tx) => tx.run('RETURN 1').consume(), { timeout: 10 })
  await session.run('RETURN 1', {}, { timeout: 0 }).consume()
  expect(server.calls.map(({ timeout }) => timeout)).toEqual([7000, 7000, 10, 0])
})

it('the settings of a call win over those of its query or work, key by key', async () => {
  await using server = await startScripted()
  server.when('RETURN 1').returns([])
  await using driver = GraphDatabase.driver(server.uri)
  await using session = driver.session({ timeout: 7000 })
  const given = { timeout: 5, metadata: { a: 1 } }
  const query = new Query('RETURN 1', given)
  await session.run(query).consume()
  await session.run(query, {}, { timeout: 0 }).consume()
  await session.run(query, {}, { metadata: { b: 2 } }).consume()
  const work = unitOfWork(given)((tx: ManagedTransaction) => tx.run('RETURN 1').consume())
  await session.executeRead(work, { timeout: 10 })
  expect(server.calls.map(({ timeout, metadata }) => [timeout, metadata])).toEqual([
    [5, { a: 1 }],
    [0, { a: 1 }],
    [5, { b: 2 }],
    [10, { a: 1 }],
  ])
})

describe('the time for a server to catch up with bookmarks', () => {
  const future = Bookmarks.fromRawValues(['cluster:1000'])
  const manager = () => GraphDatabase.bookmarkManager({ initialBookmarks: future })
  const forms: readonly [string, (driver: Driver, bookmarkTimeout: number) => Promise<unknown>][] = [
    [
      'executeQuery',
      (driver, bookmarkTimeout) =>
        driver.executeQuery('READ', {}, { routing: 'READ', bookmarkManager: manager(), bookmarkTimeout }),
    ],
    ['run', (driver, bookmarkTimeout) => session(driver, bookmarkTimeout).run('READ').consume()],
    [
      'executeRead',
      (driver, bookmarkTimeout) => session(driver, bookmarkTimeout).executeRead((tx) => tx.run('READ').consume()),
    ],
    ['beginTransaction', (driver, bookmarkTimeout) => session(driver, bookmarkTimeout).beginTransaction()],
  ]
  const session = (driver: Driver, bookmarkTimeout: number) =>
    driver.session({ bookmarks: future, defaultAccessMode: 'READ', bookmarkTimeout })

  it.each(forms)('ends %s, which says so and leaves the connection free', async (_name, use) => {
    await using cluster = await startCluster({ readers: 1 })
    cluster.when('READ').reads(() => [])
    await using driver = GraphDatabase.driver(cluster.uri)
    await expect(use(driver, 20)).rejects.toMatchObject({
      name: 'BookmarkTimeoutError',
      isRetryable: false,
      message: expect.stringMatching(/within 20 ms \(bookmarkTimeout\)/),
    })
    await vi.waitFor(() => expect(inUse(driver)).toBe(0))
    expect(cluster.members.map(({ queries }) => queries)).toEqual([0, 0, 0])
  })

  it('is not the time of the query itself, and is none where there are no bookmarks', async () => {
    await using server = await startScripted()
    server.when('SLOW').delays(1_100).returns([])
    server.when('SLOWER THAN 1 MS').delays(20).returns([])
    await using driver = GraphDatabase.driver(server.uri)
    await driver.executeQuery('SLOW', {}, { bookmarkManager: manager(), bookmarkTimeout: 1_000 })
    await driver.session({ bookmarkTimeout: 1 }).run('SLOWER THAN 1 MS').consume()
    expect(server.calls.length).toBe(2)
  })
})

it('metadata that cannot be sent is refused as such, also where there are bookmarks to wait for', async () => {
  await using server = await startScripted()
  server.when('RETURN 1').returns([])
  await using driver = GraphDatabase.driver(server.uri)
  await using session = driver.session({ bookmarks: Bookmarks.fromRawValues(['a']), bookmarkTimeout: 1000 })
  const unsendable = { metadata: { x: '\ud800' } }
  await expect(session.beginTransaction(unsendable)).rejects.toMatchObject({ name: 'ParameterError' })
  await session.run('RETURN 1').consume()
  expect(inUse(driver)).toBe(0)
})
