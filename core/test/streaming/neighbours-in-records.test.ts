import { Structure } from '@boltline/core/codec'
import { query, startPlay } from '@boltline/embedded'
import { expect, it } from 'vitest'
import { GraphDatabase, type Node, type Relationship } from '../../src/index.ts'

// A relationship finds its ends among the values of its own record, wherever in it both stand.

const node = (id: number, round: number) => new Structure(0x4e, [id, ['Person'], { round }, `4:x:${id}`])
const knows = (from: number, to: number) =>
  new Structure(0x52, [9, from, to, 'KNOWS', {}, '5:x:9', `4:x:${from}`, `4:x:${to}`])
const filled = (count: number, value: unknown) => new Array(count).fill(value)

/** Where the two nodes and the relationship stand: values of a record, of some round. */
const places: readonly (readonly [where: string, record: (round: number) => readonly unknown[]])[] = [
  ['plain fields', (round) => [1, 'text', knows(1, 2), null, node(1, round), node(2, round)]],
  ['a list', (round) => [1, [node(1, round), knows(1, 2), node(2, round)]]],
  [
    'lists of more than 15, 255 and 65,535 values',
    (round) => [
      [...filled(20, 0), node(1, round)],
      [...filled(300, 0), knows(1, 2)],
      [...filled(70_000, 0), node(2, round)],
    ],
  ],
  ['a map', (round) => [true, { a: node(1, round), r: knows(1, 2), b: node(2, round) }]],
  [
    'maps of more than 15 and 255 entries',
    (round) => [
      { ...Object.fromEntries(filled(20, 0).map((zero, i) => [`k${i}`, zero])), a: node(1, round), r: knows(1, 2) },
      { ...Object.fromEntries(filled(300, 0).map((zero, i) => [`k${i}`, zero])), b: node(2, round) },
    ],
  ],
]

it.each(places)('in %s', async (_where, record) => {
  const rows = [record(1), record(2), record(3)]
  await using play = await startPlay([query(rows[0]?.map((_, i) => `c${i}`) ?? [], rows)])
  await using driver = GraphDatabase.driver(play.uri)
  await using session = driver.session()
  const records = await session.run('RETURN …').fetch(3)
  expect(records.length).toBe(3)
  for (const [i, read] of records.entries()) {
    const found = relationshipIn([...read.values()]) as Relationship
    const ends = [found.startNode, found.endNode] as (Node | null)[]
    expect(ends.map((end) => [end?.elementId, end?.properties['round']])).toEqual([
      ['4:x:1', i + 1],
      ['4:x:2', i + 1],
    ])
  }
})

function relationshipIn(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return undefined
  if ('type' in value && value.type === 'KNOWS') return value
  if ('labels' in value) return undefined
  return Object.values(value)
    .map(relationshipIn)
    .find((found) => found !== undefined)
}
