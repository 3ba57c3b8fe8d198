import { describe, expect, it, vi } from 'vitest'
import { CypherDate } from './date.ts'
import { DateTime } from './date-time.ts'
import { Duration } from './duration.ts'
import { float } from './float.ts'
import { Graph, GraphNode, Relationship } from './graph.ts'
import {
  brandOf,
  isDate,
  isDateTime,
  isDuration,
  isLocalDateTime,
  isLocalTime,
  isNode,
  isPath,
  isPoint,
  isRelationship,
  isTime,
  isUnsupportedType,
  isUuid,
  isVector,
} from './guards.ts'
import { LocalDateTime } from './local-date-time.ts'
import { LocalTime } from './local-time.ts'
import { GraphPath } from './path.ts'
import { CartesianPoint, Point, WGS84Point } from './point.ts'
import { Time } from './time.ts'
import { UnsupportedType } from './unsupported-type.ts'
import { uuid } from './uuid.ts'
import { vector } from './vector.ts'

const node = new GraphNode('4:x:1', 1, [], {})
const values = {
  Node: node,
  Relationship: new Relationship('5:x:1', 1, 'R', {}, 'a', 'b'),
  Path: new GraphPath([node], []),
  Point: new Point(7203, 1, 2),
  Date: new CypherDate(2024, 7, 1),
  Time: new Time({ utcOffsetSeconds: 0 }),
  LocalTime: new LocalTime({}),
  DateTime: DateTime.fromEpochSecond(0, 0, { utcOffsetSeconds: 0 }),
  LocalDateTime: LocalDateTime.fromEpochSecond(0, 0),
  Duration: new Duration(),
  Vector: vector(Int8Array.of(1)),
  Uuid: uuid('123e4567-e89b-12d3-a456-426614174000'),
  UnsupportedType: new UnsupportedType('UUID', [6, 1]),
}
const guards = {
  Node: isNode,
  Relationship: isRelationship,
  Path: isPath,
  Point: isPoint,
  Date: isDate,
  Time: isTime,
  LocalTime: isLocalTime,
  DateTime: isDateTime,
  LocalDateTime: isLocalDateTime,
  Duration: isDuration,
  Vector: isVector,
  Uuid: isUuid,
  UnsupportedType: isUnsupportedType,
}
type Name = keyof typeof values
const names = Object.keys(values) as Name[]

describe('guards', () => {
  it.each(names)('is%s knows its own kind and no other', (name) => {
    const guard = guards[name]
    expect(names.filter((other) => guard(values[other]))).toEqual([name])
    expect(brandOf(values[name])).toBe(name)
    for (const other of [null, undefined, 1, 'Node', {}, [], new Date(0), new Map()]) expect(guard(other)).toBe(false)
  })

  it('know subclasses, and have names for the other kinds', () => {
    expect(isPoint(new CartesianPoint(1, 2)) && isPoint(new WGS84Point(1, 2))).toBe(true)
    expect(brandOf(float(1))).toBe('Float')
    expect(brandOf(Graph.of([]))).toBe('Graph')
    expect(brandOf(new Date(0))).toBeUndefined()
  })

  it('know the values of another copy of the package, which equal those of this one', async () => {
    vi.resetModules()
    const copy = await import('./date.ts')
    const copyOfGraph = await import('./graph.ts')
    expect(copy.CypherDate).not.toBe(CypherDate)
    const date = new copy.CypherDate(2024, 7, 1)
    expect(date instanceof CypherDate).toBe(false)
    expect(isDate(date)).toBe(true)
    expect(values.Date.equals(date) && date.equals(values.Date)).toBe(true)
    expect(CypherDate.compare(date, values.Date)).toBe(0)
    const foreign = new copyOfGraph.GraphNode('4:x:1', 1, [], {})
    expect(node.equals(foreign)).toBe(true)
    expect(Graph.of([foreign]).nodes.size).toBe(1)
  })
})
