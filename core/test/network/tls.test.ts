import { createPrivateKey } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BoltServerOptions, type ScriptedServer, startScripted } from '@boltline/embedded'
import { describe, expect, it } from 'vitest'
import { createCertificate } from '../../../tools/neo4j/certificate.mjs'
import {
  clientCertificateProviders,
  type DriverConfig,
  GraphDatabase,
  TrustAll,
  TrustCustomCAs,
  TrustSystemCAs,
} from '../../src/index.ts'
import { rejectionOf } from '../support/rejection.ts'

const day = 86_400_000
const names = ['localhost', '127.0.0.1']
const authority = createCertificate({ names: ['Test Authority'], authority: true })
const issuer = { ...authority, name: 'Test Authority' }
const stranger = createCertificate({ names: ['Other Authority'], authority: true })
const valid = createCertificate({ names, issuer })

async function encrypted(
  { certificate: cert, key }: { certificate: string; key: string },
  more: BoltServerOptions['tls'] | object = {},
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

/** The message for a server that could not be connected to, for this reason. */
function refusal({ port }: ScriptedServer, reason: string): string {
  return `Could not connect to 127.0.0.1:${port}; tried 127.0.0.1:${port} (${reason}).`
}

const untrusted =
  "the server's certificate was signed by an authority that is not trusted, or the server does not send the certificates in between; name the authority with trustedCertificates: TrustCustomCAs(…)"
const selfSignedReason =
  "the server's certificate is self-signed; trust it with trustedCertificates: TrustCustomCAs(…), or use a +ssc scheme to accept any certificate"

const trusting = { encrypted: true, trustedCertificates: TrustCustomCAs(authority.certificate) }

describe('Over TLS the driver', () => {
  it('trusts certificates signed by the configured authority, given as text or as a file', async () => {
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

  it('refuses a certificate of an authority that is not trusted', async () => {
    await using server = await encrypted(valid)
    const system = { encrypted: true, trustedCertificates: TrustSystemCAs() }
    const other = { encrypted: true, trustedCertificates: TrustCustomCAs(stranger.certificate) }
    for (const config of [system, other]) expect(await outcome(server.uri, config)).toBe(refusal(server, untrusted))
    expect(await outcome(server.uri.replace('bolt', 'bolt+s'))).toBe(refusal(server, untrusted))
    expect(await outcome(server.uri.replace('bolt', 'neo4j+s'))).toContain(untrusted)
  })

  it('accepts any certificate with TrustAll() or +ssc', async () => {
    const useless = createCertificate({
      names: ['elsewhere.example'],
      until: new Date(Date.now() - day),
      from: new Date(Date.now() - 9 * day),
    })
    await using server = await encrypted(useless)
    expect(await outcome(server.uri.replace('bolt', 'bolt+ssc'))).toBe('ok 1')
    expect(await outcome(server.uri.replace('bolt', 'neo4j+ssc'))).toBe('ok 1')
    expect(await outcome(server.uri, { encrypted: true, trustedCertificates: TrustAll() })).toBe('ok 1')
  })

  it('accepts a self-signed certificate only when it is configured as trusted', async () => {
    const own = createCertificate({ names })
    await using server = await encrypted(own)
    const named = { encrypted: true, trustedCertificates: TrustCustomCAs(own.certificate) }
    expect(await outcome(server.uri, named)).toBe('ok 1')
    expect(await outcome(server.uri, { encrypted: true })).toBe(refusal(server, selfSignedReason))
    expect(await outcome(server.uri.replace('bolt', 'bolt+s'))).toBe(refusal(server, selfSignedReason))
    expect(await outcome(server.uri, trusting)).toBe(refusal(server, selfSignedReason))
  })

  it('refuses certificates that have expired, are not valid yet, or are of another host, saying so', async () => {
    const [past, future] = [new Date(Date.now() - 9 * day), new Date(Date.now() + 9 * day)]
    const expired = createCertificate({ names, issuer, from: past, until: new Date(Date.now() - day) })
    await using late = await encrypted(expired)
    expect(await outcome(late.uri, trusting)).toBe(
      refusal(late, "the server's certificate has expired; it has to be renewed on the server"),
    )
    await using early = await encrypted(createCertificate({ names, issuer, from: future }))
    expect(await outcome(early.uri, trusting)).toBe(
      refusal(early, "the server's certificate is not valid yet; check the clocks of both machines"),
    )
    await using elsewhere = await encrypted(createCertificate({ names: ['elsewhere.example'], issuer }))
    expect(await outcome(elsewhere.uri, trusting)).toMatch(
      /the server's certificate was made for another host \(.*127\.0\.0\.1.*\); connect under a name it holds/,
    )
    expect(await outcome(elsewhere.uri.replace('127.0.0.1', 'localhost'), trusting)).toMatch(
      /made for another host \(.*localhost.*elsewhere\.example.*\); connect under a name it holds/,
    )
  })

  it('sends the host name by SNI, but no IP address', async () => {
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
    const nothingShared = 'the server and the driver share no TLS version; the driver speaks 1.2 and newer'
    expect(await outcome(old.uri, trusting)).toBe(refusal(old, nothingShared))
    expect(await outcome(old.uri.replace('bolt', 'bolt+ssc'))).toBe(refusal(old, nothingShared))
    await using newest = await encrypted(valid, { minVersion: 'TLSv1.3' })
    expect(await outcome(newest.uri, trusting)).toBe('ok 1')
  })

  it('presents a client certificate, also with a password, and a new one after rotation', async () => {
    const demand = { requestCert: true, rejectUnauthorized: true, ca: authority.certificate }
    await using server = await encrypted(valid, demand)
    expect(await outcome(server.uri, trusting)).toBe(
      `127.0.0.1:${server.port} ended the connection in front of the Bolt handshake: the server demands a client certificate that it trusts; set clientCertificate`,
    )
    await using older = await encrypted(valid, { ...demand, maxVersion: 'TLSv1.2' })
    expect(await outcome(older.uri, trusting)).toMatch(
      /the server refused the handshake: no common cipher, or it demands a client certificate|the server demands a client certificate/,
    )
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
    expect(wrong).toBe('clientCertificate: the private key cannot be decrypted; check its password')
    const strangers = { certfile: client.certificate, keyfile: valid.key }
    expect(await outcome(server.uri, { ...trusting, clientCertificate: strangers })).toBe(
      'clientCertificate: the private key does not belong to the certificate',
    )
    const together = { certfile: `${client.certificate}\n${client.key}` }
    expect(await outcome(server.uri, { ...trusting, clientCertificate: together })).toBe('ok 1')

    const unknown = createCertificate({ names: ['client'], issuer: { ...stranger, name: 'Other Authority' } })
    const provider = clientCertificateProviders.rotating({ certfile: unknown.certificate, keyfile: unknown.key })
    await using driver = GraphDatabase.driver(server.uri, {
      ...trusting,
      clientCertificate: provider,
      maxTransactionRetryTime: 0,
    })
    await expect(driver.executeQuery('RETURN 1 AS x')).rejects.toThrow(
      /the server hung up when it had seen the client certificate; probably the server does not accept/,
    )
    provider.updateCertificate(own)
    expect((await driver.executeQuery('RETURN 1 AS x')).records.length).toBe(1)
  })

  it('uses tlsOptions alone when they are given', async () => {
    await using server = await encrypted(valid)
    expect(await outcome(server.uri, { tlsOptions: { ca: authority.certificate } })).toBe('ok 1')
    expect(await outcome(server.uri, { tlsOptions: { ca: stranger.certificate } })).toBe(refusal(server, untrusted))
    expect(await outcome(server.uri, { tlsOptions: { rejectUnauthorized: false } })).toBe('ok 1')
    const void_ = {
      encrypted: false,
      trustedCertificates: TrustCustomCAs('/nowhere'),
      clientCertificate: { certfile: '/no' },
    }
    expect(await outcome(server.uri, { ...void_, tlsOptions: { ca: authority.certificate } })).toBe('ok 1')
    const otherName = { ca: authority.certificate, servername: 'elsewhere.example' }
    expect(await outcome(server.uri, { tlsOptions: otherName })).toMatch(/made for another host .*elsewhere\.example/)
    expect(await outcome(server.uri, { tlsOptions: { ca: 'no PEM' } })).toMatch(
      /authority that is not trusted|tlsOptions/,
    )
  })

  it('does not retry when either side refuses a certificate', async () => {
    const refusal = async (uri: string, config: DriverConfig) => {
      await using driver = GraphDatabase.driver(uri, { ...config, maxTransactionRetryTime: 0 })
      return await rejectionOf(driver.executeQuery('RETURN 1 AS x'))
    }
    const final = { name: 'CertificateConfigurationError', isRetryable: false }
    await using server = await encrypted(valid)
    const untrusting = { encrypted: true, trustedCertificates: TrustCustomCAs(stranger.certificate) }
    for (const uri of [server.uri, server.uri.replace('bolt', 'neo4j')])
      expect(await refusal(uri, untrusting)).toMatchObject({ ...final, message: expect.stringMatching(/not trusted/) })
    // TLS 1.3 lets the client finish first: the refusal comes when the link is open.
    const demand = { requestCert: true, rejectUnauthorized: true, ca: authority.certificate, minVersion: 'TLSv1.3' }
    await using strict = await encrypted(valid, demand)
    for (const uri of [strict.uri, strict.uri.replace('bolt', 'neo4j')])
      expect(await refusal(uri, trusting)).toMatchObject({
        ...final,
        message: expect.stringMatching(/clientCertificate/),
      })
  })

  it.each(['TLSv1.2', 'TLSv1.3'] as const)('does not retry over %s when TLS can not succeed', async (version) => {
    const failure = async (uri: string, config: DriverConfig) => {
      await using driver = GraphDatabase.driver(uri, { ...trusting, ...config })
      return await rejectionOf(driver.executeQuery('RETURN 1 AS x'))
    }
    const final = { name: 'CertificateConfigurationError', isRetryable: false }
    const both = (server: ScriptedServer) => [server.uri, server.uri.replace('bolt', 'neo4j')]
    const demand = { requestCert: true, rejectUnauthorized: true, ca: authority.certificate }
    await using strict = await encrypted(valid, { ...demand, minVersion: version, maxVersion: version })
    const unknown = createCertificate({ names: ['client'], issuer: { ...stranger, name: 'Other Authority' } })
    const clientCertificate = { certfile: unknown.certificate, keyfile: unknown.key }
    for (const uri of both(strict)) {
      expect(await failure(uri, {})).toMatchObject({ ...final, message: expect.stringMatching(/demands a client/) })
      expect(await failure(uri, { clientCertificate })).toMatchObject({
        ...final,
        message: expect.stringMatching(/does not accept the client certificate \(clientCertificate\)/),
      })
    }
    const others = version === 'TLSv1.2' ? 'TLSv1.3' : 'TLSv1.2'
    await using other = await encrypted(valid, { minVersion: others, maxVersion: others })
    const tlsOptions = { ca: authority.certificate, minVersion: version, maxVersion: version }
    for (const uri of both(other)) {
      const config = { tlsOptions, encrypted: undefined, trustedCertificates: undefined }
      expect(await failure(uri, config)).toMatchObject({ ...final, message: expect.stringMatching(/no TLS version/) })
    }
  })
})
