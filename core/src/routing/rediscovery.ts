import { acquireWatched, channels, trace } from '../diagnostics/channels.ts'
import type { Log } from '../diagnostics/log.ts'
import { AcquireMessage, type DriverIdentity, type RoutingMessage } from '../diagnostics/messages.ts'
import { ConfigurationError, RoutingServiceUnavailable, ServiceUnavailable } from '../errors/index.ts'
import type { Poolable } from '../pool/poolable.ts'
import type { Pools } from '../pool/pools.ts'
import { clock } from '../time/clock.ts'
import { Deadline } from '../time/deadline.ts'
import type { Address } from '../values/address.ts'
import type { Auth } from '../values/auth.ts'
import { listed } from '../values/listing.ts'
import { effectOf, isWorthAnotherRouter, refusedCertificate } from './error-effects.ts'
import type { AcquireRequest } from './router.ts'
import { type RawTable, RoutingTable } from './routing-table.ts'

/** How long a router may take to answer; those who wait for a connection don't pay for a slow one with their own time. */
const ANSWER_LIMIT_MS = 30_000

/** What a routing table is wanted for. */
export type TableRequest = Omit<AcquireRequest, 'mode'>

/** What a router is asked. */
export interface TableQuestion extends Pick<AcquireRequest, 'database' | 'impersonatedUser'> {
  readonly bookmarks: readonly string[]
}

/** Asks the server at the other end of a connection for a routing table. */
export type FetchTable<C> = (connection: C, question: TableQuestion) => Promise<RawTable>

/** What {@link Rediscovery} works with. */
export interface RediscoveryOptions<C extends Poolable> {
  /** The address the driver was made with. */
  readonly seed: Address
  /** What stands for the seed at the moment: the user's resolver, if there is one. */
  readonly resolve: ((address: Address) => Promise<readonly Address[]>) | undefined
  readonly fetchTable: FetchTable<C>
  readonly pools: Pools<C, Auth | null>
  /** Told of every router that was of no use; `gone`: nothing can be had from that server at all. */
  readonly onUseless: (address: Address, gone: boolean) => void
  readonly log: Log
  readonly driver: DriverIdentity
  /** The search itself, for those who watch. */
  readonly traced: RoutingMessage | null
}

/** Whom to ask first: `seed` before any known router, or only when none of these was of use. */
export interface KnownRouters {
  readonly routers: readonly Address[]
  readonly seedFirst: boolean
}

/** A router that was asked in vain. */
interface Refusal {
  readonly router: string
  readonly why: string
  readonly error: unknown
}

/** One search for a routing table: asks router after router until one gives a table that can be used. */
export class Rediscovery<C extends Poolable> {
  readonly #options: RediscoveryOptions<C>
  readonly #request: TableRequest
  readonly #refusals: Refusal[] = []

  constructor(options: RediscoveryOptions<C>, request: TableRequest) {
    this.#options = options
    this.#request = request
  }

  /**
   * @param timeout - ms for getting a connection to each router
   * @throws RoutingServiceUnavailable with every router that was asked and what it said
   * @throws the server's error at once where no other router would answer differently
   * @throws CertificateConfigurationError where certificates were refused by or to every router
   * @throws ConfigurationError when the resolver's answer is of the wrong kind
   */
  async run(known: KnownRouters, timeout: number, signal: AbortSignal): Promise<RoutingTable> {
    const { log, seed, traced } = this.#options
    const { database, impersonatedUser } = this.#request
    if (log.enabled('debug')) log.debug(`looking for a routing table of ${nameOf(database)}`)
    const question = { database, impersonatedUser, bookmarks: await this.#request.bookmarks() }
    const asked = new Set<string>()
    for await (const router of this.#candidates(known)) {
      const key = router.toString()
      if (asked.has(key)) continue
      asked.add(key)
      traced?.asked.push(key)
      const table = await this.#ask(router, question, timeout, signal)
      if (table === undefined) continue
      if (traced !== null) noteTable(traced, table)
      return table
    }
    const refused = refusedCertificate(this.#refusals.map(({ error }) => error))
    throw refused ?? new RoutingServiceUnavailable(this.#explain(seed), { cause: this.#cause() })
  }

  async *#candidates({ routers, seedFirst }: KnownRouters): AsyncGenerator<Address, void> {
    const seed = this.#options.seed.toString()
    if (seedFirst) yield* await this.#seeds()
    for (const router of routers) if (router.toString() !== seed) yield router
    if (!seedFirst) yield* await this.#seeds()
  }

  async #seeds(): Promise<readonly Address[]> {
    const { seed, resolve } = this.#options
    if (resolve === undefined) return [seed]
    try {
      const seeds = await resolve(seed)
      if (seeds.length === 0) this.#refuse(seed, new Error('the resolver gave no address for it'))
      return seeds
    } catch (error) {
      // What is wrong with the program doesn't pass with time, so it must not look as if another try made sense.
      if (error instanceof ConfigurationError) throw error
      this.#refuse(seed, error)
      return []
    }
  }

  async #ask(
    router: Address,
    question: TableQuestion,
    timeout: number,
    signal: AbortSignal,
  ): Promise<RoutingTable | undefined> {
    const { pools, onUseless, log } = this.#options
    let table: RoutingTable
    try {
      const connection = await this.#acquire(router, Deadline.in(timeout), signal)
      try {
        table = RoutingTable.parse(await this.#answer(router, connection, question, signal), question.database)
      } finally {
        pools.release(connection)
      }
    } catch (error) {
      if (signal.aborted || !isWorthAnotherRouter(error)) throw error
      this.#refuse(router, error)
      onUseless(router, effectOf(error) === 'unavailable')
      return undefined
    }
    if (table.omissions.length > 0)
      log.warn(`of the routing table of ${router} is left out: ${table.omissions.join('; ')}`)
    if (table.routers.length > 0 && table.readers.length > 0) {
      if (log.enabled('debug')) log.debug(`${router} gave a routing table: ${describeTable(table)}`)
      return table
    }
    this.#refuse(router, new Error(`its routing table has no ${table.routers.length === 0 ? 'routers' : 'readers'}`))
    onUseless(router, false)
    return undefined
  }

  #acquire(router: Address, deadline: Deadline, signal: AbortSignal): Promise<C> {
    const { pools, driver, traced } = this.#options
    const { auth, database } = this.#request
    if (traced === null && !acquireWatched()) return pools.get(router).acquire(deadline, signal, auth)
    const acquire = new AcquireMessage(driver, traced, { mode: 'READ', database })
    return trace(channels.acquire, acquire, () => pools.get(router).acquire(deadline, signal, auth, acquire))
  }

  /** A router that takes for ever must not hold the search up, nor its connection once nobody waits for it. */
  async #answer(router: Address, connection: C, question: TableQuestion, signal: AbortSignal): Promise<RawTable> {
    const cutOff = (): void => connection.destroy()
    const limit = clock.setTimeout(() => {
      const why = `${router} did not answer the question for a routing table within ${ANSWER_LIMIT_MS} ms`
      connection.destroy(new ServiceUnavailable(why))
    }, ANSWER_LIMIT_MS)
    signal.addEventListener('abort', cutOff, { once: true })
    try {
      return await this.#options.fetchTable(connection, question)
    } finally {
      clock.clearTimeout(limit)
      signal.removeEventListener('abort', cutOff)
    }
  }

  #refuse(router: Address, error: unknown): void {
    const why = error instanceof Error ? error.message : String(error)
    this.#refusals.push({ router: router.toString(), why, error })
    const { log } = this.#options
    if (log.enabled('debug')) log.debug(`${router} gave no routing table: ${why}`)
  }

  #explain(seed: Address): string {
    const asked = listed(this.#refusals.map(({ router, why }) => `${router} (${why})`))
    const head = `No routing table of ${nameOf(this.#request.database)} could be had; routers asked: ${asked || 'none'}.`
    const single = this.#refusals.length === 1 && this.#refusals[0]?.router === seed.toString()
    const hint = single
      ? ' If this is a single server without routing, use the scheme bolt:// instead of neo4j://.'
      : ''
    return head + hint
  }

  #cause(): unknown {
    const errors = this.#refusals.map(({ error }) => error)
    return errors.length > 1 ? new AggregateError(errors, 'every router failed') : errors[0]
  }
}

function noteTable(traced: RoutingMessage, { database, routers, readers, writers, ttl }: RoutingTable): void {
  traced.database = database
  traced.table = { routers: routers.length, readers: readers.length, writers: writers.length, ttl }
}

/** How errors call a database. */
export function nameOf(database: string | null): string {
  return database === null ? 'the home database' : `database ${JSON.stringify(database)}`
}

function describeTable({ database, ttl, routers, readers, writers }: RoutingTable): string {
  const names = (addresses: readonly Address[]) => listed(addresses.map(String))
  return `${nameOf(database)}, routers ${names(routers)}, readers ${names(readers)}, writers ${names(writers)}, for ${ttl} ms`
}
