/** Parses the schema statements that both Neo4j Community and the engine support. */

import { ServerFailure } from '../bolt-server/query-handler.ts'
import type { Statement } from '../cypher/statement.ts'
import { Gap } from './gaps.ts'

export type SchemaKind = 'CONSTRAINT' | 'INDEX'

/** An existing constraint or index. */
export interface SchemaItem {
  readonly kind: SchemaKind
  readonly name: string
  readonly label: string
  readonly properties: readonly string[]
}

export type SchemaChange =
  | (Omit<SchemaItem, 'name'> & { readonly change: 'create'; readonly name: string | null; readonly lenient: boolean })
  | { readonly change: 'drop'; readonly kind: SchemaKind; readonly name: string; readonly lenient: boolean }

/** Parses a schema statement; null for a statement about data. @throws Gap for schema that the embedded graph lacks */
export function schemaChange(s: Statement): SchemaChange | null {
  const verb = s.word(0)
  if (verb === 'DROP') return drop(s)
  if (verb !== 'CREATE' || s.at(1) === '(' || s.at(2) === '=') return null
  if (s.word(1) === 'CONSTRAINT') return createConstraint(s)
  const type = s.word(1)
  if (type === 'INDEX') return createIndex(s, 2)
  if (type === 'RANGE' && s.word(2) === 'INDEX') return createIndex(s, 3)
  if (s.word(2) === 'INDEX') throw new Gap(`${type} indexes`)
  throw new Gap(`statement CREATE ${type}`)
}

function drop(s: Statement): SchemaChange {
  const kind = s.word(1)
  const name = s.name(2)
  if ((kind !== 'CONSTRAINT' && kind !== 'INDEX') || name === null) throw new Gap(`statement DROP ${kind}`)
  return { change: 'drop', kind, name, lenient: s.word(3) === 'IF' && s.word(4) === 'EXISTS' }
}

/** `CREATE CONSTRAINT [name] [IF NOT EXISTS] FOR (n:Label) REQUIRE … IS UNIQUE`. */
function createConstraint(s: Statement): SchemaChange {
  const { name, lenient, next } = heading(s, 2)
  const { label, after } = nodePattern(s, next)
  if (s.word(after) !== 'REQUIRE') throw notUnderstood(s)
  const { properties, end } = propertyList(s, after + 1)
  let is = end
  if (s.word(is) !== 'IS') throw notUnderstood(s)
  is++
  if (s.word(is) === 'NODE' && s.word(is + 1) === 'UNIQUE') is++
  if (s.word(is) !== 'UNIQUE') throw new Gap('constraints but those for unique properties')
  if (is + 1 < s.tokens.length) throw new Gap('options of constraints')
  return { change: 'create', kind: 'CONSTRAINT', name, lenient, label, properties }
}

/** `CREATE INDEX [name] [IF NOT EXISTS] FOR (n:Label) ON (n.property, …)`. */
function createIndex(s: Statement, at: number): SchemaChange {
  const { name, lenient, next } = heading(s, at)
  const { label, after } = nodePattern(s, next)
  if (s.word(after) !== 'ON') throw notUnderstood(s)
  const { properties, end } = propertyList(s, after + 1)
  if (end < s.tokens.length) throw new Gap('options of indexes')
  return { change: 'create', kind: 'INDEX', name, lenient, label, properties }
}

function heading(s: Statement, at: number): { name: string | null; lenient: boolean; next: number } {
  const named = s.word(at) !== 'IF' && s.word(at) !== 'FOR'
  const name = named ? s.name(at) : null
  let next = named ? at + 1 : at
  const lenient = s.word(next) === 'IF' && s.word(next + 1) === 'NOT' && s.word(next + 2) === 'EXISTS'
  if (lenient) next += 3
  if (s.word(next) !== 'FOR') throw notUnderstood(s)
  return { name, lenient, next: next + 1 }
}

function nodePattern(s: Statement, at: number): { label: string; after: number } {
  if (s.at(at) === '(' && s.at(at + 1) === ')') throw new Gap('schema for relationships')
  const label = s.at(at + 2) === ':' ? s.name(at + 3) : null
  if (s.at(at) !== '(' || label === null || s.at(at + 4) !== ')') throw notUnderstood(s)
  return { label, after: at + 5 }
}

function propertyList(s: Statement, at: number): { properties: string[]; end: number } {
  const bracket = s.at(at) === '(' ? at : -1
  const end = bracket === -1 ? at + 3 : s.partner(bracket) + 1
  const properties: string[] = []
  for (let i = bracket === -1 ? at : at + 1; i < end - (bracket === -1 ? 0 : 1); i += 4) {
    const property = s.at(i + 1) === '.' ? s.name(i + 2) : null
    if (property === null) throw notUnderstood(s)
    properties.push(property)
  }
  if (properties.length === 0) throw notUnderstood(s)
  return { properties, end }
}

function notUnderstood(s: Statement): ServerFailure {
  return new ServerFailure(
    'Neo.ClientError.Statement.SyntaxError',
    `The embedded graph does not understand this statement: ${s.text.slice(0, 120)}\nIt knows CREATE CONSTRAINT … FOR (n:Label) REQUIRE n.property IS UNIQUE, CREATE INDEX … FOR (n:Label) ON (n.property), and DROP of both by name. If Neo4j accepts it, run it on a real Neo4j.`,
    '42001',
  )
}
