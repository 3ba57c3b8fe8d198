/**
 * A lexer for Cypher: it tells names from literals and knows no grammar. It accepts every text, also invalid Cypher;
 * unrecognized characters become symbols.
 */

export type TokenKind = 'space' | 'comment' | 'string' | 'number' | 'name' | 'quotedName' | 'parameter' | 'symbol'

/** A token: a kind and a range of the text. */
export interface Token {
  readonly kind: TokenKind
  readonly start: number
  readonly end: number
}

const code = (character: string): number => character.charCodeAt(0)
const QUOTE = code("'")
const DOUBLE_QUOTE = code('"')
const BACKTICK = code('`')
const BACKSLASH = code('\\')
const SLASH = code('/')
const STAR = code('*')
const DOLLAR = code('$')
const DOT = code('.')
const NEWLINE = code('\n')
const RETURN = code('\r')

/** The tokens of a text, in order and without gaps. */
export function* tokens(text: string): Generator<Token, void> {
  let start = 0
  while (start < text.length) {
    const kind = kindAt(text, start)
    const end = endOf(kind, text, start)
    yield { kind, start, end }
    start = end
  }
}

function kindAt(text: string, at: number): TokenKind {
  const first = text.charCodeAt(at)
  const second = text.charCodeAt(at + 1)
  if (isSpace(first)) return 'space'
  if (first === SLASH && (second === SLASH || second === STAR)) return 'comment'
  if (first === QUOTE || first === DOUBLE_QUOTE) return 'string'
  if (first === BACKTICK) return 'quotedName'
  if (first === DOLLAR && (second === BACKTICK || isNamePart(second))) return 'parameter'
  if (isDigit(first)) return 'number'
  // `.5` is a number, but neither `n.5` nor the end of `1..5` is.
  if (first === DOT && isDigit(second) && !isBoundToDot(text.charCodeAt(at - 1))) return 'number'
  return isNamePart(first) ? 'name' : 'symbol'
}

function endOf(kind: TokenKind, text: string, start: number): number {
  switch (kind) {
    case 'space':
      return endWhile(text, start, isSpace)
    case 'comment':
      return text.charCodeAt(start + 1) === STAR ? endBehind(text, '*/', start + 2) : endOfLine(text, start)
    case 'string':
      return endOfString(text, start)
    case 'quotedName':
      return endOfQuotedName(text, start)
    case 'parameter':
      return text.charCodeAt(start + 1) === BACKTICK
        ? endOfQuotedName(text, start + 1)
        : endWhile(text, start + 1, isNamePart)
    case 'number':
      return endOfNumber(text, start)
    case 'name':
      return endWhile(text, start, isNamePart)
    case 'symbol':
      return start + 1
  }
}

function endWhile(text: string, start: number, belongs: (unit: number) => boolean): number {
  let end = start
  while (end < text.length && belongs(text.charCodeAt(end))) end += 1
  return end
}

function endBehind(text: string, mark: string, from: number): number {
  const at = text.indexOf(mark, from)
  return at === -1 ? text.length : at + mark.length
}

function endOfLine(text: string, start: number): number {
  return endWhile(text, start, (unit) => unit !== NEWLINE && unit !== RETURN)
}

function endOfString(text: string, start: number): number {
  const quote = text.charCodeAt(start)
  let at = start + 1
  while (at < text.length && text.charCodeAt(at) !== quote) at += text.charCodeAt(at) === BACKSLASH ? 2 : 1
  return Math.min(at + 1, text.length)
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

/** Finds the end of a number: also hexadecimal, octal and digits with `_`. Stops before the `..` of a range. */
function endOfNumber(text: string, start: number): number {
  let at = endOfDigits(text, start)
  if (text.charCodeAt(at) === DOT && isDigit(text.charCodeAt(at + 1))) at = endOfDigits(text, at + 1)
  return at
}

function endOfDigits(text: string, start: number): number {
  let at = start
  while (at < text.length) {
    const unit = text.charCodeAt(at)
    const signed = unit === code('-') || unit === code('+')
    if (signed ? !isExponent(text, at) : !isNamePart(unit)) break
    at += 1
  }
  return at
}

/** Whether the sign at this position belongs to an exponent, as in `1e-5`. Hexadecimal numbers have none. */
function isExponent(text: string, at: number): boolean {
  const before = text[at - 1]
  if ((before !== 'e' && before !== 'E') || !isDigit(text.charCodeAt(at + 1))) return false
  let start = at - 1
  while (start > 0 && isNamePart(text.charCodeAt(start - 1))) start -= 1
  return text[start + 1] !== 'x' && text[start + 1] !== 'X'
}

function isBoundToDot(before: number): boolean {
  return before === DOT || isNamePart(before) || before === BACKTICK
}

function isDigit(unit: number): boolean {
  return unit >= 48 && unit <= 57
}

function isSpace(unit: number): boolean {
  if (unit < 0x80) return unit === 32 || (unit >= 9 && unit <= 13) || (unit >= 28 && unit <= 31)
  return unit === 0x85 || unit === 0xa0 || unit === 0x1680 || unit === 0x180e || isWideSpace(unit)
}

function isWideSpace(unit: number): boolean {
  return (
    (unit >= 0x2000 && unit <= 0x200a) ||
    unit === 0x2028 ||
    unit === 0x2029 ||
    unit === 0x202f ||
    unit === 0x205f ||
    unit === 0x3000 ||
    unit === 0xfeff
  )
}

/** Names of the query language: letters of any script, digits, `_`. */
function isNamePart(unit: number): boolean {
  if (unit >= 0x80) return !isSpace(unit)
  return (unit >= 97 && unit <= 122) || (unit >= 65 && unit <= 90) || isDigit(unit) || unit === 95
}
