import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest'
import { AuthConfigurationError, CertificateConfigurationError, ConfigurationError } from '../errors/index.ts'
import { VERSION } from '../platform/version.ts'
import { Address } from '../values/address.ts'
import { basicAuth } from '../values/auth.ts'
import type { AuthManager } from './auth-managers.ts'
import { type DriverConfig, type DriverSettings, parseDriverConfig } from './config.ts'
import { TrustAll, TrustCustomCAs, TrustSystemCAs } from './trust.ts'

const URI = 'neo4j://localhost'
const folder = mkdtempSync(join(tmpdir(), 'boltline-config-'))
afterAll(() => rmSync(folder, { recursive: true }))
afterEach(() => {
  vi.unstubAllEnvs()
})

function parse(config: unknown, uri = URI): DriverSettings {
  return parseDriverConfig(uri, config)
}

function refuses(config: unknown, message: RegExp, uri = URI): void {
  expect(() => parse(config, uri)).toThrow(ConfigurationError)
  expect(() => parse(config, uri)).toThrow(message)
}

describe('a driver without settings', () => {
  it('has every default', async () => {
    for (const config of [undefined, null, {}]) {
      const { address, authManager, ...rest } = parse(config)
      expect(String(address)).toBe('localhost:7687')
      expect(await authManager.getAuth()).toMatchObject({ scheme: 'none' })
      expect(rest).toEqual({
        scheme: 'neo4j',
        routing: true,
        routingContext: {},
        tls: null,
        connectionAcquisitionTimeout: 60_000,
        routingTimeout: undefined,
        connectionTimeout: 30_000,
        keepAliveInitialDelay: 30_000,
        responseTimeout: Number.POSITIVE_INFINITY,
        rollbackTimeout: 30_000,
        resetTimeout: 30_000,
        goodbyeTimeout: 5000,
        busyPollTime: 0.1,
        maxConnectionLifetime: 3_600_000,
        livenessCheckTimeout: undefined,
        livenessProbeTimeout: 5_000,
        maxConnectionPoolSize: 100,
        maxMessageSize: 536_870_912,
        maxMessageValues: 20_000_000,
        maxTransactionRetryTime: 30_000,
        resolver: null,
        userAgent: `boltline/${VERSION}`,
        notifications: { minimumSeverity: undefined, disabledCategories: undefined },
        warnNotificationSeverity: 'OFF',
        telemetryDisabled: false,
        fetchSize: 1000,
        allAtOnce: true,
        integers: 'number',
        logger: undefined,
        redact: false,
        disableAutoCommitRetries: false,
        protocolVersions: undefined,
      })
    }
  })

  it('treats undefined and null as not given', () => {
    const config = Object.fromEntries(
      ['auth', 'encrypted', 'fetchSize', 'resolver', 'logger', 'tlsOptions', 'protocolVersions'].map((key, i) => [
        key,
        i % 2 === 0 ? null : undefined,
      ]),
    )
    expect(parse(config)).toMatchObject({ tls: null, fetchSize: 1000 })
  })

  it('cannot be changed once it has been checked', () => {
    expect(Object.isFrozen(parse({ notificationsMinSeverity: 'OFF' }))).toBe(true)
  })
})

describe('settings', () => {
  it('are taken over', () => {
    const logger = console
    expect(
      parse({
        connectionAcquisitionTimeout: Number.POSITIVE_INFINITY,
        connectionTimeout: 2 ** 40,
        keepAlive: false,
        responseTimeout: 20_000,
        rollbackTimeout: 10_000,
        resetTimeout: 5000,
        goodbyeTimeout: 0,
        maxConnectionLifetime: 0,
        livenessCheckTimeout: 0,
        livenessProbeTimeout: 250,
        maxConnectionPoolSize: 1,
        maxMessageSize: 1_000_000,
        maxMessageValues: Number.POSITIVE_INFINITY,
        maxTransactionRetryTime: 0.5,
        userAgent: 'my-app/1.0',
        notificationsMinSeverity: 'WARNING',
        notificationsDisabledCategories: new Set(['HINT', 'SCHEMA']),
        warnNotificationSeverity: 'WARNING',
        telemetryDisabled: true,
        fetchSize: -1,
        integers: 'auto',
        logger,
        redact: true,
        disableAutoCommitRetries: true,
        protocolVersions: ['5.4', '4.4'],
      } satisfies DriverConfig),
    ).toMatchObject({
      connectionAcquisitionTimeout: Number.POSITIVE_INFINITY,
      connectionTimeout: 2 ** 40,
      keepAliveInitialDelay: Number.POSITIVE_INFINITY,
      responseTimeout: 20_000,
      rollbackTimeout: 10_000,
      resetTimeout: 5000,
      goodbyeTimeout: 0,
      maxConnectionLifetime: 0,
      livenessCheckTimeout: 0,
      livenessProbeTimeout: 250,
      maxConnectionPoolSize: 1,
      maxMessageSize: 1_000_000,
      maxMessageValues: Number.POSITIVE_INFINITY,
      maxTransactionRetryTime: 0.5,
      userAgent: 'my-app/1.0',
      notifications: { minimumSeverity: 'WARNING', disabledCategories: ['HINT', 'SCHEMA'] },
      warnNotificationSeverity: 'WARNING',
      telemetryDisabled: true,
      fetchSize: -1,
      integers: 'auto',
      logger,
      redact: true,
      disableAutoCommitRetries: true,
      protocolVersions: ['5.4', '4.4'],
    })
  })

  it('distinguish an empty list of categories from none', () => {
    expect(parse({ notificationsDisabledCategories: [] }).notifications.disabledCategories).toEqual([])
  })

  it('warn of every notification while the environment asks for it', () => {
    vi.stubEnv('BOLTLINE_DEBUG', '1')
    expect(parse({}).warnNotificationSeverity).toBe('INFORMATION')
    expect(parse({ warnNotificationSeverity: 'OFF' }).warnNotificationSeverity).toBe('OFF')
    vi.stubEnv('BOLTLINE_DEBUG', '0')
    expect(parse({}).warnNotificationSeverity).toBe('OFF')
  })

  it.each([
    'connectionAcquisitionTimeout',
    'routingTimeout',
    'connectionTimeout',
    'maxConnectionLifetime',
    'livenessCheckTimeout',
    'livenessProbeTimeout',
    'maxTransactionRetryTime',
    'keepAliveInitialDelay',
    'responseTimeout',
    'rollbackTimeout',
    'resetTimeout',
    'goodbyeTimeout',
  ])('of durations refuse what is none (%s)', (setting) => {
    for (const value of [-1, Number.NaN, Number.NEGATIVE_INFINITY, '30', 30n, {}, true]) {
      refuses({ [setting]: value }, new RegExp(`^${setting} must be a number of milliseconds`))
    }
  })

  it.each([
    ['maxConnectionPoolSize', [0, -1, 1.5, Number.NaN, '10']],
    ['maxMessageSize', [0, -1, 1.5, Number.NaN, '1 MiB']],
    ['maxMessageValues', [0, -1, 1.5, Number.NaN, '10']],
    ['fetchSize', [0, -2, 1.5, Number.NaN, '10']],
    ['encrypted', ['true', 1, 'ENCRYPTION_ON']],
    ['keepAlive', ['yes', 0]],
    ['telemetryDisabled', [1]],
    ['redact', ['yes', 1]],
    ['disableAutoCommitRetries', [1]],
    ['userAgent', ['', 7]],
    ['integers', ['string', true]],
    ['notificationsMinSeverity', ['warning', 1]],
    ['warnNotificationSeverity', ['ERROR', 1]],
    ['notificationsDisabledCategories', ['HINT', ['HINTS'], [null], 7]],
    ['resolver', ['localhost', {}]],
    ['logger', ['debug', { debug: () => undefined }, 7]],
    ['protocolVersions', ['5.4', [], [5], ['5'], ['v5.4']]],
    ['trustedCertificates', ['system', TrustAll, {}, { trust: 'any', certificates: [] }]],
    ['tlsOptions', [true, []]],
  ] as const)('refuse values of the wrong kind by name (%s)', (setting, values) => {
    for (const value of values) refuses({ [setting]: value }, new RegExp(setting))
  })

  it('that do not exist are refused with the nearest one', () => {
    refuses({ maxConnectionPoolsize: 1 }, /"maxConnectionPoolsize"; did you mean "maxConnectionPoolSize"\?/)
    refuses({ max_connection_lifetime: 1 }, /did you mean "maxConnectionLifetime"\?/)
    refuses({ trust: 'x' }, /Unknown driver option "trust"/)
    refuses({ connectionTimeOutMs: undefined }, /did you mean "connectionTimeout"\?/)
  })

  it('must be an object', () => {
    for (const config of ['secret', 7, ['neo4j', 'secret'], true]) {
      refuses(config, /driver options must be a plain object/)
      expect(() => parse(config)).not.toThrow(/secret/)
    }
  })
})

describe('auth', () => {
  it('is credentials in any form', async () => {
    const expected = basicAuth('neo4j', 'secret')
    for (const auth of [expected, ['neo4j', 'secret'], { user: 'neo4j', password: 'secret' }]) {
      const { authManager } = parse({ auth })
      expect(expected.equals(await authManager.getAuth())).toBe(true)
    }
  })

  it('is a manager when it has getAuth', () => {
    const manager: AuthManager = { getAuth: () => null, handleSecurityException: () => true }
    expect(parse({ auth: manager }).authManager).toBe(manager)
    expect(() => parse({ auth: { getAuth: () => null } })).toThrow(AuthConfigurationError)
    expect(() => parse({ auth: { getAuth: () => null } })).toThrow(/handleSecurityException/)
  })

  it('never shows, neither when it is wrong nor when settings are inspected', () => {
    for (const auth of [
      's3cret',
      ['neo4j', 's3cret', 'x'],
      { user: 'neo4j', pass: 's3cret' },
      { password: 's3cret' },
    ]) {
      expect(() => parse({ auth })).toThrow(AuthConfigurationError)
      expect(() => parse({ auth })).not.toThrow(/s3cret/)
    }
    expect(inspect(parse({ auth: ['neo4j', 's3cret'] }), { depth: 9, showHidden: true })).not.toContain('s3cret')
  })
})

describe('a resolver', () => {
  async function resolved(resolver: unknown): Promise<string[]> {
    const { resolver: checked } = parse({ resolver })
    return ((await checked?.(new Address(['example.com', 9999]))) ?? []).map(String)
  }

  it('may return addresses in every form, at once or later', async () => {
    const forms = ['a', 'b:1', ['c', 2], ['::1', 3, 0, 0], new Address(['d', 4]), Address.parse('e')]
    const expected = ['a:7687', 'b:1', 'c:2', '[::1]:3', 'd:4', 'e:7687']
    expect(await resolved(() => forms)).toEqual(expected)
    expect(await resolved(() => new Set(forms))).toEqual(expected)
    expect(await resolved(async () => forms)).toEqual(expected)
    expect(
      await resolved(async function* () {
        yield* forms
      }),
    ).toEqual(expected)
    expect(await resolved((address: Address) => [address])).toEqual(['example.com:9999'])
  })

  it('may fail with its own error', async () => {
    const failure = new Error('no such cluster')
    await expect(
      resolved(() => {
        throw failure
      }),
    ).rejects.toBe(failure)
  })

  it('may not return anything else', async () => {
    for (const answer of ['localhost:7687', undefined, null, 7, [7], [['a']], ['a:b'], [null]]) {
      await expect(resolved(() => answer)).rejects.toThrow(ConfigurationError)
      await expect(resolved(() => answer)).rejects.toThrow(/^resolver /)
    }
  })
})

describe('encryption', () => {
  const pem = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n'
  const file = join(folder, 'ca.pem')
  writeFileSync(file, pem)

  it('is decided by the scheme', () => {
    expect(parse({}, 'bolt://a').tls).toBeNull()
    expect(parse({}, 'bolt+s://a').tls).toEqual({ mode: 'system' })
    expect(parse({}, 'neo4j+ssc://a').tls).toEqual({ mode: 'any' })
  })

  it('is decided by the settings where the scheme leaves it open', () => {
    expect(parse({ encrypted: true }).tls).toEqual({ mode: 'system' })
    expect(parse({ encrypted: true, trustedCertificates: TrustSystemCAs() }).tls).toEqual({ mode: 'system' })
    expect(parse({ encrypted: true, trustedCertificates: TrustAll() }).tls).toEqual({ mode: 'any' })
    expect(parse({ encrypted: true, trustedCertificates: TrustCustomCAs(file, pem) }).tls).toEqual({
      mode: 'custom',
      ca: [pem, pem],
    })
    expect(parse({ encrypted: false, trustedCertificates: TrustCustomCAs('/not/there') }).tls).toBeNull()
    expect(parse({ trustedCertificates: TrustAll() }).tls).toBeNull()
  })

  it('is left to Node where its own options are given', () => {
    const tlsOptions = { servername: 'db' }
    for (const others of [{}, { encrypted: false }, { clientCertificate: { certfile: '/not/there' } }]) {
      expect(parse({ tlsOptions, ...others }).tls).toEqual({ mode: 'options', options: tlsOptions })
    }
  })

  it('refuses settings that contradict the scheme', () => {
    for (const [setting, value] of [
      ['encrypted', true],
      ['encrypted', false],
      ['trustedCertificates', TrustAll()],
      ['tlsOptions', {}],
    ] as const) {
      refuses(
        { [setting]: value },
        new RegExp(`^${setting} cannot be combined with the scheme neo4j\\+s`),
        'neo4j+s://a',
      )
      refuses({ [setting]: value }, /use bolt:\/\/$/, 'bolt+ssc://a')
    }
  })

  it('takes a client certificate with every encrypted scheme', () => {
    const clientCertificate = { certfile: file }
    expect(parse({ clientCertificate }, 'neo4j+s://a').tls?.clientCertificateProvider?.getCertificate()).toEqual(
      clientCertificate,
    )
    expect(parse({ clientCertificate, encrypted: true }).tls).toMatchObject({ mode: 'system' })
    expect(parse({ clientCertificate }).tls).toBeNull()
  })

  it('refuses certificates that cannot be read, naming the file', () => {
    const missing = join(folder, 'missing.pem')
    for (const config of [
      { encrypted: true, trustedCertificates: TrustCustomCAs(missing) },
      { encrypted: true, clientCertificate: { certfile: missing } },
      { encrypted: true, clientCertificate: { certfile: file, keyfile: missing } },
    ]) {
      expect(() => parse(config)).toThrow(CertificateConfigurationError)
      expect(() => parse(config)).toThrow(missing)
    }
  })

  it('refuses trust in nothing', () => {
    expect(() => TrustCustomCAs()).toThrow(CertificateConfigurationError)
    expect(() => TrustCustomCAs('' as never)).toThrow(CertificateConfigurationError)
    expect(() => TrustCustomCAs(['a'] as never)).toThrow(CertificateConfigurationError)
  })
})
