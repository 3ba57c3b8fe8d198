/** Which kind of value something is, by brand: values made by another copy of this package are recognised too. */
import { brandOf } from './brand.ts'
import type { CypherDate } from './date.ts'
import type { DateTime } from './date-time.ts'
import type { Duration } from './duration.ts'
import type { GraphNode, Relationship } from './graph.ts'
import type { LocalDateTime } from './local-date-time.ts'
import type { LocalTime } from './local-time.ts'
import type { GraphPath } from './path.ts'
import type { Point } from './point.ts'
import type { Time } from './time.ts'
import type { UnsupportedType } from './unsupported-type.ts'
import type { Uuid } from './uuid.ts'
import type { Vector } from './vector.ts'

export { brandOf, type Kind } from './brand.ts'

/** Whether `value` is a node. */
export function isNode(value: unknown): value is GraphNode {
  return brandOf(value) === 'Node'
}

/** Whether `value` is a relationship. */
export function isRelationship(value: unknown): value is Relationship {
  return brandOf(value) === 'Relationship'
}

/** Whether `value` is a path. */
export function isPath(value: unknown): value is GraphPath {
  return brandOf(value) === 'Path'
}

/** Whether `value` is a point of any coordinate reference system. */
export function isPoint(value: unknown): value is Point {
  return brandOf(value) === 'Point'
}

/** Whether `value` is a Cypher date; a JS `Date` is not. */
export function isDate(value: unknown): value is CypherDate {
  return brandOf(value) === 'Date'
}

/** Whether `value` is a time of day with an offset. */
export function isTime(value: unknown): value is Time {
  return brandOf(value) === 'Time'
}

/** Whether `value` is a time of day without an offset. */
export function isLocalTime(value: unknown): value is LocalTime {
  return brandOf(value) === 'LocalTime'
}

/** Whether `value` is a date-time with an offset or a zone. */
export function isDateTime(value: unknown): value is DateTime {
  return brandOf(value) === 'DateTime'
}

/** Whether `value` is a date-time without offset and zone. */
export function isLocalDateTime(value: unknown): value is LocalDateTime {
  return brandOf(value) === 'LocalDateTime'
}

/** Whether `value` is a duration. */
export function isDuration(value: unknown): value is Duration {
  return brandOf(value) === 'Duration'
}

/** Whether `value` is a vector. */
export function isVector(value: unknown): value is Vector {
  return brandOf(value) === 'Vector'
}

/** Whether `value` is a UUID; text that looks like one is not. */
export function isUuid(value: unknown): value is Uuid {
  return brandOf(value) === 'Uuid'
}

/** Whether `value` stands for a value of a type this driver doesn't know. */
export function isUnsupportedType(value: unknown): value is UnsupportedType {
  return brandOf(value) === 'UnsupportedType'
}
