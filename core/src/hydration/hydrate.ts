/**
 * Turns structures into values of the API, field by field from the received bytes.
 *
 * The version's row decides which structures exist and how many fields they have. A malformed structure raises `Mismatch` (or a
 * value class's `RangeError`): the unpacker then marks the record's field as broken.
 */

import { Mismatch, type StructureReader, type Unpacker } from '../packstream/unpack.ts'
import { CypherDate } from '../values/date.ts'
import { DateTime } from '../values/date-time.ts'
import { Duration } from '../values/duration.ts'
import { GraphNode, Relationship } from '../values/graph.ts'
import { LocalDateTime } from '../values/local-date-time.ts'
import { LocalTime } from '../values/local-time.ts'
import { GraphPath } from '../values/path.ts'
import { Point } from '../values/point.ts'
import { Time } from '../values/time.ts'
import { UnsupportedType } from '../values/unsupported-type.ts'
import { Uuid } from '../values/uuid.ts'
import type { WireFeatures } from './features.ts'
import { Labels } from './labels.ts'
import { tags } from './tags.ts'
import { vectorFrom } from './vector.ts'

/** Shared by all connections. */
const allLabels = new Labels()

type Id = number | bigint | null

export class Hydrator implements StructureReader {
  /** Whether date-times travel in UTC; on 4.3 and 4.4 that is known after HELLO. */
  utc: boolean
  readonly #version: WireFeatures
  readonly #elementIds: boolean

  constructor(version: WireFeatures) {
    this.#version = version
    this.#elementIds = version.elementIds
    this.utc = version.utc
  }

  static uuid(bytes: Uint8Array): Uuid {
    return Uuid.fromBytes(bytes)
  }

  read(unpacker: Unpacker, tag: number, size: number): unknown {
    switch (tag) {
      case tags.node:
        return this.#node(unpacker, size)
      case tags.relationship:
        return this.#relationship(unpacker, size)
      case tags.path:
        return this.#path(unpacker, size)
      case tags.date:
        demand(size, 1)
        return CypherDate.fromEpochDay(unpacker.integer())
      case tags.time:
        demand(size, 2)
        return Time.fromNanosecondOfDay(unpacker.integer(), unpacker.integer())
      case tags.localTime:
        demand(size, 1)
        return LocalTime.fromNanosecondOfDay(unpacker.integer())
      case tags.localDateTime:
        demand(size, 2)
        return LocalDateTime.fromEpochSecond(unpacker.identity(), unpacker.integer())
      case tags.dateTime:
      case tags.legacyDateTime:
        this.#assertUtc(tag === tags.dateTime)
        demand(size, 3)
        return dateTime(this.utc, unpacker.identity(), unpacker.integer(), { utcOffsetSeconds: unpacker.integer() })
      case tags.dateTimeZoneId:
      case tags.legacyDateTimeZoneId:
        this.#assertUtc(tag === tags.dateTimeZoneId)
        demand(size, 3)
        return dateTime(this.utc, unpacker.identity(), unpacker.integer(), { timeZone: unpacker.text() })
      case tags.duration:
        demand(size, 4)
        return new Duration({
          months: unpacker.identity(),
          days: unpacker.identity(),
          seconds: unpacker.identity(),
          nanoseconds: unpacker.integer(),
        })
      case tags.point2d:
        demand(size, 3)
        return Point.fromSrid(unpacker.integer(), unpacker.float(), unpacker.float())
      case tags.point3d:
        demand(size, 4)
        return Point.fromSrid(unpacker.integer(), unpacker.float(), unpacker.float(), unpacker.float())
      case tags.vector:
        if (!this.#version.vectors) break
        demand(size, 2)
        return vectorFrom(unpacker.bytes(), unpacker.bytes())
      case tags.unsupported:
        if (!this.#version.vectors) break
        demand(size, 4)
        return unsupported(unpacker)
    }
    throw new Mismatch('this driver does not know it, or not in this Bolt version')
  }

  #node(unpacker: Unpacker, size: number): GraphNode {
    demand(size, this.#elementIds ? 4 : 3)
    const id = unpacker.identityOrNull()
    const labels = allLabels.read(unpacker)
    const properties = unpacker.map()
    const elementId = this.#elementIds ? unpacker.text() : String(id)
    return new GraphNode(elementId, id, labels, properties, unpacker.fields)
  }

  #relationship(unpacker: Unpacker, size: number): Relationship {
    demand(size, this.#elementIds ? 8 : 5)
    const id = unpacker.identityOrNull()
    const startId = unpacker.identityOrNull()
    const endId = unpacker.identityOrNull()
    const type = unpacker.text()
    const properties = unpacker.map()
    const elementId = this.#elementIds ? unpacker.text() : String(id)
    const startElementId = this.#elementIds ? unpacker.text() : String(startId)
    const endElementId = this.#elementIds ? unpacker.text() : String(endId)
    return new Relationship(
      elementId,
      id,
      type,
      properties,
      startElementId,
      endElementId,
      startId,
      endId,
      unpacker.fields,
    )
  }

  /** Reads a path: its distinct nodes and relationships, and the walk as pairs of (relationship, node) indices. */
  #path(unpacker: Unpacker, size: number): GraphPath {
    demand(size, 3)
    const nodes: GraphNode[] = []
    for (let i = unpacker.listHeader(); i > 0; i--)
      nodes.push(this.#node(unpacker, unpacker.structureHeader(tags.node)))
    const unbound: Unbound[] = []
    for (let i = unpacker.listHeader(); i > 0; i--) unbound.push(this.#unbound(unpacker))
    const steps = unpacker.listHeader()
    if (steps % 2 !== 0) throw new Mismatch(`a path has ${steps} indices, which are no pairs`)
    let from = at(nodes, 0, 'node')
    const walked = [from]
    const relationships: Relationship[] = []
    for (let i = 0; i < steps; i += 2) {
      const index = unpacker.integer()
      const to = at(nodes, unpacker.integer(), 'node')
      const { elementId, id, type, properties } = at(unbound, Math.abs(index) - 1, 'relationship')
      const [start, end] = index > 0 ? [from, to] : [to, from]
      relationships.push(
        new Relationship(
          elementId,
          id,
          type,
          properties,
          start.elementId,
          end.elementId,
          start.id,
          end.id,
          unpacker.fields,
        ),
      )
      walked.push(to)
      from = to
    }
    return new GraphPath(walked, relationships)
  }

  #unbound(unpacker: Unpacker): Unbound {
    demand(unpacker.structureHeader(tags.unboundRelationship), this.#elementIds ? 4 : 3)
    const id = unpacker.identityOrNull()
    const type = unpacker.text()
    const properties = unpacker.map()
    return { id, type, properties, elementId: this.#elementIds ? unpacker.text() : String(id) }
  }

  #assertUtc(utc: boolean): void {
    if (utc !== this.utc)
      throw new Mismatch(`date-times travel in ${this.utc ? 'UTC' : 'local'} seconds on this connection`)
  }
}

interface Unbound {
  readonly id: Id
  readonly type: string
  readonly properties: Record<string, unknown>
  readonly elementId: string
}

function dateTime(
  utc: boolean,
  second: number | bigint,
  nanosecond: number,
  zone: { utcOffsetSeconds: number } | { timeZone: string },
): DateTime {
  return utc
    ? DateTime.fromEpochSecond(second, nanosecond, zone)
    : DateTime.fromLocalEpochSecond(second, nanosecond, zone)
}

function unsupported(unpacker: Unpacker): UnsupportedType {
  const name = unpacker.text()
  const minimumProtocol = [unpacker.integer(), unpacker.integer()] as const
  const message = unpacker.map()['message']
  return new UnsupportedType(name, minimumProtocol, typeof message === 'string' ? message : null)
}

function demand(size: number, expected: number): void {
  if (size !== expected) throw new Mismatch(`it has ${size} fields instead of ${expected}`)
}

function at<T>(list: readonly T[], index: number, what: string): T {
  const value = list[index]
  if (value === undefined) throw new Mismatch(`a path points at ${what} ${index} of ${list.length}`)
  return value
}
