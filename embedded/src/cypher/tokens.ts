/** The tokens of Cypher text with their text, without white space and comments, and the names and strings in them. */

import { type TokenKind, tokenize } from '@boltline/core/cypher'

export interface Token {
  readonly kind: Exclude<TokenKind, 'space' | 'comment'>
  /** The token as written, with its quotes, backticks or `$`. */
  readonly text: string
  readonly start: number
  readonly end: number
}

/** Returns the tokens of a text in order, without white space and comments. */
export function tokensIn(text: string): Token[] {
  return tokenize(text).flatMap(({ kind, start, end }) =>
    kind === 'space' || kind === 'comment' ? [] : [{ kind, text: text.slice(start, end), start, end }],
  )
}

/** A name without its backticks. */
export function unquoted(name: string): string {
  return name.startsWith('`') ? name.slice(1, -1).replaceAll('``', '`') : name
}

/** A name in backticks, with the backticks in it escaped. */
export function quoted(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``
}

/** The characters of a string literal between its quotes, with escapes as written. */
export function contentOf({ text }: Token): string {
  return text.slice(1, -1)
}
