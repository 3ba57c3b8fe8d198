import { describe, expect, it } from 'vitest'
import { BrokenRecordError } from '../errors/index.ts'
import { BrokenField } from '../values/broken-field.ts'
import { CypherDate } from '../values/date.ts'
import { DateTime } from '../values/date-time.ts'
import { GraphNode, Relationship } from '../values/graph.ts'
import { GraphPath } from '../values/path.ts'
import { toColumns } from './columns.ts'
import { BoltRecord, recordOf } from './record.ts'
import { RecordShape } from './record-shape.ts'

function columns(rows: { [key: string]: unknown }[], options = {}) {
  return toColumns(
    Object.keys(rows[0] ?? {}),
    rows.map((row) => new BoltRecord(row)),
    options,
  )
}

const node = new GraphNode<{ [name: string]: unknown }>('4:a:1', 1, ['Person'], {
  name: 'Ada',
  'odd.name': [1, { x: 2 }],
})
const relationship = new Relationship<{ [name: string]: unknown }>(
  '5:a:7',
  7,
  'KNOWS',
  { since: 1833 },
  '4:a:1',
  '4:a:2',
)

describe('plain columns', () => {
  it('hold the values of each key', () => {
    expect(
      columns([
        { n: 1, m: 2 },
        { n: 3, m: null },
      ]),
    ).toEqual({ n: [1, 3], m: [2, null] })
  })

  it('exist for each key when there are no records', () => {
    expect(toColumns(['n', 'm'], [])).toEqual({ n: [], m: [] })
    expect(toColumns(['n', 'm.x'], [], { expand: true })).toEqual({ n: [], 'm\\.x': [] })
  })

  it('keep names and values unchanged', () => {
    expect(columns([{ 'n.x\\': node }])).toEqual({ 'n.x\\': [node] })
  })

  it('reject an unknown option', () => {
    expect(() => columns([], { expnd: true })).toThrow(/"expnd".*"expand"/)
    expect(columns([{ n: [1] }], { expand: undefined, parseDates: null })).toEqual({ n: [[1]] })
    expect(toColumns(['n'], [], null)).toEqual({ n: [] })
  })

  it('keep a key called __proto__', () => {
    expect(Object.keys(toColumns(['__proto__'], [new BoltRecord([['__proto__', 1]])]))).toEqual(['__proto__'])
  })

  it('raise for a field that could not be decoded', () => {
    const record = recordOf(new RecordShape(['n']), [new BrokenField('too large')])
    expect(() => toColumns(['n'], [record])).toThrow(BrokenRecordError)
    expect(() => toColumns(['n'], [record], { expand: true })).toThrow(BrokenRecordError)
  })
})

describe('expanded columns', () => {
  const expanded = (...rows: { [key: string]: unknown }[]) => columns(rows, { expand: true })

  it('spread nodes', () => {
    expect(expanded({ n: node })).toEqual({
      'n().element_id': ['4:a:1'],
      'n().labels': [['Person']],
      'n().prop.name': ['Ada'],
      'n().prop.odd.name': [[1, { x: 2 }]],
    })
  })

  it('spread relationships', () => {
    expect(expanded({ r: relationship })).toEqual({
      'r->.element_id': ['5:a:7'],
      'r->.start.element_id': ['4:a:1'],
      'r->.end.element_id': ['4:a:2'],
      'r->.type': ['KNOWS'],
      'r->.prop.since': [1833],
    })
  })

  it('spread lists and maps at any depth', () => {
    expect(expanded({ x: [{ foo: 'bar', baz: [42, 0] }, 'foobar'] })).toEqual({
      'x[].0{}.foo': ['bar'],
      'x[].0{}.baz[].0': [42],
      'x[].0{}.baz[].1': [0],
      'x[].1': ['foobar'],
    })
    expect(Object.keys(expanded({ x: [node] }))).toContain('x[].0().prop.name')
  })

  it('escape dots and backslashes in variables and keys of maps', () => {
    expect(expanded({ 'n.m\\': { 'a.b': 1, 'c\\': 2 } })).toEqual({
      'n\\.m\\\\{}.a\\.b': [1],
      'n\\.m\\\\{}.c\\\\': [2],
    })
  })

  it('keep all other values whole', () => {
    const path = new GraphPath([node], [])
    const bytes = new Uint8Array([1])
    expect(expanded({ path, bytes, text: 'x', nothing: null })).toEqual({
      path: [path],
      bytes: [bytes],
      text: ['x'],
      nothing: [null],
    })
  })

  it('hold null where a record has no value', () => {
    expect(expanded({ x: [1] }, { x: null }, { x: [2, 3] }, { x: { k: 4 } })).toEqual({
      'x[].0': [1, null, 2, null],
      x: [null, null, null, null],
      'x[].1': [null, null, 3, null],
      'x{}.k': [null, null, null, 4],
    })
  })
})

describe('parsed dates', () => {
  const noon = DateTime.parse('2024-07-01T12:00:00+02:00')
  const day = new CypherDate(2024, 7, 1)

  it('convert columns of dates and null to JavaScript dates', () => {
    expect(columns([{ at: noon }, { at: null }, { at: day }], { parseDates: true })).toEqual({
      at: [new Date('2024-07-01T10:00:00Z'), null, new Date('2024-07-01T00:00:00Z')],
    })
  })

  it('leave columns with other values unchanged', () => {
    expect(
      columns(
        [
          { at: noon, n: 1 },
          { at: 'later', n: null },
        ],
        { parseDates: true },
      ),
    ).toEqual({ at: [noon, 'later'], n: [1, null] })
  })

  it('also apply to expanded columns', () => {
    expect(columns([{ m: { at: noon } }, { m: {} }], { parseDates: true, expand: true })).toEqual({
      'm{}.at': [new Date('2024-07-01T10:00:00Z'), null],
    })
  })

  it('stay Cypher dates without the option', () => {
    expect(columns([{ at: noon }])['at']).toEqual([noon])
  })
})
