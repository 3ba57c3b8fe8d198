import { type ScriptedServer, startScripted } from '@boltline/embedded'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import {
  type BookmarkManager,
  BookmarkUpdateError,
  type Driver,
  GraphDatabase,
  isRetryable,
  ServiceUnavailable,
  type Session,
  SessionError,
} from '../../src/index.ts'
import { ManualClock, useClock } from '../../src/testing.ts'
import { rejectionOf } from '../support/rejection.ts'

// Work whose COMMIT the server has acknowledged is done: what fails afterwards must neither repeat it nor look like its failure.

async function started(): Promise<{ server: ScriptedServer; driver: Driver }> {
  const server = await startScripted()
  server.when('Q').returns([{ x: 1 }])
  const driver = GraphDatabase.driver(server.uri)
  onTestFinished(async () => {
    await driver.close()
    await server.close()
  })
  return { server, driver }
}

interface Use {
  readonly name: string
  /** Runs the query `Q` once. Gives the session, where the caller has one. */
  readonly work: (driver: Driver, bookmarkManager: BookmarkManager, session: Session) => Promise<unknown>
}

const neverRetried = (): never => {
  throw new Error('committed work was about to be tried again')
}
const uses: readonly Use[] = [
  { name: 'executeQuery', work: (driver, bookmarkManager) => driver.executeQuery('Q', {}, { bookmarkManager }) },
  {
    name: 'executeQuery with routing READ',
    work: (driver, bookmarkManager) => driver.executeQuery('Q', {}, { bookmarkManager, routing: 'READ' }),
  },
  {
    name: 'executeQuery with a transformer',
    work: (driver, bookmarkManager) =>
      driver.executeQuery('Q', {}, { bookmarkManager, routing: 'READ', resultTransformer: (result) => result.value() }),
  },
  {
    name: 'executeRead',
    work: (_driver, _manager, session) => session.executeRead((tx) => tx.run('Q').consume(), { onRetry: neverRetried }),
  },
  {
    name: 'executeWrite',
    work: (_driver, _manager, session) =>
      session.executeWrite((tx) => tx.run('Q').consume(), { onRetry: neverRetried }),
  },
  {
    name: 'tx.commit()',
    work: async (_driver, _manager, session) => {
      const tx = await session.beginTransaction()
      try {
        await tx.run('Q').consume()
        await tx.commit()
      } catch (error) {
        await tx.rollback()
        throw error
      }
    },
  },
  { name: 'session.run and consume()', work: (_driver, _manager, session) => session.run('Q').consume() },
  { name: 'session.run and value()', work: (_driver, _manager, session) => session.run('Q').value() },
  {
    name: 'session.run and session.close()',
    work: async (_driver, _manager, session) => {
      await session.run('Q')
      await session.close()
    },
  },
]

const foreign = Object.assign(new Error('deadlock in the store'), { isRetryable: true, retryable: true })
const failures: readonly [string, unknown][] = [
  ['an error of this driver that may be retried', new ServiceUnavailable('the store is a Neo4j that is out of reach')],
  ['an error of another driver that may be retried', foreign],
  ['a plain error', new Error('no space left')],
  ['a value that is no error', 'no space left'],
  ['null', null],
]
const managers: readonly [string, (failure: unknown) => BookmarkManager][] = [
  [
    'bookmarksConsumer throws',
    (failure) =>
      GraphDatabase.bookmarkManager({
        bookmarksConsumer: () => {
          throw failure
        },
      }),
  ],
  [
    'bookmarksConsumer rejects',
    (failure) => GraphDatabase.bookmarkManager({ bookmarksConsumer: () => Promise.reject(failure) }),
  ],
  [
    'updateBookmarks throws',
    (failure) => ({
      getBookmarks: () => [],
      updateBookmarks: () => {
        throw failure
      },
    }),
  ],
  [
    'updateBookmarks rejects',
    (failure) => ({ getBookmarks: () => [], updateBookmarks: () => Promise.reject(failure) }),
  ],
]

describe.each(uses)('Work by $name that is committed', ({ name, work }) => {
  it.each(managers)('is done once and rejects with BookmarkUpdateError where %s', async (_how, managerOf) => {
    const { server, driver } = await started()
    for (const [what, failure] of failures) {
      const bookmarkManager = managerOf(failure)
      const session = driver.session({ bookmarkManager })
      const before = server.calls.length
      const error = await rejectionOf(work(driver, bookmarkManager, session))
      expect(error, what).toBeInstanceOf(BookmarkUpdateError)
      expect(error.message).toContain('The transaction is committed')
      expect(error.cause).toBe(failure)
      expect(error.isRetryable).toBe(false)
      expect(isRetryable(error)).toBe(false)
      expect(server.calls.length - before).toBe(1)
      if (!name.startsWith('executeQuery')) expect(session.lastBookmarks().isEmpty).toBe(false)
      // The failure was thrown, and once is enough.
      await session.close()
    }
    expect(driver.poolMetrics()).toMatchObject([{ inUse: 0, created: 1 }])
  })

  it('rejects with BookmarkUpdateError where the manager has not answered within connectionAcquisitionTimeout', async () => {
    const { server, driver } = await started()
    const manual = new ManualClock(Date.now())
    onTestFinished(useClock(manual))
    const updateBookmarks = vi.fn(() => new Promise<void>(() => undefined))
    const bookmarkManager = { getBookmarks: () => [], updateBookmarks }
    const session = driver.session({ bookmarkManager })
    const outcome = rejectionOf(work(driver, bookmarkManager, session))
    await vi.waitFor(() => expect(updateBookmarks).toHaveBeenCalled())
    manual.tick(60_000)
    const error = await outcome
    expect(error).toBeInstanceOf(BookmarkUpdateError)
    expect(error.cause).toMatchObject({
      name: 'ConnectionAcquisitionTimeoutError',
      message: expect.stringContaining('60000 ms (connectionAcquisitionTimeout)'),
    })
    expect(server.calls.length).toBe(1)
    await session.close()
  })

  it('ignores its signal while the bookmark manager answers', async () => {
    const { driver } = await started()
    const controller = new AbortController()
    let answer = (): void => undefined
    const bookmarkManager: BookmarkManager = {
      getBookmarks: () => [],
      updateBookmarks: () => {
        controller.abort(new Error('too late'))
        return new Promise<void>((resolve) => {
          answer = resolve
        })
      },
    }
    const session = driver.session({ bookmarkManager })
    const signal = controller.signal
    const withSignal: Readonly<Record<string, () => Promise<unknown>>> = {
      executeQuery: () => driver.executeQuery('Q', {}, { bookmarkManager, signal }),
      'executeQuery with routing READ': () =>
        driver.executeQuery('Q', {}, { bookmarkManager, signal, routing: 'READ' }),
      executeRead: () => session.executeRead((tx) => tx.run('Q').consume(), { signal }),
      executeWrite: () => session.executeWrite((tx) => tx.run('Q').consume(), { signal }),
    }
    const outcome = withSignal[name]?.()
    if (outcome === undefined) return
    await vi.waitFor(() => expect(signal.aborted).toBe(true))
    answer()
    await outcome
    await session.close()
  })
})

it('A failure of the bookmark manager behind an unread result rejects the next call as one that was not made', async () => {
  const { server, driver } = await started()
  const failure = new Error('no space left')
  const bookmarkManager = { getBookmarks: () => [], updateBookmarks: () => Promise.reject(failure) }
  const calls: ((session: Session) => Promise<unknown>)[] = [
    (session) => session.run('Q'),
    (session) => session.beginTransaction(),
    (session) => session.executeWrite((tx) => tx.run('Q').consume()),
  ]
  for (const call of calls) {
    const session = driver.session({ bookmarkManager })
    await session.run('Q')
    const before = server.calls.length
    const error = await rejectionOf(call(session))
    expect(error).toBeInstanceOf(SessionError)
    expect(error.message).toContain('The call was not made')
    expect(error.cause).toBeInstanceOf(BookmarkUpdateError)
    expect(error.cause.cause).toBe(failure)
    expect(server.calls.length).toBe(before)
    await session.close()
  }
})

it('A bookmark manager that never answers does not keep other callers from their work', async () => {
  const { driver } = await started()
  const manual = new ManualClock(Date.now())
  onTestFinished(useClock(manual))
  const bookmarkManager = { getBookmarks: () => [], updateBookmarks: () => new Promise<void>(() => undefined) }
  const stuck = rejectionOf(driver.executeQuery('Q', {}, { bookmarkManager }))
  await vi.waitFor(() => expect(manual.pending).toBeGreaterThan(0))
  expect((await driver.executeQuery('Q')).records.length).toBe(1)
  manual.tick(60_000)
  expect(await stuck).toBeInstanceOf(BookmarkUpdateError)
})
