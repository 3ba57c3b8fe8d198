import { BoltProtocolError } from '../errors/index.ts'
import { clock } from '../time/clock.ts'
import { type Address, toAddress } from '../values/address.ts'
import type { AccessMode } from '../values/enums.ts'
import { listed, shortened } from '../values/listing.ts'

/** How many ms an expired table is kept, because its routers can be asked for a new one. */
const KEPT_AFTER_EXPIRY_MS = 30_000
/** The maximum number of addresses of one role that are read from a table. Clusters have a few dozen members. */
const MOST_ADDRESSES = 1_000
/** The maximum length of an address: 253 characters of a DNS name, plus brackets and a port. */
const LONGEST_ADDRESS = 261
/** How many characters of a malformed address are shown. */
const SHOWN_OF_ADDRESS = 60

/** An unvalidated routing table: `rt` of the answer to ROUTE, or the row of the procedure that older servers have. */
export interface RawTable {
  /** In seconds. */
  readonly ttl?: unknown
  /** The database of the table; since Bolt 4.4. */
  readonly db?: unknown
  /** A list of `{ role: 'ROUTE' | 'READ' | 'WRITE', addresses: string[] }`. */
  readonly servers?: unknown
}

/** The contents of a routing table. */
export interface RoutingTableSnapshot {
  readonly database: string | null
  /** In ms. */
  readonly ttl: number
  /** When it expires, in ms of the clock. */
  readonly expiresAt: number
  readonly routers: readonly Address[]
  readonly readers: readonly Address[]
  readonly writers: readonly Address[]
}

/** The servers of each role for one database, and when the table expires. Servers that fail are removed from it. */
export class RoutingTable implements RoutingTableSnapshot {
  readonly database: string | null
  readonly ttl: number
  readonly expiresAt: number
  /** Whether the server sent it without writers: during an election, or by a router that is partitioned from the cluster. */
  readonly leaderless: boolean
  /** Which parts of the server's answer were ignored, and why; for a warning. */
  readonly omissions: readonly string[]
  #routers: readonly Address[]
  #readers: readonly Address[]
  #writers: readonly Address[]

  constructor(
    database: string | null,
    ttl: number,
    servers: Pick<RoutingTableSnapshot, 'routers' | 'readers' | 'writers'>,
    omissions: readonly string[] = [],
  ) {
    this.database = database
    this.ttl = ttl
    this.expiresAt = clock.now() + ttl
    this.#routers = servers.routers
    this.#readers = servers.readers
    this.#writers = servers.writers
    this.leaderless = servers.writers.length === 0
    this.omissions = omissions
  }

  /**
   * Validates and reads what a server sent. `database` is the requested database; a name from the server takes precedence.
   * Malformed addresses and those beyond 1,000 of one role are ignored and listed in `omissions`.
   *
   * @throws BoltProtocolError when it is no routing table, or none of its addresses can be read
   */
  static parse(raw: RawTable, database: string | null): RoutingTable {
    const servers = { ROUTE: new Addresses(), READ: new Addresses(), WRITE: new Addresses() }
    if (!Array.isArray(raw.servers)) throw malformed('it has no list of servers')
    for (const entry of raw.servers as unknown[]) {
      const { role, addresses } = (entry ?? {}) as { role?: unknown; addresses?: unknown }
      if (!Array.isArray(addresses)) throw malformed('an entry has no list of addresses')
      // Unknown roles are ignored: newer servers may add some.
      if (role !== 'ROUTE' && role !== 'READ' && role !== 'WRITE') continue
      for (const address of addresses as unknown[]) {
        if (typeof address !== 'string') throw malformed('an address is not a string')
        servers[role].add(address)
      }
    }
    const ttl = typeof raw.ttl === 'bigint' ? Number(raw.ttl) : raw.ttl
    if (typeof ttl !== 'number' || Number.isNaN(ttl)) throw malformed('its ttl is not a number')
    const all = Object.entries(servers)
    const unreadable = all.flatMap(([, { unreadable }]) => unreadable)
    if (unreadable.length > 0 && all.every(([, { read }]) => read.size === 0))
      throw malformed(`none of its addresses can be read: ${listed(unreadable)}`)
    const omissions = all.flatMap(([role, { left }]) =>
      left > 0 ? [`${left.toLocaleString('en')} addresses for ${role} beyond the first ${MOST_ADDRESSES}`] : [],
    )
    if (unreadable.length > 0) omissions.unshift(`addresses that can't be read: ${listed(unreadable)}`)
    const name = typeof raw.db === 'string' ? raw.db : database
    const lists = {
      routers: [...servers.ROUTE.read.values()],
      readers: [...servers.READ.read.values()],
      writers: [...servers.WRITE.read.values()],
    }
    return new RoutingTable(name, Math.max(0, ttl * 1000), lists, omissions)
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

  /** Whether it has not expired and has a router and a server for this mode. */
  isFreshFor(mode: AccessMode): boolean {
    return this.#routers.length > 0 && this.serversFor(mode).length > 0 && clock.now() < this.expiresAt
  }

  /** Whether it expired more than 30 s ago, so that even its routers are no longer useful. */
  get outdated(): boolean {
    return clock.now() > this.expiresAt + KEPT_AFTER_EXPIRY_MS
  }

  has(address: Address): boolean {
    const key = address.toString()
    return [...this.#routers, ...this.#readers, ...this.#writers].some((each) => each.toString() === key)
  }

  /** Removes a server from every role. */
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

/** The addresses of one role, without duplicates. */
class Addresses {
  readonly read = new Map<string, Address>()
  /** Malformed addresses with the reason, at most {@link MOST_ADDRESSES}. */
  readonly unreadable: string[] = []
  /** How many addresses were ignored because the limit was reached. */
  left = 0

  add(text: string): void {
    if (this.read.size === MOST_ADDRESSES || this.unreadable.length === MOST_ADDRESSES) {
      this.left++
      return
    }
    try {
      const address = addressIn(text)
      this.read.set(address.toString(), address)
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      this.unreadable.push(`${JSON.stringify(shortened(text, SHOWN_OF_ADDRESS))} (${why})`)
    }
  }
}

/** @throws RangeError for a text that can't be the address of a server */
function addressIn(text: string): Address {
  if (text.length > LONGEST_ADDRESS) throw new RangeError(`it has ${text.length} characters`)
  // An empty host would be read as localhost, which is not the machine that the server meant.
  if (/^(\[\])?(:\d*)?$/.test(text)) throw new RangeError('it has no host')
  if (/[\s\p{C}@/?#]/u.test(text)) throw new RangeError('it holds characters that no address has')
  const address = toAddress(text)
  // Throws for a port out of range.
  void address.portNumber
  return address
}

function malformed(why: string): BoltProtocolError {
  return new BoltProtocolError(`The server sent a malformed routing table: ${why}.`)
}
