/** Plans a query before the engine sees it: refuses it, answers it from a table, or rewrites it for the engine. */

import { Statement } from '../cypher/statement.ts'
import type { Parameters } from './parameters.ts'
import { columnNames, type EngineQuery, forEngine, withoutPrefixes } from './rewrite.ts'
import { type SchemaChange, schemaChange } from './schema.ts'
import { refuseWhatDiffers } from './strict/strict.ts'
import { type TableQuery, tableQuery, waitsForNothing } from './tables.ts'

/** A query about data, ready for the engine. */
export interface DataPlan {
  readonly kind: 'data'
  readonly writes: boolean
  readonly type: 'r' | 'rw' | 'w' | 's'
  readonly statement: Statement
  readonly query: EngineQuery
  /** The column names of Neo4j; null means those of the engine. */
  readonly columns: readonly string[] | null
  /** Whether Neo4j sorts the columns: true for `RETURN *`, except in SHOW commands. */
  readonly sorted: boolean
}

export type Plan =
  | DataPlan
  | { readonly kind: 'schema'; readonly change: SchemaChange }
  | { readonly kind: 'table'; readonly table: TableQuery }
  /** The query has no effect and no rows. */
  | { readonly kind: 'nothing' }

/** Plans a query. @throws ServerFailure for a query that Neo4j refuses, Gap for one that needs a real Neo4j */
export function plan(text: string, parameters: Parameters): Plan {
  const statement = withoutPrefixes(text)
  const change = schemaChange(statement)
  if (change !== null) return { kind: 'schema', change }
  if (waitsForNothing(statement)) return { kind: 'nothing' }
  const table = tableQuery(statement)
  return table === null ? dataPlan(statement, parameters) : { kind: 'table', table }
}

export function dataPlan(text: Statement | string, parameters: Parameters): DataPlan {
  const statement = typeof text === 'string' ? new Statement(text) : text
  refuseWhatDiffers(statement, parameters)
  const { writes, tokens } = statement
  const returns = tokens.findIndex((_, i) => statement.enclosing(i) === -1 && statement.clause(i) === 'RETURN')
  return {
    kind: 'data',
    statement,
    writes,
    type: !writes ? 'r' : returns === -1 ? 'w' : 'rw',
    query: forEngine(statement, parameters),
    columns: columnNames(statement),
    sorted: returns !== -1 && statement.at(returns + 1) === '*',
  }
}
