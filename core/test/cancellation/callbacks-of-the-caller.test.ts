import { type ScriptedServer, startScripted } from '@boltline/embedded'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type AuthManager,
  type BookmarkManager,
  Bookmarks,
  BookmarkUpdateError,
  type Driver,
  GraphDatabase,
} from '../../src/index.ts'
import { rejectionOf } from '../support/rejection.ts'

let server: ScriptedServer
let driver: Driver
beforeAll(async () => {
  server = await startScripted()
  server.when('Q').returns([{ x: 1 }])
  driver = GraphDatabase.driver(server.uri, { maxTransactionRetryTime: 0 })
})
afterAll(async () => {
  expect(driver.poolMetrics()).toMatchObject([{ inUse: 0, created: 1, closed: 0 }])
  await driver.close()
  await server.close()
})

const own = new Error('of the caller')
const fail = (): never => {
  throw own
}
/** A thenable that is not a `Promise`. */
const later = <T>(value: T) =>
  ({
    // biome-ignore lint/suspicious/noThenProperty: that's what it is about
    then: (resolve: (value: T) => void) => queueMicrotask(() => resolve(value)),
  }) as unknown as Promise<T>

const uses: Readonly<Record<string, (bookmarkManager: BookmarkManager) => Promise<unknown>>> = {
  run: async (bookmarkManager) => {
    const session = driver.session({ bookmarkManager })
    try {
      return await session.run('Q').value()
    } finally {
      await session.close()
    }
  },
  executeWrite: async (bookmarkManager) => {
    await using session = driver.session({ bookmarkManager })
    return await session.executeWrite((tx) => tx.run('Q').value())
  },
  beginTransaction: async (bookmarkManager) => {
    await using session = driver.session({ bookmarkManager })
    const tx = await session.beginTransaction()
    const value = await tx.run('Q').value()
    await tx.commit()
    return value
  },
  executeQuery: async (bookmarkManager) =>
    driver.executeQuery('Q', {}, { bookmarkManager, resultTransformer: (result) => result.value() }),
}

describe.each(Object.keys(uses))('A bookmark manager, used by %s,', (name) => {
  const use = uses[name] as (bookmarkManager: BookmarkManager) => Promise<unknown>

  it('may throw or reject in getBookmarks: the call rejects with that error and the connection is kept', async () => {
    for (const failing of [fail, async () => fail()]) {
      expect(await rejectionOf(use({ getBookmarks: failing, updateBookmarks: () => undefined }))).toBe(own)
      expect(await rejectionOf(use(GraphDatabase.bookmarkManager({ bookmarksSupplier: failing })))).toBe(own)
    }
  })

  it('may throw or reject after the commit: the call rejects with an error that says that the work is committed', async () => {
    for (const failing of [fail, async () => fail()]) {
      for (const manager of [
        { getBookmarks: () => [], updateBookmarks: failing },
        GraphDatabase.bookmarkManager({ bookmarksConsumer: failing }),
      ]) {
        const error = await rejectionOf(use(manager))
        expect(error).toBeInstanceOf(BookmarkUpdateError)
        expect(error).toMatchObject({
          isRetryable: false,
          message: expect.stringContaining('is committed'),
          cause: own,
        })
      }
    }
  })

  it('is refused when it returns anything but strings', async () => {
    for (const nonsense of [5, null, undefined, 'abc', [5], [undefined], {}]) {
      const manager = { getBookmarks: () => nonsense as never, updateBookmarks: () => undefined }
      const error = await rejectionOf(use(manager))
      expect(error).toMatchObject({ name: 'ConfigurationError', message: expect.stringContaining('getBookmarks()') })
    }
  })

  it('may return any thenable', async () => {
    const told: string[][] = []
    const supplier = GraphDatabase.bookmarkManager({
      bookmarksSupplier: () => later(Bookmarks.fromRawValues(['supplied'])),
      bookmarksConsumer: (bookmarks) => {
        told.push([...bookmarks.rawValues])
        return later(undefined)
      },
    })
    expect(await use(supplier)).toEqual([1])
    expect(told.length).toBe(1)
    expect(server.calls.at(-1)?.bookmarks).toEqual(['supplied'])
    const manager = { getBookmarks: () => later(['managed']), updateBookmarks: () => later(undefined) }
    expect(await use(manager)).toEqual([1])
    expect(server.calls.at(-1)?.bookmarks).toEqual(['managed'])
  })
})

it('An auth manager may return any thenable', async () => {
  const auth: AuthManager = {
    getAuth: () => later(['neo4j', 'secret'] as const),
    handleSecurityException: () => later(false),
  }
  await using authenticated = GraphDatabase.driver(server.uri, { auth })
  expect((await authenticated.executeQuery('Q')).records.length).toBe(1)
  expect(server.calls.at(-1)?.user).toBe('neo4j')
})
