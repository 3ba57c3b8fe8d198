/**
 * Tells bare words that are names from keywords. Cypher allows every keyword as a name without backticks, as in
 * `WITH 1 AS where WHERE where = 1 RETURN where`.
 */

import type { Token } from './tokens.ts'

/** The tokens of a statement and their brackets; see `Statement`. */
export interface BracketedTokens {
  readonly tokens: readonly Token[]
  at(index: number): string
  word(index: number): string
  name(index: number): string | null
  enclosing(index: number): number
}

/** Keywords after which an expression has to begin. */
const beforeOperand = new Set(
  'RETURN WITH WHERE BY AND OR XOR NOT IN DISTINCT UNWIND CASE WHEN THEN ELSE LIMIT SKIP OFFSET SET DELETE REMOVE CONTAINS'.split(
    ' ',
  ),
)
/** Words that begin an expression, unless nothing follows that can belong to it. */
const prefixes = new Set(['NOT', 'DISTINCT', 'CASE', 'EXISTS', 'COUNT', 'COLLECT'])
/** Keywords that may follow an expression. */
const afterOperand = new Set(
  `AS AND OR XOR IN IS STARTS ENDS CONTAINS WHEN THEN ELSE END ASC ASCENDING DESC DESCENDING ORDER SKIP OFFSET LIMIT WHERE RETURN WITH
  MATCH OPTIONAL CREATE INSERT MERGE SET DELETE DETACH NODETACH REMOVE UNWIND CALL FOREACH LOAD UNION FINISH`.split(
    /\s+/,
  ),
)
const literals = new Set(['NULL', 'TRUE', 'FALSE'])
/** Symbols behind which no expression begins. */
const notBeforeOperand = new Set([')', ']', '}', '{', '::', ':', '.'])

/** Returns the indices of the bare words that are names: of properties, labels, map keys, aliases, and of bound variables. */
export function bareNames(s: BracketedTokens): ReadonlySet<number> {
  const names = new Set<number>()
  const bound = new Set<string>()
  s.tokens.forEach(({ kind, text }, i) => {
    if (kind !== 'name') return
    const isBound = isAlias(s, i, names) || isBinding(s, i)
    if (isBound) bound.add(text)
    if (isBound || isProperty(s, i) || isReference(s, i, names, bound)) names.add(i)
  })
  return names
}

function isAlias(s: BracketedTokens, i: number, names: ReadonlySet<number>): boolean {
  return s.word(i - 1) === 'AS' && !names.has(i - 1)
}

/** Whether a word binds a variable behind a bracket: `(where)`, `[where:T]`, `[where IN list]`. */
function isBinding(s: BracketedTokens, i: number): boolean {
  const [before, after] = [s.at(i - 1), s.at(i + 1)]
  if ((before !== '(' && before !== '[') || literals.has(s.word(i))) return false
  if (prefixes.has(s.word(i)) && after === '{') return false
  return /^[)\]:{]$/.test(after) || s.word(i + 1) === 'IN'
}

/** Whether a word is a property, a map key, a label or a type. */
function isProperty(s: BracketedTokens, i: number): boolean {
  const [before, after] = [s.at(i - 1), s.at(i + 1)]
  if (before === '.') return true
  if (after === ':' && (before === '{' || before === ',')) return true
  return before === ':' && !isMapValue(s, i)
}

function isMapValue(s: BracketedTokens, i: number): boolean {
  return s.at(s.enclosing(i)) === '{' && s.name(i - 2) !== null && /^[{,]$/.test(s.at(i - 3))
}

/** Whether a word refers to a variable that was bound before: it equals its name, and an expression has to begin here. */
function isReference(s: BracketedTokens, i: number, names: ReadonlySet<number>, bound: ReadonlySet<string>): boolean {
  if (!bound.has(s.at(i)) || literals.has(s.word(i)) || i === 0) return false
  const before = s.tokens[i - 1]
  if (before?.kind === 'name') {
    if (names.has(i - 1) || !beforeOperand.has(s.word(i - 1))) return false
  } else if (before?.kind !== 'symbol' || notBeforeOperand.has(before.text) || isEverything(s, i - 1)) return false
  if (before?.text === '|' && s.word(s.enclosing(i) - 1) === 'FOREACH') return false
  return !prefixes.has(s.word(i)) || !beginsOperand(s, i + 1)
}

/** Whether a `*` stands for all variables or rows and multiplies nothing. */
function isEverything(s: BracketedTokens, i: number): boolean {
  return s.at(i) === '*' && (s.at(i - 1) === '(' || /^(?:RETURN|WITH|DISTINCT)$/.test(s.word(i - 1)))
}

function beginsOperand(s: BracketedTokens, i: number): boolean {
  const token = s.tokens[i]
  if (token === undefined) return false
  return token.kind === 'symbol' ? /^[({[]$/.test(token.text) : token.kind !== 'name' || !afterOperand.has(s.word(i))
}
