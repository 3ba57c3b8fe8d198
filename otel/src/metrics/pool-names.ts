import type { PoolView } from '@boltline/core'
import { OTHER } from '../conventions/semconv.ts'

/** Maximum number of names. Further pools share the name `_OTHER`. */
const MOST_NAMES = 500

/**
 * Names of pools: the server's address, followed by `#2` and so on if several drivers have a pool for it. A name is reused after
 * its pool is removed, so short-lived drivers do not add names.
 */
export class PoolNames {
  readonly #names = new Map<PoolView, string>()
  /** All names ever assigned, and whether a pool has the name now. */
  readonly #assigned = new Map<string, boolean>()

  of(pool: PoolView): string {
    return this.#names.get(pool) ?? this.#assign(pool)
  }

  release(pool: PoolView): void {
    const name = this.#names.get(pool)
    if (name === undefined) return
    this.#names.delete(pool)
    if (name !== OTHER) this.#assigned.set(name, false)
  }

  /** All names ever assigned, with the pools that have them now. */
  pools(): ReadonlyMap<string, readonly PoolView[]> {
    const pools = new Map<string, PoolView[]>()
    for (const name of this.#assigned.keys()) pools.set(name, [])
    for (const [pool, name] of this.#names) pools.get(name)?.push(pool)
    return pools
  }

  #assign(pool: PoolView): string {
    let name: string = pool.address
    for (let count = 2; this.#assigned.get(name) === true; count++) name = `${pool.address}#${count}`
    if (!this.#assigned.has(name) && this.#assigned.size >= MOST_NAMES) name = OTHER
    this.#names.set(pool, name)
    this.#assigned.set(name, true)
    return name
  }
}
