import type { PoolView } from '@boltline/core'
import { OTHER } from './semconv.ts'

/** Pools behind the first so many share a name. */
const MOST_POOLS = 200

/**
 * Names for pools: the server's address, followed by `#2` and so on where several drivers have a pool for it. A name is free
 * again when its pool has gone, so that drivers and servers that come and go leave nothing behind.
 */
export class PoolNames {
  readonly #names = new Map<PoolView, string>()
  readonly #taken = new Set<string>()

  of(pool: PoolView): string {
    return this.#names.get(pool) ?? this.#give(pool)
  }

  forget(pool: PoolView): void {
    const name = this.#names.get(pool)
    if (name === undefined) return
    this.#names.delete(pool)
    this.#taken.delete(name)
  }

  /** The pools there are, by name; those without a name of their own come under the common one. */
  entries(): IterableIterator<[PoolView, string]> {
    return this.#names.entries()
  }

  #give(pool: PoolView): string {
    let name: string = pool.address
    for (let count = 2; this.#taken.has(name); count++) name = `${pool.address}#${count}`
    if (this.#names.size >= MOST_POOLS) name = OTHER
    this.#names.set(pool, name)
    this.#taken.add(name)
    return name
  }
}
