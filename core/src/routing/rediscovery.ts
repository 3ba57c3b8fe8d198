import type { Log } from '../diagnostics/log.ts'
import type { RoutingTableFigures } from '../diagnostics/messages.ts'
import type { RoutingObserver } from '../diagnostics/observer.ts'
import {
  ConfigurationError,
  ConnectionAcquisitionTimeoutError,
  RoutingServiceUnavailable,
  ServiceUnavailable,
} from '../errors/index.ts'
import type { Opening, Poolable } from '../pool/poolable.ts'
import type { Pools } from '../pool/pools.ts'
import { clock } from '../time/clock.ts'
import { Deadline } from '../time/deadline.ts'
import { onAbort } from '../time/on-abort.ts'
import { waitFor } from '../time/wait-for.ts'
import type { Address } from '../values/address.ts'
import type { Auth } from '../values/auth.ts'
import { listed } from '../values/listing.ts'
import { effectOf, isWorthAnotherRouter, refusedCertificate } from './error-effects.ts'
import type { AcquireRequest } from './router.ts'
import { type RawTable, RoutingTable } from './routing-table.ts'

/** How many ms a router may take to answer ROUTE, even if the deadline allows more: another router may be faster. */
const ANSWER_LIMIT_MS = 30_000

/** A request for a routing table. */
export type TableRequest = Omit<AcquireRequest, 'mode'>

/** The contents of a ROUTE request. */
export interface TableQuestion extends Pick<AcquireRequest, 'database' | 'impersonatedUser'> {
  readonly bookmarks: readonly string[]
}

/** Asks the server at the other end of a connection for a routing table; settles once the connection is destroyed. */
export type FetchTable<C> = (
  connection: C,
  question: TableQuestion,
  deadline: Deadline,
  signal: AbortSignal,
) => Promise<RawTable>

/** Settings of {@link Rediscovery}. */
export interface RediscoveryOptions<C extends Poolable> {
  /** The host and port of the URI. */
  readonly seed: Address
  /** The user's resolver, called with the seed; undefined: there is none. */
  readonly resolve: ((address: Address) => Promise<readonly Address[]>) | undefined
  readonly fetchTable: FetchTable<C>
  readonly routingTimeout: number | undefined
  readonly acquisitionTimeout: number
  readonly pools: Pools<C, Auth | null>
  /** Called with every router that gave no usable table; `gone`: the server can't serve any request now. */
  readonly onUseless: (address: Address, gone: boolean) => void
  readonly log: Log
  readonly observer: RoutingObserver
}

/** The known routers, and whether to ask the seed before them instead of after them. */
export interface KnownRouters {
  readonly routers: readonly Address[]
  readonly seedFirst: boolean
}

/** A router to ask. */
interface Candidate {
  readonly address: Address
  /** How to open a connection to it. */
  readonly opening: Opening
}

/** A router that gave no usable table. */
interface Refusal {
  readonly router: string
  readonly why: string
  readonly error: unknown
}

/** One search for a routing table: asks routers one after the other until one gives a usable table. */
export class Rediscovery<C extends Poolable> {
  readonly #options: RediscoveryOptions<C>
  readonly #request: TableRequest
  readonly #bookmarks: readonly string[]
  readonly #refusals: Refusal[] = []
  /** What the search is waiting for, for the error at the deadline. */
  #waitingFor = ''

  constructor(options: RediscoveryOptions<C>, request: TableRequest, bookmarks: readonly string[]) {
    this.#options = options
    this.#request = request
    this.#bookmarks = bookmarks
  }

  /**
   * @param deadline - for all routers, their answers and the resolver
   * @throws RoutingServiceUnavailable when no router gave a usable table; it lists each router with its answer
   * @throws ConnectionAcquisitionTimeoutError at the deadline
   * @throws the server's error, without asking further routers, when they would answer the same
   * @throws CertificateConfigurationError when TLS failed over certificates with every router
   * @throws ConfigurationError when the resolver returned something other than addresses
   */
  async run(known: KnownRouters, deadline: Deadline, signal: AbortSignal): Promise<RoutingTable> {
    const { log, seed, observer } = this.#options
    const { database, impersonatedUser } = this.#request
    if (log.enabled('debug')) log.debug(`looking for a routing table of ${nameOf(database)}`)
    const question = { database, impersonatedUser, bookmarks: this.#bookmarks }
    for await (const candidate of this.#candidates(known, deadline, signal)) {
      if (this.#refusals.length > 0 && deadline.expired) throw this.outOfTime(deadline)
      observer.asked(candidate.address)
      const table = await this.#ask(candidate, question, deadline, signal)
      if (table === undefined) continue
      observer.found(table.database, figuresOf(table))
      return table
    }
    const refused = refusedCertificate(this.#refusals.map(({ error }) => error))
    if (refused === undefined && deadline.expired) throw this.outOfTime(deadline)
    throw refused ?? new RoutingServiceUnavailable(this.#explain(seed), { cause: this.#cause() })
  }

  /** The error for a caller whose deadline has passed. */
  outOfTime(deadline: Deadline): ConnectionAcquisitionTimeoutError {
    const what = this.#waitingFor === '' ? '' : `: ${this.#waitingFor}`
    const others = this.#refusals.length === 0 ? '' : `; routers asked: ${this.#asked}`
    return new ConnectionAcquisitionTimeoutError(
      `No routing table of ${nameOf(this.#request.database)} was received within ${Math.round(deadline.allotted)} ms (${this.#setting})${what}${others}.`,
      { cause: this.#cause() },
    )
  }

  /** Yields the routers to ask, each once. All but the last may use half of the remaining time. */
  async *#candidates(
    { routers, seedFirst }: KnownRouters,
    deadline: Deadline,
    signal: AbortSignal,
  ): AsyncGenerator<Candidate, void> {
    const seed = this.#options.seed.toString()
    const yielded = new Set<string>()
    const others = routers.filter((router) => router.toString() !== seed)
    const before = seedFirst ? await this.#seeds(deadline, signal, others.length > 0) : []
    const fresh = ({ address }: { readonly address: Address }) => {
      const key = address.toString()
      return !yielded.has(key) && yielded.add(key)
    }
    const first = [...before, ...others.map((address) => ({ address }))].filter(fresh)
    for (const [i, each] of first.entries()) yield candidate(each, seedFirst && i === first.length - 1)
    if (seedFirst) return
    const after = (await this.#seeds(deadline, signal, false)).filter(fresh)
    for (const [i, each] of after.entries()) yield candidate(each, i === after.length - 1)
  }

  /** The addresses that the resolver gives for the seed; without a resolver, the seed itself. */
  async #seeds(deadline: Deadline, signal: AbortSignal, moreFollow: boolean): Promise<readonly Seed[]> {
    const { seed, resolve } = this.#options
    if (resolve === undefined) return [{ address: seed }]
    this.#waitingFor = `the resolver has not answered for ${seed}`
    try {
      const onTimeout = () => this.outOfTime(deadline)
      const limit = { deadline: deadline.part(moreFollow ? 0.5 : 1), onTimeout }
      const seeds = await waitFor(resolve(seed), signal, limit)
      if (seeds.length === 0) this.#refuse(seed, new Error('the resolver gave no address for it'))
      return seeds.map((address) => ({ address, resolvedFrom: seed }))
    } catch (error) {
      // A wrong return type is a programming error: it must not become an error that is retried.
      if (signal.aborted || error instanceof ConfigurationError) throw error
      if (error instanceof ConnectionAcquisitionTimeoutError && !moreFollow) throw error
      this.#refuse(seed, error)
      return []
    }
  }

  async #ask(
    { address: router, opening }: Candidate,
    question: TableQuestion,
    deadline: Deadline,
    signal: AbortSignal,
  ): Promise<RoutingTable | undefined> {
    const { pools, onUseless, log } = this.#options
    let table: RoutingTable
    try {
      this.#waitingFor = `${router} has given no connection`
      const connection = await this.#acquire(router, opening, this.#forConnecting(deadline), signal)
      try {
        this.#waitingFor = `${router} has not answered ROUTE`
        const limit = deadline.part(opening.share)
        table = RoutingTable.parse(await this.#answer(router, connection, question, limit, signal), question.database)
      } finally {
        pools.release(connection)
      }
    } catch (error) {
      if (signal.aborted || !isWorthAnotherRouter(error)) throw error
      this.#refuse(router, error)
      onUseless(router, effectOf(error) === 'unavailable')
      return undefined
    }
    if (table.omissions.length > 0) log.warn(`ignored in the routing table of ${router}: ${table.omissions.join('; ')}`)
    if (table.routers.length > 0 && table.readers.length > 0) {
      if (log.enabled('debug')) log.debug(`${router} gave a routing table: ${describeTable(table)}`)
      return table
    }
    this.#refuse(router, new Error(`its routing table has no ${table.routers.length === 0 ? 'routers' : 'readers'}`))
    onUseless(router, false)
    return undefined
  }

  /** With `routingTimeout`, the connection to each router is still bounded by `connectionAcquisitionTimeout`. */
  #forConnecting(deadline: Deadline): Deadline {
    const { routingTimeout, acquisitionTimeout } = this.#options
    return routingTimeout === undefined || deadline.remaining() <= acquisitionTimeout
      ? deadline
      : Deadline.in(acquisitionTimeout)
  }

  /** The setting that bounds the search. */
  get #setting(): string {
    return this.#options.routingTimeout === undefined ? 'connectionAcquisitionTimeout' : 'routingTimeout'
  }

  #acquire(router: Address, opening: Opening, deadline: Deadline, signal: AbortSignal): Promise<C> {
    const { pools, observer } = this.#options
    const { auth, database } = this.#request
    return observer.acquire(database, (acquire) => pools.get(router).acquire(deadline, signal, auth, acquire, opening))
  }

  /** Sends ROUTE. Destroys the connection when the router doesn't answer in time or no caller waits any more. */
  async #answer(
    router: Address,
    connection: C,
    question: TableQuestion,
    limit: Deadline,
    signal: AbortSignal,
  ): Promise<RawTable> {
    const ms = Math.min(limit.remaining(), ANSWER_LIMIT_MS)
    const timer = clock.setTimeout(() => {
      const setting = ms === ANSWER_LIMIT_MS ? '' : ` (a part of ${this.#setting})`
      const why = `${router} did not answer the question for a routing table within ${Math.round(ms)} ms${setting}`
      connection.destroy(new ServiceUnavailable(why))
    }, ms)
    const forget = onAbort(signal, () => connection.destroy())
    try {
      return await this.#options.fetchTable(connection, question, limit, signal)
    } finally {
      clock.clearTimeout(timer)
      forget()
    }
  }

  #refuse(router: Address, error: unknown): void {
    const why = error instanceof Error ? error.message : String(error)
    this.#waitingFor = ''
    this.#refusals.push({ router: router.toString(), why, error })
    const { log } = this.#options
    if (log.enabled('debug')) log.debug(`${router} gave no routing table: ${why}`)
  }

  #explain(seed: Address): string {
    const head = `No routing table of ${nameOf(this.#request.database)} was received; routers asked: ${this.#asked || 'none'}.`
    const single = this.#refusals.length === 1 && this.#refusals[0]?.router === seed.toString()
    const hint = single
      ? ' If this is a single server without routing, use the scheme bolt:// instead of neo4j://.'
      : ''
    return head + hint
  }

  get #asked(): string {
    return listed(this.#refusals.map(({ router, why }) => `${router} (${why})`))
  }

  #cause(): unknown {
    const errors = this.#refusals.map(({ error }) => error)
    return errors.length > 1 ? new AggregateError(errors, 'every router failed') : errors[0]
  }
}

/** The seed itself, or an address that the resolver gave for it. */
interface Seed {
  readonly address: Address
  /** The address that the resolver was called with. */
  readonly resolvedFrom?: Address
}

function candidate({ address, resolvedFrom }: Seed, last: boolean): Candidate {
  return { address, opening: { share: last ? 1 : 0.5, ...(resolvedFrom !== undefined && { resolvedFrom }) } }
}

function figuresOf({ routers, readers, writers, ttl }: RoutingTable): RoutingTableFigures {
  return { routers: routers.length, readers: readers.length, writers: writers.length, ttl }
}

/** The name of a database in error messages. */
export function nameOf(database: string | null): string {
  return database === null ? 'the home database' : `database ${JSON.stringify(database)}`
}

function describeTable({ database, ttl, routers, readers, writers }: RoutingTable): string {
  const names = (addresses: readonly Address[]) => listed(addresses.map(String))
  return `${nameOf(database)}, routers ${names(routers)}, readers ${names(readers)}, writers ${names(writers)}, for ${ttl} ms`
}
