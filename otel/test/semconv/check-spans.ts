/** What the semantic conventions for database clients demand of spans. */

import { type Attributes, SpanKind, SpanStatusCode } from '@opentelemetry/api'
import type { ShownSpan } from '../shown.ts'
import { conventions } from './conventions.ts'

/** Attributes of our own, and what they hold. */
const own: Readonly<Record<string, string>> = {
  'neo4j.access_mode': 'string',
  'neo4j.impersonated': 'boolean',
  'neo4j.driver.id': 'number',
  'neo4j.bolt.version': 'string',
  'neo4j.gql_status': 'string',
  'neo4j.attempt': 'number',
  'neo4j.attempts': 'number',
  'neo4j.bookmarks.in': 'number',
  'neo4j.transaction.outcome': 'string',
  'neo4j.result.outcome': 'string',
  'neo4j.result.available_ms': 'number',
  'neo4j.result.consumed_ms': 'number',
  'neo4j.pull.count': 'number',
  'neo4j.pull.size': 'number',
  'neo4j.pull.has_more': 'boolean',
  'neo4j.pool.reason': 'string',
  'neo4j.connection.transport_ms': 'number',
  'neo4j.connection.login_ms': 'number',
  'neo4j.connection.close_reason': 'string',
  'neo4j.routing.asked': 'number',
  'neo4j.routing.role': 'string',
  'neo4j.retry.delay_ms': 'number',
  'neo4j.notification.severity': 'string',
  'neo4j.notification.category': 'string',
}

const numbers: ReadonlySet<string> = new Set(['server.port', 'network.peer.port', 'db.operation.batch.size'])

/** Every way in which a span is not as it should be. */
export function problemsOfSpan(span: ShownSpan): string[] {
  const problems = [
    ...problemsOfAttributes(span.attributes),
    ...span.events.flatMap(({ attributes = {} }) => problemsOfAttributes(attributes)),
  ]
  if (span.status.code === SpanStatusCode.OK)
    problems.push('the status is set to OK, which is the application’s to say')
  problems.push(...problemsOfFailure(span))
  if (span.kind === SpanKind.CLIENT) problems.push(...problemsOfCall(span))
  return problems.map((problem) => `span ${span.name}: ${problem}`)
}

/** Names that are wrong or out of use, and values of the wrong type. */
export function problemsOfAttributes(attributes: Attributes): string[] {
  return Object.entries(attributes).flatMap(([name, value]) => {
    if (value === undefined || name.startsWith('db.query.parameter.')) return []
    const known = conventions.get(name)
    if (known === undefined && own[name] === undefined) return [`the attribute ${name} is unknown`]
    if (known?.kind === 'metric') return [`${name} is a metric, not an attribute`]
    if (known?.deprecated) return [`the attribute ${name} is deprecated`]
    const type = own[name] ?? (numbers.has(name) ? 'number' : 'string')
    return typeof value === type ? [] : [`the attribute ${name} is a ${typeof value}, not a ${type}`]
  })
}

function problemsOfFailure({ status, attributes }: ShownSpan): string[] {
  const failed = status.code === SpanStatusCode.ERROR
  const type = attributes['error.type']
  const problems = []
  if (failed && type === undefined) problems.push('failed without error.type')
  if (failed && !status.message) problems.push('failed without a description')
  if (!failed && type !== undefined) problems.push('has error.type but has not failed')
  const code = attributes['db.response.status_code']
  if (code !== undefined && code !== type) problems.push('db.response.status_code and error.type differ')
  return problems
}

function problemsOfCall({ name, attributes }: ShownSpan): string[] {
  const required = ['db.system.name', 'db.query.text', 'db.query.summary', 'server.address']
  const problems = required.filter((key) => attributes[key] === undefined).map((key) => `${key} is missing`)
  if (attributes['db.system.name'] !== undefined && attributes['db.system.name'] !== 'neo4j')
    problems.push('db.system.name is not neo4j')
  if (attributes['server.port'] === 7687) problems.push('server.port is the default one')
  if (attributes['network.peer.port'] !== undefined && attributes['network.peer.address'] === undefined)
    problems.push('network.peer.address is missing')
  const summary = String(attributes['db.query.summary'])
  if (name !== summary) problems.push('is not named after its summary')
  if (summary.length > 255) problems.push('the summary is longer than 255 characters')
  for (const key of ['db.operation.name', 'db.collection.name']) {
    if (attributes[key] !== undefined) problems.push(`${key} must not be taken from the text of a query`)
  }
  return problems
}
