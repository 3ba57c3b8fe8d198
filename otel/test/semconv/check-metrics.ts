/** What the semantic conventions for database clients demand of metrics. */

import type { ShownMetric } from '../shown.ts'
import { problemsOfAttributes } from './check-spans.ts'
import { conventions } from './conventions.ts'

/** Units and required attributes are in the text of the conventions alone, not in their package. */
interface Rule {
  readonly unit: string
  readonly kind: 'histogram' | 'sum' | 'gauge'
  readonly required: readonly string[]
}

const pool = ['db.client.connection.pool.name']
const rules: Readonly<Record<string, Rule>> = {
  'db.client.operation.duration': { unit: 's', kind: 'histogram', required: ['db.system.name'] },
  'db.client.response.returned_rows': { unit: '{row}', kind: 'histogram', required: ['db.system.name'] },
  'db.client.connection.count': {
    unit: '{connection}',
    kind: 'sum',
    required: [...pool, 'db.client.connection.state'],
  },
  'db.client.connection.idle.max': { unit: '{connection}', kind: 'sum', required: pool },
  'db.client.connection.idle.min': { unit: '{connection}', kind: 'sum', required: pool },
  'db.client.connection.limit': { unit: '{connection}', kind: 'sum', required: pool },
  'db.client.connection.pending_requests': { unit: '{request}', kind: 'sum', required: pool },
  'db.client.connection.timeouts': { unit: '{timeout}', kind: 'sum', required: pool },
  'db.client.connection.create_time': { unit: 's', kind: 'histogram', required: pool },
  'db.client.connection.wait_time': { unit: 's', kind: 'histogram', required: pool },
  'db.client.connection.use_time': { unit: 's', kind: 'histogram', required: pool },
  'neo4j.client.retries': { unit: '{retry}', kind: 'sum', required: ['db.system.name', 'error.type'] },
  'neo4j.client.transaction.duration': {
    unit: 's',
    kind: 'histogram',
    required: ['db.system.name', 'neo4j.access_mode'],
  },
  'neo4j.client.bytes': { unit: 'By', kind: 'sum', required: ['db.system.name', 'network.io.direction'] },
  'neo4j.client.bookmark.wait': { unit: 's', kind: 'histogram', required: ['db.system.name'] },
  'neo4j.client.routing.duration': { unit: 's', kind: 'histogram', required: ['db.system.name'] },
  'neo4j.client.routing.table.size': {
    unit: '{server}',
    kind: 'gauge',
    required: ['db.namespace', 'neo4j.routing.role'],
  },
  'neo4j.client.connection.closed': {
    unit: '{connection}',
    kind: 'sum',
    required: [...pool, 'neo4j.connection.close_reason'],
  },
  'neo4j.client.notifications': {
    unit: '{notification}',
    kind: 'sum',
    required: ['db.system.name', 'neo4j.notification.severity'],
  },
}

/** The metrics of a database client that the conventions know and do not call deprecated. */
export const wholeSet: readonly string[] = [...conventions]
  .filter(([name, { kind, deprecated }]) => kind === 'metric' && name.startsWith('db.client.') && !deprecated)
  .map(([name]) => name)

/** The metrics of our own. */
export const ownSet: readonly string[] = Object.keys(rules).filter((name) => name.startsWith('neo4j.'))

/** Every way in which a metric is not as it should be. */
export function problemsOfMetric({ name, unit, type, points }: ShownMetric): string[] {
  const known = conventions.get(name)
  const rule = rules[name]
  const problems: string[] = []
  if (known?.deprecated) problems.push('is deprecated')
  if (rule === undefined || (known === undefined && !name.startsWith('neo4j.'))) problems.push('is unknown')
  if (rule !== undefined && unit !== rule.unit) problems.push(`has the unit ${unit} instead of ${rule.unit}`)
  if (rule !== undefined && kindOf(type) !== rule.kind) problems.push(`is a ${type} instead of a ${rule.kind}`)
  for (const { attributes } of points) {
    problems.push(...problemsOfAttributes(attributes))
    for (const key of rule?.required ?? []) if (attributes[key] === undefined) problems.push(`${key} is missing`)
    const state = attributes['db.client.connection.state']
    if (state !== undefined && state !== 'idle' && state !== 'used') problems.push(`there is no state ${state}`)
  }
  return [...new Set(problems)].map((problem) => `metric ${name}: ${problem}`)
}

function kindOf(type: string): Rule['kind'] {
  if (type === 'HISTOGRAM') return 'histogram'
  return type.endsWith('GAUGE') ? 'gauge' : 'sum'
}
