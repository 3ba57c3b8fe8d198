/** Health checks of connections for terminus 11 and 12. Core's health probe asks the database. */

import { type AccessMode, ConfigurationError, type Driver } from '@boltline/core'
import { checkedOptions, duration, name } from '@boltline/core/options'
import { type Readiness, readiness } from '@boltline/core/web'
import { Inject, Injectable } from '@nestjs/common'
import { ModuleRef } from '@nestjs/core'
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus'
import { DEFAULT_CONNECTION, registration } from '../injection/names.ts'
import { getDriverToken } from '../module/tokens.ts'
import { accessMode, type TransactionMode } from '../transactions/transaction-options.ts'

/** The options of a readiness check. */
export interface HealthCheckOptions {
  /** The name of the connection. Default: the unnamed connection. */
  readonly connection?: string | undefined
  /** Whether reading or writing must work. Default: reading must work, and a failure to write means `degraded`. */
  readonly mode?: TransactionMode | undefined
  /** The timeout of the check in ms. Default: 1000. */
  readonly timeout?: number | undefined
  /** How long a result is cached, in ms. Default: 1000. */
  readonly cache?: number | undefined
  /** The database. Default: the home database. */
  readonly database?: string | undefined
}

/** The options of a liveness check. */
export interface LivenessOptions {
  /** The name of the connection. Default: the unnamed connection. */
  readonly connection?: string | undefined
}

/** A check: a function for `health.check([…])` that can also be awaited itself. */
export type HealthCheck<Key extends string = string> = (() => Promise<HealthIndicatorResult<Key>>) &
  PromiseLike<HealthIndicatorResult<Key>>

const KEYS = [
  'connection',
  'mode',
  'timeout',
  'cache',
  'database',
] as const satisfies readonly (keyof HealthCheckOptions)[]

/**
 * Reports the health of connections to terminus. Provide it in the module where `TerminusModule` is imported.
 *
 * `degraded` means that reads work and writes don't: a status of its own on terminus 12, on terminus 11 an `up` with
 * `degraded: true`.
 *
 * @example
 * ```ts
 * @Get('ready')
 * @HealthCheck()
 * ready() {
 *   return this.health.check([
 *     this.neo4j.check('neo4j'),
 *     this.neo4j.check('audit', { connection: 'audit', mode: 'read', timeout: 500 }),
 *   ])
 * }
 * ```
 */
@Injectable()
export class BoltlineHealthIndicator {
  readonly #modules: ModuleRef
  readonly #indicators: HealthIndicatorService

  constructor(
    @Inject(ModuleRef) modules: ModuleRef,
    @Inject(HealthIndicatorService) indicators: HealthIndicatorService,
  ) {
    this.#modules = modules
    this.#indicators = indicators
  }

  /**
   * Readiness: opens a transaction for each requested access mode, within `timeout`, and rolls it back.
   * The result contains the server's agent, the protocol, the database, and how busy the pool is.
   */
  check<const Key extends string>(key: Key, options?: HealthCheckOptions): HealthCheck<Key> {
    return runnable(() => this.#ready(key, options))
  }

  /**
   * Liveness: sends no message, because a restart of the application does not mend an unavailable database. Down only when the
   * driver is closed, which only a restart mends.
   */
  live<const Key extends string>(key: Key, options?: LivenessOptions): HealthCheck<Key> {
    return runnable(async () => {
      const { connection } = checkedOptions(options, ['connection'], 'liveness')
      const driver = this.#driver(name('connection', connection, DEFAULT_CONNECTION))
      const session = this.#indicators.check(key)
      return driver.closed ? session.down({ reason: 'closed' }) : session.up({ pool: poolOf(driver) })
    })
  }

  async #ready<const Key extends string>(
    key: Key,
    options: HealthCheckOptions | undefined,
  ): Promise<HealthIndicatorResult<Key>> {
    const given = checkedOptions(options, KEYS, 'health')
    const connection = name('connection', given.connection, DEFAULT_CONNECTION)
    const driver = this.#driver(connection)
    const session = this.#indicators.check(key)
    if (driver.closed) return session.down({ reason: 'closed' })
    const mode = accessMode('mode', given.mode)
    const database = name('database', given.database, null)
    const timeout = duration('timeout', given.timeout, 1000)
    const found = await readiness(driver, {
      timeout,
      cache: duration('cache', given.cache, 1000),
      database,
      read: mode !== 'WRITE',
      write: mode !== 'READ',
    })
    const data: Record<string, unknown> = {
      ...modesOf(found),
      ...(await serverOf(driver, found, database, timeout)),
      pool: poolOf(driver),
    }
    if (found.status === 'down') return session.down({ ...data, reason: reasonOf(found) })
    if (found.status === 'up') return session.up(data)
    // Terminus 11 doesn't have it.
    const { degraded } = session as { degraded?(data: Record<string, unknown>): HealthIndicatorResult<Key> }
    return degraded?.call(session, data) ?? session.up({ ...data, degraded: true })
  }

  #driver(connection: string): Driver {
    try {
      return this.#modules.get<Driver>(getDriverToken(connection), { strict: false })
    } catch (cause) {
      throw new ConfigurationError(
        `A health check asks for the connection '${connection}', which this application doesn't have; add ${registration(connection)}`,
        { cause },
      )
    }
  }
}

function runnable<Key extends string>(run: () => Promise<HealthIndicatorResult<Key>>): HealthCheck<Key> {
  const then: PromiseLike<HealthIndicatorResult<Key>>['then'] = (onResult, onError) => run().then(onResult, onError)
  return Object.assign(run, { then })
}

function modesOf({ read, write }: Readiness): Record<string, unknown> {
  return {
    ...(read !== null && { read: read.ok ? 'ok' : read.failure }),
    ...(write !== null && { write: write.ok ? 'ok' : write.failure }),
  }
}

function reasonOf({ read, write }: Readiness): string {
  return (read?.ok === false ? read.failure : write?.failure) ?? 'internal-error'
}

/** Sums the pool usage of all servers. */
function poolOf(driver: Driver): Record<string, number> {
  const pools = driver.poolMetrics()
  const sum = (figure: 'max' | 'inUse' | 'idle' | 'waiting') => pools.reduce((total, pool) => total + pool[figure], 0)
  return { max: sum('max'), inUse: sum('inUse'), idle: sum('idle'), waiting: sum('waiting') }
}

interface Server {
  readonly server: string
  readonly protocol: string
}

/** Who answered last; servers are asked again when they have been away. */
const servers = new WeakMap<Driver, Server>()

async function serverOf(
  driver: Driver,
  { status }: Readiness,
  database: string | null,
  timeout: number,
): Promise<Partial<Server & { database: string }>> {
  const named = database === null ? {} : { database }
  if (status === 'down') {
    servers.delete(driver)
    return named
  }
  const known = servers.get(driver) ?? (await within(timeout, askServer(driver, database)))
  if (known !== undefined) servers.set(driver, known)
  return { ...known, ...named }
}

async function askServer(driver: Driver, database: string | null): Promise<Server> {
  const mode: AccessMode = 'READ'
  const { agent, protocolVersion } = await driver.getServerInfo({ database, defaultAccessMode: mode })
  return { server: agent, protocol: protocolVersion.join('.') }
}

/** Undefined where it takes longer or fails: the probe has said already how the database is. */
async function within<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, Math.min(ms, 2 ** 31 - 1), undefined)
  })
  try {
    return await Promise.race([promise.catch(() => undefined), late])
  } finally {
    clearTimeout(timer)
  }
}
