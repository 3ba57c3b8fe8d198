import { createServer } from 'node:net'
import { C, S, startPlay, startScripted } from '@boltline/embedded'
import { describe, expect, it } from 'vitest'
import { createCertificate } from '../../../tools/neo4j/certificate.mjs'
import { type Address, type DriverConfig, GraphDatabase, TrustCustomCAs } from '../../src/index.ts'
import { driverInternals, type Lookup } from '../../src/testing.ts'

interface Report {
  readonly ok: boolean
  readonly text: string
  /** What the steps came to, in their order. */
  readonly statuses: Readonly<Record<string, string>>
  /** What each step found. */
  readonly found: Readonly<Record<string, string>>
}

async function report(uri: string, config: DriverConfig = {}, lookup?: Lookup): Promise<Report> {
  await using driver = GraphDatabase.driver(uri, { connectionTimeout: 5_000, ...config })
  driverInternals(driver).lookup = lookup
  const diagnosis = await driver.diagnose()
  expect(driver.poolMetrics().every(({ created }) => created === 0)).toBe(true)
  return {
    ok: diagnosis.ok,
    text: `${diagnosis}\n${JSON.stringify(diagnosis)}`,
    statuses: Object.fromEntries(diagnosis.steps.map(({ name, status }) => [name, status])),
    found: Object.fromEntries(diagnosis.steps.map(({ name, found }) => [name, found])),
  }
}

async function closedPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

const noName: Lookup = async () => {
  throw Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' })
}

describe('A diagnosis', () => {
  it('reports every step as ok when all succeed', async () => {
    await using server = await startScripted({ auth: ['neo4j', 'secret'] })
    const { ok, statuses, text } = await report(server.uri.replace('bolt', 'neo4j'), { auth: ['neo4j', 'secret'] })
    expect(Object.entries(statuses)).toEqual([
      ['DNS', 'ok'],
      ['TCP', 'ok'],
      ['TLS', 'skipped'],
      ['credentials', 'ok'],
      ['handshake', 'ok'],
      ['auth', 'ok'],
      ['routing table', 'ok'],
      ['advertised addresses', 'ok'],
    ])
    expect(ok).toBe(true)
    expect(text).toContain(`127.0.0.1:${server.port}`)
    expect(text).not.toContain('secret')
  })

  it('fetches no routing table with bolt://', async () => {
    await using server = await startScripted()
    const { ok, statuses } = await report(server.uri)
    expect(ok).toBe(true)
    expect(statuses).toMatchObject({ 'routing table': 'skipped', 'advertised addresses': 'skipped' })
  })

  it('says what to look for when the host has no address', async () => {
    const { ok, statuses, found } = await report('neo4j://db.invalid', {}, noName)
    expect(ok).toBe(false)
    expect(found['DNS']).toBe(
      "db.invalid: no such host name. Look for a misspelt host in the URI, and whether this machine's DNS or hosts file knows it",
    )
    expect(statuses).toEqual({
      DNS: 'failed',
      TCP: 'skipped',
      TLS: 'skipped',
      credentials: 'skipped',
      handshake: 'skipped',
      auth: 'skipped',
      'routing table': 'skipped',
      'advertised addresses': 'skipped',
    })
  })

  it('lists the addresses of a name', async () => {
    await using server = await startScripted()
    const { ok, found } = await report(`bolt://db.test:${server.port}`, {}, async () => ['127.0.0.1', '::1'])
    expect(ok).toBe(true)
    expect(found['DNS']).toBe('db.test is 127.0.0.1, ::1')
  })

  it.each(['bolt', 'neo4j'])('connects to the addresses that the resolver gives, with %s://', async (scheme) => {
    await using server = await startScripted()
    const closed = await closedPort()
    const asked: string[] = []
    const resolver = (address: Address) => {
      asked.push(String(address))
      return [`127.0.0.1:${closed}`, `127.0.0.1:${server.port}`]
    }
    const { found, statuses } = await report(`${scheme}://cluster.test:7000`, { resolver }, noName)
    // With routing, once more for the address in the table.
    expect(asked).toEqual(Array(scheme === 'bolt' ? 1 : 2).fill('cluster.test:7000'))
    const there = `127.0.0.1:${closed}, 127.0.0.1:${server.port}`
    expect(found['DNS']).toContain(`the resolver leads from cluster.test:7000 to ${there}`)
    if (scheme === 'neo4j') {
      const reached = `all 1 can be reached: cluster.test:7000 (the resolver leads to ${there})`
      expect(found['advertised addresses']).toBe(reached)
    }
    expect(found['TCP']).toMatch(new RegExp(`${closed}.*refused.*connected to 127\\.0\\.0\\.1:${server.port}`))
    expect(statuses).toMatchObject({ TCP: 'ok', handshake: 'ok', auth: 'ok' })
  })

  it('names the resolver when it fails', async () => {
    const failing = () => {
      throw new Error('registry is down')
    }
    expect((await report('neo4j://cluster.test', { resolver: failing })).found['DNS']).toBe('registry is down')
    expect((await report('bolt://cluster.test', { resolver: () => [] })).found['DNS']).toMatch(
      /resolver gives no address for cluster\.test:7687/,
    )
  })

  it('says that the port refuses connections', async () => {
    const port = await closedPort()
    const { statuses, found } = await report(`bolt://127.0.0.1:${port}`)
    expect(statuses).toMatchObject({ DNS: 'ok', TCP: 'failed', credentials: 'skipped', handshake: 'skipped' })
    expect(found['TCP']).toMatch(/connection refused.*Check that the server is running/)
  })

  it('reports a failure of TLS apart from TCP', async () => {
    const authority = createCertificate({ names: ['Test Authority'], authority: true })
    const { certificate: cert, key } = createCertificate({
      names: ['localhost', '127.0.0.1'],
      issuer: { ...authority, name: 'Test Authority' },
    })
    await using server = await startScripted({ tls: { cert, key } })
    const trusting = { encrypted: true, trustedCertificates: TrustCustomCAs(authority.certificate) }
    expect((await report(server.uri, trusting)).statuses).toMatchObject({ TLS: 'ok', auth: 'ok' })
    const refused = await report(server.uri.replace('bolt', 'bolt+s'))
    expect(refused.statuses).toMatchObject({ TCP: 'ok', TLS: 'failed', credentials: 'skipped', auth: 'skipped' })
    expect(refused.found['TLS']).toMatch(/trustedCertificates|authority|issuer/)
  })

  it('reports a failure of the auth manager apart from one of the server', async () => {
    await using server = await startScripted()
    const auth = {
      getAuth: () => {
        throw new Error('the vault is sealed')
      },
      handleSecurityException: () => false,
    }
    const { statuses, found } = await report(server.uri, { auth })
    expect(statuses).toMatchObject({ TCP: 'ok', credentials: 'failed', handshake: 'skipped', auth: 'skipped' })
    expect(found['credentials']).toBe('the vault is sealed')
  })

  it('says that the server refuses the credentials', async () => {
    await using server = await startScripted({ auth: ['neo4j', 'secret'] })
    const { statuses, found, text } = await report(server.uri, { auth: ['neo4j', 'guess'] })
    expect(statuses).toMatchObject({ credentials: 'ok', handshake: 'ok', auth: 'failed' })
    expect(found['auth']).toContain('Neo.ClientError.Security.Unauthorized')
    expect(text).not.toContain('guess')
  })

  it('says that the peer is not a Neo4j server', async () => {
    const http = createServer((socket) => {
      socket.on('error', () => undefined)
      socket.on('data', () => {
        socket.end('HTTP/1.1 400 Bad Request\r\n\r\n', () => socket.destroy())
      })
    })
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
    const { statuses, found } = await report(`bolt://127.0.0.1:${(http.address() as { port: number }).port}`)
    http.close()
    expect(statuses).toMatchObject({ TCP: 'ok', handshake: 'failed', auth: 'skipped' })
    expect(found['handshake']).toMatch(/HTTP/)
  })

  it('names the advertised addresses that cannot be reached, and the setting to check', async () => {
    const closed = await closedPort()
    await using other = await startScripted()
    const table = [
      C.route(),
      S.success({
        rt: {
          ttl: 300,
          db: 'neo4j',
          servers: [
            { role: 'ROUTE', addresses: [`127.0.0.1:${other.port}`] },
            { role: 'READ', addresses: [`127.0.0.1:${closed}`, `127.0.0.1:${other.port}`] },
            { role: 'WRITE', addresses: [`127.0.0.1:${closed}`] },
          ],
        },
      }),
    ]
    await using play = await startPlay([[], table])
    const { statuses, found } = await report(play.uri.replace('bolt', 'neo4j'))
    expect(statuses).toMatchObject({ 'routing table': 'ok', 'advertised addresses': 'failed' })
    expect(found['advertised addresses']).toBe(
      `127.0.0.1:${closed} can't be reached from here. Check server.bolt.advertised_address on the server, or use bolt:// for a single server`,
    )
  })

  it('says that a server gives no routing table', async () => {
    const script = [C.route(), S.failure('Neo.ClientError.Procedure.ProcedureNotFound', 'no routing here')]
    await using play = await startPlay([[], script])
    const { statuses, found } = await report(play.uri.replace('bolt', 'neo4j'))
    expect(statuses).toMatchObject({ auth: 'ok', 'routing table': 'failed', 'advertised addresses': 'skipped' })
    expect(found['routing table']).toMatch(/no routing here/)
  })
})
