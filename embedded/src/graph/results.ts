/** Converts the engine's values into values of the driver, with the types of the columns' schema. */

import {
  CypherDate,
  DateTime,
  Duration,
  float,
  GraphNode,
  GraphPath,
  LocalDateTime,
  LocalTime,
  Relationship,
  Time,
} from '@boltline/core'
import type { ColumnType } from './column-types.ts'
import type { EngineValue } from './engine-messages.ts'

type EngineMap = Readonly<Record<string, EngineValue>>

/** Types of entities that no column type describes: those in paths and in lists of mixed values. */
export interface EntityTypes {
  readonly node: ColumnType | undefined
  readonly relationship: ColumnType | undefined
}

export const noEntityTypes: EntityTypes = { node: undefined, relationship: undefined }

/** Converts a value of a column. */
export function fromEngine(value: EngineValue, type: ColumnType | undefined, entities: EntityTypes): unknown {
  if (value === null || typeof value === 'boolean' || typeof value === 'bigint') return value
  if (typeof value === 'number') return numberOf(value, type)
  if (typeof value === 'string') return textOf(value, type)
  if (value instanceof Date) return LocalDateTime.from(value)
  if (value instanceof Uint8Array) return value
  if (Array.isArray(value)) return value.map((each) => fromEngine(each, elementType(type), entities))
  if (isNodeMap(value)) return nodeOf(value, type ?? entities.node, entities)
  if (isRelationshipMap(value)) return relationshipOf(value, type ?? entities.relationship, entities)
  if (isPathMap(value)) return pathOf(value, entities)
  return propertiesOf(value, type, [], entities)
}

function elementType(type: ColumnType | undefined): ColumnType | undefined {
  return type?.kind === 'list' ? type.children[0] : undefined
}

function numberOf(value: number, type: ColumnType | undefined): unknown {
  const whole = Number.isSafeInteger(value) && !Object.is(value, -0)
  return whole && type?.kind === 'float' ? float(value) : value
}

/** Converts text by its column type: the engine returns dates, times and durations as text. */
function textOf(text: string, type: ColumnType | undefined): unknown {
  switch (type?.kind) {
    case 'date':
      return CypherDate.parse(text.replace(/^\d{5,}/, '+$&'))
    case 'time':
      return /[Z+-]/.test(text) ? Time.parse(text) : LocalTime.parse(text)
    case 'timestamp':
      return DateTime.parse(text)
    case 'map':
      return Duration.parse(text)
    default:
      return text
  }
}

export function isNodeMap(value: EngineMap): boolean {
  return '_id' in value && Array.isArray(value['_labels'])
}

export function isRelationshipMap(value: EngineMap): boolean {
  return '_id' in value && '_type' in value && '_source' in value && '_target' in value
}

export function isPathMap(value: EngineMap): boolean {
  const { nodes, edges } = value
  return (
    Array.isArray(nodes) && Array.isArray(edges) && Object.keys(value).length === 2 && nodes.length === edges.length + 1
  )
}

function nodeOf(value: EngineMap, type: ColumnType | undefined, entities: EntityTypes): GraphNode {
  const id = value['_id'] as number
  const labels = Object.freeze([...(value['_labels'] as string[])])
  return new GraphNode(`n:${id}`, id, labels, propertiesOf(value, type, ['_id', '_labels'], entities))
}

function relationshipOf(value: EngineMap, type: ColumnType | undefined, entities: EntityTypes): Relationship {
  const { _id: id, _source: start, _target: end, _type: name } = value as Record<string, number>
  const properties = propertiesOf(value, type, ['_id', '_source', '_target', '_type'], entities)
  return new Relationship(`e:${id}`, id as number, String(name), properties, `n:${start}`, `n:${end}`, start, end)
}

function pathOf(value: EngineMap, entities: EntityTypes): GraphPath {
  const nodes = (value['nodes'] as EngineMap[]).map((node) => nodeOf(node, entities.node, entities))
  const relationships = (value['edges'] as EngineMap[]).map((edge) =>
    relationshipOf(edge, entities.relationship, entities),
  )
  return new GraphPath(nodes, relationships)
}

function propertiesOf(
  value: EngineMap,
  type: ColumnType | undefined,
  except: readonly string[],
  entities: EntityTypes,
): Record<string, unknown> {
  const types = new Map((type?.kind === 'map' ? type.children : []).map((child) => [child.name, child]))
  const properties: Record<string, unknown> = {}
  for (const [key, each] of Object.entries(value)) {
    if (except.includes(key)) continue
    // Uses defineProperty because a key may be `__proto__`.
    Object.defineProperty(properties, key, {
      value: fromEngine(each, types.get(key), entities),
      enumerable: true,
      writable: true,
      configurable: true,
    })
  }
  return properties
}
