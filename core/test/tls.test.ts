import { createPrivateKey } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type FrontOptions, type ScriptedServer, startScripted } from '@boltline/embedded'
import { describe, expect, it } from 'vitest'
import { createCertificate } from '../../scripts/neo4j/certificate.mjs'
import {
  clientCertificateProviders,
  type DriverConfig,
  GraphDatabase,
  TrustAll,
  TrustCustomCAs,
  TrustSystemCAs,
} from '../src/index.ts'

const day = 86_400_000
const names = ['localhost', '127.0.0.1']
const authority = createCertificate({ names: ['Test Authority'], authority: true })
const issuer = { ...authority, name: 'Test Authority' }
const stranger = createCertificate({ names: ['Other Authority'], authority: true })
const valid = createCertificate({ names, issuer })

async function encrypted(
  { certificate: cert, key }: { certificate: string; key: string },
  more: FrontOptions['tls'] | object = {},
): Promise<ScriptedServer> {
  const server = await startScripted({ tls: { ...more, cert, key } })
  server.when('RETURN 1 AS x').returns([{ x: 1 }])
  return server
}

async function outcome(uri: string, config: DriverConfig = {}): Promise<string> {
  await using driver = GraphDatabase.driver(uri, { connectionTimeout: 5_000, maxTransactionRetryTime: 0, ...config })
  expect(driver.encrypted).toBe(true)
  try {
    return `ok ${(await driver.executeQuery('RETURN 1 AS x')).records[0]?.get('x')}`
  } catch (error) {
    return (error as Error).message
  }
}

const trusting = { encrypted: true, trustedCertificates: TrustCustomCAs(authority.certificate) }

describe('Over TLS the driver', () => {
  it('trusts what an authority of the caller has signed, given as text or as a file', async () => {
    await using server = await encrypted(valid)
    expect(await outcome(server.uri, trusting)).toBe('ok 1')
    expect(await outcome(server.uri.replace('127.0.0.1', 'localhost'), trusting)).toBe('ok 1')
    expect(await outcome(server.uri.replace('bolt', 'neo4j'), trusting)).toBe('ok 1')
    const folder = await mkdtemp(join(tmpdir(), 'boltline-tls-'))
    try {
      const file = join(folder, 'authority.pem')
      await writeFile(file, authority.certificate)
      expect(await outcome(server.uri, { encrypted: true, trustedCertificates: TrustCustomCAs(file) })).toBe('ok 1')
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('refuses an authority that nobody has vouched for', async () => {
    await using server = await encrypted(valid)
    const system = { encrypted: true, trustedCertificates: TrustSystemCAs() }
    const other = { encrypted: true, trustedCertificates: TrustCustomCAs(stranger.certificate) }
    for (const config of [system, other]) expect(await outcome(server.uri, config)).toMatch(/authority|issuer|trust/i)
    expect(await outcome(server.uri.replace('bolt', 'bolt+s'))).toMatch(/authority|issuer|trust/i)
  })

  it('accepts any certificate where it is told to, and only there', async () => {
    const selfSigned = createCertificate({
      names: ['elsewhere.example'],
      until: new Date(Date.now() - day),
      from: new Date(Date.now() - 9 * day),
    })
    await using server = await encrypted(selfSigned)
    expect(await outcome(server.uri.replace('bolt', 'bolt+ssc'))).toBe('ok 1')
    expect(await outcome(server.uri, { encrypted: true, trustedCertificates: TrustAll() })).toBe('ok 1')
    expect(await outcome(server.uri.replace('bolt', 'bolt+s'))).toMatch(/self-signed|expired|trust/i)
  })

  it('refuses expired certificates and those of another host, saying so', async () => {
    const expired = createCertificate({
      names,
      issuer,
      from: new Date(Date.now() - 9 * day),
      until: new Date(Date.now() - day),
    })
    await using late = await encrypted(expired)
    expect(await outcome(late.uri, trusting)).toMatch(/expired/i)
    await using elsewhere = await encrypted(createCertificate({ names: ['elsewhere.example'], issuer }))
    expect(await outcome(elsewhere.uri, trusting)).toMatch(/elsewhere\.example|host|name/i)
  })

  it('names the host to the server, but no address', async () => {
    const asked: string[] = []
    const SNICallback = (name: string, done: (error: null) => void) => {
      asked.push(name)
      done(null)
    }
    await using server = await encrypted(valid, { SNICallback })
    expect(await outcome(server.uri, trusting)).toBe('ok 1')
    expect(asked).toEqual([])
    expect(await outcome(server.uri.replace('127.0.0.1', 'localhost'), trusting)).toBe('ok 1')
    expect(asked).toEqual(['localhost'])
  })

  it('speaks TLS 1.2 and 1.3, and nothing older', async () => {
    await using modern = await encrypted(valid, { maxVersion: 'TLSv1.2' })
    expect(await outcome(modern.uri, trusting)).toBe('ok 1')
    await using old = await encrypted(valid, {
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    })
    expect(await outcome(old.uri, trusting)).not.toBe('ok 1')
  })

  it('presents a client certificate, also with a password, and a new one after rotation', async () => {
    const demand = { requestCert: true, rejectUnauthorized: true, ca: authority.certificate }
    await using server = await encrypted(valid, demand)
    expect(await outcome(server.uri, trusting)).not.toBe('ok 1')
    const client = createCertificate({ names: ['client'], issuer })
    const own = { certfile: client.certificate, keyfile: client.key }
    expect(await outcome(server.uri, { ...trusting, clientCertificate: own })).toBe('ok 1')
    const locked = createPrivateKey(client.key).export({
      type: 'pkcs8',
      format: 'pem',
      cipher: 'aes-256-cbc',
      passphrase: 'open sesame',
    })
    const withPassword = { certfile: client.certificate, keyfile: String(locked), password: 'open sesame' }
    expect(await outcome(server.uri, { ...trusting, clientCertificate: withPassword })).toBe('ok 1')
    const wrong = await outcome(server.uri, {
      ...trusting,
      clientCertificate: { ...withPassword, password: 'open barley' },
    })
    expect(wrong).not.toBe('ok 1')
    expect(wrong).not.toContain('barley')

    const unknown = createCertificate({ names: ['client'], issuer: { ...stranger, name: 'Other Authority' } })
    const provider = clientCertificateProviders.rotating({ certfile: unknown.certificate, keyfile: unknown.key })
    await using driver = GraphDatabase.driver(server.uri, {
      ...trusting,
      clientCertificate: provider,
      maxTransactionRetryTime: 0,
    })
    await expect(driver.executeQuery('RETURN 1 AS x')).rejects.toThrow()
    provider.updateCertificate(own)
    expect((await driver.executeQuery('RETURN 1 AS x')).records.length).toBe(1)
  })

  it('leaves everything to tlsOptions where they are given', async () => {
    await using server = await encrypted(valid)
    expect(await outcome(server.uri, { tlsOptions: { ca: authority.certificate } })).toBe('ok 1')
    expect(await outcome(server.uri, { tlsOptions: { ca: stranger.certificate } })).not.toBe('ok 1')
  })
})
