/**
 * Checks the types of the metadata in a server's answer against the Bolt specification. Missing and null entries pass, because servers
 * leave out what does not apply. A key has the same meaning in every answer, so one table serves all.
 */

import type { Metadata } from './responses.ts'

/** Returns a description of a wrong value, or null if the value is right. */
type Check = (value: unknown, path: string) => string | null

const text = expecting('a string', (value) => typeof value === 'string')
const integer = expecting('an integer', (value) => Number.isSafeInteger(value))
const number = expecting('a number', (value) => typeof value === 'number' || typeof value === 'bigint')
const flag = expecting('a boolean', (value) => typeof value === 'boolean')
const map = expecting('a map', isMap)
const figure = expecting(
  'a number or a boolean',
  (value) => typeof value === 'boolean' || typeof value === 'number' || typeof value === 'bigint',
)

const notification = mapOf({
  code: text,
  title: text,
  description: text,
  severity: text,
  category: text,
  position: map,
})
const status = mapOf({
  gql_status: text,
  status_description: text,
  neo4j_code: text,
  title: text,
  diagnostic_record: map,
})
const plan = mapOf({
  operatorType: text,
  args: map,
  identifiers: listOf(text),
  children: listOf((value, path) => plan(value, path)),
})
const routingTable = mapOf({ ttl: number, db: text, servers: listOf(mapOf({ role: text, addresses: listOf(text) })) })
const cause = mapOf({
  gql_status: text,
  description: text,
  message: text,
  diagnostic_record: map,
  cause: (value, path) => cause(value, path),
})

const checks: ReadonlyMap<string, Check> = new Map<string, Check>([
  // HELLO and LOGON
  ['server', text],
  ['connection_id', text],
  ['hints', map],
  ['patch_bolt', listOf(text)],
  ['advertised_address', text],
  // RUN
  ['fields', listOf(text)],
  ['qid', integer],
  ['t_first', number],
  // PULL, DISCARD, COMMIT, BEGIN
  ['has_more', flag],
  ['bookmark', text],
  ['db', text],
  ['type', text],
  ['t_last', number],
  ['stats', entriesOf(figure)],
  ['plan', plan],
  ['profile', plan],
  ['notifications', listOf(notification)],
  ['statuses', listOf(status)],
  // ROUTE
  ['rt', routingTable],
  // FAILURE
  ['code', text],
  ['neo4j_code', text],
  ['message', text],
  ['gql_status', text],
  ['description', text],
  ['diagnostic_record', map],
  ['cause', cause],
])

/** Describes the first wrong entry of the metadata, with its path; null if all are right. */
export function wrongMetadata(metadata: Metadata): string | null {
  for (const key in metadata) {
    const value = metadata[key]
    const wrong = value === null ? null : (checks.get(key)?.(value, key) ?? null)
    if (wrong !== null) return wrong
  }
  return null
}

function expecting(what: string, holds: (value: unknown) => boolean): Check {
  return (value, path) => (holds(value) ? null : `${path} is ${kindOf(value)}, not ${what}`)
}

function listOf(check: Check): Check {
  return (value, path) => {
    if (!Array.isArray(value)) return `${path} is ${kindOf(value)}, not a list`
    for (let i = 0; i < value.length; i++) {
      const wrong = check(value[i], `${path}[${i}]`)
      if (wrong !== null) return wrong
    }
    return null
  }
}

function entriesOf(check: Check): Check {
  return (value, path) => {
    if (!isMap(value)) return map(value, path)
    for (const key of Object.keys(value)) {
      const wrong = check(value[key], `${path}[${JSON.stringify(key.slice(0, longestKey))}]`)
      if (wrong !== null) return wrong
    }
    return null
  }
}

function mapOf(entries: Readonly<Record<string, Check>>): Check {
  const known = Object.entries(entries)
  return (value, path) => {
    if (!isMap(value)) return map(value, path)
    for (const [key, check] of known) {
      const entry = value[key]
      const wrong = entry === undefined || entry === null ? null : check(entry, `${path}.${key}`)
      if (wrong !== null) return wrong
    }
    return null
  }
}

/** How many characters of a key that the server chose an error shows. */
const longestKey = 40

/** Whether `value` is a map, as opposed to a hydrated structure. */
function isMap(value: unknown): value is Metadata {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return isMap(value) ? 'a map' : 'a structure'
  return typeof value === 'bigint' ? 'a number beyond ±(2^53−1)' : `a ${typeof value}`
}
