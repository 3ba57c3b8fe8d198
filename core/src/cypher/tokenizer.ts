/**
 * Splits Cypher text into tokens. It knows no grammar and accepts every text, also invalid Cypher: an unterminated string, comment
 * or quoted name is one token up to the end of the text, and an unknown character is a symbol.
 *
 * It does not decode Unicode escapes (`\u0027`), which Cypher 5 replaces anywhere in a query before it looks for tokens.
 */

/**
 * The kind of a token.
 *
 * - `space`: white space
 * - `comment`: from `//` to the end of the line, without the line break, or from `/*` on
 * - `string`: with its quotes
 * - `number`: also hexadecimal, octal, with exponent or `_`; a sign before it is a symbol
 * - `name`: a name or keyword
 * - `quotedName`: a name in backticks
 * - `parameter`: `$name`, `$0`, or a quoted name after `$`
 * - `symbol`: an operator or bracket; arrows are several symbols, `<=`, `>=`, `<>`, `=~`, `+=`, `||`, `::` and `..` are one
 */
export type TokenKind = 'space' | 'comment' | 'string' | 'number' | 'name' | 'quotedName' | 'parameter' | 'symbol'

/** A token: a kind and a range of the text. */
export interface Token {
  readonly kind: TokenKind
  readonly start: number
  /** The position after the last character. */
  readonly end: number
}

const codeOf = (character: string): number => character.charCodeAt(0)
const QUOTE = codeOf("'")
const DOUBLE_QUOTE = codeOf('"')
const BACKTICK = codeOf('`')
const BACKSLASH = codeOf('\\')
const SLASH = codeOf('/')
const STAR = codeOf('*')
const DOLLAR = codeOf('$')
const DOT = codeOf('.')
const PLUS = codeOf('+')
const MINUS = codeOf('-')
const LINE_FEED = codeOf('\n')
const CARRIAGE_RETURN = codeOf('\r')

const pairs: ReadonlySet<string> = new Set(['<=', '>=', '<>', '=~', '+=', '||', '::', '..'])

/** Characters beyond ASCII that begin or continue a name. */
const nameStart = /[\p{L}\p{Nl}\p{Pc}]/u
const namePart = /[\p{L}\p{Nl}\p{Nd}\p{Mn}\p{Mc}\p{Pc}\p{Sc}]/u
const wideSpace = /[\u0085\u180e\s]/u

const OTHER = 0
const SPACE = 1
const DIGIT = 2
const LETTER = 3

/** The class of each ASCII character. */
const classes = Uint8Array.from({ length: 0x80 }, (_, unit) => {
  const character = String.fromCharCode(unit)
  if (unit === 32 || (unit >= 9 && unit <= 13) || (unit >= 28 && unit <= 31)) return SPACE
  if (/[0-9]/.test(character)) return DIGIT
  return /[A-Za-z_]/.test(character) ? LETTER : OTHER
})

/**
 * Returns the tokens of a text, in order and without gaps. Never throws.
 *
 * @example
 * ```ts
 * tokenize('RETURN $x').map(({ kind }) => kind) // ['name', 'space', 'parameter']
 * ```
 */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = []
  let start = 0
  while (start < text.length) {
    const kind = kindAt(text, start)
    const end = endOf(kind, text, start)
    tokens.push({ kind, start, end })
    start = end
  }
  return tokens
}

function kindAt(text: string, at: number): TokenKind {
  switch (classAt(text, at)) {
    case SPACE:
      return 'space'
    case LETTER:
      return 'name'
    case DIGIT:
      return 'number'
  }
  const next = text.charCodeAt(at + 1)
  switch (text.charCodeAt(at)) {
    case SLASH:
      return next === SLASH || next === STAR ? 'comment' : 'symbol'
    case QUOTE:
    case DOUBLE_QUOTE:
      return 'string'
    case BACKTICK:
      return 'quotedName'
    case DOLLAR:
      return next === BACKTICK || classAt(text, at + 1) >= DIGIT ? 'parameter' : 'symbol'
    case DOT:
      // `.5` is a number, but neither `n.5` nor the end of `1..5` is.
      return classAt(text, at + 1) === DIGIT && !isAccessed(text, at) ? 'number' : 'symbol'
    default:
      return 'symbol'
  }
}

function endOf(kind: TokenKind, text: string, start: number): number {
  switch (kind) {
    case 'space':
      return endOfSpace(text, start)
    case 'comment':
      return text.charCodeAt(start + 1) === STAR ? endOfBlock(text, start + 2) : endOfLine(text, start)
    case 'string':
      return endOfString(text, start)
    case 'number':
      return endOfNumber(text, start)
    case 'name':
      return endOfName(text, start)
    case 'quotedName':
      return endOfQuotedName(text, start)
    case 'parameter':
      return text.charCodeAt(start + 1) === BACKTICK ? endOfQuotedName(text, start + 1) : endOfName(text, start + 1)
    case 'symbol':
      return start + (pairs.has(text.slice(start, start + 2)) ? 2 : widthAt(text, start))
  }
}

/** The class of the character at a position; `OTHER` at the end of the text. */
function classAt(text: string, at: number): number {
  const unit = text.charCodeAt(at)
  if (unit < 0x80) return classes[unit] as number
  if (Number.isNaN(unit)) return OTHER
  const character = String.fromCodePoint(text.codePointAt(at) as number)
  if (nameStart.test(character)) return LETTER
  return wideSpace.test(character) ? SPACE : OTHER
}

/** Whether the character at a position continues a name. */
function continuesName(text: string, at: number): boolean {
  const unit = text.charCodeAt(at)
  if (unit < 0x80) return (classes[unit] as number) >= DIGIT || unit === DOLLAR
  return !Number.isNaN(unit) && namePart.test(String.fromCodePoint(text.codePointAt(at) as number))
}

/** The number of UTF-16 units of the character at a position. */
function widthAt(text: string, at: number): number {
  return (text.codePointAt(at) as number) > 0xffff ? 2 : 1
}

function endOfSpace(text: string, start: number): number {
  let end = start
  while (classAt(text, end) === SPACE) end += 1
  return end
}

function endOfBlock(text: string, from: number): number {
  const at = text.indexOf('*/', from)
  return at === -1 ? text.length : at + 2
}

function endOfLine(text: string, start: number): number {
  let end = start
  while (end < text.length && text.charCodeAt(end) !== LINE_FEED && text.charCodeAt(end) !== CARRIAGE_RETURN) end += 1
  return end
}

function endOfString(text: string, start: number): number {
  const quote = text.charCodeAt(start)
  let at = start + 1
  while (at < text.length && text.charCodeAt(at) !== quote) at += text.charCodeAt(at) === BACKSLASH ? 2 : 1
  return Math.min(at + 1, text.length)
}

function endOfName(text: string, start: number): number {
  let end = start
  while (continuesName(text, end)) end += widthAt(text, end)
  return end
}

/** Finds the end of a quoted name, in which a doubled backtick is an escaped one. */
function endOfQuotedName(text: string, start: number): number {
  let at = start + 1
  for (;;) {
    at = text.indexOf('`', at)
    if (at === -1) return text.length
    if (text.charCodeAt(at + 1) !== BACKTICK) return at + 1
    at += 2
  }
}

/** Finds the end of a number, before the `..` of a range. Like Neo4j, it counts letters behind the digits as part of the number. */
function endOfNumber(text: string, start: number): number {
  const whole = endOfDigits(text, start)
  const fraction = text.charCodeAt(whole) === DOT && classAt(text, whole + 1) === DIGIT
  return fraction ? endOfDigits(text, whole + 1) : whole
}

function endOfDigits(text: string, start: number): number {
  let at = endOfName(text, start)
  while (isExponentSign(text, at)) at = endOfName(text, at + 1)
  return at
}

/** Whether the sign at this position belongs to an exponent, as in `1e-5`. Hexadecimal numbers have none. */
function isExponentSign(text: string, at: number): boolean {
  const sign = text.charCodeAt(at)
  if ((sign !== MINUS && sign !== PLUS) || classAt(text, at + 1) !== DIGIT) return false
  const before = text[at - 1]
  if (before !== 'e' && before !== 'E') return false
  let start = at - 1
  while (start > 0 && continuesName(text, start - 1)) start -= 1
  return text[start + 1] !== 'x' && text[start + 1] !== 'X'
}

/** Whether the dot at this position follows a name or another dot. */
function isAccessed(text: string, at: number): boolean {
  const before = text.charCodeAt(at - 1)
  return before === DOT || before === BACKTICK || continuesName(text, at - 1)
}
