import { type AddressInfo, connect, createServer, type Server } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { C, S, type ScriptedServer, startPlay, startScripted } from '@boltline/embedded'
import { afterEach, describe, expect, it } from 'vitest'
import { createCertificate } from '../../../tools/neo4j/certificate.mjs'
import { type Address, type DriverConfig, GraphDatabase, TrustCustomCAs } from '../../src/index.ts'
import { driverInternals, type Lookup } from '../../src/testing.ts'
import { rejectionOf } from '../support/rejection.ts'

// A cluster behind mapped ports: its servers know themselves by names that only the resolver leads to.

const noName: Lookup = async () => {
  throw Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' })
}

const open: AsyncDisposable[] = []
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each[Symbol.asyncDispose]()
})

interface Tls {
  readonly cert: string
  readonly key: string
}

/** A member that answers `Q` with its own name. */
async function member(name: string, tls?: Tls): Promise<ScriptedServer> {
  const server = await startScripted(tls === undefined ? {} : { tls })
  server.when('Q').returns([{ name }])
  open.push(server)
  return server
}

/** The port of a relay that speaks TLS in front of a server that doesn't. */
async function encrypted(port: number, { cert, key }: Tls): Promise<number> {
  const relay = createTlsServer({ cert, key }, (client) => {
    const upstream = connect(port, '127.0.0.1')
    for (const socket of [client, upstream]) socket.on('error', () => undefined)
    client.pipe(upstream).pipe(client)
  })
  relay.on('tlsClientError', () => undefined)
  open.push({ [Symbol.asyncDispose]: async () => void relay.close() })
  return listening(relay)
}

/** Listens on a free port of this machine. */
async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

async function closedPort(): Promise<number> {
  const server = createServer()
  const port = await listening(server)
  await new Promise((resolve) => server.close(resolve))
  return port
}

const named = (server: string) => `${server}.internal:7687`

/** A router that advertises `reader` and `writer`, these two, and which port of this machine each is behind. */
async function cluster(tls?: { readonly reader: Tls; readonly writer: Tls; readonly router: Tls }) {
  const reader = await member('reader', tls?.reader)
  const writer = await member('writer', tls?.writer)
  const servers = [
    { role: 'ROUTE', addresses: [named('router')] },
    { role: 'READ', addresses: [named('reader')] },
    { role: 'WRITE', addresses: [named('writer')] },
  ]
  const route = [C.route(), S.success({ rt: { ttl: 1000, db: 'neo4j', servers } })]
  const router = await startPlay(Array.from({ length: 10 }, () => route))
  open.push(router)
  const routerPort = tls === undefined ? router.port : await encrypted(router.port, tls.router)
  const mapped = new Map<string, number>([
    [named('seed'), routerPort],
    [named('router'), routerPort],
    [named('reader'), reader.port],
    [named('writer'), writer.port],
  ])
  const asked: string[] = []
  const resolver = (address: Address) => {
    asked.push(String(address))
    const port = mapped.get(String(address))
    return port === undefined ? [address] : [`127.0.0.1:${port}` as const]
  }
  return { mapped, asked, resolver }
}

function driverFor(uri: string, config: DriverConfig) {
  const driver = GraphDatabase.driver(uri, { maxTransactionRetryTime: 0, ...config })
  driverInternals(driver).lookup = noName
  open.push(driver)
  return driver
}

describe('A cluster whose advertised addresses are reachable through the resolver alone', () => {
  it('is read from and written to, and pools go by the advertised addresses', async () => {
    const { resolver, asked } = await cluster()
    const driver = driverFor('neo4j://seed.internal', { resolver })
    for (const [routing, name] of [
      ['READ', 'reader'],
      ['WRITE', 'writer'],
    ] as const) {
      const { records, summary } = await driver.executeQuery('Q', {}, { routing, database: 'neo4j' })
      expect(records[0]?.get('name')).toBe(name)
      expect(String(summary.server.address)).toBe(named(name))
    }
    expect(asked).toEqual([named('seed'), named('reader'), named('writer')])
    const pools = driver.poolMetrics().map(({ address }) => address)
    expect(pools).toContain(named('reader'))
    expect(pools).toContain(named('writer'))
  })

  it('is asked for a new table by the advertised address of its router', async () => {
    const { resolver, asked } = await cluster()
    const driver = driverFor('neo4j://seed.internal', { resolver })
    await driver.executeQuery('Q', {}, { database: 'neo4j' })
    await driverInternals(driver).refreshRoutingTable('neo4j', [])
    expect(asked).toEqual([named('seed'), named('writer'), named('router')])
  })

  it('is diagnosed by both names of each server', async () => {
    const { resolver, mapped } = await cluster()
    const port = await closedPort()
    const driver = driverFor('neo4j://seed.internal', { resolver })
    const found = async () => {
      const { steps } = await driver.diagnose()
      return Object.fromEntries(steps.map((step) => [step.name, step.found]))
    }
    const at = (server: string) => `127.0.0.1:${mapped.get(named(server))}`
    const good = await found()
    expect(good['DNS']).toContain(`the resolver leads from ${named('seed')} to ${at('seed')}`)
    expect(good['advertised addresses']).toContain(`${named('reader')} (the resolver leads to ${at('reader')})`)
    mapped.set(named('writer'), port)
    expect((await found())['advertised addresses']).toBe(
      `${named('writer')} (the resolver leads to 127.0.0.1:${port}) can't be reached from here. Check server.bolt.advertised_address on the server, and what the resolver gives for it, or use bolt:// for a single server`,
    )
  })

  it('is named by both names where a member does not answer', async () => {
    const { resolver, mapped } = await cluster()
    const port = await closedPort()
    mapped.set(named('writer'), port)
    const driver = driverFor('neo4j://seed.internal', { resolver })
    const error = await rejectionOf(driver.executeQuery('Q', {}, { database: 'neo4j' }))
    expect(error.message).toMatch(
      new RegExp(`writer\\.internal:7687.*127\\.0\\.0\\.1:${port} \\(connection refused\\)`),
    )
  })
})

describe('Certificates of servers that the resolver leads to', () => {
  const authority = createCertificate({ names: ['Test Authority'], authority: true })
  const certificateFor = (...names: string[]): Tls => {
    const made = createCertificate({ names, issuer: { ...authority, name: 'Test Authority' } })
    return { cert: made.certificate, key: made.key }
  }
  const trusting = { encrypted: true, trustedCertificates: TrustCustomCAs(authority.certificate) }

  it('are checked for the names of the URI and of the routing table', async () => {
    const { resolver } = await cluster({
      router: certificateFor('seed.internal'),
      reader: certificateFor('reader.internal'),
      writer: certificateFor('127.0.0.1', 'localhost'),
    })
    const driver = driverFor('neo4j://seed.internal', { resolver, ...trusting })
    const read = await driver.executeQuery('Q', {}, { routing: 'READ', database: 'neo4j' })
    expect(read.records).toHaveLength(1)
    const error = await rejectionOf(driver.executeQuery('Q', {}, { database: 'neo4j' }))
    expect(error.name).toBe('CertificateConfigurationError')
    expect(error.message).toContain('writer.internal')
  })

  it('are checked for the name of the URI where there is no routing', async () => {
    const { port } = await member('single', certificateFor('db.internal'))
    const resolver = () => [`127.0.0.1:${port}` as const]
    expect((await driverFor('bolt://db.internal', { resolver, ...trusting }).executeQuery('Q')).records).toHaveLength(1)
    const error = await rejectionOf(driverFor('bolt://other.internal', { resolver, ...trusting }).executeQuery('Q'))
    expect(error.name).toBe('CertificateConfigurationError')
  })
})

describe('Of several addresses that the resolver gives for one', () => {
  it.each(['bolt', 'neo4j'])(
    'the next is tried where the first accepts, but never speaks Bolt: %s://',
    async (scheme) => {
      const { port } = await member('good')
      const silent = createServer((socket) => void socket.on('error', () => undefined))
      const first = await listening(silent)
      const resolver = (address: Address) =>
        address.host === 'db.internal' ? [`127.0.0.1:${first}` as const, `127.0.0.1:${port}` as const] : [address]
      const driver = driverFor(`${scheme}://db.internal`, { resolver, connectionAcquisitionTimeout: 2_000 })
      expect((await driver.executeQuery('Q', {}, { database: 'neo4j' })).records).toHaveLength(1)
      silent.close()
    },
  )

  it('the last error names all where none is of use', async () => {
    const http = createServer((socket) => {
      socket.on('error', () => undefined)
      socket.on('data', () => {
        socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')
      })
    })
    const port = await listening(http)
    const closed = await closedPort()
    const resolver = () => [`127.0.0.1:${port}` as const, `127.0.0.1:${closed}` as const]
    const error = await rejectionOf(driverFor('bolt://db.internal', { resolver }).executeQuery('Q'))
    expect(error.message).toMatch(new RegExp(`db\\.internal:7687.*127\\.0\\.0\\.1:${port}.*127\\.0\\.0\\.1:${closed}`))
    http.close()
  })
})
