/**
 * Removes quoted values from server messages, for logs and traces: Neo4j quotes the value that it refuses. Names of labels, types and
 * properties stay. Text that may be either is removed.
 */

/** An identifier in backquotes is a name; anything else in them may be a value. */
const identifier = /^[\p{L}_$][\p{L}\p{N}_$.]*$/u
/** `` `name` = value ``, up to the next property of the list or the end: values hold unescaped quotes, commas and full stops. */
const assigned = /(`(?:[^`]|``)+`) = .*?(?=, `[\p{L}_$][\p{L}\p{N}_$]*` = |$)/gsu
/** A value in single quotes. Requires a delimiter after the closing quote, so that an apostrophe inside a value does not end it. */
const single = /(?<![\p{L}\p{N}])'.*?'(?=[\s,.;:)\]}'"]|$)/gsu
const double = /"(?:[^"\\]|\\.)*"/gs
/** The rest of a value that itself held a quote, of which {@link single} matched only the beginning. */
const leftover = /'…'[^'\n]*?[^\s']'(?=[\s,.;:)\]}]|$)/gu
const backquoted = /`((?:[^`]|``)*)`/g
const map = /\{[^{}]*:[^{}]*\}/g
const number = / = -?\d[^\s,;)\]}]*/g
/** How Neo4j writes values with their types: `Long(1)`, `String("x")`, `Map{b -> Long(1)}`. */
const typed =
  /\b(?:Long|Int|Integer|Double|Float|Number|String|Char|Boolean|Bool|Date|Time|LocalTime|DateTime|LocalDateTime|Duration|Point|List|Map|Vector|UUID)(?=[({])/g

/**
 * Replaces the values in a text by `…`.
 * @example redacted("Node(0) already exists with label `User` and property `ssn` = '123-45'") // … property `ssn` = …
 */
export function redacted(text: string): string {
  return withoutTyped(text.replace(assigned, '$1 = …'))
    .replace(double, '"…"')
    .replace(single, "'…'")
    .replace(leftover, "'…'")
    .replace(map, '{…}')
    .replace(number, ' = …')
    .replace(backquoted, (all: string, name: string) => (identifier.test(name) ? all : '`…`'))
}

function withoutTyped(text: string): string {
  let result = ''
  let at = 0
  for (const { 0: type, index } of text.matchAll(typed)) {
    if (index < at) continue
    const open = index + type.length
    result += `${text.slice(at, open)}${text[open]}…`
    at = closing(text, open)
  }
  return result + text.slice(at)
}

/** The position of the bracket that closes the one at `open`; the end of the text if there is none. */
function closing(text: string, open: number): number {
  let depth = 0
  for (let i = open; i < text.length; i++) {
    const character = text[i]
    if (character === '(' || character === '{') depth++
    else if (character === ')' || character === '}') depth--
    if (depth === 0) return i
  }
  return text.length
}

const kept = new WeakSet<object>()
/** How many errors of a chain of causes are redacted. */
const deepestCause = 8

/** Makes {@link shownMessage} return the messages of the error and of its causes without values. */
export function redactWhereShown(error: Error): void {
  let at: unknown = error
  for (let depth = 0; depth < deepestCause && at instanceof Error; depth++) {
    kept.add(at)
    at = at.cause
  }
}

/** The message of an error for logs and traces: without values if the driver's setting `redact` is on. */
export function shownMessage(error: Error): string {
  let at: unknown = error
  for (let depth = 0; depth < deepestCause && at instanceof Error; depth++) {
    if (kept.has(at)) return redacted(error.message)
    at = at.cause
  }
  return error.message
}
