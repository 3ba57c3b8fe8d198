/**
 * Extracts from a server's error which constraint was violated. Neo4j sends no field for it: the message names the label or
 * relationship type and the properties, in forms that are the same from 4.4 to 2026.09, also in the descriptions of GQL statuses of
 * newer servers (22N77 to 22N80, 22NB3, 22NB4). The message of a uniqueness conflict also holds values, after the names.
 */

/** The constraint that an error names. */
export interface ConstraintDetails {
  /** The constraint's name; null if the server doesn't name it, as is usual. */
  readonly constraint: string | null
  readonly label: string | null
  readonly type: string | null
  readonly properties: readonly string[]
}

const unknown: ConstraintDetails = Object.freeze({
  constraint: null,
  label: null,
  type: null,
  properties: Object.freeze([]),
})

/** One form of message: a pattern, and how to read the properties from its match. */
interface Form {
  /** The groups `kind` (label or type) and `token`, then `rest`, where the properties are. */
  readonly words: RegExp
  readonly properties: (match: Readonly<Record<string, string | undefined>>) => readonly string[]
}

const forms: readonly Form[] = [
  // Node(0) already exists with label `User` and properties `a` = 1, `b` = 'x'
  // Both Node(6) and Node(7) have the label `User` and property `email` = 'x'
  {
    words:
      /(?:already exists with|have the) (?<kind>label|type) `(?<token>.+?)` and propert(?<plural>y|ies) `(?<rest>.*)/s,
    properties: ({ plural, rest = '' }) => (plural === 'y' ? [nameBefore(rest)] : namesBeforeValues(rest)),
  },
  // Node(7) with label `User` must have the properties (`a`, `b`)
  // NODE (7) with label 'User' must have the following properties: `a`, `b`.
  // NODE (7) with label 'User' must have the property `age` with value type INTEGER.
  {
    words:
      /with (?<kind>label|type) [`'](?<token>.+?)[`'] must have the (?:following )?propert(?:y|ies):? \(?`(?<rest>.*)`/s,
    properties: ({ rest = '' }) => rest.split('`, `'),
  },
  // Node(7) with label `User` required the property `age` to be of type `INTEGER`, but was of type `STRING`.
  {
    words: /with (?<kind>label|type) `(?<token>.+?)` required the property `(?<rest>.+?)` to be of type /s,
    properties: ({ rest = '' }) => [rest],
  },
  // Node(7) with label User is required to have label Person
  // Relationship(7) with type KNOWS requires its start Node(8) to have label Person
  {
    words:
      /\b(?:node|relationship) ?\('?\d+'?\) with (?<kind>label|type) [`']?(?<token>.+?)[`']? (?:is required to have label|requires its|must have the label) /is,
    properties: () => [],
  },
]

/** A constraint as server messages describe it: `Constraint( name='nk', type='NODE KEY', schema=(:User {a, b}) )`. */
const description =
  /Constraint\( (?:id=\d+, )?(?:name='(?<name>.+?)', )?type='[\w ]+', schema=\((?:\)-\[)?:(?<token>.+?) \{(?<properties>.+?)\}(?<end>\]-\()?\)/s

/** Only this much of a message is searched: the names come first, and a value after them may be of any length. */
const MOST_CHARACTERS = 20_000

/** The constraint that the first matching text names. */
export function constraintIn(texts: Iterable<string>): ConstraintDetails {
  for (const whole of texts) {
    const text = whole.slice(0, MOST_CHARACTERS)
    const details = described(text) ?? worded(text)
    if (details !== null) return details
  }
  return unknown
}

function worded(text: string): ConstraintDetails | null {
  for (const { words, properties } of forms) {
    const groups = words.exec(text)?.groups
    if (groups === undefined) continue
    const { kind, token = null } = groups
    return details(null, kind === 'type', token, properties(groups))
  }
  return null
}

function described(text: string): ConstraintDetails | null {
  const groups = description.exec(text)?.groups
  if (groups === undefined) return null
  const { name = null, token = null, properties = '', end } = groups
  return details(name, end !== undefined, token, properties.split(', '))
}

function details(
  constraint: string | null,
  ofRelationships: boolean,
  token: string | null,
  properties: readonly string[],
): ConstraintDetails {
  return Object.freeze({
    constraint,
    label: ofRelationships ? null : token,
    type: ofRelationships ? token : null,
    properties: Object.freeze([...properties]),
  })
}

const EQUALS = '` = '

function nameBefore(text: string): string {
  const end = text.indexOf(EQUALS)
  return end === -1 ? text : text.slice(0, end)
}

/** The closing delimiter for each opening one. Quotes in strings aren't escaped, so a quote alone doesn't end a string. */
const closing: Readonly<Record<string, string>> = { "'": "'", '[': ']', '{': '}' }

/** The names in `` a` = 1, `b` = 'x', `c` = [1, 2] ``. */
function namesBeforeValues(text: string): string[] {
  const names: string[] = []
  for (let rest: string | null = text; rest !== null; ) {
    const name = nameBefore(rest)
    if (name === rest) break
    names.push(name)
    const value: string = rest.slice(name.length + EQUALS.length)
    const next = `${closing[value.charAt(0)] ?? ''}, \``
    const at = value.indexOf(next)
    rest = at === -1 ? null : value.slice(at + next.length)
  }
  return names
}
