/**
 * Finds the clause with which a query writes. It reads tokens without a grammar and reports only what is certain; the server decides
 * about the rest. Words that are properties, labels, parameters or aliases are no clauses.
 */

import { type TokenKind, tokenize } from '@boltline/core/cypher'

interface Token {
  readonly kind: TokenKind
  readonly text: string
  readonly start: number
  readonly end: number
}

/** Whether a clause with this keyword goes on with the token behind it; a name like `set` may also be a variable or a function. */
const updating: ReadonlyMap<string, (keyword: Token, next: Token) => boolean> = new Map([
  ['CREATE', (_, next) => next.text === '(' || isName(next)],
  ['MERGE', (_, next) => next.text === '(' || isName(next)],
  ['DELETE', (_, next) => isName(next)],
  ['SET', (keyword, next) => isName(next) || isApart(keyword, next)],
  ['REMOVE', (keyword, next) => isName(next) || isApart(keyword, next)],
  ['FOREACH', (_, next) => next.text === '('],
  ['DROP', (_, next) => isName(next)],
])

/** Tokens before a name that make it a property, a label, a type or an alias. */
const naming: ReadonlySet<string> = new Set(['.', ':', '&', '|', '!', 'AS'])

/** The keyword of the first clause that writes; undefined if none is found. */
export function updatingClause(query: string): string | undefined {
  const tokens = tokenize(query).flatMap(({ kind, start, end }): Token[] =>
    kind === 'space' || kind === 'comment' ? [] : [{ kind, text: query.slice(start, end), start, end }],
  )
  // A name that the query has given to a value may be used again without AS.
  const aliases = new Set<string>()
  let before = ''
  for (const [i, token] of tokens.entries()) {
    const word = token.kind === 'name' ? token.text.toUpperCase() : token.text
    const next = tokens[i + 1]
    if (before === 'AS') aliases.add(token.text)
    const goesOn = token.kind === 'name' && !aliases.has(token.text) ? updating.get(word) : undefined
    if (goesOn !== undefined && next !== undefined && !naming.has(before) && goesOn(token, next)) {
      return word === 'DELETE' && before === 'DETACH' ? 'DETACH DELETE' : word
    }
    before = word
  }
  return undefined
}

function isName({ kind }: Token): boolean {
  return kind === 'name' || kind === 'quotedName'
}

/** Whether a bracket with white space before it follows: `SET (n).x`, and not a call of a function. */
function isApart(keyword: Token, next: Token): boolean {
  return next.text === '(' && next.start > keyword.end
}
