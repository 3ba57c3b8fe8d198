/** Formats a readiness as `application/health+json`. The document may be public, so it has no addresses and no error texts. */

import type { PoolMetrics } from '../execution/executor.ts'
import type { ProbeResult, Readiness } from './readiness.ts'

/** One observation of a {@link HealthDocument}. */
export interface HealthCheck {
  readonly status: 'pass' | 'warn' | 'fail'
  readonly componentType?: string
  readonly observedValue?: number | string
  readonly observedUnit?: string
  /** Time of the observation, ISO 8601. */
  readonly time?: string
  /** What is wrong. */
  readonly output?: string
  readonly [more: string]: unknown
}

/** A body of the media type `application/health+json`. */
export interface HealthDocument {
  /** `warn` if reads work and writes fail. */
  readonly status: 'pass' | 'warn' | 'fail'
  /** Whether reads work and writes don't. */
  readonly degraded: boolean
  /** What is wrong. */
  readonly output?: string
  readonly checks: Readonly<Record<string, readonly HealthCheck[]>>
}

/** The media type of a {@link HealthDocument}. */
export const healthMediaType = 'application/health+json'

/**
 * Creates the document of a readiness.
 * @param pool - `driver.poolMetrics()`, to show how busy the service is; omit it to keep that private
 */
export function healthDocument(readiness: Readiness, pool?: readonly PoolMetrics[] | null): HealthDocument {
  const degraded = readiness.status === 'degraded'
  const output = outputs[readiness.status]
  return {
    status: statuses[readiness.status],
    degraded,
    ...(output !== null && { output }),
    checks: {
      ...(readiness.read !== null && { 'neo4j:read': [probed(readiness.read, 'fail')] }),
      ...(readiness.write !== null && { 'neo4j:write': [probed(readiness.write, degraded ? 'warn' : 'fail')] }),
      ...(pool && { 'neo4j:connections': [connections(pool)] }),
    },
  }
}

const statuses = { up: 'pass', degraded: 'warn', down: 'fail' } as const
const outputs = {
  up: null,
  degraded: 'degraded: the database can be read and not be written',
  down: 'the database can not be used',
} as const

function probed({ ok, took, at, failure }: ProbeResult, bad: 'warn' | 'fail'): HealthCheck {
  return {
    status: ok ? 'pass' : bad,
    componentType: 'datastore',
    observedValue: took,
    observedUnit: 'ms',
    time: new Date(at).toISOString(),
    ...(failure !== null && { output: failure }),
  }
}

/** Sums the pools of all servers, so that the document does not reveal server addresses. */
function connections(pool: readonly PoolMetrics[]): HealthCheck {
  const sum = (figure: 'inUse' | 'idle' | 'creating' | 'waiting' | 'max') =>
    pool.reduce((total, metrics) => total + metrics[figure], 0)
  const figures = { idle: sum('idle'), creating: sum('creating'), waiting: sum('waiting'), max: sum('max') }
  return {
    status: 'pass',
    componentType: 'datastore',
    observedValue: sum('inUse'),
    observedUnit: 'connections',
    ...figures,
  }
}
