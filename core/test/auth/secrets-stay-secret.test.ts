import { createPrivateKey } from 'node:crypto'
import { inspect } from 'node:util'
import { startScripted } from '@boltline/embedded'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createCertificate } from '../../../tools/neo4j/certificate.mjs'
import {
  type AuthManager,
  AuthManagers,
  type AuthToken,
  basicAuth,
  bearerAuth,
  clientCertificateProviders,
  customAuth,
  type DriverConfig,
  ExpiringAuth,
  GraphDatabase,
  kerberosAuth,
  TrustAll,
  watch,
} from '../../src/index.ts'
import { rejectionOf } from '../support/rejection.ts'

const secret = 's3cret-4711'
const parameter = 'parameter-4712'
const metadata = 'metadata-4713'

afterEach(() => vi.restoreAllMocks())

/** Everything that an application could print of a value, hidden properties and causes included. */
function shown(value: unknown): string {
  const error = value as { readonly stack?: unknown; readonly message?: unknown; readonly cause?: unknown } | undefined
  const forms = [
    inspect(value, { depth: 20, showHidden: true, getters: true, showProxy: true }),
    JSON.stringify(value) ?? '',
    String(error?.stack),
    String(error?.message),
  ]
  return forms.join('\n') + (error?.cause === undefined ? '' : shown(error.cause))
}

/** Uses a driver in every way that goes wrong, and gives all that was logged, warned of, thrown and made meanwhile. */
async function traces(auth: AuthToken | AuthManager, config: DriverConfig = {}, tls?: object): Promise<string> {
  const lines: string[] = []
  const write = (text: string) => lines.push(text)
  using watcher = watch('boltline', { out: { write } })
  const warned = vi.spyOn(process, 'emitWarning').mockImplementation((warning) => void lines.push(shown(warning)))
  const server = await startScripted({ ...(tls !== undefined && { tls: tls as never }) })
  server.when('Q').returns([{ x: 1 }])
  server.when('BAD').fails('Neo.ClientError.Statement.SyntaxError')
  server.when('DENIED').fails('Neo.ClientError.Security.Unauthorized')
  server.when('CUT').drops()
  const driver = GraphDatabase.driver(server.uri, {
    auth,
    maxTransactionRetryTime: 0,
    logger: { debug: write, info: write, warn: write, error: write },
    ...config,
  })
  const session = driver.session()
  const secrets = { x: parameter, deep: [{ parameter }] }
  const settings = { metadata: { metadata } }
  const kept: unknown[] = [driver, session, watcher, driver.poolMetrics(), auth]
  kept.push(await session.run('Q', secrets, settings).catch((error) => error))
  for (const query of ['BAD', 'DENIED', 'CUT']) {
    kept.push(await rejectionOf(session.run(query, secrets, settings)))
    const tx = await session.beginTransaction(settings).catch((error) => error)
    kept.push(tx)
    if (typeof tx.run !== 'function') continue
    const open = await tx.run('Q', secrets).catch((error: unknown) => error)
    kept.push(open, await rejectionOf(tx.run(query, secrets)), await rejectionOf(tx.commit()))
    if (typeof open.fetch === 'function') kept.push(await rejectionOf(open.fetch(1)))
  }
  kept.push(
    await rejectionOf(driver.executeQuery('Q', { x: { [parameter.slice(0, 3)]: Symbol(parameter) } }, settings)),
  )
  kept.push(await rejectionOf(driver.executeQuery('Q', secrets, { timeout: -1 })))
  kept.push(await driver.verifyAuthentication().catch((error) => error))
  kept.push(await driver.diagnose())
  const { summary } = await driver.executeQuery('Q', secrets).catch(() => ({ summary: null }))
  await session.close()
  await driver.close()
  await server.close()
  expect(lines.length).toBeGreaterThan(10)
  expect(warned.mock.calls.length).toBeGreaterThanOrEqual(0)
  return [...lines, ...kept.map(shown), inspect(summary, { depth: 20 })].join('\n')
}

const kinds: Readonly<Record<string, AuthToken | AuthManager>> = {
  'basic credentials': basicAuth('neo4j', secret),
  'a pair': ['neo4j', secret],
  'user and password': { user: 'neo4j', password: secret },
  'a bearer token': bearerAuth(secret),
  'a kerberos ticket': kerberosAuth(secret),
  'custom credentials': customAuth('neo4j', secret, 'realm', 'mine', { otp: secret, nested: { secret } }),
  'a basic auth manager': AuthManagers.basic(() => ['neo4j', secret]),
  'a bearer auth manager': AuthManagers.bearer(() => new ExpiringAuth(bearerAuth(secret)).expiresIn(1_000_000)),
  'a static auth manager': AuthManagers.static(basicAuth('neo4j', secret)),
}

describe.each(Object.keys(kinds))('With %s', (kind) => {
  // A caller's own pair or object prints what it holds; everything the driver makes of it doesn't.
  const own = kind === 'a pair' || kind === 'user and password'

  it.each(['5.0', '5.8', '6.1'])('no secret leaves a driver of Bolt %s but on the wire', async (version) => {
    const given = kinds[kind] as AuthToken
    const all = await traces(own ? basicAuth('neo4j', secret) : given, { protocolVersions: [version] })
    for (const hidden of [secret, parameter, metadata]) expect(all).not.toContain(hidden)
    expect(all).toContain('"Q"')
  })

  it('no secret is named by the refusal of what goes with it', async () => {
    const given = kinds[kind] as AuthToken
    const refused = [
      () => GraphDatabase.driver('bolt://localhost', { auth: given, encrypted: secret as never }),
      () => GraphDatabase.driver(`bolt://neo4j:${secret}@localhost`, { auth: given }),
      () => GraphDatabase.driver(`bolt://localhost/${secret}`, { auth: given }),
      () => GraphDatabase.driver('bolt://localhost', { auth: [given] as never }),
      () => GraphDatabase.driver('bolt://localhost', { auth: { auth: given } as never }),
      () => GraphDatabase.driver('bolt://localhost', { auth: secret as never }),
      () => basicAuth('neo4j', { secret } as never),
    ]
    for (const make of refused) expect(shown(await rejectionOf((async () => make())()))).not.toContain(secret)
  })
})

it('The password of a client certificate is as secret', async () => {
  const authority = createCertificate({ names: ['Test Authority'], authority: true })
  const issuer = { ...authority, name: 'Test Authority' }
  const { certificate: cert, key } = createCertificate({ names: ['localhost', '127.0.0.1'], issuer })
  const client = createCertificate({ names: ['client'], issuer })
  const lock = (passphrase: string) =>
    String(createPrivateKey(client.key).export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase }))
  const tls = { cert, key, requestCert: true, rejectUnauthorized: true, ca: authority.certificate }
  for (const locked of [secret, 'another']) {
    const own = { certfile: client.certificate, keyfile: lock(locked), password: secret }
    for (const clientCertificate of [own, clientCertificateProviders.rotating(own), { getCertificate: () => own }]) {
      const config = { encrypted: true, trustedCertificates: TrustAll(), clientCertificate }
      const all = await traces(basicAuth('neo4j', 'other'), config, tls)
      expect(all).not.toContain(secret)
      expect(all).not.toContain('PRIVATE KEY')
    }
  }
})
