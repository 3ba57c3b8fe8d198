import { BoltProtocolError } from '../errors/index.ts'
import { clock } from '../time/clock.ts'
import { type Address, toAddress } from '../values/address.ts'
import type { AccessMode } from '../values/enums.ts'
import { listed, shortened } from '../values/listing.ts'

/** A table that has run out is kept a while, for its routers know where to ask for the next. */
const KEPT_AFTER_EXPIRY_MS = 30_000
/** How many addresses of one role are taken from a table. Clusters have a few dozen members. */
const MOST_ADDRESSES = 1_000
/** The longest name that DNS knows has 253 characters, in front of brackets and a port. */
const LONGEST_ADDRESS = 261
/** How much of an address that can't be read is shown. */
const SHOWN_OF_ADDRESS = 60

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
  /** What of the server's answer was left out, and why; worth a warning. */
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
   * Reads what a server sent. `database` is what was asked for; a name that the server gives takes precedence. Addresses that can't be
   * read are left out, and so is what exceeds 1,000 addresses of one role: see `omissions`.
   *
   * @throws BoltProtocolError when it is no routing table, or none of its addresses can be read
   */
  static parse(raw: RawTable, database: string | null): RoutingTable {
    const servers = { ROUTE: new Addresses(), READ: new Addresses(), WRITE: new Addresses() }
    if (!Array.isArray(raw.servers)) throw malformed('it has no list of servers')
    for (const entry of raw.servers as unknown[]) {
      const { role, addresses } = (entry ?? {}) as { role?: unknown; addresses?: unknown }
      if (!Array.isArray(addresses)) throw malformed('an entry has no list of addresses')
      // A role that this driver does not know is of no use to it.
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

/** The addresses of one role, without duplicates. */
class Addresses {
  readonly read = new Map<string, Address>()
  /** What can't be read, and why; as many as are kept of those that can. */
  readonly unreadable: string[] = []
  /** How many were not looked at any more. */
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

/** @throws RangeError for what no server can have as its address */
function addressIn(text: string): Address {
  if (text.length > LONGEST_ADDRESS) throw new RangeError(`it has ${text.length} characters`)
  // Without a host it would be read as localhost, which is another machine than the server meant.
  if (/^(\[\])?(:\d*)?$/.test(text)) throw new RangeError('it has no host')
  if (/[\s\p{C}@/?#]/u.test(text)) throw new RangeError('it holds characters that no address has')
  const address = toAddress(text)
  // Raises for a port that there can't be.
  void address.portNumber
  return address
}

function malformed(why: string): BoltProtocolError {
  return new BoltProtocolError(`The server sent a malformed routing table: ${why}.`)
}
