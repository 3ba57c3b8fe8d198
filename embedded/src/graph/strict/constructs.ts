/** The parts of Cypher that the engine can't parse. Each row examines one token and its neighbours. */

import type { Statement } from '../../cypher/statement.ts'

export interface Construct {
  /** The name of the construct in the plural, for the text "has no …". */
  readonly what: string
  readonly at: (statement: Statement, index: number) => boolean
}

const predicates = new Set(['ANY', 'ALL', 'NONE', 'SINGLE'])

export const constructs: readonly Construct[] = [
  { what: 'subqueries IN TRANSACTIONS', at: (s, i) => s.keyword(i) === 'TRANSACTIONS' && s.word(i - 1) !== 'SHOW' },
  { what: 'COLLECT subqueries', at: (s, i) => s.keyword(i) === 'COLLECT' && s.at(i + 1) === '{' },
  { what: 'label expressions', at: isLabelExpression },
  { what: 'dynamic labels and types', at: (s, i) => s.at(i) === ':' && s.at(i + 1) === '$' && s.at(i + 2) === '(' },
  { what: 'dynamic property keys in SET and REMOVE', at: isDynamicKey },
  { what: 'WHERE inside of a pattern', at: isInlineWhere },
  { what: 'quantified path patterns', at: isQuantifier },
  {
    what: 'SHORTEST path selectors',
    at: (s, i) =>
      s.keyword(i) === 'SHORTEST' &&
      (s.tokens[i + 1]?.kind === 'number' || s.at(i + 1) === '(' || /ANY|ALL/.test(s.word(i - 1))),
  },
  { what: 'concatenations with ||', at: (s, i) => s.at(i) === '||' && s.tokens[i]?.kind === 'symbol' },
  {
    what: 'type predicates',
    at: (s, i) => s.keyword(i) === 'IS' && /^(::|TYPED)$/i.test(s.word(i + 1) === 'NOT' ? s.at(i + 2) : s.at(i + 1)),
  },
  { what: 'FINISH', at: (s, i) => i > 0 && s.keyword(i) === 'FINISH' && i === s.tokens.length - 1 },
  { what: 'INSERT', at: (s, i) => s.keyword(i) === 'INSERT' && s.at(i + 1) === '(' },
  { what: 'LOAD CSV', at: (s, i) => s.keyword(i) === 'LOAD' && s.word(i + 1) === 'CSV' },
  { what: 'EXPLAIN and PROFILE', at: (s, i) => i === 0 && (s.word(i) === 'EXPLAIN' || s.word(i) === 'PROFILE') },
  { what: 'underscores in numbers', at: (s, i) => s.tokens[i]?.kind === 'number' && s.at(i).includes('_') },
  { what: 'octal numbers', at: (s, i) => s.tokens[i]?.kind === 'number' && /^0o/i.test(s.at(i)) },
  { what: 'paths of a single node', at: isPathOfOneNode },
]

/** `:A|B`, `:A&B`, `:!A`, `:%` on nodes; relationships may have alternative types. */
function isLabelExpression(s: Statement, i: number): boolean {
  if (s.at(i) !== ':' || s.tokens[i]?.kind !== 'symbol') return false
  if (s.at(i + 1) === '!' || s.at(i + 1) === '%') return true
  if (s.at(i + 1) === '(' && s.at(s.enclosing(i)) !== '{') return true
  if (s.name(i + 1) === null) return false
  const after = s.at(i + 2)
  return after === '&' || (after === '|' && s.at(s.enclosing(i)) === '(')
}

function isDynamicKey(s: Statement, i: number): boolean {
  const clause = s.clause(i)
  return (clause === 'SET' || clause === 'REMOVE') && s.name(i + 1) !== null && s.at(i + 2) === '['
}

function isInlineWhere(s: Statement, i: number): boolean {
  if (s.keyword(i) !== 'WHERE') return false
  const bracket = s.enclosing(i)
  if (s.at(bracket) === '(') return !predicates.has(s.word(bracket - 1)) && s.clauseOf(bracket) !== 'CALL'
  return s.at(bracket) === '[' && s.at(bracket - 1) === '-' && s.word(bracket + 2) !== 'IN'
}

function isQuantifier(s: Statement, i: number): boolean {
  const before = s.at(i - 1)
  if (s.at(i) === '{') {
    const bounded = s.tokens[i + 1]?.kind === 'number' || s.at(i + 1) === ','
    return bounded && (before === ')' || before === '-' || before === '>')
  }
  if (s.at(i) !== '+' && s.at(i) !== '*') return false
  const arrow = before === '>' || (before === '-' && (s.at(i - 2) === ']' || s.at(i - 2) === '-'))
  const group = before === ')' && s.at(s.partner(i - 1) + 1) === '('
  return (arrow || group) && s.at(i + 1) === '('
}

/** A path of a single node: `p = (a)`. */
function isPathOfOneNode(s: Statement, i: number): boolean {
  if (s.at(i) !== '=' || s.at(i + 1) !== '(' || s.name(i - 1) === null) return false
  const clause = s.clause(i - 2)
  if (clause !== 'MATCH' && s.at(i - 2) !== ',') return false
  if (s.clauseOf(i) !== 'MATCH') return false
  const after = s.at(s.partner(i + 1) + 1)
  return after !== '-' && after !== '<' && after !== '('
}
