import { BoltProtocolError } from '../errors/index.ts'
import { clock } from '../time/clock.ts'
import { type Address, toAddress } from '../values/address.ts'
import type { AccessMode } from '../values/enums.ts'

/** A table that has run out is kept a while, for its routers know where to ask for the next. */
const KEPT_AFTER_EXPIRY_MS = 30_000

/** What a server says about its cluster: the `rt` of the answer to ROUTE, or the row of the older procedure. Not checked yet. */
export interface RawTable {
  /** In seconds. */
  readonly ttl?: unknown
  /** The database the table is for, from Bolt 4.4 on. */
  readonly db?: unknown
  /** A list of `{ role: 'ROUTE' | 'READ' | 'WRITE', addresses: string[] }`. */
  readonly servers?: unknown
}

/** A routing table to look at. */
export interface RoutingTableSnapshot {
  readonly database: string | null
  /** In ms. */
  readonly ttl: number
  /** When it runs out, in ms on the clock's scale. */
  readonly expiresAt: number
  readonly routers: readonly Address[]
  readonly readers: readonly Address[]
  readonly writers: readonly Address[]
}

/** Which servers play which part for one database, and until when that can be relied on. Servers that fail are struck out. */
export class RoutingTable implements RoutingTableSnapshot {
  readonly database: string | null
  readonly ttl: number
  readonly expiresAt: number
  /** Whether it came without writers: the cluster was about to elect one, and its routers may be cut off from the rest. */
  readonly leaderless: boolean
  #routers: readonly Address[]
  #readers: readonly Address[]
  #writers: readonly Address[]

  constructor(
    database: string | null,
    ttl: number,
    servers: Pick<RoutingTableSnapshot, 'routers' | 'readers' | 'writers'>,
  ) {
    this.database = database
    this.ttl = ttl
    this.expiresAt = clock.now() + ttl
    this.#routers = servers.routers
    this.#readers = servers.readers
    this.#writers = servers.writers
    this.leaderless = servers.writers.length === 0
  }

  /**
   * Reads what a server sent. `database` is what was asked for; the server's own word counts more.
   *
   * @throws BoltProtocolError when it is no routing table
   */
  static parse(raw: RawTable, database: string | null): RoutingTable {
    const servers = { ROUTE: [] as Address[], READ: [] as Address[], WRITE: [] as Address[] }
    if (!Array.isArray(raw.servers)) throw malformed('it has no list of servers')
    for (const entry of raw.servers as unknown[]) {
      const { role, addresses } = (entry ?? {}) as { role?: unknown; addresses?: unknown }
      if (!Array.isArray(addresses)) throw malformed('an entry has no list of addresses')
      // Roles this driver does not know are none of its business.
      if (role !== 'ROUTE' && role !== 'READ' && role !== 'WRITE') continue
      for (const address of addresses as unknown[]) {
        if (typeof address !== 'string') throw malformed('an address is not a string')
        servers[role].push(toAddress(address))
      }
    }
    const ttl = typeof raw.ttl === 'bigint' ? Number(raw.ttl) : raw.ttl
    if (typeof ttl !== 'number' || Number.isNaN(ttl)) throw malformed('its ttl is not a number')
    const name = typeof raw.db === 'string' ? raw.db : database
    return new RoutingTable(name, Math.max(0, ttl * 1000), {
      routers: unique(servers.ROUTE),
      readers: unique(servers.READ),
      writers: unique(servers.WRITE),
    })
  }

  get routers(): readonly Address[] {
    return this.#routers
  }

  get readers(): readonly Address[] {
    return this.#readers
  }

  get writers(): readonly Address[] {
    return this.#writers
  }

  serversFor(mode: AccessMode): readonly Address[] {
    return mode === 'READ' ? this.#readers : this.#writers
  }

  /** Whether it can be used for this mode as it stands. */
  isFreshFor(mode: AccessMode): boolean {
    return this.#routers.length > 0 && this.serversFor(mode).length > 0 && clock.now() < this.expiresAt
  }

  /** Whether it ran out so long ago that nothing in it is worth keeping. */
  get outdated(): boolean {
    return clock.now() > this.expiresAt + KEPT_AFTER_EXPIRY_MS
  }

  has(address: Address): boolean {
    const key = address.toString()
    return [...this.#routers, ...this.#readers, ...this.#writers].some((each) => each.toString() === key)
  }

  /** Strikes a server out of every part it plays. */
  forget(address: Address): void {
    this.forgetRouter(address)
    this.#readers = without(this.#readers, address)
    this.forgetWriter(address)
  }

  forgetRouter(address: Address): void {
    this.#routers = without(this.#routers, address)
  }

  forgetWriter(address: Address): void {
    this.#writers = without(this.#writers, address)
  }
}

function without(addresses: readonly Address[], address: Address): readonly Address[] {
  const key = address.toString()
  return addresses.filter((each) => each.toString() !== key)
}

function unique(addresses: readonly Address[]): readonly Address[] {
  return [...new Map(addresses.map((address) => [address.toString(), address])).values()]
}

function malformed(why: string): BoltProtocolError {
  return new BoltProtocolError(`The server sent a malformed routing table: ${why}.`)
}
