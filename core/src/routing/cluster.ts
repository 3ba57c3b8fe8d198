import { observeRouting } from '../diagnostics/channel-observer.ts'
import type { Log } from '../diagnostics/log.ts'
import type { PoolMetrics } from '../diagnostics/pool-metrics.ts'
import {
  ConnectionAcquisitionTimeoutError,
  DriverError,
  notAnswered,
  ReadServiceUnavailable,
  RoutingServiceUnavailable,
  SessionExpired,
  WriteServiceUnavailable,
} from '../errors/index.ts'
import { isThenable } from '../platform/thenable.ts'
import type { Opening, Poolable } from '../pool/poolable.ts'
import { Pools, type PoolsOptions } from '../pool/pools.ts'
import { Deadline } from '../time/deadline.ts'
import type { Abortable } from '../time/on-abort.ts'
import { waitFor } from '../time/wait-for.ts'
import type { Address } from '../values/address.ts'
import type { Auth } from '../values/auth.ts'
import type { AccessMode } from '../values/enums.ts'
import { listed } from '../values/listing.ts'
import { CoalescedCall } from './coalesced-call.ts'
import { effectOf, isUnfitPeer, refusedCertificate } from './error-effects.ts'
import { HomeDatabases, type HomeOf } from './home-database.ts'
import { LeastConnected } from './least-connected.ts'
import { type FetchTable, type KnownRouters, nameOf, Rediscovery, type TableRequest } from './rediscovery.ts'
import type { Acquired, AcquireRequest, Router } from './router.ts'
import type { RoutingTable, RoutingTableSnapshot } from './routing-table.ts'

/** Settings of {@link ClusterRouter}: those of its pools, and functions for what depends on Bolt. */
export interface ClusterOptions<C extends Poolable> extends PoolsOptions<C, Auth | null> {
  /** The host and port of the URI. */
  readonly seed: Address
  /** The user's resolver. Called with the seed whenever a search for a routing table reaches the seed. */
  readonly resolve?: ((address: Address) => Promise<readonly Address[]>) | undefined
  readonly fetchTable: FetchTable<C>
  /** The limit of a search for a routing table in ms; undefined: the search is bounded by the acquisition's deadline. */
  readonly routingTimeout: number | undefined
  /** The limit in ms for a connection to one router, where {@link routingTimeout} is given. */
  readonly acquisitionTimeout: number
  /** Whether the server forwards requests to the right member (server-side routing), so that a wrong guess is harmless. */
  readonly routesItself: (connection: C) => boolean
  /** Makes the connection log in again before its next lease. */
  readonly expireLogin: (connection: C) => void
}

/** Leaves half of the remaining time for another server. */
const halfTheTime: Opening = { share: 0.5 }

/** How many ms past its deadline a search may reject with its own, more specific error; a pool takes half of that. */
const LAST_WORD_MS = 200

/** A search for a routing table, which callers can join. */
interface Search<C extends Poolable> {
  readonly work: CoalescedCall<RoutingTable>
  readonly rediscovery: Rediscovery<C>
}

/** A server that no connection could be acquired from. */
interface Failure {
  readonly address: Address
  readonly error: unknown
}

/** Routes work to the member of a cluster that has the required role and the fewest connections in use. */
export class ClusterRouter<C extends Poolable> implements Router<C> {
  readonly routed = true
  readonly #options: ClusterOptions<C>
  readonly #pools: Pools<C, Auth | null>
  readonly #log: Log
  /** By database; null is the home database of servers before Bolt 4.4, which do not name it. */
  readonly #tables = new Map<string | null, RoutingTable>()
  readonly #searches = new Map<string, Search<C>>()
  readonly #homes = new HomeDatabases()
  readonly #balance: LeastConnected
  /** Aborts when the driver is closed, which rejects every waiting caller. */
  readonly #closing = new AbortController()
  /** The database that each connection was last leased for. */
  readonly #lentFor = new WeakMap<C, string | null>()
  /** Open connections to servers with and without server-side routing. Home databases are guessed only when all have it. */
  #routingServers = 0
  #otherServers = 0

  constructor(options: ClusterOptions<C>) {
    this.#options = options
    this.#log = options.log
    this.#pools = new Pools<C, Auth | null>({
      ...options,
      connect: async (address, deadline, signal, auth, observer, opening) => {
        const connection = await options.connect(address, deadline, signal, auth, observer, opening)
        if (options.routesItself(connection)) this.#routingServers += 1
        else this.#otherServers += 1
        return connection
      },
      onGone: (connection) => {
        if (options.routesItself(connection)) this.#routingServers -= 1
        else this.#otherServers -= 1
        options.onGone?.(connection)
      },
    })
    this.#balance = new LeastConnected((address) => this.#pools.inUse(address))
  }

  // --- acquiring connections ----------------------------------------------------------------------------------------

  tryAcquire(request: AcquireRequest, timeout?: number, signal?: Abortable): C | Promise<C | undefined> | undefined {
    const table = this.#tables.get(request.database) ?? this.#guessedTable(request)
    if (table === undefined || !table.isFreshFor(request.mode)) return undefined
    const servers = table.serversFor(request.mode)
    const address = this.#balance.peek(servers)
    if (address === undefined) return undefined
    const lent = this.#pools.find(address)?.tryAcquire(request.auth, timeout, signal)
    // Without an idle connection, `acquire` chooses the same server: a turn that ended here would skip one.
    if (lent === undefined) return undefined
    this.#balance.endTurn(servers)
    return isThenable(lent)
      ? lent.then((connection) => this.#lend(connection, table.database))
      : this.#lend(lent, table.database)
  }

  /** Records the database that a connection is leased for. */
  #lend<Lent extends C | undefined>(connection: Lent, database: string | null): Lent {
    if (connection !== undefined) this.#lentFor.set(connection, database)
    return connection
  }

  async acquire(request: AcquireRequest, deadline: Deadline, signal?: Abortable): Promise<Acquired<C>> {
    const known = this.#tables.get(request.database)
    if (known?.isFreshFor(request.mode)) {
      return { connection: await this.#connect(known, request, deadline, signal), database: request.database }
    }
    const guessed = this.#guessedTable(request)
    if (guessed?.isFreshFor(request.mode)) {
      const connection = await this.#connect(guessed, request, deadline, signal)
      if (this.#options.routesItself(connection)) return { connection, database: null }
      // Without server-side routing a wrong guess would reach the wrong server: search for the table instead.
      this.#pools.release(connection)
    }
    const { routingTimeout } = this.#options
    if (routingTimeout === undefined) {
      const table = await this.#search(request, deadline, signal, request.mode)
      return { connection: await this.#connect(table, request, deadline, signal), database: table.database }
    }
    const table = await this.#search(request, Deadline.in(routingTimeout), signal, request.mode)
    const connection = await this.#connect(table, request, Deadline.in(deadline.allotted), signal)
    return { connection, database: table.database }
  }

  release(connection: C): Promise<void> | undefined {
    return this.#pools.release(connection)
  }

  /** The table of the user's last known home database, while every server is able to correct a wrong guess. */
  #guessedTable(request: AcquireRequest): RoutingTable | undefined {
    if (request.database !== null || this.#routingServers === 0 || this.#otherServers > 0) return undefined
    const database = this.#homes.get(request)
    return database === undefined ? undefined : this.#tables.get(database)
  }

  async #connect(
    table: RoutingTable,
    request: AcquireRequest,
    deadline: Deadline,
    signal: Abortable | undefined,
  ): Promise<C> {
    const failures: Failure[] = []
    for (;;) {
      const servers = table.serversFor(request.mode)
      const address = this.#balance.choose(servers)
      if (address === undefined) throw noServer(request.mode, table.database, failures)
      if (failures.length > 0 && deadline.expired) throw noTime(request.mode, table.database, failures, deadline)
      try {
        const pool = this.#pools.get(address)
        const opening = servers.length > 1 ? halfTheTime : undefined
        const connection = await pool.acquire(deadline, signal, request.auth, request.observer, opening)
        return this.#lend(connection, table.database)
      } catch (error) {
        if (effectOf(error) !== 'unavailable' && !isUnfitPeer(error)) throw error
        failures.push({ address, error })
        this.#forget(address)
        // A search may have replaced this table meanwhile; it is the one that the loop goes on with.
        table.forget(address)
      }
    }
  }

  // --- learning from servers ----------------------------------------------------------------------------------------

  onError(connection: C, error: unknown): void {
    const effect = effectOf(error)
    if (effect === 'none') return
    const pool = this.#pools.homeOf(connection)
    if (pool === undefined) return
    const { address } = pool
    if (effect === 'unavailable') {
      if (pool.isLent(connection)) this.#forget(address)
    } else if (effect === 'login-expired') {
      this.#pools.forEachConnection(address, this.#options.expireLogin)
    } else {
      this.#tables.get(this.#lentFor.get(connection) ?? null)?.forgetWriter(address)
    }
  }

  resolved(request: HomeOf, database: string): void {
    this.#homes.set(request, database)
  }

  #forget(address: Address): void {
    if (this.#log.enabled('debug')) this.#log.debug(`${address} is removed from the routing tables`)
    for (const table of this.#tables.values()) table.forget(address)
    this.#pools.drop(address)
  }

  // --- searching for routing tables ---------------------------------------------------------------------------------

  /** Fetches a new routing table even if the known one is fresh. For tests. */
  async refresh(request: TableRequest, deadline: Deadline, signal?: Abortable): Promise<RoutingTableSnapshot> {
    return this.#search(request, deadline, signal)
  }

  /** The known routing table of a database; with empty lists when there is none. */
  routingTable(database: string | null): RoutingTableSnapshot {
    const table = this.#tables.get(database)
    return table ?? { database, ttl: 0, expiresAt: 0, routers: [], readers: [], writers: [] }
  }

  /** All known routing tables. */
  routingTables(): RoutingTableSnapshot[] {
    return [...this.#tables.values()]
  }

  /**
   * Joins the running search for the same table, or starts one. A search is bounded by the deadline of the caller that started
   * it. A caller that joined keeps its own deadline, and searches anew when the joined search fails. With `mode`, a fresh table
   * that another caller found meanwhile is used.
   */
  async #search(
    request: TableRequest,
    deadline: Deadline,
    signal: Abortable | undefined,
    mode?: AccessMode,
  ): Promise<RoutingTable> {
    const key = this.#searchKey(request)
    let bookmarks: readonly string[] | undefined
    for (;;) {
      let search = this.#searches.get(key)
      const joined = search !== undefined && !search.work.abandoned
      if (search === undefined || !joined) {
        if (bookmarks === undefined) {
          const asked = request.bookmarks()
          bookmarks = isThenable(asked) ? await this.#given(asked, deadline, signal) : asked
          if (isThenable(asked)) {
            const known = this.#tables.get(request.database)
            if (mode !== undefined && known?.isFreshFor(mode)) return known
            continue
          }
        }
        search = this.#startSearch(key, request, bookmarks, deadline)
      }
      const { work, rediscovery } = search
      try {
        const onTimeout = () => rediscovery.outOfTime(deadline)
        // A search that this caller started has the same deadline and a more specific error.
        const limit = joined ? deadline : Deadline.in(deadline.remaining() + LAST_WORD_MS)
        return await work.join(signal, { deadline: limit, onTimeout, closed: this.#closing.signal })
      } catch (error) {
        if (!joined || signal?.aborted || this.#closing.signal.aborted || deadline.expired) throw error
        // Each caller gets its own error object, since retries add their history to it.
        if (error instanceof RoutingServiceUnavailable) {
          throw new RoutingServiceUnavailable(error.message, { cause: error.cause })
        }
        // The cause may lie with the caller that started the search (bookmarks, credentials, deadline): search anew.
      }
    }
  }

  /** Waits for the caller's bookmarks, outside of the search, so that a slow bookmark manager delays this caller alone. */
  #given(
    bookmarks: Promise<readonly string[]>,
    deadline: Deadline,
    signal: Abortable | undefined,
  ): Promise<readonly string[]> {
    const onTimeout = () => notAnswered('The bookmark manager', deadline.allotted)
    return waitFor(bookmarks, signal, { deadline, onTimeout, closed: this.#closing.signal })
  }

  /** Home databases differ between users; the table of a named database is the same for all users. */
  #searchKey(request: TableRequest): string {
    return request.database === null ? `home of ${this.#homes.keyOf(request)}` : `database ${request.database}`
  }

  #startSearch(key: string, request: TableRequest, bookmarks: readonly string[], deadline: Deadline): Search<C> {
    const cause = request.observer?.message ?? null
    const observer = observeRouting(this.#options.driver, cause, request.database)
    const rediscovery = new Rediscovery<C>(
      {
        seed: this.#options.seed,
        resolve: this.#options.resolve,
        fetchTable: this.#options.fetchTable,
        pools: this.#pools,
        onUseless: (address, gone) => this.#strikeRouter(address, gone),
        routingTimeout: this.#options.routingTimeout,
        acquisitionTimeout: this.#options.acquisitionTimeout,
        log: this.#log,
        observer,
      },
      request,
      bookmarks,
    )
    const work = new CoalescedCall(async (signal) => {
      const find = () => rediscovery.run(this.#knownRouters(request.database), deadline, signal)
      try {
        const table = await observer.find(find)
        this.#adopt(table, request)
        return table
      } finally {
        // A new search may have replaced this one after it was abandoned.
        if (this.#searches.get(key)?.rediscovery === rediscovery) this.#searches.delete(key)
      }
    })
    const search = { work, rediscovery }
    this.#searches.set(key, search)
    return search
  }

  #knownRouters(database: string | null): KnownRouters {
    const table = this.#tables.get(database)
    if (table !== undefined)
      return { routers: table.routers, seedFirst: table.leaderless || table.routers.length === 0 }
    return { routers: [...this.#tables.values()].flatMap(({ routers }) => routers), seedFirst: true }
  }

  #strikeRouter(address: Address, gone: boolean): void {
    if (gone) return this.#forget(address)
    for (const table of this.#tables.values()) table.forgetRouter(address)
  }

  #adopt(table: RoutingTable, request: TableRequest): void {
    this.#tables.set(table.database, table)
    if (request.database === null && table.database !== null) this.#homes.set(request, table.database)
    for (const [database, { outdated }] of this.#tables) if (outdated) this.#tables.delete(database)
    const tables = [...this.#tables.values()]
    for (const address of this.#pools.addresses()) {
      if (!tables.some((each) => each.has(address))) this.#pools.drop(address)
    }
  }

  // --- all connections ----------------------------------------------------------------------------------------------

  forEachConnection(fn: (connection: C) => void): void {
    this.#pools.forEachConnection(undefined, fn)
  }

  metrics(): PoolMetrics[] {
    return this.#pools.metrics()
  }

  close(): Promise<void> {
    this.#closing.abort(new DriverError('The driver has been closed: no connection can be acquired.'))
    return this.#pools.close()
  }
}

function noServer(mode: AccessMode, database: string | null, failures: readonly Failure[]): DriverError {
  const why =
    failures.length === 0
      ? 'its routing table lists none; the cluster may be choosing a new leader'
      : `none could be reached: ${tried(failures)}`
  const message = `No server for ${workOf(mode)} of ${nameOf(database)} is available: ${why}.`
  const errors = failures.map(({ error }) => error)
  const refused = refusedCertificate(errors)
  if (refused !== undefined) return refused
  const Unavailable = mode === 'READ' ? ReadServiceUnavailable : WriteServiceUnavailable
  return new SessionExpired(message, { cause: new Unavailable(message, { cause: causeOf(errors) }) })
}

/** The error when the deadline passes before all servers of the table were tried. */
function noTime(
  mode: AccessMode,
  database: string | null,
  failures: readonly Failure[],
  deadline: Deadline,
): DriverError {
  return new ConnectionAcquisitionTimeoutError(
    `No server for ${workOf(mode)} of ${nameOf(database)} gave a connection within ${Math.round(deadline.allotted)} ms (connectionAcquisitionTimeout); tried: ${tried(failures)}.`,
    { cause: causeOf(failures.map(({ error }) => error)) },
  )
}

function workOf(mode: AccessMode): string {
  return mode === 'READ' ? 'reads' : 'writes'
}

function tried(failures: readonly Failure[]): string {
  return listed(failures.map(({ address, error }) => `${address} (${error instanceof Error ? error.message : error})`))
}

function causeOf(errors: readonly unknown[]): unknown {
  return errors.length > 1 ? new AggregateError(errors, 'every server failed') : errors[0]
}
