/**
 * Messages of servers without the values that they quote, for logs and traces: Neo4j names the value that it refuses. Names of labels,
 * types and properties stay. What is doubtful is left out.
 */

/** An identifier in backquotes is a name; anything else in them may be a value. */
const identifier = /^[\p{L}_$][\p{L}\p{N}_$.]*$/u
/** `` `name` = value ``, up to the next property of the list or the end: values hold quotes, commas and full stops as they are. */
const assigned = /(`(?:[^`]|``)+`) = .*?(?=, `[\p{L}_$][\p{L}\p{N}_$]*` = |$)/gsu
/** What may stand behind a closing quote, so that an apostrophe inside of a value closes nothing. */
const single = /(?<![\p{L}\p{N}])'.*?'(?=[\s,.;:)\]}'"]|$)/gsu
const double = /"(?:[^"\\]|\\.)*"/gs
/** A value that held a quote has ended too early. */
const leftover = /'…'[^'\n]*?[^\s']'(?=[\s,.;:)\]}]|$)/gu
const backquoted = /`((?:[^`]|``)*)`/g
const map = /\{[^{}]*:[^{}]*\}/g
const number = / = -?\d[^\s,;)\]}]*/g
/** How Neo4j writes values with their types: `Long(1)`, `String("x")`, `Map{b -> Long(1)}`. */
const typed =
  /\b(?:Long|Int|Integer|Double|Float|Number|String|Char|Boolean|Bool|Date|Time|LocalTime|DateTime|LocalDateTime|Duration|Point|List|Map|Vector|UUID)(?=[({])/g

/**
 * A text with `…` in place of the values in it.
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

/** Where the bracket at `open` is closed; the end of the text where it isn't. */
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
/** How far down a chain of causes is looked. */
const deepestCause = 8

/** Has what {@link shownMessage} gives for the error, and for errors that it is the cause of, be without values. */
export function redactWhereShown(error: Error): void {
  let at: unknown = error
  for (let depth = 0; depth < deepestCause && at instanceof Error; depth++) {
    kept.add(at)
    at = at.cause
  }
}

/** The message of an error for logs and traces: without values where the driver's setting `redact` says so. */
export function shownMessage(error: Error): string {
  let at: unknown = error
  for (let depth = 0; depth < deepestCause && at instanceof Error; depth++) {
    if (kept.has(at)) return redacted(error.message)
    at = at.cause
  }
  return error.message
}
