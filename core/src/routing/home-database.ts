import { createHash } from 'node:crypto'
import type { Auth } from '../values/auth.ts'
import type { AcquireRequest } from './router.ts'

const MAX_ENTRIES = 10_000
/** How many entries are evicted at once when the cache is full: 1 % of n·ln n, so that eviction stays rare. */
const CLEARED_AT_ONCE = Math.floor(0.01 * MAX_ENTRIES * Math.log(MAX_ENTRIES))

/** The parts of a request that determine the home database. */
export type HomeOf = Pick<AcquireRequest, 'impersonatedUser' | 'auth'>

/** A cache of each user's last known home database. Entries are guesses: the server may change them at any time. */
export class HomeDatabases {
  /** In order of use: the least recently used entry is first. */
  readonly #databases = new Map<string, string>()
  readonly #keys = new WeakMap<Auth, string>()

  get(who: HomeOf): string | undefined {
    const key = this.keyOf(who)
    const database = this.#databases.get(key)
    if (database !== undefined) this.#put(key, database)
    return database
  }

  set(who: HomeOf, database: string): void {
    this.#put(this.keyOf(who), database)
    if (this.#databases.size <= MAX_ENTRIES) return
    let left = CLEARED_AT_ONCE
    for (const key of this.#databases.keys()) {
      if (left-- === 0) break
      this.#databases.delete(key)
    }
  }

  get size(): number {
    return this.#databases.size
  }

  /** A key that identifies the user and contains no credentials. */
  keyOf({ impersonatedUser, auth }: HomeOf): string {
    if (impersonatedUser !== null) return `user ${impersonatedUser}`
    if (auth === null) return 'the driver'
    if (auth.scheme === 'basic' && auth.principal !== null) return `user ${auth.principal}`
    let key = this.#keys.get(auth)
    if (key === undefined) {
      const parts = [auth.scheme, auth.principal, auth.credentials, auth.realm, Object.entries(auth.parameters)]
      key = `login ${createHash('sha256').update(JSON.stringify(parts, bigintsAsText)).digest('base64')}`
      this.#keys.set(auth, key)
    }
    return key
  }

  #put(key: string, database: string): void {
    this.#databases.delete(key)
    this.#databases.set(key, database)
  }
}

function bigintsAsText(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}n` : value
}
