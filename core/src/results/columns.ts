/**
 * Converts records to columns, for data frames and charts: one list of values per column, all of the same length. With `expand`,
 * graph values, lists and maps are spread over several columns, named after the path of the value.
 */

import { checkedOptions } from '../platform/checked-options.ts'
import type { GraphNode, Relationship } from '../values/graph.ts'
import { isDate, isDateTime, isNode, isRelationship } from '../values/guards.ts'
import { isPlainObject, objectOf } from './plain-object.ts'
import type { BoltRecord } from './record.ts'

/** Options of `result.toColumns`. */
export interface ColumnOptions {
  /**
   * Spreads nodes, relationships, lists and maps over several columns. Default: false. A node under `n` becomes
   * `n().element_id`, `n().labels` and `n().prop.<name>`; a relationship under `r` `r->.element_id`, `r->.start.element_id`,
   * `r->.end.element_id`, `r->.type` and `r->.prop.<name>`; a list under `l` `l[].0`, `l[].1` and so on; a map under `m`
   * `m{}.<key>`. Lists and maps are spread at any depth, the properties of nodes and relationships are not. A `.` or `\` in a
   * variable's or map's key is escaped with a backslash.
   */
  readonly expand?: boolean | undefined
  /** Converts columns of only DateTime, Date and null to JavaScript `Date`; a Cypher Date becomes midnight UTC. Default: false. */
  readonly parseDates?: boolean | undefined
}

/** Values by column name. A record without a value for a column has null there. */
export type Columns = { [column: string]: unknown[] }

/**
 * Converts records to columns; one column per key unless `expand` is set.
 *
 * @throws ConfigurationError for an unknown option
 * @throws BrokenRecordError when a field could not be decoded
 */
export function toColumns(
  keys: readonly string[],
  records: Iterable<BoltRecord>,
  options?: ColumnOptions | null,
): Columns {
  const { expand, parseDates } = checkedOptions(options, ['expand', 'parseDates'], 'toColumns')
  const columns = expand ? expandedColumns(keys, records) : plainColumns(keys, records)
  const cells = [...columns.values()].map((values) =>
    parseDates && holdsDates(values) ? values.map(toJsDate) : values,
  )
  return objectOf([...columns.keys()], (at) => cells[at]) as Columns
}

function plainColumns(keys: readonly string[], records: Iterable<BoltRecord>): Map<string, unknown[]> {
  const columns = keys.map((): unknown[] => [])
  for (const record of records) {
    let column = 0
    for (const value of record) columns[column++]?.push(value)
  }
  return new Map(keys.map((key, at) => [key, columns[at] as unknown[]]))
}

function expandedColumns(keys: readonly string[], records: Iterable<BoltRecord>): Map<string, unknown[]> {
  const columns = new Map<string, unknown[]>()
  const names = keys.map(escaped)
  let height = 0
  for (const record of records) {
    let column = 0
    for (const value of record) {
      for (const [name, cell] of cellsOf(names[column++] as string, value)) {
        const cells = columns.get(name) ?? new Array<unknown>(height).fill(null)
        columns.set(name, cells)
        cells.push(cell)
      }
    }
    height++
    for (const cells of columns.values()) if (cells.length < height) cells.push(null)
  }
  return height === 0 ? new Map(names.map((name) => [name, []])) : columns
}

/** Yields the columns that a value is spread over, with their values. */
function* cellsOf(name: string, value: unknown): Generator<[column: string, cell: unknown]> {
  if (isNode(value)) yield* nodeCells(name, value)
  else if (isRelationship(value)) yield* relationshipCells(name, value)
  else if (Array.isArray(value)) for (const [at, item] of value.entries()) yield* cellsOf(`${name}[].${at}`, item)
  else if (isPlainObject(value))
    for (const [key, item] of Object.entries(value)) yield* cellsOf(`${name}{}.${escaped(key)}`, item)
  else yield [name, value]
}

function* nodeCells(name: string, node: GraphNode): Generator<[column: string, cell: unknown]> {
  yield [`${name}().element_id`, node.elementId]
  yield [`${name}().labels`, node.labels]
  for (const [property, value] of node.entries()) yield [`${name}().prop.${property}`, value]
}

function* relationshipCells(name: string, relationship: Relationship): Generator<[column: string, cell: unknown]> {
  yield [`${name}->.element_id`, relationship.elementId]
  yield [`${name}->.start.element_id`, relationship.startNodeElementId]
  yield [`${name}->.end.element_id`, relationship.endNodeElementId]
  yield [`${name}->.type`, relationship.type]
  for (const [property, value] of relationship.entries()) yield [`${name}->.prop.${property}`, value]
}

function escaped(key: string): string {
  return key.replace(/[\\.]/g, '\\$&')
}

function holdsDates(values: readonly unknown[]): boolean {
  return values.every((value) => value === null || isDate(value) || isDateTime(value))
}

function toJsDate(value: unknown): Date | null {
  if (isDateTime(value)) return value.toDate()
  return isDate(value) ? value.toDate({ timeZone: 'UTC' }) : null
}
