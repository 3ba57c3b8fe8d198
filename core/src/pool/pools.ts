import type { AcquireObserver } from '../diagnostics/observer.ts'
import type { PoolMetrics } from '../diagnostics/pool-metrics.ts'
import { DriverError } from '../errors/index.ts'
import type { Deadline } from '../time/deadline.ts'
import type { Address } from '../values/address.ts'
import { Pool, type PoolSettings } from './pool.ts'
import type { Opening, Poolable } from './poolable.ts'

/** Settings of {@link Pools}. */
export interface PoolsOptions<C extends Poolable, Want = unknown> extends PoolSettings<C, Want> {
  /** Opens a connection to `address`, logged in. `signal` aborts when no caller needs the connection any more. */
  readonly connect: (
    address: Address,
    deadline: Deadline,
    signal: AbortSignal,
    want: Want | undefined,
    observer?: AcquireObserver,
    opening?: Opening,
  ) => Promise<C>
}

/** The pools of a driver, one per server, each created at its first use. */
export class Pools<C extends Poolable, Want = unknown> {
  readonly #options: PoolsOptions<C, Want>
  readonly #pools = new Map<string, Pool<C, Want>>()
  /** The pool of each connection. */
  readonly #homes = new WeakMap<C, Pool<C, Want>>()
  #closed: Promise<void> | undefined

  constructor(options: PoolsOptions<C, Want>) {
    this.#options = options
  }

  /**
   * The pool of a server, created when there is none.
   *
   * @throws DriverError after {@link close}
   */
  get(address: Address): Pool<C, Want> {
    const key = address.toString()
    const known = this.#pools.get(key)
    if (known !== undefined) return known
    if (this.#closed !== undefined) throw new DriverError('The driver has been closed.')
    const { connect, ...settings } = this.#options
    const pool: Pool<C, Want> = new Pool<C, Want>({
      ...settings,
      address,
      connect: async (deadline, signal, want, observer, opening) => {
        const connection = await connect(address, deadline, signal, want, observer, opening)
        this.#homes.set(connection, pool)
        return connection
      },
    })
    this.#pools.set(key, pool)
    return pool
  }

  /** The pool of a server; undefined when there is none. */
  find(address: Address): Pool<C, Want> | undefined {
    return this.#pools.get(address.toString())
  }

  /** The pool that opened the connection. */
  homeOf(connection: C): Pool<C, Want> | undefined {
    return this.#homes.get(connection)
  }

  /** Takes a connection back; see {@link Pool.release}. */
  release(connection: C): Promise<void> | undefined {
    return this.#homes.get(connection)?.release(connection)
  }

  /** The number of leased connections and waiting callers of a server. */
  inUse(address: Address): number {
    return this.find(address)?.demand ?? 0
  }

  /** Calls `fn` with every open connection to a server, or to all of them. */
  forEachConnection(address: Address | undefined, fn: (connection: C) => void): void {
    if (address !== undefined) return this.find(address)?.forEachConnection(fn)
    for (const pool of this.#pools.values()) pool.forEachConnection(fn)
  }

  /** Closes the idle connections to a server that is unavailable or in no routing table; leased ones stay open until released. */
  drop(address: Address): void {
    const pool = this.find(address)
    if (pool === undefined) return
    pool.closeIdle()
    if (!pool.empty) return
    this.#pools.delete(address.toString())
    pool.removed()
  }

  /** The addresses of all pools. */
  addresses(): Address[] {
    return [...this.#pools.values()].map(({ address }) => address)
  }

  /** The metrics of every pool at this moment. */
  metrics(): PoolMetrics[] {
    return [...this.#pools.values()].map((pool) => pool.metrics())
  }

  /** Closes every pool. Idempotent. */
  close(): Promise<void> {
    this.#closed ??= Promise.all([...this.#pools.values()].map((pool) => pool.close())).then(() => undefined)
    return this.#closed
  }
}
