import { type Token, tokenize } from '@boltline/core/cypher'

/** The replacement of a literal. */
const MASK = '?'
/** A list of literals is masked as one value, because its length would make each text distinct. */
const MASKED_LIST = '[?]'

/**
 * Returns the query text with literals replaced by `?` and comments removed. Names, parameters and everything else are kept. A
 * text with quotes in Unicode escapes is masked as a whole. Never throws.
 *
 * @example
 * ```ts
 * maskCypher("MATCH (p:Person {name: 'Ada', age: 36}) RETURN p") // 'MATCH (p:Person {name: ?, age: ?}) RETURN p'
 * ```
 */
export function maskCypher(text: string): string {
  if (hidesQuotes(text)) return MASK
  const out: string[] = []
  /** Stack of open lists: index in `out` where the list starts while it holds only literals, otherwise −1. */
  const lists: number[] = []
  let word = ''
  for (const token of tokenize(text)) {
    const piece = pieceOf(token, text, word)
    if (token.kind === 'name') word = text.slice(token.start, token.end).toUpperCase()
    else if (token.kind !== 'space' && token.kind !== 'comment') word = ''
    if (piece === '[') lists.push(out.length)
    else if (piece === ']') {
      const start = lists.pop() ?? -1
      if (start !== -1 && out.length > start + 1) {
        out.length = start
        out.push(MASKED_LIST)
        continue
      }
    } else if (!belongsToValues(token, piece)) lists.fill(-1)
    out.push(piece)
  }
  return out.join('')
}

/** Whether the text has parameters. Such a text is shown unmasked: its values are in the parameters. */
export function hasParameters(text: string): boolean {
  return tokenize(text).some(({ kind }) => kind === 'parameter')
}

function pieceOf({ kind, start, end }: Token, text: string, wordBefore: string): string {
  if (kind === 'string' || kind === 'number') return MASK
  if (kind === 'comment') return ' '
  const piece = text.slice(start, end)
  return kind === 'name' && isConstant(piece.toUpperCase(), wordBefore) ? MASK : piece
}

/** Whether the word is a literal. The `NULL` of `IS NULL` and `IS NOT NULL` is part of an operator. */
function isConstant(word: string, wordBefore: string): boolean {
  if (word === 'NULL') return wordBefore !== 'IS' && wordBefore !== 'NOT'
  return word === 'TRUE' || word === 'FALSE'
}

function belongsToValues({ kind }: Token, piece: string): boolean {
  return piece === MASK || piece === ',' || piece === '-' || piece === '+' || kind === 'space' || kind === 'comment'
}

/**
 * Whether the text has quotes, backticks or backslashes as Unicode escapes. A server may decode `\u0027` to a quote before it
 * parses strings, so literals cannot be located in such a text.
 */
function hidesQuotes(text: string): boolean {
  for (let at = text.indexOf('\\u'); at !== -1; at = text.indexOf('\\u', at + 2)) {
    let digits = at + 2
    while (text[digits] === 'u') digits += 1
    const unit = Number.parseInt(text.slice(digits, digits + 4), 16)
    if (HIDING.has(unit)) return true
  }
  return false
}

const HIDING: ReadonlySet<number> = new Set(Array.from('\'"`\\/*\n', (character) => character.charCodeAt(0)))
