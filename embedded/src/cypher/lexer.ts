/** Splits Cypher text into tokens with their positions. White space and comments are left out. */

export type TokenKind = 'word' | 'quoted' | 'string' | 'number' | 'parameter' | 'symbol'

export interface Token {
  readonly kind: TokenKind
  /** The token as written, with its quotes, backticks or `$`. */
  readonly text: string
  readonly start: number
  readonly end: number
}

const letter = /[\p{L}\p{Nl}_]/u
const space = /\s/
/** Symbols of two characters; all others have one. Arrows are split into their characters. */
const pairs = new Set(['<=', '>=', '<>', '=~', '+=', '||', '::', '..'])
const word = /[\p{L}\p{Nl}_][\p{L}\p{Nl}\p{Nd}\p{Mn}\p{Mc}\p{Pc}\p{Sc}]*/uy
const number = /0[xX][\da-fA-F_]+|0[oO][0-7_]+|(?:\d[\d_]*)?\.\d[\d_]*(?:[eE][+-]?\d+)?|\d[\d_]*(?:[eE][+-]?\d+)?/y

/** Splits text into tokens. An unterminated string, comment or name is one token up to the end of the text. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  const take = (kind: TokenKind, end: number) => {
    tokens.push({ kind, text: text.slice(at, end), start: at, end })
    at = end
  }
  while (at < text.length) {
    const character = text[at] as string
    const next = text[at + 1] ?? ''
    if (space.test(character)) at++
    else if (character === '/' && next === '/') at = until(text, '\n', at + 2)
    else if (character === '/' && next === '*') at = until(text, '*/', at + 2)
    else if (character === "'" || character === '"') take('string', endOfString(text, at))
    else if (character === '`') take('quoted', endOfName(text, at))
    else if (character === '$') take(...parameterAt(text, at))
    else if (/\d/.test(character) || (character === '.' && /\d/.test(next))) take('number', match(number, text, at))
    else if (letter.test(String.fromCodePoint(text.codePointAt(at) as number))) take('word', match(word, text, at))
    else take('symbol', at + (pairs.has(character + next) ? 2 : 1))
  }
  return tokens
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

function parameterAt(text: string, at: number): [TokenKind, number] {
  if (text[at + 1] === '`') return ['parameter', endOfName(text, at + 1)]
  const name = /[\p{L}\p{Nl}\p{Nd}_]+/uy
  const end = match(name, text, at + 1)
  return end > at + 1 ? ['parameter', end] : ['symbol', at + 1]
}

function match(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at
  return pattern.test(text) ? pattern.lastIndex : at
}

function until(text: string, mark: string, from: number): number {
  const found = text.indexOf(mark, from)
  return found === -1 ? text.length : found + mark.length
}

function endOfString(text: string, start: number): number {
  const quote = text[start]
  let at = start + 1
  while (at < text.length && text[at] !== quote) at += text[at] === '\\' ? 2 : 1
  return Math.min(at + 1, text.length)
}

function endOfName(text: string, start: number): number {
  let at = start + 1
  while (at < text.length) {
    if (text[at] !== '`') at++
    else if (text[at + 1] === '`') at += 2
    else return at + 1
  }
  return text.length
}
