/** Values that Neo4j refuses to store and the engine accepts: maps, nested lists, lists with null, and null as a key of MERGE. */

import { ServerFailure } from '../../bolt-server/query-handler.ts'
import { isPropertiesOfPattern, type Statement } from '../../cypher/statement.ts'
import { unquoted } from '../../cypher/tokens.ts'
import type { Parameters } from '../parameters.ts'

/** Checks the stored values of a statement. @throws ServerFailure for a value that Neo4j refuses */
export function refuseStoredValues(s: Statement, parameters: Parameters): void {
  s.tokens.forEach((token, i) => {
    const clause = s.clauseOf(i)
    if (isPropertiesOfPattern(s, i)) refusePatternProperties(s, i, parameters)
    if (token.text === ':' && isPropertyOfPattern(s, i)) {
      refuseValue(s, i + 1, parameters)
      if (clause === 'MERGE') refuseNullKey(s, i, parameters)
    }
    if (clause === 'SET' && (token.text === '=' || token.text === '+=') && s.clause(s.enclosing(i)) === '') {
      if (s.at(i - 2) === '.' && token.text === '=') refuseValue(s, i + 1, parameters)
      else if (s.clause(i - 2) === 'SET' || s.at(i - 2) === ',') refuseSetProperties(s, i + 1, parameters)
    }
  })
}

/** Whether a colon separates `key: value` in the properties of a node or relationship in CREATE or MERGE. */
function isPropertyOfPattern(s: Statement, colon: number): boolean {
  const brace = s.enclosing(colon)
  const pattern = s.enclosing(brace)
  const clause = s.clauseOf(colon)
  if (clause !== 'CREATE' && clause !== 'MERGE') return false
  if (s.at(brace) !== '{' || s.name(colon - 1) === null) return false
  if (s.at(pattern) === '(')
    return s.tokens[pattern - 1]?.kind !== 'name' || /^(CREATE|MERGE)$/.test(s.word(pattern - 1))
  return s.at(pattern) === '[' && s.at(pattern - 1) === '-'
}

function refuseValue(s: Statement, index: number, parameters: Parameters): void {
  const token = s.tokens[index]
  if (token?.kind === 'parameter') {
    // `$map.key` and `$list[0]` are not the value of the parameter itself.
    return /^[.[]$/.test(s.at(index + 1)) ? undefined : refuseStored(parameters[unquoted(token.text.slice(1))])
  }
  if (token?.text === '{') throw unstorable('a map')
  if (token?.text !== '[') return
  s.tokens.forEach((each, i) => {
    if (s.enclosing(i) !== index) return
    if (s.keyword(i) === 'NULL' && /^[[,]$/.test(s.at(i - 1))) throw unstorable('a list that holds null')
    if (/^[[{]$/.test(each.text) && /^[[,]$/.test(s.at(i - 1))) throw unstorable('a list of lists or maps')
  })
}

/** Checks `CREATE (n $properties)`; MATCH and MERGE accept no parameter there. */
function refusePatternProperties(s: Statement, i: number, parameters: Parameters): void {
  const clause = s.clauseOf(i)
  const name = unquoted(s.at(i).slice(1))
  if (clause !== 'CREATE') {
    throw new ServerFailure(
      'Neo.ClientError.Statement.SyntaxError',
      `Parameter maps cannot be used in \`${clause}\` patterns (use a literal map instead, e.g. \`{id: $${name}.id}\`)`,
      '42001',
    )
  }
  refuseProperties(parameters, name, (type) => `Parameter provided for node creation is not a Map, instead got ${type}`)
}

/** Checks `SET n = $properties` and `SET n += $properties`, but not `SET n = $map.key`. */
function refuseSetProperties(s: Statement, index: number, parameters: Parameters): void {
  const token = s.tokens[index]
  if (token?.kind !== 'parameter' || /^[.[]$/.test(s.at(index + 1))) return
  const name = unquoted(token.text.slice(1))
  refuseProperties(parameters, name, (type) => `Expected $${name} to be a map, but it was :\`${type}\``)
}

/**
 * Checks a parameter that stands for properties. Like Neo4j, it raises a type error for null and FLOAT, which Neo4j finds only when
 * it runs the query, and a syntax error for every other type.
 */
function refuseProperties(parameters: Parameters, name: string, typeError: (type: string) => string): void {
  const value = parameters[name]
  if (value === undefined) return
  if (isMap(value)) {
    for (const each of Object.values(value as object)) refuseStored(each)
    return
  }
  const found = typeName(value)
  if (value === null || typeof value === 'number')
    throw new ServerFailure('Neo.ClientError.Statement.TypeError', typeError(found), '22G03')
  throw new ServerFailure(
    'Neo.ClientError.Statement.SyntaxError',
    `Type mismatch for parameter '${name}': expected Map, Node or Relationship but was ${found}`,
    '22G03',
  )
}

function refuseStored(value: unknown): void {
  if (Array.isArray(value)) {
    for (const each of value) {
      if (each === null) throw unstorable('a list that holds null')
      if (Array.isArray(each) || isMap(each)) throw unstorable('a list of lists or maps')
    }
    if (new Set(value.map(typeName)).size > 1) throw unstorable('a list of values of several types')
  } else if (isMap(value)) throw unstorable('a map')
}

function refuseNullKey(s: Statement, colon: number, parameters: Parameters): void {
  const token = s.tokens[colon + 1]
  const isNull =
    s.word(colon + 1) === 'NULL' ||
    (token?.kind === 'parameter' &&
      /^[,}]$/.test(s.at(colon + 2)) &&
      parameters[unquoted(token.text.slice(1))] === null)
  if (!isNull) return
  throw new ServerFailure(
    'Neo.ClientError.Statement.SemanticError',
    `Cannot merge a node or relationship because of a null value for its property ${s.name(colon - 1)}`,
    '22N31',
  )
}

function unstorable(what: string): ServerFailure {
  return new ServerFailure(
    'Neo.ClientError.Statement.TypeError',
    `Property values can only be of primitive types or lists of one of them, found ${what}`,
    '22N01',
  )
}

function isMap(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}

function typeName(value: unknown): string {
  if (value === null) return 'NO_VALUE'
  if (Array.isArray(value)) return 'List'
  return typeof value === 'object'
    ? value.constructor.name.replace(/^Cypher/, '')
    : (scalarNames[typeof value] ?? typeof value)
}

/** The names of Cypher types for the types of JavaScript that stand for them in parameters. */
const scalarNames: Readonly<Record<string, string>> = {
  bigint: 'Integer',
  number: 'Float',
  boolean: 'Boolean',
  string: 'String',
}
