/**
 * Translates the engine's refusals of queries. A query that Neo4j certainly refuses too gets Neo4j's code and text; any other refusal is
 * a gap of the embedded graph that names the part of the query. The engine's own text never leaves this file, because it describes the
 * engine's internals and contains values.
 */

import { ServerFailure } from '../bolt-server/query-handler.ts'
import { impossibleAt } from '../cypher/impossible.ts'
import type { Statement } from '../cypher/statement.ts'
import { originalPlace } from './edits.ts'
import { conflict, type EngineError } from './engine-errors.ts'
import { Gap } from './gaps.ts'
import { isNeo4jFunction, isNeo4jProcedure } from './neo4j-names.ts'
import type { EngineQuery } from './rewrite.ts'

/** The failure that the server sends for an error of the engine. */
export function explained({ message, gqlStatus }: EngineError, s: Statement, engineQuery: EngineQuery): ServerFailure {
  const said = message.split('\n')[0] ?? ''
  const place = placeIn(message, s, engineQuery)
  for (const [pattern, explain] of explanations) {
    const found = pattern.exec(`${gqlStatus ?? ''} ${said}`)
    const failure = found === null ? null : explain(s, found.slice(1), place)
    if (failure !== null) return failure
  }
  const impossible = impossibleAt(s)
  if (impossible !== null) return noCypher(s, impossible)
  if (place !== null) return new Gap(formOf(s, place), `it can't be read at ${near(s, place)}`)
  return new Gap('queries of this form', clausesOf(s))
}

/** Explains an error; null passes it on to the next explanation. */
type Explain = (s: Statement, words: readonly string[], place: number | null) => ServerFailure | null

/** Explanations by the engine's status and text; the first match applies. */
const explanations: readonly (readonly [RegExp, Explain])[] = [
  [/^22012/, () => failure('ArithmeticError', '/ by zero', '22012')],
  [/^22003/, () => failure('ArithmeticError', 'long overflow', '22003')],
  [/^22G02/, () => failure('ArgumentError', 'SKIP and LIMIT take a whole number from 0 on', '22N06')],
  [/SKIP\/LIMIT must be an integer/, () => syntax('SKIP and LIMIT take a whole number from 0 on')],
  [/^40000/, conflict],
  [/Undefined variable '(.+?)'/, undefinedVariable],
  [/(?:SET|REMOVE|DELETE) requires/, () => null],
  [/Unknown function '(.+?)'/, unknownFunction],
  [/unknown procedure '(.+?)'/, unknownProcedure],
  [/Function '(.+?)' takes (.+?) arguments?, got (\d+)/, wrongArguments],
  [/duplicate column name/, () => syntax('Multiple result columns with the same name are not supported')],
  [/reads .* beside an aggregate/, () => syntax('Aggregation column contains implicit grouping expressions')],
  [/Aggregate function '(\w+)' cannot be used here|wrapping an aggregate/, misplacedAggregate],
  [/(CREATE|MERGE) (?:needs the type|gives a relationship one type|relationship pattern requires)/, oneType],
  [/CREATE needs the direction/, () => syntax('Only directed relationships are supported in CREATE')],
  [/Integer literal .* overflows/, () => syntax('integer is too large')],
  [/Expression in WITH must be aliased/, () => syntax('Expression in WITH must be aliased (use AS)')],
  [/All UNION branches .*: \[(.*?)\] vs \[(.*?)\]/, differentColumns],
  [/Invalid combination of UNION/, () => syntax('Invalid combination of UNION and UNION ALL')],
  [
    /Variable '(.+?)' is an? \w+, so it cannot also/,
    (_, [name]) => syntax(`Type mismatch: ${name} is a node in one place and a relationship in another`),
  ],
  [
    /Variable '(.+?)' is already declared outside/,
    (_, [name]) => syntax(`Variable \`${name}\` already declared in outer scope`),
  ],
  [/multiple statements/, () => syntax('Expected exactly one statement per query')],
  [
    /Cannot merge .* null value for its property (.+)$/,
    (_, [name]) =>
      failure(
        'SemanticError',
        `Cannot merge a node or relationship because of a null value for its property ${name}`,
        '22N31',
      ),
  ],
  [
    /Invalid regular expression .*: (.*)$/,
    (_, [why = '']) =>
      /look-?around|backreference/i.test(why)
        ? new Gap('look-arounds and back references in regular expressions')
        : failure('SemanticError', 'Invalid regular expression', '22000'),
  ],
  [/PatternComprehension/, () => new Gap('pattern comprehensions outside of RETURN and WITH')],
  [/EXISTS/i, () => new Gap('EXISTS and patterns of this form, for instance in list predicates and comprehensions')],
  [/COUNT subquery|COUNT\/VALUE/, () => new Gap('COUNT subqueries of this form')],
  [/DELETE only supports variable/, deletedExpression],
  [
    /^22G03.*expected a (?:node|edge) for|^22G03.*Int64 \(node ID\)/,
    () => new Gap('DELETE of anything but nodes and relationships'),
  ],
  [/^22G03/, () => syntax('Type mismatch: a value has another type than the query needs in its place', '22G03')],
  [
    /so \.(.+?) cannot read from it/,
    (_, [property]) => new Gap('properties of anything but nodes, relationships and maps', `.${property}`),
  ],
  [/SET expression for property/, () => new Gap('values of this form in SET')],
  [/literal or parameter for SKIP\/LIMIT/, () => new Gap('expressions in SKIP and LIMIT')],
  [
    /does not exist or has been deleted in this transaction/,
    () => new Gap('use of what the same query has deleted, or of nodes in place of relationships'),
  ],
  [
    /I\/O|storage error|\bWAL\b|disk|poisoned|checksum/i,
    () =>
      new ServerFailure(
        'Neo.DatabaseError.General.UnknownError',
        'The engine of the embedded graph can not read or write its data. Look whether its folder is writable and its disk has room',
        '50N42',
      ),
  ],
]

/** An undefined variable. A name that the query may bind elsewhere is a gap, because only the engine may be unable to resolve it. */
function undefinedVariable(s: Statement, [name = '']: readonly string[]): ServerFailure | null {
  if (s.tokens.some((_, i) => s.name(i) === name && mayBind(s, i)))
    return new Gap('uses of variables like this', `\`${name}\``)
  return syntax(`Variable \`${name}\` not defined`)
}

function mayBind(s: Statement, i: number): boolean {
  const [before, after] = [s.at(i - 1), s.at(i + 1)]
  if (s.word(i - 1) === 'AS' || s.word(i + 1) === 'IN') return true
  if (after === '=' && /^(?:,|MATCH|CREATE|MERGE|\[)$/i.test(before)) return true
  if (!/^[(]$/.test(before) && !(before === '[' && s.at(i - 2) === '-')) return false
  // `f(x)` and `(x.y)` bind nothing; `(x)`, `(x:L)` and `(x {…})` may bind `x`.
  return s.tokens[i - 2]?.kind !== 'name' || s.clause(i - 2) !== '' ? /^(?:[):{]|\$.*|\*|\])$/.test(after) : false
}

function unknownFunction(_: Statement, [name = '']: readonly string[]): ServerFailure {
  return isNeo4jFunction(name) || name.includes('.')
    ? new Gap(`function ${name}() in this place`)
    : syntax(`Unknown function '${name}'`)
}

function unknownProcedure(_: Statement, [name = '']: readonly string[]): ServerFailure {
  if (isNeo4jProcedure(name)) return new Gap(`procedure ${name}()`)
  return new ServerFailure(
    'Neo.ClientError.Procedure.ProcedureNotFound',
    `There is no procedure with the name \`${name}\` registered for this database instance`,
    '42N08',
  )
}

/** Functions that accept more arguments in Neo4j than in the engine. */
const elastic = new Set(['ltrim', 'rtrim', 'trim', 'round', 'log', 'range', 'split', 'date', 'datetime', 'time'])

function wrongArguments(_: Statement, [name = '', takes = '', got = '']: readonly string[]): ServerFailure {
  if (elastic.has(name.toLowerCase())) return new Gap(`function ${name}() with ${got} arguments`)
  return syntax(`Function '${name}' takes ${takes} argument(s), found ${got}`)
}

function misplacedAggregate(s: Statement, [name]: readonly string[]): ServerFailure | null {
  const at =
    name === undefined ? -1 : s.tokens.findIndex((_, i) => s.word(i) === name.toUpperCase() && s.at(i + 1) === '(')
  if (at !== -1 && s.clauseOf(at) === 'WHERE')
    return syntax(`Invalid use of aggregating function ${name}(...) in this context`)
  return new Gap('expressions of this form around aggregates')
}

function oneType(_: Statement, [clause = '']: readonly string[]): ServerFailure {
  return syntax(`Exactly one relationship type must be specified for ${clause}`)
}

function differentColumns(_: Statement, [first = '', second = '']: readonly string[]): ServerFailure {
  const sorted = (names: string) => names.split(', ').sort().join()
  return sorted(first) === sorted(second)
    ? new Gap('UNION of the same columns in another order')
    : syntax('All sub queries in an UNION must have the same return column names')
}

/** A gap, because the text doesn't show whether Neo4j accepts it: `DELETE n.x` is an error there, `DELETE map.key` is valid. */
function deletedExpression(): ServerFailure {
  return new Gap('DELETE of anything but variables')
}

function noCypher(s: Statement, place: number): ServerFailure {
  const ends = place >= s.text.length
  return syntax(
    ends ? `Invalid input: the query ends too early (${position(s, place)})` : `Invalid input at ${near(s, place)}`,
  )
}

function syntax(message: string, gqlStatus = '42001'): ServerFailure {
  return failure('SyntaxError', message, gqlStatus)
}

function failure(kind: string, message: string, gqlStatus: string): ServerFailure {
  return new ServerFailure(`Neo.ClientError.Statement.${kind}`, message, gqlStatus)
}

/** The position of a syntax error in the original query. */
function placeIn(message: string, s: Statement, { query, edits }: EngineQuery): number | null {
  const [, line, column] = /--> query:(\d+):(\d+)/.exec(message) ?? []
  if (line === undefined || column === undefined) return null
  const lines = query.split('\n')
  const before = lines.slice(0, Number(line) - 1).reduce((sum, each) => sum + each.length + 1, 0)
  return Math.min(originalPlace(edits, before + Number(column) - 1), s.text.length)
}

/** Describes a part of Cypher by its clause. */
function formOf(s: Statement, place: number): string {
  const at = s.tokens.findIndex(({ end }) => end > place)
  const clause = s.clauseOf(at === -1 ? s.tokens.length - 1 : at)
  return clause === '' ? 'queries of this form' : `forms of ${clause} like this`
}

/** A position and its token, without the content of strings. */
function near(s: Statement, place: number): string {
  const token = s.tokens.find(({ end }) => end > place)
  if (token === undefined) return `the end (${position(s, place)})`
  const text = token.kind === 'string' ? 'a string' : token.kind === 'number' ? 'a number' : `'${token.text}'`
  return `${text} (${position(s, token.start)})`
}

function position({ text }: Statement, place: number): string {
  const lines = text.slice(0, place).split('\n')
  return `line ${lines.length}, column ${(lines.at(-1) ?? '').length + 1} (offset: ${place})`
}

function clausesOf(s: Statement): string {
  return s.tokens
    .map((_, i) => s.clause(i))
    .filter((clause) => clause !== '')
    .join(' … ')
}
