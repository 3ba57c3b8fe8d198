/**
 * Liveness and readiness handlers for orchestrators and load balancers. Liveness never queries the database, because restarting
 * the service would not end an outage of it. Readiness queries it within `timeout` ms and caches the answer for `cache` ms.
 */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { ConfigurationError } from '@boltline/core'
import { checkedOptions, duration, found, isGiven, name, shownMessage } from '@boltline/core/options'
import {
  type HealthCheck,
  type HealthDocument,
  healthDocument,
  healthMediaType,
  oneLine,
  type Readiness,
  readiness,
} from '@boltline/core/web'
import type { Application } from './application.ts'

/** A check of another dependency of the service. It fails if it throws, rejects or resolves to false; otherwise it passes. */
export type OwnCheck = (signal: AbortSignal) => unknown

/**
 * The checks of `readyz()`: `read` and `write` (default: true), `pool` (shows the figures of the connection pool; default:
 * false), and custom checks by name. An array of these three words enables exactly those.
 */
export type ReadyzChecks =
  | readonly ('read' | 'write' | 'pool')[]
  | {
      readonly read?: boolean
      readonly write?: boolean
      readonly pool?: boolean
      readonly [name: string]: boolean | OwnCheck | undefined
    }

/** Settings of `readyz()`. */
export interface ReadyzOptions {
  /** Timeout of each check, in ms. Default: 1000. */
  readonly timeout?: number | null | undefined
  /** How long the result of a check is cached, in ms, whether it passed or failed. Default: 1000. */
  readonly cache?: number | null | undefined
  /** The checks to run. Default: `read` and `write`. */
  readonly checks?: ReadyzChecks | null | undefined
  /** The database to check. Default: the middleware's `database` if it is a fixed name, otherwise the home database. */
  readonly database?: string | null | undefined
}

/** A request handler of a health route. */
export type HealthHandler = (request: IncomingMessage, response: ServerResponse) => void

interface Plan {
  readonly read: boolean
  readonly write: boolean
  readonly pool: boolean
  readonly own: readonly (readonly [name: string, check: () => Promise<HealthCheck>])[]
}

const alive = JSON.stringify({ status: 'pass' })
const stopping: HealthDocument = { status: 'fail', degraded: false, output: 'the service is stopping', checks: {} }

export function livezHandler(): HealthHandler {
  return (_request, response) => send(response, 200, alive)
}

export function readyzHandler(application: Application, fixedDatabase: string | null, options: unknown): HealthHandler {
  const given = checkedOptions(options, ['timeout', 'cache', 'checks', 'database'], 'readyz')
  const timeout = duration('timeout', given.timeout, 1000)
  const cache = duration('cache', given.cache, 1000)
  const database = name('database', given.database, fixedDatabase)
  const plan = planOf(given.checks, timeout, cache)
  let last: Readiness['status'] = 'up'

  const report = async (): Promise<HealthDocument> => {
    const { driver } = application
    const { read, write } = plan
    const [found, ...own] = await Promise.all([
      readiness(driver, { timeout, cache, database, read, write }),
      ...plan.own.map(async ([title, check]) => [title, [await check()]] as const),
    ])
    if (found.status !== last) {
      last = found.status
      application.log(last === 'up' ? 'info' : 'warn', `the database is ${last}${causeOf(found)}`)
    }
    const document = healthDocument(found, plan.pool ? driver.poolMetrics() : null)
    return own.length === 0 ? document : withOwn(document, own)
  }
  return (_request, response) => {
    if (application.draining) return send(response, 503, JSON.stringify(stopping))
    report().then(
      (document) => send(response, document.status === 'fail' ? 503 : 200, JSON.stringify(document)),
      (error: unknown) => {
        application.log('error', `readyz failed: ${error instanceof Error ? error.stack : String(error)}`)
        send(response, 503, JSON.stringify({ status: 'fail' }))
      },
    )
  }
}

function send(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, {
    'Content-Type': healthMediaType,
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
  })
  response.end(body)
}

function causeOf({ read, write }: Readiness): string {
  const error = [read, write].find((each) => each?.ok === false)?.error
  return error instanceof Error ? oneLine(`: ${error.name}: ${shownMessage(error)}`) : ''
}

function planOf(checks: unknown, timeout: number, cache: number): Plan {
  if (!isGiven(checks)) return { read: true, write: true, pool: false, own: [] }
  if (Array.isArray(checks)) {
    const unknown = checks.find((word) => !['read', 'write', 'pool'].includes(word))
    if (unknown !== undefined) {
      throw new ConfigurationError(
        `checks can list 'read', 'write' and 'pool', found ${JSON.stringify(unknown)}; checks of your own go into an object`,
      )
    }
    const has = (word: string) => checks.includes(word)
    return { read: has('read'), write: has('write'), pool: has('pool'), own: [] }
  }
  if (typeof checks !== 'object')
    throw new ConfigurationError(`checks must be an object or an array, found ${found(checks)}`)
  const { read = true, write = true, pool = false, ...others } = checks as Record<string, unknown>
  for (const [title, value] of Object.entries({ read, write, pool })) {
    if (typeof value !== 'boolean') {
      throw new ConfigurationError(`checks.${title} must be true or false, found ${found(value)}`)
    }
  }
  const own = Object.entries(others).map(([title, check]) => {
    if (typeof check === 'function') return [title, remembered(() => run(check as OwnCheck, timeout), cache)] as const
    throw new ConfigurationError(`checks.${title} must be a function, found ${found(check)}`)
  })
  return { read: read === true, write: write === true, pool: pool === true, own }
}

async function run(check: OwnCheck, timeout: number): Promise<HealthCheck> {
  const time = new Date().toISOString()
  const started = performance.now()
  const late = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const inTime = new Promise<'no-answer'>((resolve) => {
    timer = setTimeout(
      () => {
        late.abort()
        resolve('no-answer')
      },
      Math.min(timeout, 2 ** 31 - 1),
    )
  })
  const outcome = await Promise.race([outcomeOf(check, late.signal), inTime])
  clearTimeout(timer)
  return {
    status: outcome === 'ok' ? 'pass' : 'fail',
    observedValue: Math.round(performance.now() - started),
    observedUnit: 'ms',
    time,
    ...(outcome !== 'ok' && { output: outcome }),
  }
}

/** Reduces a failure to a word: the route may be public, so the response must not contain the reason. */
async function outcomeOf(check: OwnCheck, signal: AbortSignal): Promise<'ok' | 'failed'> {
  try {
    return (await check(signal)) === false ? 'failed' : 'ok'
  } catch {
    return 'failed'
  }
}

/** Wraps `run` so that concurrent callers share one run and its result is cached for `ms`. */
function remembered<T>(work: () => Promise<T>, ms: number): () => Promise<T> {
  let last: Promise<T> | undefined
  let until = Number.POSITIVE_INFINITY
  return () => {
    if (last === undefined || performance.now() >= until) {
      until = Number.POSITIVE_INFINITY
      last = work()
      last.then(() => {
        until = performance.now() + ms
      })
    }
    return last
  }
}

function withOwn(
  document: HealthDocument,
  own: readonly (readonly [string, readonly HealthCheck[]])[],
): HealthDocument {
  const failed = own.flatMap(([title, checks]) => (checks.some(({ status }) => status === 'fail') ? [title] : []))
  return {
    ...document,
    ...(failed.length > 0 && {
      status: 'fail',
      output: [document.output, ...failed.map((title) => `${title} failed`)].filter(isGiven).join('; '),
    }),
    checks: { ...document.checks, ...Object.fromEntries(own) },
  }
}
