/** Rewrites queries into the engine's dialect of Cypher, where that preserves their meaning. */

import { ServerFailure } from '../bolt-server/query-handler.ts'
import { isPropertiesOfPattern, Statement } from '../cypher/statement.ts'
import { quoted, unquoted } from '../cypher/tokens.ts'
import { deletes } from './deletes.ts'
import { type Edit, edited } from './edits.ts'
import type { EngineValue } from './engine-messages.ts'
import { needsLiteral, type Parameters, toEngine, toLiteral } from './parameters.ts'
import { isReserved } from './reserved-names.ts'

/** A query for the engine. */
export interface EngineQuery {
  readonly query: string
  readonly parameters: Readonly<Record<string, EngineValue>>
  /** The edits that turned the original query into this one. */
  readonly edits: readonly Edit[]
}

/** Strips `CYPHER 5`, `USE neo4j` and the semicolon at the end. */
export function withoutPrefixes(text: string): Statement {
  let statement = new Statement(text)
  const { tokens } = statement
  let first = 0
  if (statement.word(0) === 'CYPHER') {
    first = 1
    while (tokens[first]?.kind === 'number' || statement.at(first + 1) === '=') {
      first += statement.at(first + 1) === '=' ? 3 : 1
    }
  }
  if (statement.word(first) === 'USE') {
    const database = statement.name(first + 1)
    if (database !== 'neo4j') throw noSuchDatabase(String(database))
    first += 2
  }
  const last = tokens.at(-1)
  const end = last?.text === ';' ? last.start : text.length
  if (first > 0 || end < text.length) statement = new Statement(text.slice(tokens[first]?.start ?? end, end))
  if (statement.tokens.length === 0)
    throw new ServerFailure(
      'Neo.ClientError.Statement.SyntaxError',
      'Unexpected end of input: the query is empty',
      '42001',
    )
  return statement
}

export function noSuchDatabase(name: string): ServerFailure {
  return new ServerFailure(
    'Neo.ClientError.Database.DatabaseNotFound',
    `Database does not exist. Database name: '${name}'. The embedded graph has one, neo4j.`,
    '22N51',
  )
}

/** Converts the parameters, and rewrites the constructs that the engine lacks. */
export function forEngine(s: Statement, parameters: Parameters): EngineQuery {
  const given: Record<string, EngineValue> = {}
  const edits: Edit[] = [...sums(s), ...chainedCreates(s), ...randomIds(s), ...deletes(s)]
  edits.push(...reservedNames(s, edits))
  const texts = new Map<string, string>()
  const keep = (value: EngineValue) => {
    const name = `p${Object.keys(given).length}`
    given[name] = value
    return `$${name}`
  }
  for (const [i, { kind, text, start, end }] of s.tokens.entries()) {
    if (kind !== 'parameter') continue
    const name = unquoted(text.slice(1))
    if (!Object.hasOwn(parameters, name)) throw missing(name)
    if (isPropertiesOfPattern(s, i)) {
      edits.push({ start, end, text: propertiesOf(parameters[name], `$${name}`, keep) })
      continue
    }
    let words = texts.get(name)
    if (words === undefined) {
      const value = parameters[name]
      words = needsLiteral(value) ? toLiteral(value, `$${name}`, keep) : keep(toEngine(value, `$${name}`))
      texts.set(name, words)
    }
    edits.push({ start, end, text: words })
  }
  return { query: edited(s.text, edits), parameters: given, edits }
}

/** Writes `$properties` of a node or relationship in CREATE as a map literal. */
function propertiesOf(value: unknown, path: string, keep: (value: EngineValue) => string): string {
  const entries = Object.entries(value as object).map(([key, each]) => {
    const place = `${path}.${key}`
    return `${quoted(key)}: ${needsLiteral(each) ? toLiteral(each, place, keep) : keep(toEngine(each, place))}`
  })
  return `{${entries.join(', ')}}`
}

/** Puts names in backticks that the engine takes for keywords, but those that another edit replaces. */
function reservedNames(s: Statement, others: readonly Edit[]): Edit[] {
  return s.tokens.flatMap(({ text, start, end }, i) => {
    if (!s.isName(i) || !isReserved(text) || others.some((edit) => edit.start < end && start < edit.end)) return []
    return [{ start, end, text: quoted(text) }]
  })
}

/** Replaces each randomUUID(), which the engine lacks, by an expression for a version 4 UUID. */
function randomIds(s: Statement): Edit[] {
  return s.tokens.flatMap(({ start }, i) => {
    if (s.keyword(i) !== 'RANDOMUUID' || s.at(i + 1) !== '(' || s.at(i + 2) !== ')') return []
    return [{ start, end: s.tokens[i + 2]?.end as number, text: randomId }]
  })
}

const digit = "substring('0123456789abcdef', toInteger(rand() * 16), 1)"
const digits = (count: number) => Array.from({ length: count }, () => digit).join(' + ')
const variant = "substring('89ab', toInteger(rand() * 4), 1)"
const randomId = `(${digits(8)} + '-' + ${digits(4)} + '-4' + ${digits(3)} + '-' + ${variant} + ${digits(3)} + '-' + ${digits(12)})`

/** Rewrites sums: the sum over no rows is 0 in Neo4j, and null in the engine. */
function sums(s: Statement): Edit[] {
  return s.tokens.flatMap(({ start }, i) => {
    const bracket = i + 1
    if (s.keyword(i) !== 'SUM' || s.at(bracket) !== '(') return []
    const end = s.tokens[s.partner(bracket)]?.end
    if (end === undefined) return []
    return [
      { start, end: start, text: 'coalesce(' },
      { start: end, end, text: ', 0)' },
    ]
  })
}

/** Joins successive CREATEs with commas, because the engine nests clauses, at most 128 deep. */
function chainedCreates(s: Statement): Edit[] {
  return s.tokens.flatMap(({ start, end }, i) => {
    const pattern = s.clause(i) === 'CREATE' && s.at(i + 1) === '('
    const follows = s.enclosing(i) === -1 && s.clauseOf(i - 1) === 'CREATE'
    return pattern && follows ? [{ start, end, text: ',' }] : []
  })
}

function missing(name: string): ServerFailure {
  return new ServerFailure('Neo.ClientError.Statement.ParameterMissing', `Expected parameter(s): ${name}`, '42N51')
}

/** The column names of Neo4j, which are the text as written; null when the statement doesn't show them. */
export function columnNames(s: Statement): string[] | null {
  const start = s.tokens.findIndex((_, i) => s.enclosing(i) === -1 && s.clause(i) === 'RETURN')
  if (start === -1) return null
  let first = start + 1
  if (s.keyword(first) === 'DISTINCT') first++
  if (s.at(first) === '*') return null
  const names: string[] = []
  let item = first
  for (let i = first; i <= s.tokens.length; i++) {
    const top = s.enclosing(i) === -1
    const ends = i === s.tokens.length || (top && (s.at(i) === ',' || s.clause(i) !== ''))
    if (!ends) continue
    names.push(nameOf(s, item, i))
    if (s.at(i) !== ',') break
    item = i + 1
  }
  return names
}

function nameOf(s: Statement, from: number, to: number): string {
  if (s.word(to - 2) === 'AS' && s.enclosing(to - 2) === -1) return s.name(to - 1) ?? ''
  const [first, last] = [s.tokens[from], s.tokens[to - 1]]
  if (first === undefined || last === undefined) return ''
  return to - from === 1 ? unquoted(first.text) : s.text.slice(first.start, last.end)
}
