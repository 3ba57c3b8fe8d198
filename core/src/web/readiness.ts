/**
 * Readiness probes of a database. Orchestrators poll them and restart or unplug the service depending on the answer, so a probe
 * answers within its timeout, concurrent callers share one probe, and its result is cached.
 *
 * A probe begins a transaction and rolls it back: that covers pool, routing, login and database, and needs no privileges.
 */

import type { Driver } from '../driver/driver.ts'
import { isRetryable } from '../errors/index.ts'
import { checkedOptions, isGiven } from '../platform/checked-options.ts'
import { duration, flag, name } from '../settings/checks.ts'
import { clock } from '../time/clock.ts'
import { Deadline } from '../time/deadline.ts'
import type { AccessMode } from '../values/enums.ts'
import { type FailureKind, httpAnswer } from './http-answer.ts'

/** Settings of {@link readiness}. */
export interface ReadinessOptions {
  /** Timeout of a probe, in ms. Default: 1000. */
  readonly timeout?: number | null | undefined
  /** How long the result of a probe is cached, in ms, whether it passed or failed. Default: 1000. */
  readonly cache?: number | null | undefined
  /** The database to probe. Default: the home database. */
  readonly database?: string | null | undefined
  /** Whether to probe reads. If reads fail, the status is `down`. Default: true. */
  readonly read?: boolean | null | undefined
  /** Whether to probe writes. Default: true. */
  readonly write?: boolean | null | undefined
}

/** The result of a probe. */
export interface ProbeResult {
  readonly ok: boolean
  /** Duration of the probe, in ms. */
  readonly took: number
  /** Time of the probe, in ms since the epoch, as of `Date.now()`. */
  readonly at: number
  /** Why it failed, as a code that may be shown publicly; null if it passed. */
  readonly failure: ProbeFailure | null
  /** The error, for logs; null if it passed. */
  readonly error: unknown
}

/** Why a probe failed. */
export type ProbeFailure = FailureKind | 'no-answer'

/** Whether the database can be read and written at the moment. */
export interface Readiness {
  /** `degraded`: reads work and writes fail. */
  readonly status: 'up' | 'degraded' | 'down'
  /** Null where it wasn't asked for. */
  readonly read: ProbeResult | null
  /** Null where it wasn't asked for. */
  readonly write: ProbeResult | null
}

interface Probe {
  /** The last result, or the running probe. */
  result: Promise<ProbeResult>
  /** When the result expires; undefined while the probe runs. */
  until: number | undefined
}

const KEYS = ['timeout', 'cache', 'database', 'read', 'write'] as const satisfies readonly (keyof ReadinessOptions)[]

/** The probes of each driver, keyed by mode, database and timeout. */
const probes = new WeakMap<Driver, Map<string, Probe>>()

/**
 * Checks whether `driver` can read and write. Resolves within `timeout`, also if the database is down.
 *
 * @throws ConfigurationError (as a rejection) if an option is invalid
 *
 * @example
 * ```ts
 * const { status } = await readiness(driver, { timeout: 500 })
 * response.statusCode = status === 'down' ? 503 : 200
 * ```
 */
export async function readiness(driver: Driver, options?: ReadinessOptions | null): Promise<Readiness> {
  const given = checkedOptions(options, KEYS, 'readiness')
  const timeout = duration('timeout', given.timeout, 1000)
  const cache = duration('cache', given.cache, 1000)
  const database = name('database', given.database, null)
  const ask = (mode: AccessMode) => probe(driver, mode, database, timeout, cache)
  const [read, write] = await Promise.all([
    flag('read', given.read, true) ? ask('READ') : null,
    flag('write', given.write, true) ? ask('WRITE') : null,
  ])
  return { status: statusOf(read, write), read, write }
}

function statusOf(read: ProbeResult | null, write: ProbeResult | null): Readiness['status'] {
  if (read?.ok === false) return 'down'
  if (write?.ok !== false) return 'up'
  return read === null ? 'down' : 'degraded'
}

function probe(
  driver: Driver,
  mode: AccessMode,
  database: string | null,
  timeout: number,
  cache: number,
): Promise<ProbeResult> {
  let known = probes.get(driver)
  if (known === undefined) {
    known = new Map()
    probes.set(driver, known)
  }
  const id = `${mode} ${timeout} ${database ?? ''}`
  const last = known.get(id)
  if (last !== undefined && (last.until === undefined || clock.now() < last.until)) return last.result
  const next: Probe = { result: attempt(driver, mode, database, timeout), until: undefined }
  known.set(id, next)
  return next.result.then((result) => {
    next.until = clock.now() + cache
    return result
  })
}

async function attempt(
  driver: Driver,
  mode: AccessMode,
  database: string | null,
  timeout: number,
): Promise<ProbeResult> {
  const at = clock.wallTime()
  const started = clock.now()
  const deadline = Deadline.in(timeout)
  const late = new AbortController()
  const timer = clock.setTimeout(() => late.abort(noAnswer), timeout)
  let error: unknown = null
  try {
    await beginAndRollBack(driver, mode, database, late.signal, deadline)
  } catch (cause) {
    error = cause
  } finally {
    clock.clearTimeout(timer)
  }
  const failure = isGiven(error) ? failureOf(error) : null
  return { ok: failure === null, took: clock.now() - started, at, failure, error }
}

/** Retries once if the first attempt failed with a retryable error, such as a removed member or a changed leader. */
async function beginAndRollBack(
  driver: Driver,
  mode: AccessMode,
  database: string | null,
  signal: AbortSignal,
  deadline: Deadline,
): Promise<void> {
  for (let again = true; ; again = false) {
    const session = driver.session({ defaultAccessMode: mode, database })
    try {
      const transaction = await session.beginTransaction({ signal })
      return await transaction.rollback()
    } catch (error) {
      if (!again || deadline.expired || !isRetryable(error)) throw error
    } finally {
      await session.close()
    }
  }
}

const noAnswer = new Error('The database gave no answer in time')

function failureOf(error: unknown): ProbeFailure {
  return error === noAnswer ? 'no-answer' : (httpAnswer(error)?.kind ?? 'internal-error')
}
