/**
 * Goes the way of a new connection step by step, outside of the pool, and writes down how far it gets. Beside wiring.ts,
 * because it uses parts of every room. Every step has a limit; the report names the one that a step has reached.
 */

import { isIP } from 'node:net'
import type { Connection } from './bolt/connection.ts'
import { isNeo4jError } from './errors/index.ts'
import { Diagnosis, type DiagnosisStep } from './results/diagnosis.ts'
import { clock } from './time/clock.ts'
import { Deadline } from './time/deadline.ts'
import { waitFor } from './time/wait-for.ts'
import { explainLookupFailure, type Lookup } from './transport/resolve.ts'
import type { Transport } from './transport/transport.ts'
import { Address } from './values/address.ts'
import type { Auth } from './values/auth.ts'

/** Where a step leads. */
interface Place {
  /** What the server is called: in the URI, or in its cluster's routing table. */
  readonly address: Address
  /** The name that the server's certificate has to be made for. */
  readonly name: string
  /** The one address to try. */
  readonly addresses: readonly [Address]
}

/** The parts of a driver that a diagnosis needs. */
export interface DiagnosisParts {
  /** Scheme and address, for the report. */
  readonly target: string
  readonly address: Address
  readonly encrypted: boolean
  readonly routed: boolean
  /** In ms: the limit for name resolution and TCP, and for TLS. */
  readonly connectionTimeout: number
  /** In ms: the limit for everything else. */
  readonly connectionAcquisitionTimeout: number
  /** Aborts when the driver is closed, which ends the diagnosis. */
  readonly closed: AbortSignal
  /** The addresses that the user's resolver puts in the place of others; null: there is no resolver. */
  readonly resolve: ((address: Address) => Promise<readonly Address[]>) | null
  readonly lookup: Lookup
  /** Opens a link to an address; with TLS where that is asked for. */
  readonly link: (place: Place, encrypted: boolean, deadline: Deadline, signal: AbortSignal) => Promise<Transport>
  readonly credentials: (deadline: Deadline) => Promise<Auth>
  /** Opens a connection, logged in. */
  readonly connect: (place: Place, auth: Auth, deadline: Deadline, signal: AbortSignal) => Promise<Connection>
  /** The addresses in the server's routing table. */
  readonly advertised: (connection: Connection) => Promise<readonly string[]>
}

type StepName = DiagnosisStep['name']
type Setting = 'connectionTimeout' | 'connectionAcquisitionTimeout'

/** How many advertised addresses are tried: as many as any cluster has. */
const MOST_ADVERTISED = 100

/** @throws DriverError when the driver is closed meanwhile */
export async function diagnose(parts: DiagnosisParts): Promise<Diagnosis> {
  return new Run(parts).report()
}

/** One diagnosis. */
class Run {
  readonly #parts: DiagnosisParts
  readonly #steps: DiagnosisStep[] = []
  /** Aborts with the end of the diagnosis, whatever that is. */
  readonly #over = new AbortController()
  readonly #connections: Connection[] = []

  constructor(parts: DiagnosisParts) {
    this.#parts = parts
  }

  async report(): Promise<Diagnosis> {
    let connection: Connection | null = null
    try {
      const { encrypted, routed, target } = this.#parts
      const candidates = await this.#step('DNS', () => this.#resolved())
      const place = await this.#step('TCP', () => this.#firstReached(candidates ?? []))
      if (encrypted) await this.#step('TLS', async () => [await this.#reached(place as Place, true), null])
      else this.#skip('TLS', 'not encrypted; bolt+s:// or neo4j+s:// would be')
      const auth = await this.#step('credentials', () => this.#credentials())
      if (this.#failed) for (const name of ['handshake', 'auth'] as const) this.#skip(name, 'an earlier step failed')
      else connection = await this.#loggedIn(place as Place, auth as Auth)
      if (routed) {
        const advertised = await this.#step('routing table', () => this.#advertised(connection as Connection))
        await this.#step('advertised addresses', async () => [await this.#allReached(advertised ?? []), null])
      } else {
        for (const name of ['routing table', 'advertised addresses'] as const)
          this.#skip(name, 'not asked for with bolt://')
      }
      return new Diagnosis(target, this.#steps)
    } finally {
      this.#over.abort()
      for (const each of this.#connections) each.destroy()
    }
  }

  get #failed(): boolean {
    return this.#steps.some(({ status }) => status === 'failed')
  }

  #skip(name: StepName, why: string): void {
    this.#steps.push({ name, status: 'skipped', ms: 0, found: why })
  }

  /** What the step gives besides its words, or null where it fails or is skipped. */
  async #step<T>(name: StepName, does: () => Promise<readonly [found: string, outcome: T]>): Promise<T | null> {
    if (this.#failed) {
      this.#skip(name, 'an earlier step failed')
      return null
    }
    const started = clock.now()
    try {
      const [found, outcome] = await does()
      this.#steps.push({ name, status: 'ok', ms: clock.now() - started, found })
      return outcome
    } catch (error) {
      this.#parts.closed.throwIfAborted()
      this.#steps.push({ name, status: 'failed', ms: clock.now() - started, found: messageOf(error) })
      return null
    }
  }

  /** Waits within the time that a setting gives. */
  #within<T>(setting: Setting, what: string, work: (deadline: Deadline) => Promise<T>): Promise<T> {
    const ms = this.#parts[setting]
    const deadline = Deadline.in(ms)
    const onTimeout = () => new Error(`${what} within ${ms} ms (${setting})`)
    return waitFor(work(deadline), undefined, { deadline, onTimeout, closed: this.#parts.closed })
  }

  /** The addresses that the resolver gives for one, if there is a resolver. */
  #given(address: Address): Promise<readonly Address[]> {
    const { resolve } = this.#parts
    if (resolve === null) return Promise.resolve([address])
    const what = `The resolver gave no answer for ${address}`
    return this.#within('connectionAcquisitionTimeout', what, () => resolve(address))
  }

  /** The addresses to try: those of the resolver, where there is one, whose names mean something here. */
  async #resolved(): Promise<readonly [string, readonly Place[]]> {
    const { address, resolve, lookup } = this.#parts
    const given = await this.#given(address)
    if (given.length === 0) throw new Error(`The resolver gives no address for ${address}`)
    const usable = new Set<Address>()
    const words = await Promise.all(
      given.map(async (each) => {
        if (isIP(each.host) !== 0) {
          usable.add(each)
          return `${each.host} is an address`
        }
        try {
          const found = await this.#within('connectionTimeout', 'no answer', () => lookup(each.host))
          usable.add(each)
          return `${each.host} is ${found.join(', ')}`
        } catch (error) {
          this.#parts.closed.throwIfAborted()
          return `${each.host}: ${explainLookupFailure(error)}`
        }
      }),
    )
    const found = `${resolve === null ? '' : `the resolver leads from ${address} to ${given.join(', ')}; `}${words.join('; ')}`
    const places = given.filter((each) => usable.has(each)).map((each) => this.#place(address, each))
    if (places.length > 0) return [found, places]
    throw new Error(
      `${found}. Look for a misspelt host in ${resolve === null ? 'the URI' : "the resolver's answer"}, and whether this machine's DNS or hosts file knows it`,
    )
  }

  /** With routing, the driver knows a server that its resolver gave for the URI by the resolver's address. */
  #place(address: Address, given: Address): Place {
    return { address: given, name: address.host, addresses: [given] }
  }

  /** The first address that answers; a cluster needs only one of those it is entered by. */
  async #firstReached(candidates: readonly Place[]): Promise<readonly [string, Place]> {
    const words: string[] = []
    const deadline = Deadline.in(this.#parts.connectionAcquisitionTimeout)
    for (const candidate of candidates) {
      if (words.length > 0 && deadline.expired) {
        words.push(`the others were not tried within ${deadline.allotted} ms (connectionAcquisitionTimeout)`)
        break
      }
      try {
        words.push(await this.#reached(candidate, false))
        return [words.join('; '), candidate]
      } catch (error) {
        this.#parts.closed.throwIfAborted()
        words.push(messageOf(error))
      }
    }
    throw new Error(words.join('; '))
  }

  async #reached(place: Place, encrypted: boolean): Promise<string> {
    const what = `${place.addresses[0]} gave no ${encrypted ? 'encrypted ' : ''}link`
    const transport = await this.#within('connectionTimeout', what, async (deadline) => {
      const link = await this.#parts.link(place, encrypted, deadline, this.#over.signal)
      // The diagnosis may not wait for it any more.
      link.destroy()
      return link
    })
    return `connected to ${transport.remoteAddress ?? place.addresses[0]}`
  }

  async #credentials(): Promise<readonly [string, Auth]> {
    const what = 'The auth manager gave no credentials'
    const given = await this.#within('connectionAcquisitionTimeout', what, (deadline) =>
      this.#parts.credentials(deadline),
    )
    return [`of the scheme ${JSON.stringify(given.scheme)}`, given]
  }

  /** Handshake and login are one conversation; which of the two failed shows in the kind of error. */
  async #loggedIn(place: Place, auth: Auth): Promise<Connection | null> {
    const started = clock.now()
    const steps = this.#steps
    try {
      const what = `${place.address} did not let the driver in`
      const connection = await this.#within('connectionAcquisitionTimeout', what, async (deadline) => {
        const opened = await this.#parts.connect(place, auth, deadline, this.#over.signal)
        // It may have come too late for the step.
        this.#connections.push(opened)
        return opened
      })
      const ms = clock.now() - started
      const { major, minor } = connection.version
      steps.push({ name: 'handshake', status: 'ok', ms, found: `${connection.agent} speaks Bolt ${major}.${minor}` })
      steps.push({ name: 'auth', status: 'ok', ms: 0, found: 'the credentials were accepted' })
      return connection
    } catch (error) {
      this.#parts.closed.throwIfAborted()
      const ms = clock.now() - started
      const found = messageOf(error)
      if (isNeo4jError(error)) {
        steps.push({ name: 'handshake', status: 'ok', ms, found: 'the server speaks Bolt' })
        steps.push({ name: 'auth', status: 'failed', ms: 0, found: `${error.code}: ${found}` })
      } else {
        steps.push({ name: 'handshake', status: 'failed', ms, found })
        steps.push({ name: 'auth', status: 'skipped', ms: 0, found: 'an earlier step failed' })
      }
      return null
    }
  }

  async #advertised(connection: Connection): Promise<readonly [string, readonly string[]]> {
    const what = `${connection.address} did not answer the question for a routing table`
    const addresses = await this.#within('connectionAcquisitionTimeout', what, () => this.#parts.advertised(connection))
    return [`names ${addresses.join(', ') || 'no server'}`, addresses]
  }

  /** Advertised addresses are meant for clients; one that this process can't reach is a server's setting to mend. */
  async #allReached(advertised: readonly string[]): Promise<string> {
    const tried = advertised.slice(0, MOST_ADVERTISED)
    const outcomes = await Promise.all(tried.map((text) => this.#advertisedReached(text)))
    const unreachable = outcomes.filter(({ reached }) => !reached)
    const words = outcomes.map(({ found }) => found)
    if (unreachable.length === 0) {
      return this.#parts.resolve === null
        ? `all ${tried.length} can be reached`
        : `all ${tried.length} can be reached: ${words.join(', ')}`
    }
    throw new Error(
      `${unreachable.map(({ found }) => found).join(', ')} can't be reached from here. Check server.bolt.advertised_address on the server, ${this.#parts.resolve === null ? '' : 'and what the resolver gives for it, '}or use bolt:// for a single server`,
    )
  }

  /** Whether one of the addresses that stand for an advertised one answers, in words that name both. */
  async #advertisedReached(text: string): Promise<{ readonly reached: boolean; readonly found: string }> {
    let found = text
    try {
      const address = Address.parse(text)
      const given = await this.#given(address)
      if (this.#parts.resolve !== null) found = `${text} (the resolver leads to ${given.join(', ') || 'no address'})`
      const attempts = given.map((each) => this.#reached({ address, name: address.host, addresses: [each] }, false))
      await Promise.any(attempts)
      return { reached: true, found }
    } catch (error) {
      this.#parts.closed.throwIfAborted()
      // A resolver that fails is to be mended, not the server.
      return { reached: false, found: error instanceof AggregateError ? found : `${found}: ${messageOf(error)}` }
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
