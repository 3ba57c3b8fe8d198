import type { PoolMetrics } from '../diagnostics/pool-metrics.ts'
import { Pool, type PoolOptions } from '../pool/pool.ts'
import type { Poolable } from '../pool/poolable.ts'
import type { Deadline } from '../time/deadline.ts'
import type { Abortable } from '../time/on-abort.ts'
import type { Auth } from '../values/auth.ts'
import { effectOf } from './error-effects.ts'
import type { Acquired, AcquireRequest, Router } from './router.ts'

/** Settings of {@link DirectRouter}: those of its pool, and what to do when logins expire. */
export interface DirectOptions<C extends Poolable> extends PoolOptions<C, Auth | null> {
  /** Makes the connection log in again before its next lease. */
  readonly expireLogin: (connection: C) => void
}

/** Sends all work to one server. */
export class DirectRouter<C extends Poolable> implements Router<C> {
  readonly routed = false
  readonly #pool: Pool<C, Auth | null>
  readonly #expireLogin: (connection: C) => void

  constructor(options: DirectOptions<C>) {
    const { expireLogin, ...poolOptions } = options
    this.#pool = new Pool(poolOptions)
    this.#expireLogin = expireLogin
  }

  tryAcquire(request: AcquireRequest, timeout?: number, signal?: Abortable): C | Promise<C | undefined> | undefined {
    return this.#pool.tryAcquire(request.auth, timeout, signal)
  }

  async acquire(request: AcquireRequest, deadline: Deadline, signal?: Abortable): Promise<Acquired<C>> {
    const connection = await this.#pool.acquire(deadline, signal, request.auth, request.observer)
    return { connection, database: request.database }
  }

  release(connection: C): Promise<void> | undefined {
    return this.#pool.release(connection)
  }

  onError(connection: C, error: unknown): void {
    const effect = effectOf(error)
    if (effect === 'unavailable' && this.#pool.isLent(connection)) this.#pool.closeIdle()
    else if (effect === 'login-expired') this.#pool.forEachConnection(this.#expireLogin)
  }

  /** Does nothing: with a single server the home database does not affect routing. */
  resolved(): void {
    return undefined
  }

  forEachConnection(fn: (connection: C) => void): void {
    this.#pool.forEachConnection(fn)
  }

  metrics(): PoolMetrics[] {
    return [this.#pool.metrics()]
  }

  close(): Promise<void> {
    return this.#pool.close()
  }
}
