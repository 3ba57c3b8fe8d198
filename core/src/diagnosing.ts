/**
 * Goes the way of a new connection step by step, outside of the pool, and writes down how far it gets. Beside wiring.ts,
 * because it takes the parts of every room in its hands; it never raises.
 */

import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import type { Connection } from './bolt/connection.ts'
import { isNeo4jError } from './errors/index.ts'
import { Diagnosis, type DiagnosisStep } from './results/diagnosis.ts'
import { clock } from './time/clock.ts'
import type { Transport } from './transport/transport.ts'
import { Address } from './values/address.ts'

/** The parts of a driver that a diagnosis needs. */
export interface DiagnosisParts {
  /** Scheme and address, for the report. */
  readonly target: string
  readonly address: Address
  readonly encrypted: boolean
  readonly routed: boolean
  /** Opens a link to an address; with TLS where that is asked for. */
  readonly link: (address: Address, encrypted: boolean) => Promise<Transport>
  /** Opens a connection, logged in. */
  readonly connect: () => Promise<Connection>
  /** The addresses in the server's routing table. */
  readonly advertised: (connection: Connection) => Promise<readonly string[]>
}

type StepName = DiagnosisStep['name']

export async function diagnose(parts: DiagnosisParts): Promise<Diagnosis> {
  const steps: DiagnosisStep[] = []
  const failed = () => steps.some(({ status }) => status === 'failed')
  const skip = (name: StepName, why: string) => steps.push({ name, status: 'skipped', ms: 0, found: why })
  const step = async (name: StepName, does: () => Promise<string>): Promise<void> => {
    if (failed()) return void skip(name, 'an earlier step failed')
    const started = clock.now()
    try {
      const found = await does()
      steps.push({ name, status: 'ok', ms: clock.now() - started, found })
    } catch (error) {
      const found = error instanceof Error ? error.message : String(error)
      steps.push({ name, status: 'failed', ms: clock.now() - started, found })
    }
  }

  const { address } = parts
  await step('DNS', () => resolved(address))
  await step('TCP', () => reached(parts, address, false))
  if (parts.encrypted) await step('TLS', () => reached(parts, address, true))
  else skip('TLS', 'not encrypted; bolt+s:// or neo4j+s:// would be')
  const connection = failed() ? null : await loggedIn(parts, steps)
  if (connection === null && failed()) {
    for (const name of ['handshake', 'auth'] as const)
      if (!steps.some((each) => each.name === name)) skip(name, 'an earlier step failed')
  }
  if (!parts.routed) {
    skip('routing table', 'not asked for with bolt://')
    skip('advertised addresses', 'not asked for with bolt://')
  } else {
    let advertised: readonly string[] = []
    await step('routing table', async () => {
      advertised = await parts.advertised(connection as Connection)
      return `names ${advertised.join(', ') || 'nobody'}`
    })
    await step('advertised addresses', () => allReached(parts, advertised))
  }
  connection?.destroy()
  return new Diagnosis(parts.target, steps)
}

async function resolved({ host }: Address): Promise<string> {
  if (isIP(host) !== 0) return `${host} is an address`
  const addresses = await lookup(host, { all: true })
  return `${host} is ${addresses.map(({ address }) => address).join(', ')}`
}

async function reached(parts: DiagnosisParts, address: Address, encrypted: boolean): Promise<string> {
  const transport = await parts.link(address, encrypted)
  const found = `connected to ${transport.remoteAddress ?? address}`
  transport.destroy()
  return found
}

/** Handshake and login are one conversation; which of the two failed shows in the kind of error. */
async function loggedIn(parts: DiagnosisParts, steps: DiagnosisStep[]): Promise<Connection | null> {
  const started = clock.now()
  try {
    const connection = await parts.connect()
    const ms = clock.now() - started
    const { major, minor } = connection.version
    steps.push({ name: 'handshake', status: 'ok', ms, found: `${connection.agent} speaks Bolt ${major}.${minor}` })
    steps.push({ name: 'auth', status: 'ok', ms: 0, found: 'the credentials were accepted' })
    return connection
  } catch (error) {
    const ms = clock.now() - started
    const found = error instanceof Error ? error.message : String(error)
    if (isNeo4jError(error)) {
      steps.push({ name: 'handshake', status: 'ok', ms, found: 'the server speaks Bolt' })
      steps.push({ name: 'auth', status: 'failed', ms: 0, found: `${error.code}: ${found}` })
    } else steps.push({ name: 'handshake', status: 'failed', ms, found })
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
