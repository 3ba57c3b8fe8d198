/**
 * Whether a database can be worked with, asked from outside again and again by something that restarts or unplugs the
 * service on the answer. So it never takes longer than its time, never does the same thing twice at once, and doesn't ask
 * the database more often than its answer is good for.
 *
 * A probe begins a transaction and rolls it back: that goes the whole way (pool, routing, login, database) and needs no rights.
 */

import type { Driver } from '../driver/driver.ts'
import { isRetryable } from '../errors/index.ts'
import { duration, flag, name } from '../settings/options.ts'
import { clock } from '../time/clock.ts'
import { Deadline } from '../time/deadline.ts'
import type { AccessMode } from '../values/enums.ts'
import { checkedOptions, isGiven } from '../values/options.ts'
import { type FailureKind, httpAnswer } from './http-answer.ts'

/** Settings of {@link readiness}. */
export interface ReadinessOptions {
  /** For how many ms a probe may run. Default: 1000. */
  readonly timeout?: number | null | undefined
  /** For how many ms an answer, good or bad, is good for. Default: 1000. */
  readonly cache?: number | null | undefined
  /** The database. Default: the home database. */
  readonly database?: string | null | undefined
  /** Whether it has to be possible to read. Default: true. */
  readonly read?: boolean | null | undefined
  /** Whether it should be possible to write. Default: true. */
  readonly write?: boolean | null | undefined
}

/** What a probe has found. */
export interface ProbeResult {
  readonly ok: boolean
  /** How many ms it took. */
  readonly took: number
  /** When it was made, on the scale of `Date.now()`. */
  readonly at: number
  /** Why it failed, as a code that may be public; null when it is ok. */
  readonly failure: ProbeFailure | null
  /** What failed, for logs; null when it is ok. */
  readonly error: unknown
}

/** Why a probe failed. */
export type ProbeFailure = FailureKind | 'no-answer'

/** What can be done with the database at the moment. */
export interface Readiness {
  /** `degraded`: reads work and writes don't. */
  readonly status: 'up' | 'degraded' | 'down'
  /** Null where it wasn't asked for. */
  readonly read: ProbeResult | null
  /** Null where it wasn't asked for. */
  readonly write: ProbeResult | null
}

interface Probe {
  /** The last answer, or the one that is on its way. */
  result: Promise<ProbeResult>
  /** Until when it may be used; undefined while it is on its way. */
  until: number | undefined
}

const KEYS = ['timeout', 'cache', 'database', 'read', 'write'] as const satisfies readonly (keyof ReadinessOptions)[]

/** All probes of a driver, by mode, database and time. */
const probes = new WeakMap<Driver, Map<string, Probe>>()

/**
 * Whether `driver` can read and write. Never rejects for a database that is down, and answers within `timeout`.
 *
 * @throws ConfigurationError (as a rejection) for wrong options
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

/** A second time where the first one only met what was outdated: a member that is gone, a leader that has changed. */
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
