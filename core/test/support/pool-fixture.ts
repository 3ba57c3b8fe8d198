import { afterEach, beforeEach } from 'vitest'
import { Log } from '../../src/diagnostics/log.ts'
import type { DriverIdentity } from '../../src/diagnostics/messages.ts'
import { Pool, type PoolOptions } from '../../src/pool/pool.ts'
import type { Poolable } from '../../src/pool/poolable.ts'
import { clock, useClock } from '../../src/time/clock.ts'
import { Deadline } from '../../src/time/deadline.ts'
import { ManualClock } from '../../src/time/manual-clock.ts'
import { Address } from '../../src/values/address.ts'

/** A promise that is settled from outside. */
export class Later<T> {
  readonly promise: Promise<T>
  resolve!: (value: T) => void
  reject!: (error: unknown) => void
  settled = false

  constructor() {
    this.promise = new Promise<T>((resolve, reject) => {
      this.resolve = (value) => {
        this.settled = true
        resolve(value)
      }
      this.reject = (error) => {
        this.settled = true
        reject(error)
      }
    })
  }
}

/** Runs all pending promise reactions. */
export const settle = async (): Promise<void> => {
  for (let i = 0; i < 30; i++) await Promise.resolve()
}

/** A connection without a server: the test decides what happens to it. */
export class FakeConnection implements Poolable {
  readonly id: number
  readonly address: Address
  open = true
  clean = true
  goodbyes = 0
  resets = 0
  createdAt: number
  readonly received = 0
  readonly sent = 0
  onClose: (() => void) | null = null
  /** The outcome of the next reset; undefined: it succeeds at once. */
  nextReset: Later<void> | undefined
  /** Whether the network dropped the connection silently: requests are never answered. */
  silent = false

  constructor(id: number, address: Address, createdAt: number) {
    this.id = id
    this.address = address
    this.createdAt = createdAt
  }

  async reset(deadline?: Deadline): Promise<void> {
    this.resets += 1
    if (this.silent) await this.#silence(deadline)
    const outcome = this.nextReset
    this.nextReset = undefined
    await outcome?.promise
    if (!this.open) throw new Error('reset on a broken connection')
    this.clean = true
  }

  #silence(deadline: Deadline = Deadline.never): Promise<never> {
    return new Promise((_, reject) => {
      clock.setTimeout(() => {
        this.destroy()
        reject(new Error('did not answer RESET in time'))
      }, deadline.remaining())
    })
  }

  close(): Promise<void> | void {
    if (!this.open) return
    this.goodbyes += 1
    this.destroy()
  }

  destroy(): void {
    this.break()
  }

  /** Ends the connection as the server or the network does. */
  break(): void {
    if (!this.open) return
    this.open = false
    this.onClose?.()
  }
}

/** An attempt to connect that waits for the test. */
export interface Attempt {
  readonly deadline: Deadline
  readonly signal: AbortSignal
  readonly want: unknown
  succeed(): FakeConnection
  fail(error: Error): void
}

/** A clock that stands still during each test of the file. */
export function standingClock(): { readonly time: ManualClock } {
  const holder = { time: new ManualClock(1_000_000) }
  let restore = (): void => undefined
  beforeEach(() => {
    holder.time = new ManualClock(1_000_000)
    restore = useClock(holder.time)
  })
  afterEach(() => restore())
  return holder
}

export const server = Address.parse('db.example:7687')

export const fakeDriver: DriverIdentity = {
  id: 0,
  uri: 'bolt://db.example:7687',
  host: 'db.example',
  port: 7687,
  routed: false,
  encrypted: false,
}

/** The settings of a pool that limits nothing but the number of connections. */
export const poolSettings = {
  maxLifetime: Number.POSITIVE_INFINITY,
  livenessCheckTimeout: undefined,
  resetTimeout: 30_000,
  goodbyeTimeout: 5_000,
  livenessProbeTimeout: 5_000,
  log: new Log('boltline.pool'),
  driver: fakeDriver,
}

/** A pool over fake connections, opened at once (`auto`, the default) or when the test decides. */
export function fakePool(
  options: Partial<PoolOptions<FakeConnection, unknown>> & { readonly auto?: boolean; now(): number },
) {
  const { auto = true, now, ...rest } = options
  const connections: FakeConnection[] = []
  const attempts: Attempt[] = []
  const make = (): FakeConnection => {
    const connection = new FakeConnection(connections.length, server, now())
    connections.push(connection)
    return connection
  }
  const pool = new Pool<FakeConnection, unknown>({
    address: server,
    max: 2,
    ...poolSettings,
    connect: (deadline, signal, want) => {
      if (auto) return Promise.resolve(make())
      const outcome = new Later<FakeConnection>()
      signal.addEventListener('abort', () => outcome.reject(new Error('called off')))
      attempts.push({
        deadline,
        signal,
        want,
        succeed: () => {
          const connection = make()
          outcome.resolve(connection)
          return connection
        },
        fail: (error) => outcome.reject(error),
      })
      return outcome.promise
    },
    ...rest,
  })
  return { pool, connections, attempts }
}
