import { C, query, S } from '@boltline/embedded'
import { describe, expect, it } from 'vitest'
import { GraphDatabase } from '../../src/index.ts'
import { OwnTable } from '../support/routed-play.ts'

const extra = (expected: Record<string, unknown>) => C.run((fields) => expect(fields[2]).toEqual(expected))
const answered = (db: string, x: number) => [C.pull(), S.success({ fields: ['x'], db }), S.record(x), S.success({ db })]
const forHome = (fields: readonly unknown[]) => expect(fields[2]).toEqual({})

async function values(uri: string, times: number): Promise<unknown[]> {
  await using driver = GraphDatabase.driver(uri)
  const found: unknown[] = []
  for (let i = 0; i < times; i++) {
    await using session = driver.session()
    found.push(await session.run('RETURN x').value())
  }
  return found
}

describe('Work that names no database, on Bolt 5.8,', () => {
  it('requests a routing table once with server-side routing, and names no database afterwards', async () => {
    const table = new OwnTable()
    await using play = await table.start(
      [
        [
          ...table.asked(forHome),
          extra({ db: 'films' }),
          ...answered('films', 1),
          extra({}),
          ...answered('films', 2),
          extra({}),
          ...answered('films', 3),
        ],
      ],
      { version: '5.8', greeting: { hints: { 'ssr.enabled': true } } },
    )
    expect(await values(play.routed, 3)).toEqual([[1], [2], [3]])
    await play.done()
  })

  it('requests a routing table each time without server-side routing', async () => {
    const table = new OwnTable()
    const round = (x: number) => [...table.asked(forHome), extra({ db: 'films' }), ...answered('films', x)]
    await using play = await table.start([[...round(1), ...round(2)]], { version: '5.8' })
    expect(await values(play.routed, 2)).toEqual([[1], [2]])
    await play.done()
  })

  it('uses the database that the server chose first for the whole session', async () => {
    const table = new OwnTable()
    await using play = await table.start(
      [
        [
          ...table.asked(forHome),
          extra({ db: 'films' }),
          ...answered('films', 1),
          extra({}),
          ...answered('books', 2),
          // The home database has changed since: the session keeps the first one and requests its routing table.
          ...table.asked((fields) => expect(fields[2]).toEqual({ db: 'books' }), 'books'),
          extra({ db: 'books' }),
          ...answered('books', 3),
        ],
      ],
      { version: '5.8', greeting: { hints: { 'ssr.enabled': true } } },
    )
    await using driver = GraphDatabase.driver(play.routed)
    expect(await driver.session().run('RETURN x').value()).toEqual([1])
    await using session = driver.session()
    expect(await session.run('RETURN x').value()).toEqual([2])
    expect(await session.run('RETURN x').value()).toEqual([3])
    await play.done()
  })
})

describe('Work that names no database, on older versions,', () => {
  it.each(['5.7', '4.4'])('uses the database named in the routing table (%s)', async (version) => {
    const table = new OwnTable()
    const script = [...table.asked(forHome), extra({ db: 'films' }), ...query(['x'], [[1]]).slice(1)]
    await using play = await table.start([script], { version })
    expect(await values(play.routed, 1)).toEqual([[1]])
    await play.done()
  })
})
