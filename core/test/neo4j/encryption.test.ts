import { describe, expect, it } from 'vitest'
import { createCertificate } from '../../../tools/neo4j/certificate.mjs'
import { type DriverConfig, GraphDatabase, TrustAll, TrustCustomCAs } from '../../src/index.ts'
import { startOwnServer } from './server.ts'

const authority = createCertificate({ names: ['Test Authority'], authority: true })
const issuer = { ...authority, name: 'Test Authority' }
const own = createCertificate({ names: ['localhost', '127.0.0.1'], issuer })
const trusting = { encrypted: true, trustedCertificates: TrustCustomCAs(authority.certificate) }

// On a busy machine a server starts slowly.
describe('A server with TLS', { timeout: 600_000 }, () => {
  it('accepts encrypted connections by the rules of each URI scheme and setting', async () => {
    await using server = await startOwnServer({ tls: { certificate: own.certificate, key: own.key } })
    const { port, user, password } = server
    const outcome = async (scheme: string, config: DriverConfig = {}): Promise<string> => {
      const uri = `${scheme}://127.0.0.1:${port}`
      await using driver = GraphDatabase.driver(uri, { auth: [user, password], maxTransactionRetryTime: 0, ...config })
      try {
        const { records } = await driver.executeQuery('UNWIND range(1, 5000) AS i RETURN i, toString(i) AS text')
        expect(records.length).toBe(5000)
        return driver.encrypted ? 'encrypted' : 'plain'
      } catch (error) {
        return (error as Error).message
      }
    }
    for (const scheme of ['bolt', 'neo4j']) {
      expect(await outcome(scheme, trusting)).toBe('encrypted')
      expect(await outcome(scheme, { encrypted: true, trustedCertificates: TrustAll() })).toBe('encrypted')
      expect(await outcome(`${scheme}+ssc`)).toBe('encrypted')
      expect(await outcome(scheme, { tlsOptions: { ca: authority.certificate } })).toBe('encrypted')
      expect(await outcome(`${scheme}+s`)).toMatch(/signed by an authority that is not trusted/)
      expect(await outcome(scheme, { encrypted: true })).toMatch(/signed by an authority that is not trusted/)
      expect(await outcome(scheme)).toMatch(/may require encryption/)
    }
    await using driver = GraphDatabase.driver(`neo4j://127.0.0.1:${port}`, { auth: [user, password], ...trusting })
    const { steps } = await driver.diagnose()
    expect(steps.map(({ name, status }) => `${name}: ${status}`)).toContain('TLS: ok')
  })

  it('receives the client certificate that it requires', async () => {
    const tls = { certificate: own.certificate, key: own.key, clientCertificates: authority.certificate }
    await using server = await startOwnServer({ tls })
    const client = createCertificate({ names: ['client'], issuer })
    const clientCertificate = { certfile: client.certificate, keyfile: client.key }
    const connect = (config: DriverConfig) =>
      GraphDatabase.driver(`bolt://127.0.0.1:${server.port}`, {
        auth: [server.user, server.password],
        maxTransactionRetryTime: 0,
        ...trusting,
        ...config,
      })
    await using shown = connect({ clientCertificate })
    expect((await shown.executeQuery('RETURN 1 AS x')).records[0]?.get('x')).toBe(1)
    await using hidden = connect({})
    await expect(hidden.executeQuery('RETURN 1')).rejects.toThrow(/client certificate/)
  })
})
