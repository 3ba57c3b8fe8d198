/**
 * Opens a connection step by step, outside of the pool, and reports the outcome of each step. Every step has a time limit;
 * the report names the setting of a limit that was reached.
 */

import { isIP } from 'node:net'
import type { Connection } from '../bolt/connection.ts'
import { isNeo4jError } from '../errors/index.ts'
import { Diagnosis, type DiagnosisStep } from '../results/diagnosis.ts'
import { clock } from '../time/clock.ts'
import { Deadline } from '../time/deadline.ts'
import { waitFor } from '../time/wait-for.ts'
import { explainLookupFailure, type Lookup } from '../transport/resolve.ts'
import type { Transport } from '../transport/transport.ts'
import { Address } from '../values/address.ts'
import type { Auth } from '../values/auth.ts'

/** The target of a step. */
interface Place {
  /** The address of the server in the URI or in the routing table. */
  readonly address: Address
  /** The host name that the server's certificate must be valid for. */
  readonly name: string
  /** The one address to try. */
  readonly addresses: readonly [Address]
}

/** The settings and functions of a driver that a diagnosis uses. */
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
  /** Aborts when the driver is closed, which rejects the diagnosis. */
  readonly closed: AbortSignal
  /** The user's resolver; null: there is none. */
  readonly resolve: ((address: Address) => Promise<readonly Address[]>) | null
  readonly lookup: Lookup
  /** Opens a transport to an address; with TLS when `encrypted`. */
  readonly link: (place: Place, encrypted: boolean, deadline: Deadline, signal: AbortSignal) => Promise<Transport>
  readonly credentials: (deadline: Deadline) => Promise<Auth>
  /** Opens a connection, logged in. */
  readonly connect: (place: Place, auth: Auth, deadline: Deadline, signal: AbortSignal) => Promise<Connection>
  /** The addresses in the server's routing table. */
  readonly advertised: (connection: Connection) => Promise<readonly string[]>
}

type StepName = DiagnosisStep['name']
type Setting = 'connectionTimeout' | 'connectionAcquisitionTimeout'

/** How many advertised addresses are tried at most: more than clusters have members. */
const MOST_ADVERTISED = 100

/** @throws DriverError when the driver is closed meanwhile */
export async function diagnose(parts: DiagnosisParts): Promise<Diagnosis> {
  return new Run(parts).report()
}

/** One diagnosis. */
class Run {
  readonly #parts: DiagnosisParts
  readonly #steps: DiagnosisStep[] = []
  /** Aborts when the diagnosis ends, with or without an error. */
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

  /** Runs a step and adds it to the report; returns its outcome, or null when it fails or is skipped. */
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

  /** Runs `work` with the time limit of a setting; `what` starts the error at the limit. */
  #within<T>(setting: Setting, what: string, work: (deadline: Deadline) => Promise<T>): Promise<T> {
    const ms = this.#parts[setting]
    const deadline = Deadline.in(ms)
    const onTimeout = () => new Error(`${what} within ${ms} ms (${setting})`)
    return waitFor(work(deadline), undefined, { deadline, onTimeout, closed: this.#parts.closed })
  }

  /** The addresses that the resolver gives for `address`; without a resolver, `address` itself. */
  #given(address: Address): Promise<readonly Address[]> {
    const { resolve } = this.#parts
    if (resolve === null) return Promise.resolve([address])
    const what = `The resolver gave no answer for ${address}`
    return this.#within('connectionAcquisitionTimeout', what, () => resolve(address))
  }

  /** Calls the resolver, looks up the host names, and returns the addresses whose lookup succeeded. */
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

  /** The target for an address that the resolver gave. The certificate is checked for the host of the URI. */
  #place(address: Address, given: Address): Place {
    return { address: given, name: address.host, addresses: [given] }
  }

  /** The first address that accepts a connection: one is enough to enter a cluster. */
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
      // Closed here and not by the caller: after the time limit there is no caller.
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

  /** Runs handshake and login as one step; a Neo4jError means that the handshake succeeded and the login failed. */
  async #loggedIn(place: Place, auth: Auth): Promise<Connection | null> {
    const started = clock.now()
    const steps = this.#steps
    try {
      const what = `${place.address} did not let the driver in`
      const connection = await this.#within('connectionAcquisitionTimeout', what, async (deadline) => {
        const opened = await this.#parts.connect(place, auth, deadline, this.#over.signal)
        // Kept for closing even if the step has already timed out.
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

  /** Tries every advertised address. One that this process can't reach is a misconfiguration of the server. */
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

  /** Whether the resolved addresses of an advertised address accept a connection, with a text that names them. */
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
      // With an AggregateError the server is unreachable; any other error is the resolver's and is added to the text.
      return { reached: false, found: error instanceof AggregateError ? found : `${found}: ${messageOf(error)}` }
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
