import { C, query, S, startPlay } from '@boltline/embedded'
import { describe, expect, it } from 'vitest'
import { Bookmarks, GraphDatabase } from '../../src/index.ts'
import { rejectionOf } from '../support/rejection.ts'
import { OwnTable } from '../support/routed-play.ts'

const begin = (...bookmarks: string[]) =>
  C.begin(([extra]) => expect((extra as { bookmarks?: string[] }).bookmarks).toEqual(bookmarks))

describe('A bookmark manager of the user', () => {
  it('gets the bookmarks that were sent, even if it changed the array that it returned', async () => {
    const list = ['one', 'two', 'one', '']
    const told: unknown[] = []
    const bookmarkManager = {
      getBookmarks: () => list,
      updateBookmarks: (previous: Iterable<string>, next: Iterable<string>) =>
        void told.push([[...previous], [...next]]),
    }
    await using play = await startPlay([
      [
        begin('one', 'two'),
        S.wait(async () => void list.push('later')),
        S.success(),
        ...query(['x'], [[1]]),
        C.commit(),
        S.success({ bookmark: 'three' }),
      ],
    ])
    await using driver = GraphDatabase.driver(play.uri)
    await using session = driver.session({ bookmarkManager })
    await session.executeWrite((tx) => tx.run('Q').consume())
    expect(told).toEqual([[['one', 'two'], ['three']]])
    await play.done()
  })
})

describe('A supplier of bookmarks', () => {
  it('is called when a router is asked, and again when the transaction begins', async () => {
    let asked = 0
    const manager = GraphDatabase.bookmarkManager({
      initialBookmarks: ['own'],
      bookmarksSupplier: async () => Bookmarks.fromRawValues([`supplied ${++asked}`]),
    })
    const table = new OwnTable()
    const route = table.asked((fields) => expect(fields[1]).toEqual(['own', 'supplied 1']))
    const transaction = (bookmark: string) => [S.success(), ...query(['x'], [[1]]), C.commit(), S.success({ bookmark })]
    await using play = await table.start([
      [
        ...route,
        begin('own', 'supplied 2'),
        ...transaction('first'),
        begin('first', 'supplied 3'),
        ...transaction('second'),
      ],
    ])
    await using driver = GraphDatabase.driver(play.routed)
    await using session = driver.session({ database: 'films', bookmarkManager: manager })
    for (const _ of ['cold', 'warm']) {
      const tx = await session.beginTransaction()
      await tx.run('Q')
      await tx.commit()
    }
    expect(asked).toBe(3)
    await play.done()
  })

  it('that fails after the connection was acquired releases the connection', async () => {
    const failure = new Error('store is down')
    let asked = 0
    const manager = GraphDatabase.bookmarkManager({
      bookmarksSupplier: () => (++asked === 2 ? Promise.reject(failure) : Bookmarks.fromRawValues([])),
    })
    const table = new OwnTable()
    await using play = await table.start([[...table.asked(), ...query(['x'], [[1]])]])
    await using driver = GraphDatabase.driver(play.routed)
    await using session = driver.session({ database: 'films', bookmarkManager: manager })
    expect(await rejectionOf(session.run('Q'))).toBe(failure)
    expect(driver.poolMetrics()).toMatchObject([{ inUse: 0, idle: 1 }])
    await session.run('Q').consume()
    await play.done()
  })
})
