/** One Cypher statement as tokens, with the structure of its brackets and clauses; there is no grammar. */

import { bareNames } from './bare-names.ts'
import { type Token, tokensIn, unquoted } from './tokens.ts'

const opening: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' }

/** Words that begin a clause unless they are names. */
const clauseWords = new Set(
  'MATCH OPTIONAL CREATE MERGE SET DELETE DETACH NODETACH REMOVE FOREACH RETURN WITH UNWIND CALL UNION WHERE ORDER SKIP OFFSET LIMIT USE FINISH LOAD INSERT SHOW TERMINATE YIELD ON'.split(
    ' ',
  ),
)
const writingWords = new Set(['CREATE', 'MERGE', 'SET', 'DELETE', 'DETACH', 'REMOVE', 'FOREACH', 'INSERT', 'DROP'])

export class Statement {
  readonly text: string
  readonly tokens: readonly Token[]
  /** For each token the index of its enclosing bracket; −1 outside of all brackets. */
  readonly #inside: readonly number[]
  /** For each bracket the index of its partner. */
  readonly #partners: ReadonlyMap<number, number>
  /** The indices of the bare words that are names, whatever keyword they equal. */
  readonly #names: ReadonlySet<number>
  readonly #clauses: readonly string[]

  constructor(text: string, tokens: readonly Token[] = tokensIn(text)) {
    this.text = text
    this.tokens = tokens
    const inside: number[] = []
    const partners = new Map<number, number>()
    const open: number[] = []
    tokens.forEach(({ kind, text: symbol }, i) => {
      const last = open.at(-1)
      if (kind === 'symbol' && last !== undefined && opening[(tokens[last] as Token).text] === symbol) {
        open.pop()
        partners.set(last, i)
        partners.set(i, last)
      }
      inside.push(open.at(-1) ?? -1)
      if (kind === 'symbol' && symbol in opening) open.push(i)
    })
    this.#inside = inside
    this.#partners = partners
    this.#names = bareNames(this)
    this.#clauses = this.#walk()
  }

  /** The text of a token; empty when the index is out of range. */
  at(index: number): string {
    return this.tokens[index]?.text ?? ''
  }

  /** A bare word in upper case, whether it is a name or a keyword; empty for any other token. */
  word(index: number): string {
    const token = this.tokens[index]
    return token?.kind === 'name' ? token.text.toUpperCase() : ''
  }

  /** The name at a token, without backticks; null for any other token. */
  name(index: number): string | null {
    const token = this.tokens[index]
    return token?.kind === 'name' || token?.kind === 'quotedName' ? unquoted(token.text) : null
  }

  /** A bare word at a position that allows a keyword: not a property, label, type, map key, alias or variable. */
  keyword(index: number): string {
    return this.#names.has(index) || this.at(index - 1) === ':' ? '' : this.word(index)
  }

  /** Whether a bare word is certainly a name: a property, label, type, map key, alias, or a variable that the statement binds. */
  isName(index: number): boolean {
    return this.#names.has(index)
  }

  /** The keyword that begins a clause at a token; empty if none does. `STARTS WITH` and `ON CREATE` begin none. */
  clause(index: number): string {
    const word = this.keyword(index)
    if (!clauseWords.has(word)) return ''
    const before = this.word(index - 1)
    if (word === 'WITH' && (before === 'STARTS' || before === 'ENDS')) return ''
    if ((word === 'CREATE' || word === 'MATCH') && before === 'ON') return ''
    if (word === 'ON' && this.word(index + 1) !== 'CREATE' && this.word(index + 1) !== 'MATCH') return ''
    return word
  }

  /** The index of the bracket that encloses a token; −1 outside of all brackets. */
  enclosing(index: number): number {
    return this.#inside[index] ?? -1
  }

  /** The index of the other bracket of a pair; −1 for an unpaired bracket. */
  partner(index: number): number {
    return this.#partners.get(index) ?? -1
  }

  /** The clause of a token: the last one that began before it, in the same brackets or in enclosing ones. */
  clauseOf(index: number): string {
    return this.#clauses[index] ?? ''
  }

  /** Whether the statement changes the graph. */
  get writes(): boolean {
    return this.tokens.some((_, i) => writingWords.has(this.keyword(i)))
  }

  #walk(): string[] {
    const around = ['']
    return this.tokens.map((_, i) => {
      const partner = this.partner(i)
      if (partner !== -1 && partner < i) around.pop()
      const clause = this.clause(i)
      if (clause !== '') around[around.length - 1] = clause
      const current = around.at(-1) as string
      if (partner > i) around.push(current)
      return current
    })
  }
}

/** Whether a parameter stands for the property map of a node or relationship: `(n $p)`, `(:L $p)`, `-[:T $p]-`. */
export function isPropertiesOfPattern(s: Statement, i: number): boolean {
  const bracket = s.enclosing(i)
  if (s.tokens[i]?.kind !== 'parameter' || s.partner(bracket) !== i + 1) return false
  if (!/^(?:CREATE|MERGE|MATCH)$/.test(s.clauseOf(bracket)) || isInsideOfValue(s, bracket)) return false
  const named = s.name(i - 1) !== null && (i - 2 === bracket || /^[:&|]$/.test(s.at(i - 2)))
  if (s.at(bracket) === '[') return s.at(bracket - 1) === '-' && named
  const before = s.tokens[bracket - 1]
  const begins = before?.kind === 'symbol' ? /^[,>=-]$/.test(before.text) : s.clause(bracket - 1) !== ''
  return s.at(bracket) === '(' && begins && (named || i - 1 === bracket)
}

/** Whether a bracket belongs to a map or list, not to a pattern of its clause. */
function isInsideOfValue(s: Statement, bracket: number): boolean {
  const around = s.enclosing(bracket)
  if (s.at(around) === '[') return true
  return s.at(around) === '{' && s.at(around - 1) !== ')' && !/^(?:CALL|EXISTS|COUNT|COLLECT)$/.test(s.word(around - 1))
}

/** Splits a script at its semicolons into statements. */
export function statementsIn(script: string): string[] {
  const statements: string[] = []
  let start = 0
  const tokens = tokensIn(script)
  for (const [i, { text, start: at, end }] of tokens.entries()) {
    const last = i === tokens.length - 1
    if (text !== ';' && !last) continue
    const statement = script.slice(start, text === ';' ? at : end).trim()
    if (statement !== '' && tokensIn(statement).length > 0) statements.push(statement)
    start = end
  }
  return statements
}
