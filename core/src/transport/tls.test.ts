import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as createPlainServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer as createTlsServer, type TlsOptions } from 'node:tls'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { CertificateConfigurationError, ServiceUnavailable } from '../errors/index.ts'
import { Deadline } from '../time/deadline.ts'
import { connectSocket } from './socket.ts'
import { isFinalTlsFailure, secureContext, type TlsSettings } from './tls.ts'
import type { Transport } from './transport.ts'

interface Made {
  readonly certificate: string
  readonly key: string
}
interface MakeOptions {
  readonly names?: readonly string[]
  readonly from?: Date
  readonly until?: Date
  readonly authority?: boolean
  readonly issuer?: Made & { readonly name: string }
}
const maker = new URL('../../../tools/neo4j/certificate.mjs', import.meta.url).href
const { createCertificate } = (await import(maker)) as { createCertificate(options?: MakeOptions): Made }

const authority = { ...createCertificate({ names: ['Test Authority'], authority: true }), name: 'Test Authority' }
const good = createCertificate({ names: ['localhost', '127.0.0.1'], issuer: authority })
const trusting: TlsSettings = { mode: 'custom', ca: [authority.certificate] }

// What an administrator would install for the whole machine; read once per process, hence up here.
const installed = {
  ...createCertificate({ names: ['Installed Authority'], authority: true }),
  name: 'Installed Authority',
}
const folder = mkdtempSync(join(tmpdir(), 'tls-test-'))
writeFileSync(join(folder, 'bundle.pem'), installed.certificate)
process.env['SSL_CERT_FILE'] = join(folder, 'bundle.pem')
afterAll(() => rmSync(folder, { recursive: true }))

const cleanUps: (() => void)[] = []
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0)) cleanUp()
})

async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanUps.push(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return (server.address() as { port: number }).port
}

/** A server that echoes, and remembers the names clients asked for. */
async function listenTls(made: Made, options: TlsOptions = {}) {
  const names: unknown[] = []
  const server = createTlsServer({ cert: made.certificate, key: made.key, ...options }, (socket) => {
    names.push((socket as unknown as { servername: unknown }).servername)
    socket.on('error', () => socket.destroy())
    socket.pipe(socket)
  })
  server.on('tlsClientError', (_error, socket) => socket.destroy())
  return { port: await listen(server), names }
}

async function connect(port: number, tls: TlsSettings, host = 'localhost'): Promise<Transport> {
  const link = await connectSocket(
    { host, port },
    {
      deadline: Deadline.in(5000),
      keepAliveInitialDelay: 30_000,
      goodbyeTimeout: 2000,
      tls,
      lookup: async () => ['127.0.0.1'],
    },
  )
  cleanUps.push(() => link.destroy())
  return link
}

/** Why an attempt failed; a refused certificate is no matter of trying again, everything else may be. */
const refusal = async (port: number, tls: TlsSettings, host?: string, mayPass = false): Promise<string> => {
  const error = await connect(port, tls, host).then(
    () => Promise.reject(new Error('connected')),
    (reason: Error) => reason,
  )
  expect(error).toBeInstanceOf(mayPass ? ServiceUnavailable : CertificateConfigurationError)
  return error.message
}

const echo = (link: Transport): Promise<string> =>
  new Promise((resolve, reject) => {
    link.onData = (chunk, length) => resolve(chunk.toString('utf8', 0, length))
    link.onClose = (error) => reject(error ?? new Error('closed'))
    link.write(Buffer.from('hello'))
  })

describe('an encrypted link', () => {
  it('carries bytes when the certificate comes from a trusted authority', async () => {
    const { port, names } = await listenTls(good)
    const link = await connect(port, trusting)
    expect(link.secure).toBe(true)
    expect(await echo(link)).toBe('hello')
    expect(names).toEqual(['localhost'])
  })

  it('trusts the authorities of the operating system in mode system', async () => {
    const { port } = await listenTls(createCertificate({ names: ['localhost'], issuer: installed }))
    expect(await echo(await connect(port, { mode: 'system' }))).toBe('hello')
  })

  it('checks IP addresses against the certificate and sends no name for them', async () => {
    const { port, names } = await listenTls(good)
    const link = await connect(port, trusting, '127.0.0.1')
    expect(await echo(link)).toBe('hello')
    expect(names).toEqual([false])
  })

  it('accepts any certificate, for any host, in mode any', async () => {
    const { port } = await listenTls(
      createCertificate({ names: ['elsewhere.example'], until: new Date(Date.now() - 1000) }),
    )
    expect(await echo(await connect(port, { mode: 'any' }))).toBe('hello')
  })

  it("leaves everything to Node's options in mode options", async () => {
    const { port } = await listenTls(good)
    const settings: TlsSettings = { mode: 'options', options: { ca: authority.certificate, servername: 'localhost' } }
    expect(await echo(await connect(port, settings, 'alias.example'))).toBe('hello')
    expect(await refusal(port, { mode: 'options', options: {} })).toContain('not trusted')
  })

  it('shows a client certificate to a server that demands one', async () => {
    const client = createCertificate({ names: ['client'], issuer: authority })
    const { port } = await listenTls(good, { requestCert: true, rejectUnauthorized: true, ca: authority.certificate })
    expect(await echo(await connect(port, { ...trusting, cert: client.certificate, key: client.key }))).toBe('hello')
  })

  it('says that a client certificate is missing', async () => {
    const { port } = await listenTls(good, { requestCert: true, rejectUnauthorized: true, ca: authority.certificate })
    // TLS 1.3 lets the client finish first; the refusal arrives on the open link.
    const said = await connect(port, trusting)
      .then(echo)
      .catch((error: Error) => error.message)
    expect(said).toMatch(/demands a client certificate|hung up/)
    const { port: older } = await listenTls(good, {
      requestCert: true,
      rejectUnauthorized: true,
      ca: authority.certificate,
      maxVersion: 'TLSv1.2',
    })
    expect(
      await connect(older, trusting)
        .then(echo)
        .catch((error: Error) => error.message),
    ).toMatch(/client certificate|hung up/)
  })
})

describe('an encrypted link is refused', () => {
  it('to an expired certificate', async () => {
    const expired = createCertificate({ names: ['localhost'], issuer: authority, until: new Date(Date.now() - 60_000) })
    const { port } = await listenTls(expired)
    expect(await refusal(port, trusting)).toContain('has expired')
  })

  it('to a certificate that is not valid yet', async () => {
    const early = createCertificate({
      names: ['localhost'],
      issuer: authority,
      from: new Date(Date.now() + 86_400_000),
    })
    const { port } = await listenTls(early)
    expect(await refusal(port, trusting)).toContain('not valid yet')
  })

  it('to a self-signed certificate', async () => {
    const { port } = await listenTls(createCertificate())
    const message = await refusal(port, trusting)
    expect(message).toContain('self-signed')
    expect(message).toContain('TrustCustomCAs')
  })

  it('to a certificate of an authority that is not trusted, by default too', async () => {
    const { port } = await listenTls(good)
    const other = createCertificate({ names: ['Other'], authority: true })
    expect(await refusal(port, { mode: 'custom', ca: [other.certificate] })).toContain('authority that is not trusted')
    expect(await refusal(port, { mode: 'system' })).toContain('authority that is not trusted')
  })

  it('to a certificate made for another host', async () => {
    const { port } = await listenTls(good)
    const message = await refusal(port, trusting, 'db.example')
    expect(message).toContain('made for another host')
    expect(message).toContain('db.example')
    const nameOnly = await listenTls(createCertificate({ names: ['localhost'], issuer: authority }))
    expect(await refusal(nameOnly.port, trusting, '127.0.0.1')).toContain('made for another host')
  })

  it('to a server that offers only versions below 1.2', async () => {
    const { port } = await listenTls(good, { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' })
    expect(await refusal(port, trusting)).toContain('share no TLS version')
  })

  it('to a server that speaks plain text and hangs up', async () => {
    const port = await listen(createPlainServer((socket) => socket.once('data', () => socket.destroy())))
    expect(await refusal(port, trusting, undefined, true)).toContain('does not speak TLS on this port')
  })

  it('to a server that answers in plain text', async () => {
    const port = await listen(
      createPlainServer((socket) => socket.once('data', () => socket.end('HTTP/1.1 400 Bad\r\n\r\n'))),
    )
    expect(await refusal(port, trusting, undefined, true)).toContain('does not speak TLS on this port')
  })

  it('to a server that stays silent, at the deadline', async () => {
    const port = await listen(createPlainServer())
    const attempt = connectSocket(
      { host: '127.0.0.1', port },
      { deadline: Deadline.in(50), keepAliveInitialDelay: 30_000, goodbyeTimeout: 2000, tls: trusting },
    )
    await expect(attempt).rejects.toThrow(
      /:\d+; tried .* \(the TLS handshake failed: no answer within \d+ ms \(connectionTimeout\)\)\.$/,
    )
  })
})

it('TLS failures that another try would meet again are told from what may pass', () => {
  const failure = (code: string) => Object.assign(new Error('handshake'), { code })
  for (const code of [
    'CERT_HAS_EXPIRED',
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
    'ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE',
    'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA',
    'ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN',
    'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION',
    'ERR_SSL_UNSUPPORTED_PROTOCOL',
    'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE',
  ])
    expect(isFinalTlsFailure(failure(code))).toBe(true)
  for (const code of ['ECONNRESET', 'ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR'])
    expect(isFinalTlsFailure(failure(code))).toBe(false)
})

describe('TLS settings', () => {
  it('are read once', () => {
    expect(secureContext(trusting)).toBe(secureContext(trusting))
  })

  it('that cannot be used are named, without their content', () => {
    const client = createCertificate()
    const cases: [TlsSettings, RegExp][] = [
      [
        { mode: 'any', cert: client.certificate, key: createCertificate().key },
        /clientCertificate: .* does not belong/,
      ],
      [{ mode: 'any', cert: 'garbage', key: client.key }, /clientCertificate.*cannot be read as PEM/],
      [
        { mode: 'custom', ca: [authority.certificate, 'garbage'] },
        /trustedCertificates: certificate 2 of 2 cannot be read/,
      ],
      [{ mode: 'options', options: { cert: 'garbage' } }, /tlsOptions cannot be used/],
    ]
    for (const [settings, expected] of cases) {
      let error: unknown
      try {
        secureContext(settings)
      } catch (thrown) {
        error = thrown
      }
      expect(error).toBeInstanceOf(CertificateConfigurationError)
      expect((error as Error).message).toMatch(expected)
      expect((error as Error).message).not.toContain('PRIVATE KEY')
    }
  })

  it('with a certificate that cannot be used fail the connection with a configuration error', async () => {
    const { port } = await listenTls(good)
    await expect(connect(port, { mode: 'any', cert: 'garbage', key: 'garbage' })).rejects.toBeInstanceOf(
      CertificateConfigurationError,
    )
  })
})
