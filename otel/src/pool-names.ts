import type { PoolView } from '@boltline/core'
import { OTHER } from './semconv.ts'

/** Pools share a name once so many names have been given. */
const MOST_NAMES = 500

/**
 * Names for pools: the server's address, followed by `#2` and so on where several drivers have a pool for it. A name is free
 * again when its pool has gone, so drivers that come and go share a few.
 */
export class PoolNames {
  readonly #names = new Map<PoolView, string>()
  /** Every name that was ever given, and whether a pool has it now. */
  readonly #given = new Map<string, boolean>()

  of(pool: PoolView): string {
    return this.#names.get(pool) ?? this.#give(pool)
  }

  forget(pool: PoolView): void {
    const name = this.#names.get(pool)
    if (name === undefined) return
    this.#names.delete(pool)
    if (name !== OTHER) this.#given.set(name, false)
  }

  /** The names that were ever given, and the pools that have them now. */
  pools(): ReadonlyMap<string, readonly PoolView[]> {
    const pools = new Map<string, PoolView[]>()
    for (const name of this.#given.keys()) pools.set(name, [])
    for (const [pool, name] of this.#names) pools.get(name)?.push(pool)
    return pools
  }

  #give(pool: PoolView): string {
    let name: string = pool.address
    for (let count = 2; this.#given.get(name) === true; count++) name = `${pool.address}#${count}`
    if (!this.#given.has(name) && this.#given.size >= MOST_NAMES) name = OTHER
    this.#names.set(pool, name)
    this.#given.set(name, true)
    return name
  }
}
