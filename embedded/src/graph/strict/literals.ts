/** Operations on literals that the engine evaluates differently than Neo4j: comparisons and sums of unlike types. */

import type { Statement } from '../../cypher/statement.ts'
import { Gap } from '../gaps.ts'

export type LiteralKind = 'integer' | 'float' | 'string' | 'boolean' | 'list' | 'map' | null

const comparisons = new Set(['=', '<>', '<', '>', '<=', '>='])

/** The kind of the literal that begins at a token; null for any other token. */
export function kindAt(s: Statement, index: number): LiteralKind {
  const token = s.tokens[index]
  if (token?.kind === 'number') return isFloat(token.text) ? 'float' : 'integer'
  if (token?.kind === 'string') return 'string'
  if (/^(true|false)$/i.test(token?.text ?? '') && token?.kind === 'name') return 'boolean'
  if (token?.text === '[' && isListLiteral(s, index)) return 'list'
  if (token?.text === '{' && !isSubquery(s, index) && s.at(s.partner(index) + 1) !== '[') return 'map'
  if (token?.text === '-' && s.tokens[index + 1]?.kind === 'number') return kindAt(s, index + 1)
  return null
}

/** Whether a brace opens a subquery, such as `COUNT { … }`, and no map. */
function isSubquery(s: Statement, brace: number): boolean {
  return /^(?:COUNT|EXISTS|COLLECT|CALL)$/.test(s.keyword(brace - 1))
}

/** The kind of the literal that ends at a token, and the index of its first token. */
function kindBefore(s: Statement, index: number): { kind: LiteralKind; start: number } {
  const token = s.tokens[index]
  if (token?.text === ']' || token?.text === '}') {
    const start = s.partner(index)
    return { kind: kindAt(s, start), start }
  }
  return { kind: kindAt(s, index), start: index }
}

/** Whether a bracket opens a list literal, not an index, slice, relationship or comprehension. */
function isListLiteral(s: Statement, index: number): boolean {
  const before = s.tokens[index - 1]
  if (before === undefined) return false
  if (before.kind === 'quotedName' || before.kind === 'parameter' || /^[)\]}]$/.test(before.text)) return false
  if (before.text === '-' && !/^[-+*/%=<>(,[]$/.test(s.at(index - 2)) && s.at(index - 2) !== '') return false
  return before.kind !== 'name' || isOperatorWord(s, index - 1)
}

function isOperatorWord(s: Statement, index: number): boolean {
  return /^(IN|RETURN|WITH|AND|OR|XOR|NOT|UNWIND|THEN|ELSE|WHEN|CASE|DISTINCT|BY|WHERE|AS|CONTAINS)$/.test(
    s.keyword(index),
  )
}

function isFloat(text: string): boolean {
  return !/^0[xo]/i.test(text) && /[.eE]/.test(text)
}

const group = (kind: LiteralKind) => (kind === 'integer' || kind === 'float' ? 'number' : kind)

/** Checks the literals of a statement. @throws Gap for a comparison or sum that the engine evaluates differently */
export function refuseLiterals(s: Statement): void {
  s.tokens.forEach(({ text, kind }, i) => {
    if (kind === 'symbol') {
      if (text === '[' && isListLiteral(s, i)) refuseMixture(s, i)
      if (comparisons.has(text) && !isArrow(s, i)) refuseComparison(s, i)
      if ('+-*/%'.includes(text)) refuseArithmetic(s, i, text)
      if (text === '.' && s.tokens[i - 1]?.kind === 'string') throw new Gap('errors for properties of text')
    }
    if (s.keyword(i) === 'IN') refuseMembership(s, i)
    if (s.keyword(i) === 'CASE') refuseCase(s, i)
    if (s.keyword(i) === 'UNWIND' && !['list', null].includes(kindAt(s, i + 1)))
      throw new Gap('UNWIND of single values', 'write a list of one')
  })
}

function isArrow(s: Statement, i: number): boolean {
  return s.at(i + 1) === '-' && s.at(i) === '<'
    ? s.tokens[i + 2]?.kind === 'symbol'
    : s.at(i) === '>' && s.at(i - 1) === '-'
}

function refuseComparison(s: Statement, i: number): void {
  const left = kindBefore(s, i - 1)
  const right = kindAt(s, i + 1)
  if (left.kind !== null && right !== null && group(left.kind) !== group(right))
    throw new Gap('comparisons between values of different types', `a ${left.kind} with a ${right}`)
  if (left.kind === 'list' && hasNull(s, left.start)) throw new Gap('comparisons of lists that hold null')
  if (right === 'list' && hasNull(s, i + 1)) throw new Gap('comparisons of lists that hold null')
}

function refuseArithmetic(s: Statement, i: number, operator: string): void {
  const left = kindBefore(s, i - 1)
  const right = kindAt(s, i + 1)
  // A relationship in a pattern: `-[…]-`.
  if (operator === '-' && (s.at(i - 1) === ']' || s.at(i + 1) === '[' || s.at(i - 1) === ')')) return
  if (operator !== '+') {
    if (left.kind === 'string' || (right === 'string' && s.tokens[i - 1] !== undefined && left.kind !== null))
      throw new Gap('type errors of arithmetic', `text with ${operator}`)
    return
  }
  const scalars = new Set<LiteralKind>(['integer', 'float', 'string', 'boolean', 'map'])
  if ((left.kind === 'list' && scalars.has(right)) || (right === 'list' && scalars.has(left.kind)))
    throw new Gap('appending to lists with +', 'write [x] for x')
}

/** Refuses lists of mixed types: the engine keeps a single type for a list's numbers, and none for floats beside other values. */
function refuseMixture(s: Statement, bracket: number): void {
  const kinds = new Set(elements(s, bracket).map(([, kind]) => kind))
  if (!kinds.has('float')) return
  if (kinds.has('integer')) throw new Gap('lists that mix integers and floats')
  if (kinds.has('string') || kinds.has('boolean')) throw new Gap('lists that mix floats with other values')
}

function refuseMembership(s: Statement, i: number): void {
  const left = kindBefore(s, i - 1).kind
  if (left === null || s.at(i + 1) !== '[') return
  for (const [index, kind] of elements(s, i + 1)) {
    if (kind !== null && group(kind) !== group(left))
      throw new Gap(
        'comparisons between values of different types',
        `a ${left} with a ${kind} at ${s.tokens[index]?.start}`,
      )
  }
}

/** Refuses a simple CASE that compares unlike types, such as `CASE '1' WHEN 1`. */
function refuseCase(s: Statement, i: number): void {
  const subject = kindAt(s, i + 1)
  if (subject === null) return
  for (let at = i + 1; at < s.tokens.length && s.keyword(at) !== 'END'; at++) {
    const kind = s.keyword(at) === 'WHEN' ? kindAt(s, at + 1) : null
    if (kind !== null && group(kind) !== group(subject))
      throw new Gap('comparisons between values of different types', `CASE compares a ${subject} with a ${kind}`)
  }
}

function hasNull(s: Statement, bracket: number): boolean {
  return s.tokens.some((_, i) => s.enclosing(i) === bracket && s.keyword(i) === 'NULL')
}

/** The literal elements of a list. */
function elements(s: Statement, bracket: number): [index: number, kind: LiteralKind][] {
  const starts = s.tokens.flatMap((token, i) => (s.enclosing(i) === bracket && token.text === ',' ? [i + 1] : []))
  return [bracket + 1, ...starts].map((index) => [index, kindAt(s, index)])
}
