import { describe, expect, it, vi } from 'vitest'
import { ConfigurationError } from '../errors/index.ts'
import { Bookmarks } from '../values/bookmarks.ts'
import { type BookmarkManager, createBookmarkManager, isBookmarkManager } from './bookmark-manager.ts'

async function held(manager: BookmarkManager): Promise<string[]> {
  return [...(await manager.getBookmarks())].sort()
}

describe('the bookmark manager', () => {
  it('starts without bookmarks, or with initialBookmarks', async () => {
    expect(await held(createBookmarkManager())).toEqual([])
    expect(await held(createBookmarkManager({ initialBookmarks: ['a', 'b', 'a', ''] }))).toEqual(['a', 'b'])
    expect(await held(createBookmarkManager({ initialBookmarks: Bookmarks.fromRawValues(['c']) }))).toEqual(['c'])
    expect(await held(createBookmarkManager({ initialBookmarks: null, bookmarksSupplier: null }))).toEqual([])
  })

  it('replaces the bookmarks that a transaction began with by the one that it returned', async () => {
    const manager = createBookmarkManager({ initialBookmarks: ['a', 'b', 'c'] })
    await manager.updateBookmarks(['a', 'b', 'unknown'], ['d'])
    expect(await held(manager)).toEqual(['c', 'd'])
  })

  it('keeps the bookmarks of concurrent transactions', async () => {
    const manager = createBookmarkManager({ initialBookmarks: ['start'] })
    await manager.updateBookmarks(['start'], ['one'])
    await manager.updateBookmarks(['start'], ['two'])
    expect(await held(manager)).toEqual(['one', 'two'])
  })

  it('keeps its bookmarks when a transaction returned none', async () => {
    const bookmarksConsumer = vi.fn()
    const manager = createBookmarkManager({ initialBookmarks: ['a'], bookmarksConsumer })
    await manager.updateBookmarks(['a'], [])
    await manager.updateBookmarks(['a'], [''])
    expect(await held(manager)).toEqual(['a'])
    expect(bookmarksConsumer).not.toHaveBeenCalled()
  })

  it('calls its consumer after a transaction that returned the bookmark it was sent', async () => {
    const bookmarksConsumer = vi.fn()
    const manager = createBookmarkManager({ initialBookmarks: ['a'], bookmarksConsumer })
    await manager.updateBookmarks(['a'], ['a'])
    expect(await held(manager)).toEqual(['a'])
    expect(bookmarksConsumer.mock.calls.map(([bookmarks]) => bookmarks.rawValues)).toEqual([['a']])
  })

  it('returns no promise when its callbacks return none', () => {
    const manager = createBookmarkManager({ bookmarksSupplier: () => Bookmarks.fromRawValues(['s']) })
    expect(manager.getBookmarks()).toEqual(['s'])
    expect(manager.updateBookmarks([], ['a'])).toBeUndefined()
  })
})

describe('the supplier of bookmarks', () => {
  it('adds its bookmarks to those of the manager, which does not keep them', async () => {
    let round = 0
    const bookmarksConsumer = vi.fn()
    const manager = createBookmarkManager({
      initialBookmarks: ['own'],
      bookmarksSupplier: async () => Bookmarks.fromRawValues([`round ${++round}`, 'own']),
      bookmarksConsumer,
    })
    expect(await held(manager)).toEqual(['own', 'round 1'])
    expect(await held(manager)).toEqual(['own', 'round 2'])
    await manager.updateBookmarks(['own', 'round 2'], ['new'])
    expect(bookmarksConsumer.mock.calls.map(([bookmarks]) => bookmarks.rawValues)).toEqual([['new']])
  })

  it('rejects getBookmarks() with its own error', async () => {
    const failure = new Error('store is down')
    const manager = createBookmarkManager({ bookmarksSupplier: () => Promise.reject(failure) })
    await expect(held(manager)).rejects.toBe(failure)
  })

  it('must return Bookmarks', async () => {
    const manager = createBookmarkManager({ bookmarksSupplier: () => ['a'] as never })
    await expect(held(manager)).rejects.toThrow(
      /bookmarksSupplier must return Bookmarks, but it returned an array of 1/,
    )
  })
})

describe('the consumer of bookmarks', () => {
  it('gets the whole set after each change, and the manager waits for it', async () => {
    const received: Bookmarks[] = []
    let finished = false
    const manager = createBookmarkManager({
      initialBookmarks: ['a', 'b'],
      bookmarksConsumer: async (bookmarks) => {
        received.push(bookmarks)
        await new Promise((resolve) => setImmediate(resolve))
        finished = true
      },
    })
    await manager.updateBookmarks(['a'], ['c'])
    expect(finished).toBe(true)
    expect(received).toHaveLength(1)
    expect(received[0]).toBeInstanceOf(Bookmarks)
    expect(received[0]?.equals(Bookmarks.fromRawValues(['b', 'c']))).toBe(true)
  })
})

describe('the settings of a bookmark manager', () => {
  it.each([
    [{ initialBookmarks: 'FB:abc' }, /initialBookmarks/],
    [{ initialBookmarks: [1] }, /initialBookmarks/],
    [{ bookmarksSupplier: [] }, /bookmarksSupplier must be a function/],
    [{ bookmarksConsumer: 'x' }, /bookmarksConsumer must be a function/],
    [{ bookmarkSupplier: () => 1 }, /"bookmarkSupplier"; did you mean "bookmarksSupplier"/],
  ])('refuse %o', (config, message) => {
    expect(() => createBookmarkManager(config as never)).toThrow(ConfigurationError)
    expect(() => createBookmarkManager(config as never)).toThrow(message)
  })
})

it('a manager is recognised by its methods', () => {
  expect(isBookmarkManager(createBookmarkManager())).toBe(true)
  expect(isBookmarkManager({ getBookmarks: () => [], updateBookmarks: () => undefined })).toBe(true)
  for (const value of [null, undefined, 'x', {}, { getBookmarks: () => [] }])
    expect(isBookmarkManager(value)).toBe(false)
})
