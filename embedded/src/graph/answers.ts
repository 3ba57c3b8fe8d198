/** Converts an engine's answer into that of the Bolt server: column names, typed values, and counters under Bolt's names. */

import type { QueryAnswer } from '../bolt-server/query-handler.ts'
import { type ColumnType, columnTypes } from './column-types.ts'
import type { EngineAnswer, EngineCounters, EngineValue } from './engine-messages.ts'
import type { DataPlan } from './plan.ts'
import { type EntityTypes, fromEngine, isNodeMap, isPathMap, isRelationshipMap, noEntityTypes } from './results.ts'

type EngineRow = readonly EngineValue[]

/** Ids of the entities whose property types are still unknown. */
export interface Untyped {
  readonly nodes: Set<number>
  readonly relationships: Set<number>
}

/** Supplies an answer's further rows and missing types. */
export interface AnswerSource {
  fetch(from: number): Promise<readonly EngineRow[]>
  typesOf(entities: Untyped): Promise<EntityTypes>
  /** Called when no more rows are needed. */
  done(): void
}

export function answerOf(answer: EngineAnswer, plan: DataPlan, source: AnswerSource): QueryAnswer {
  const types = answer.types === null ? [] : columnTypes(answer.types)
  const { keys, order } = columnsOf(answer.columns, plan)
  const typed = (row: EngineRow, entities: EntityTypes) =>
    order.map((i) => fromEngine(row[i] as EngineValue, types[i], entities))
  const whole = answer.rows.length === answer.length
  const simple = whole && untypedIn(answer.rows, types) === null
  return {
    keys,
    rows: simple ? answer.rows.map((row) => typed(row, noEntityTypes)) : pages(answer, types, source, typed),
    summary: () => ({ type: plan.type, ...statistics(answer.counters) }),
  }
}

async function* pages(
  answer: EngineAnswer,
  types: readonly ColumnType[],
  source: AnswerSource,
  typed: (row: EngineRow, entities: EntityTypes) => unknown[],
): AsyncGenerator<readonly unknown[]> {
  try {
    let rows = answer.rows
    for (let from = 0; from < answer.length; from += rows.length) {
      if (from > 0) rows = await source.fetch(from)
      const untyped = untypedIn(rows, types)
      const entities = untyped === null ? noEntityTypes : await source.typesOf(untyped)
      for (const row of rows) yield typed(row, entities)
    }
  } finally {
    if (answer.rows.length < answer.length) source.done()
  }
}

/** The columns as Neo4j orders and names them: those of `RETURN *` sorted, unnamed ones by their text. */
function columnsOf(columns: readonly string[], plan: DataPlan): { keys: readonly string[]; order: readonly number[] } {
  const order = columns.map((_, i) => i)
  if (plan.sorted) {
    order.sort((a, b) => ((columns[a] as string) < (columns[b] as string) ? -1 : 1))
    return { keys: order.map((i) => columns[i] as string), order }
  }
  const named = plan.columns?.length === columns.length ? plan.columns : columns
  return { keys: named, order }
}

/** The entities that no column type describes: those in paths and in columns of mixed types. */
function untypedIn(rows: readonly EngineRow[], types: readonly ColumnType[]): Untyped | null {
  const found: Untyped = { nodes: new Set(), relationships: new Set() }
  rows.forEach((row) => row.forEach((value, i) => collect(value, types[i], found)))
  return found.nodes.size + found.relationships.size === 0 ? null : found
}

function collect(value: EngineValue, type: ColumnType | undefined, found: Untyped): void {
  if (value === null || typeof value !== 'object' || value instanceof Date || value instanceof Uint8Array) return
  if (Array.isArray(value)) {
    const element = type?.kind === 'list' ? type.children[0] : undefined
    for (const each of value) collect(each, element, found)
  } else if (type?.kind === 'map') {
    const children = new Map(type.children.map((child) => [child.name, child]))
    for (const [key, each] of Object.entries(value)) collect(each, children.get(key), found)
  } else if (isNodeMap(value)) found.nodes.add(value['_id'] as number)
  else if (isRelationshipMap(value)) found.relationships.add(value['_id'] as number)
  else if (isPathMap(value)) {
    for (const each of [...(value['nodes'] as EngineValue[]), ...(value['edges'] as EngineValue[])])
      collect(each, undefined, found)
  }
}

function statistics(counters: EngineCounters): Record<string, unknown> {
  const stats = {
    'nodes-created': counters.nodesCreated,
    'nodes-deleted': counters.nodesDeleted,
    'relationships-created': counters.edgesCreated,
    'relationships-deleted': counters.edgesDeleted,
    'properties-set': counters.propertiesSet,
    'labels-added': counters.labelsAdded,
    'labels-removed': counters.labelsRemoved,
  }
  return statisticsOf(stats)
}

/** The counters above zero under Bolt's names; no `stats` when all are zero. */
export function statisticsOf(counters: Readonly<Record<string, number>>): Record<string, unknown> {
  const counted = Object.entries(counters).filter(([, count]) => count > 0)
  return counted.length === 0 ? {} : { stats: { ...Object.fromEntries(counted), 'contains-updates': true } }
}
