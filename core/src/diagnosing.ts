/**
 * Goes the way of a new connection step by step, outside of the pool, and writes down how far it gets. Beside wiring.ts,
 * because it takes the parts of every room in its hands; it never raises.
 */

import { isIP } from 'node:net'
import type { Connection } from './bolt/connection.ts'
import { isNeo4jError } from './errors/index.ts'
import { Diagnosis, type DiagnosisStep } from './results/diagnosis.ts'
import { clock } from './time/clock.ts'
import { explainLookupFailure, type Lookup } from './transport/resolve.ts'
import type { Transport } from './transport/transport.ts'
import { Address } from './values/address.ts'
import type { Auth } from './values/auth.ts'

/** The parts of a driver that a diagnosis needs. */
export interface DiagnosisParts {
  /** Scheme and address, for the report. */
  readonly target: string
  readonly address: Address
  readonly encrypted: boolean
  readonly routed: boolean
  /** The addresses that the caller's resolver puts in the place of the URI's; null: there is no resolver. */
  readonly resolve: ((address: Address) => Promise<readonly Address[]>) | null
  readonly lookup: Lookup
  /** Opens a link to an address; with TLS where that is asked for. */
  readonly link: (address: Address, encrypted: boolean) => Promise<Transport>
  readonly credentials: () => Promise<Auth>
  /** Opens a connection, logged in. */
  readonly connect: (address: Address, auth: Auth) => Promise<Connection>
  /** The addresses in the server's routing table. */
  readonly advertised: (connection: Connection) => Promise<readonly string[]>
}

type StepName = DiagnosisStep['name']

export async function diagnose(parts: DiagnosisParts): Promise<Diagnosis> {
  const steps: DiagnosisStep[] = []
  const failed = () => steps.some(({ status }) => status === 'failed')
  const skip = (name: StepName, why: string) => steps.push({ name, status: 'skipped', ms: 0, found: why })
  /** What the step gives besides its words, or null where it fails or is skipped. */
  const step = async <T>(
    name: StepName,
    does: () => Promise<readonly [found: string, outcome: T]>,
  ): Promise<T | null> => {
    if (failed()) {
      skip(name, 'an earlier step failed')
      return null
    }
    const started = clock.now()
    try {
      const [found, outcome] = await does()
      steps.push({ name, status: 'ok', ms: clock.now() - started, found })
      return outcome
    } catch (error) {
      steps.push({ name, status: 'failed', ms: clock.now() - started, found: messageOf(error) })
      return null
    }
  }

  const candidates = await step('DNS', () => resolved(parts))
  const address = await step('TCP', () => firstReached(parts, candidates ?? []))
  if (parts.encrypted) await step('TLS', async () => [await reached(parts, address as Address, true), null])
  else skip('TLS', 'not encrypted; bolt+s:// or neo4j+s:// would be')
  const auth = await step('credentials', async () => {
    const given = await parts.credentials()
    return [`of the scheme ${JSON.stringify(given.scheme)}`, given]
  })
  let connection: Connection | null = null
  if (failed()) for (const name of ['handshake', 'auth'] as const) skip(name, 'an earlier step failed')
  else connection = await loggedIn(() => parts.connect(address as Address, auth as Auth), steps)
  if (parts.routed) {
    const advertised = await step('routing table', async () => {
      const addresses = await parts.advertised(connection as Connection)
      return [`names ${addresses.join(', ') || 'nobody'}`, addresses]
    })
    await step('advertised addresses', async () => [await allReached(parts, advertised ?? []), null])
  } else for (const name of ['routing table', 'advertised addresses'] as const) skip(name, 'not asked for with bolt://')
  connection?.destroy()
  return new Diagnosis(parts.target, steps)
}

/** The addresses to try: those of the resolver, where there is one, whose names mean something here. */
async function resolved({ address, resolve, lookup }: DiagnosisParts): Promise<readonly [string, readonly Address[]]> {
  const given = resolve === null ? [address] : await resolve(address)
  if (given.length === 0) throw new Error(`The resolver gives no address for ${address}`)
  const usable: Address[] = []
  const words = await Promise.all(
    given.map(async (each) => {
      try {
        const found = isIP(each.host) === 0 ? await lookup(each.host) : null
        usable.push(each)
        return found === null ? `${each.host} is an address` : `${each.host} is ${found.join(', ')}`
      } catch (error) {
        return `${each.host}: ${explainLookupFailure(error)}`
      }
    }),
  )
  const found = `${resolve === null ? '' : `the resolver leads to ${given.join(', ')}; `}${words.join('; ')}`
  if (usable.length > 0) return [found, given.filter((each) => usable.includes(each))]
  throw new Error(
    `${found}. Look for a misspelt host in ${resolve === null ? 'the URI' : "the resolver's answer"}, and whether this machine's DNS or hosts file knows it`,
  )
}

/** The first address that answers; a cluster needs only one of those it is entered by. */
async function firstReached(
  parts: DiagnosisParts,
  candidates: readonly Address[],
): Promise<readonly [string, Address]> {
  const words: string[] = []
  for (const candidate of candidates) {
    try {
      words.push(await reached(parts, candidate, false))
      return [words.join('; '), candidate]
    } catch (error) {
      words.push(messageOf(error))
    }
  }
  throw new Error(words.join('; '))
}

async function reached(parts: DiagnosisParts, address: Address, encrypted: boolean): Promise<string> {
  const transport = await parts.link(address, encrypted)
  const found = `connected to ${transport.remoteAddress ?? address}`
  transport.destroy()
  return found
}

/** Handshake and login are one conversation; which of the two failed shows in the kind of error. */
async function loggedIn(connect: () => Promise<Connection>, steps: DiagnosisStep[]): Promise<Connection | null> {
  const started = clock.now()
  try {
    const connection = await connect()
    const ms = clock.now() - started
    const { major, minor } = connection.version
    steps.push({ name: 'handshake', status: 'ok', ms, found: `${connection.agent} speaks Bolt ${major}.${minor}` })
    steps.push({ name: 'auth', status: 'ok', ms: 0, found: 'the credentials were accepted' })
    return connection
  } catch (error) {
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

/** Advertised addresses are meant for clients; one that this process can't reach is a server's setting to mend. */
async function allReached(parts: DiagnosisParts, advertised: readonly string[]): Promise<string> {
  const outcomes = await Promise.allSettled(advertised.map((text) => reached(parts, Address.parse(text), false)))
  const unreachable = advertised.filter((_, i) => outcomes[i]?.status === 'rejected')
  if (unreachable.length === 0) return `all ${advertised.length} can be reached`
  throw new Error(
    `${unreachable.join(', ')} can't be reached from here. Check server.bolt.advertised_address on the server, or use bolt:// for a single server`,
  )
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
