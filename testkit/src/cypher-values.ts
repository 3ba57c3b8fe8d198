/** TestKit's spelling of Cypher values, from and to the driver's. Drivers of this backend read integers as bigints. */

import {
  CartesianPoint,
  CypherDate,
  DateTime,
  Duration,
  float,
  type GraphNode,
  type GraphPath,
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
  LocalDateTime,
  LocalTime,
  type Point,
  type Relationship,
  Time,
  WGS84Point,
} from '@boltline/core'
import { Digits } from './wire.ts'

/** A value as TestKit writes it. */
export interface CypherValue {
  readonly name: string
  // biome-ignore lint/suspicious/noExplicitAny: what is inside depends on the name
  readonly data?: any
}

export type CypherMap = Readonly<Record<string, CypherValue>>

const cartesianSrids: readonly number[] = [7203, 9157]

/** Values that the driver sends. */
export function fromTestKit({ name, data }: CypherValue): unknown {
  switch (name) {
    case 'CypherNull':
      return null
    case 'CypherBool':
    case 'CypherString':
      return data.value
    case 'CypherInt':
      return BigInt(data.value)
    case 'CypherFloat':
      return float(Number(data.value))
    case 'CypherBytes':
      return Uint8Array.from(String(data.value).split(' ').filter(Boolean), (byte) => Number.parseInt(byte, 16))
    case 'CypherList':
      return data.value.map(fromTestKit)
    case 'CypherMap':
      return fromTestKitMap(data.value)
    case 'CypherPoint':
      return data.system === 'cartesian'
        ? new CartesianPoint(data.x, data.y, data.z)
        : new WGS84Point(data.x, data.y, data.z)
    case 'CypherDate':
      return new CypherDate(data.year, data.month, data.day)
    case 'CypherTime': {
      const { utc_offset_s: offset, ...clock } = data
      return isGiven(offset) ? new Time({ ...clock, utcOffsetSeconds: offset }) : new LocalTime(clock)
    }
    case 'CypherDateTime': {
      const { utc_offset_s: offset, timezone_id: timeZone, ...civil } = data
      return isGiven(offset) ? new DateTime({ ...civil, utcOffsetSeconds: offset, timeZone }) : new LocalDateTime(civil)
    }
    case 'CypherDuration':
      return new Duration(data)
    default:
      throw new Error(`TestKit sent a value of the unknown kind ${name}`)
  }
}

export function fromTestKitMap(map: CypherMap): Record<string, unknown> {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, fromTestKit(value)]))
}

/** Values that the driver received. */
export function toTestKit(value: unknown): CypherValue {
  if (value === null || value === undefined) return { name: 'CypherNull', data: { value: null } }
  if (typeof value === 'boolean') return simple('CypherBool', value)
  if (typeof value === 'bigint') return simple('CypherInt', value)
  if (typeof value === 'number') return simple('CypherFloat', floatToTestKit(value))
  if (typeof value === 'string') return simple('CypherString', value)
  if (Array.isArray(value)) return simple('CypherList', value.map(toTestKit))
  if (value instanceof Uint8Array) return simple('CypherBytes', [...value].map(hexadecimal).join(' '))
  if (isNode(value)) return nodeToTestKit(value)
  if (isRelationship(value)) return relationshipToTestKit(value)
  if (isPath(value)) return pathToTestKit(value)
  if (isPoint(value)) return pointToTestKit(value)
  if (isDate(value)) return { name: 'CypherDate', data: { year: value.year, month: value.month, day: value.day } }
  if (isTime(value)) return { name: 'CypherTime', data: { ...clockOf(value), utc_offset_s: value.utcOffsetSeconds } }
  if (isLocalTime(value)) return { name: 'CypherTime', data: clockOf(value) }
  if (isLocalDateTime(value)) return { name: 'CypherDateTime', data: civilOf(value) }
  if (isDateTime(value)) {
    // TestKit's word for a date-time without a zone and without an offset, in the name of the driver that it takes us for.
    const zone = value.timeZone ?? (value.utcOffsetSeconds === 0 ? 'UTC' : null)
    const data = {
      ...civilOf(value),
      utc_offset_s: value.utcOffsetSeconds,
      ...(zone !== null && { timezone_id: zone }),
    }
    return { name: 'CypherDateTime', data }
  }
  if (isDuration(value)) {
    return { name: 'CypherDuration', data: value.exact }
  }
  return simple('CypherMap', toTestKitMap(value))
}

export function toTestKitMap(map: object): CypherMap {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, toTestKit(value)]))
}

/** Metadata of the server holds its integers as numbers. */
export function metadataToTestKit(value: unknown): CypherValue {
  if (typeof value === 'number' && Number.isInteger(value)) return simple('CypherInt', value)
  if (Array.isArray(value)) return simple('CypherList', value.map(metadataToTestKit))
  return isPlainObject(value) ? simple('CypherMap', metadataMapToTestKit(value)) : toTestKit(value)
}

function isPlainObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}

export function metadataMapToTestKit(map: object): CypherMap {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, metadataToTestKit(value)]))
}

function simple(name: string, value: unknown): CypherValue {
  return { name, data: { value } }
}

function floatToTestKit(value: number): unknown {
  if (Number.isNaN(value)) return 'NaN'
  if (Number.isFinite(value)) return Digits.ofFloat(value)
  return value > 0 ? '+Infinity' : '-Infinity'
}

function nodeToTestKit(node: GraphNode): CypherValue {
  const data = {
    id: idToTestKit(node.id),
    labels: toTestKit(node.labels),
    props: toTestKit(node.properties),
    elementId: toTestKit(node.elementId),
  }
  return { name: 'Node', data }
}

function relationshipToTestKit(relationship: Relationship): CypherValue {
  const data = {
    id: idToTestKit(relationship.id),
    startNodeId: idToTestKit(relationship.startNodeId),
    endNodeId: idToTestKit(relationship.endNodeId),
    type: toTestKit(relationship.type),
    props: toTestKit(relationship.properties),
    elementId: toTestKit(relationship.elementId),
    startNodeElementId: toTestKit(relationship.startNodeElementId),
    endNodeElementId: toTestKit(relationship.endNodeElementId),
  }
  return { name: 'Relationship', data }
}

function pathToTestKit(path: GraphPath): CypherValue {
  return { name: 'Path', data: { nodes: toTestKit(path.nodes), relationships: toTestKit(path.relationships) } }
}

function pointToTestKit({ srid, x, y, z }: Point): CypherValue {
  const system = cartesianSrids.includes(srid) ? 'cartesian' : 'wgs84'
  const [exactX, exactY] = [Digits.ofFloat(x), Digits.ofFloat(y)]
  return { name: 'CypherPoint', data: { system, x: exactX, y: exactY, z: z === undefined ? null : Digits.ofFloat(z) } }
}

function idToTestKit(id: number | bigint | null): CypherValue {
  return toTestKit(id === null ? null : BigInt(id))
}

function clockOf({ hour, minute, second, nanosecond }: LocalTime | Time | LocalDateTime | DateTime): object {
  return { hour, minute, second, nanosecond }
}

function civilOf(value: LocalDateTime | DateTime): object {
  return { year: value.year, month: value.month, day: value.day, ...clockOf(value) }
}

function hexadecimal(byte: number): string {
  return byte.toString(16).padStart(2, '0')
}

function isGiven<T>(value: T | null | undefined): value is T {
  return value !== null && value !== undefined
}
