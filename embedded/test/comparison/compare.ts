/** Runs one query on the embedded graph and on a real Neo4j, and compares the answers. */

import { type Driver, float, isNeo4jError, isNode, isPath, isRelationship, type Session } from '@boltline/core'
import { type Comparison, people } from './queries.ts'

export interface Outcome {
  /** The answer as text with types but without ids, so that answers can be compared. */
  readonly answer: string | null
  readonly error: { readonly code: string; readonly message: string } | null
}

export type Verdict =
  | { readonly kind: 'same' | 'both refuse' }
  | { readonly kind: 'refused'; readonly what: string }
  | { readonly kind: 'fails'; readonly code: string }
  | { readonly kind: 'differs'; readonly neo4j: string; readonly embedded: string }

/** Creates the data of a query, runs it, and removes the data. */
export async function outcomeOf(driver: Driver, comparison: Comparison): Promise<Outcome> {
  const { query, before = [], parameters = {} } = comparison
  await using session = driver.session({ integers: 'bigint' })
  const text = [query, ...before].join('\n')
  if (/CmpPerson|CmpFilm|CMP_/.test(text)) await session.run(people).consume()
  for (const statement of before) await session.run(statement).consume()
  try {
    const result = await session.run(query, withFloats(parameters))
    const { records, summary, keys } = await result.toEagerResult()
    const rows = records.map((record) => `(${record.values().map(textOf).join(', ')})`)
    const { counters } = summary
    const counted = Object.entries(counters).filter(([, count]) => typeof count === 'number' && count > 0)
    return { answer: JSON.stringify({ keys, rows, counted, type: summary.queryType }), error: null }
  } catch (error) {
    if (!isNeo4jError(error)) throw error
    return { answer: null, error: { code: String(error.code), message: error.message } }
  } finally {
    if (/Cmp|CMP_/.test(text)) await clean(session)
  }
}

export function verdictOf(neo4j: Outcome, embedded: Outcome): Verdict {
  if (embedded.error?.code.endsWith('NotInEmbeddedGraph') === true && neo4j.error === null)
    return { kind: 'refused', what: /has no (.*), or not as/.exec(embedded.error.message)?.[1] ?? '' }
  if (embedded.error !== null && neo4j.error !== null) {
    const [ours, theirs] = [lastPart(embedded.error.code), lastPart(neo4j.error.code)]
    return { kind: ours === theirs ? 'same' : 'both refuse' }
  }
  if (embedded.error !== null) return { kind: 'fails', code: lastPart(embedded.error.code) }
  if (neo4j.answer === embedded.answer) return { kind: 'same' }
  const [theirs, ours] = [short(neo4j), short(embedded)]
  // Shows the query type or the column names when only those differ.
  return theirs === ours
    ? { kind: 'differs', neo4j: neo4j.answer ?? '', embedded: embedded.answer ?? '' }
    : { kind: 'differs', neo4j: theirs, embedded: ours }
}

/** Removes the data and the schema of comparisons. */
export async function clean(session: Session): Promise<void> {
  await session.run("MATCH (n) WHERE any(l IN labels(n) WHERE l STARTS WITH 'Cmp') DETACH DELETE n").consume()
  await session.run('DROP CONSTRAINT cmp_c IF EXISTS').consume()
  await session.run('DROP INDEX cmp_i IF EXISTS').consume()
}

/** Replaces `{ float: 3 }` by a FLOAT. */
function withFloats(parameters: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => {
      const marked = typeof value === 'object' && value !== null && 'float' in value
      return [name, marked ? float(Number(value.float)) : value]
    }),
  )
}

function textOf(value: unknown): string {
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'number') return Number.isInteger(value) ? value.toFixed(1) : String(value)
  if (typeof value === 'string') return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(textOf).join(', ')}]`
  if (isNode(value))
    return `(${[...value.labels]
      .sort()
      .map((label) => `:${label}`)
      .join('')} ${mapText(value.properties)})`
  if (isRelationship(value)) return `[:${value.type} ${mapText(value.properties)}]`
  if (isPath(value)) return `${value.nodes.map(textOf).join('-')} ${value.relationships.map(textOf).join(' ')}`
  if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype)
    return mapText(value)
  if (typeof value === 'object' && value !== null) return `${value.constructor.name} ${value}`
  return String(value)
}

function mapText(map: object): string {
  const entries = Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, value]) => `${key}: ${textOf(value)}`).join(', ')}}`
}

function short({ answer, error }: Outcome): string {
  if (error !== null) return lastPart(error.code)
  const { rows, counted } = JSON.parse(answer ?? '{}') as Record<'rows' | 'counted', unknown[]>
  const changes = (counted as [string, number][]).map(([name, count]) => `${name} ${count}`).join(', ')
  const text = rows.length === 0 ? changes || 'no rows' : rows.join(' ')
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}

function lastPart(code: string): string {
  return code.split('.').at(-1) ?? code
}
