/** Translates the engine's errors about unique values into the text of Neo4j 5.26, from which drivers read label and properties. */

import { ServerFailure } from '../bolt-server/query-handler.ts'
import { quoted } from '../cypher/tokens.ts'
import type { EngineValue } from './engine-messages.ts'

const violation =
  /UNIQUE constraint violation: propert(?:y '(?<property>.*)' with value|ies \((?<properties>.*)\) with values) (?<values>.*) already exists? on :(?<label>.*)$/s

/** Runs a query and returns its rows. */
type Look = (query: string) => Promise<readonly (readonly EngineValue[])[]>

/** Translates a constraint violation; null for another error. `look` queries the same transaction while it is open. */
export async function constraintViolation(message: string, look: Look): Promise<ServerFailure | null> {
  if (/Cannot delete node with \d+ connected edge/.test(message))
    return failed(
      'Cannot delete node, because it still has relationships. To delete this node, you must first delete its relationships.',
    )
  const groups = violation.exec(message)?.groups
  if (groups === undefined) return null
  const { property, properties = '', values = '', label = '' } = groups
  const names = property === undefined ? properties.split(', ') : [property]
  const found = valuesIn(property === undefined ? values : `[${values}]`)
  const list = names.map((name, i) => `${quoted(name)} = ${found[i]?.shown ?? 'a value'}`).join(', ')
  const conditions = names.map((name, i) => `n.${quoted(name)} = ${found[i]?.literal ?? 'null'}`)
  const query = `MATCH (n:${quoted(label)}) WHERE ${conditions.join(' AND ')} RETURN id(n) LIMIT 1`
  const [row] = await look(query).catch(() => [])
  return failed(
    `Node(${row?.[0] ?? '?'}) already exists with label ${quoted(label)} and propert${names.length === 1 ? 'y' : 'ies'} ${list}`,
  )
}

function failed(message: string): ServerFailure {
  return new ServerFailure('Neo.ClientError.Schema.ConstraintValidationFailed', message, '50N42')
}

/** A value as Cypher, and as Neo4j prints it. */
interface Value {
  readonly literal: string
  readonly shown: string
}

/** The values of a list in the engine's notation: `[String("x"), Int64(2)]`. */
function valuesIn(text: string): Value[] {
  const reader = new Reader(text)
  return reader.list()
}

class Reader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  list(): Value[] {
    const values: Value[] = []
    this.#take(/\[/y)
    while (this.#at < this.#text.length && this.#take(/\]/y) === null) {
      values.push(this.#value())
      if (this.#take(/, /y) === null && this.#text[this.#at] !== ']') break
    }
    return values
  }

  #value(): Value {
    const text = this.#take(/String\("((?:[^"\\]|\\.)*)"\)/sy)
    if (text !== null) {
      const plain = unescaped(text[1] ?? '')
      const escaped = plain.replaceAll('\\', '\\\\').replaceAll("'", "\\'")
      return { literal: `'${escaped}'`, shown: `'${plain}'` }
    }
    const plain = this.#take(/(?:Int64|Float64|Bool)\(([^)]*)\)/y)
    if (plain !== null) return { literal: plain[1] ?? '', shown: plain[1] ?? '' }
    if (this.#take(/List\(/y) !== null) {
      const values = this.list()
      this.#take(/\)/y)
      const all = (part: keyof Value) => `[${values.map((value) => value[part]).join(', ')}]`
      return { literal: all('literal'), shown: all('shown') }
    }
    const other = this.#take(/(\w+)\(([^)]*)\)/y)
    return { literal: `date('${other?.[2] ?? ''}')`, shown: other?.[2] ?? 'a value' }
  }

  #take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)
    if (found !== null) this.#at += found[0].length
    return found
  }
}

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '0': '\0' }

function unescaped(text: string): string {
  return text.replaceAll(/\\(?:u\{([\da-f]+)\}|(.))/gs, (_, code: string | undefined, character: string) =>
    code === undefined ? (escapes[character] ?? character) : String.fromCodePoint(Number.parseInt(code, 16)),
  )
}
