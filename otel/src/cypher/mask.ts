import { type Token, tokens } from './lexer.ts'

/** What stands in the place of a value. */
const MASK = '?'
/** A list of nothing but values is one value: its length would make every text its own. */
const MASKED_LIST = '[?]'

/**
 * The text with `?` in the place of its literals and without its comments; names, parameters and everything else stay as
 * they are. A text whose quotes are hidden in Unicode escapes is masked as a whole.
 *
 * @example
 * ```ts
 * maskCypher("MATCH (p:Person {name: 'Ada', age: 36}) RETURN p") // 'MATCH (p:Person {name: ?, age: ?}) RETURN p'
 * ```
 */
export function maskCypher(text: string): string {
  if (hidesQuotes(text)) return MASK
  const out: string[] = []
  /** Where in `out` the lists have begun that hold values alone so far; −1 for those that hold something else. */
  const lists: number[] = []
  let word = ''
  for (const token of tokens(text)) {
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

/** Whether the text takes its values from parameters, so that it holds none that matter. */
export function hasParameters(text: string): boolean {
  for (const { kind } of tokens(text)) if (kind === 'parameter') return true
  return false
}

function pieceOf({ kind, start, end }: Token, text: string, wordBefore: string): string {
  if (kind === 'string' || kind === 'number') return MASK
  if (kind === 'comment') return ' '
  const piece = text.slice(start, end)
  return kind === 'name' && isConstant(piece.toUpperCase(), wordBefore) ? MASK : piece
}

/** `IS NULL` and `IS NOT NULL` are operators. */
function isConstant(word: string, wordBefore: string): boolean {
  if (word === 'NULL') return wordBefore !== 'IS' && wordBefore !== 'NOT'
  return word === 'TRUE' || word === 'FALSE'
}

function belongsToValues({ kind }: Token, piece: string): boolean {
  return piece === MASK || piece === ',' || piece === '-' || piece === '+' || kind === 'space' || kind === 'comment'
}

/**
 * Servers may read `\u0027` as the quote that it stands for before they look for strings. Where a text has quotes, backticks or
 * backslashes in that form, what is a value can't be told.
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
