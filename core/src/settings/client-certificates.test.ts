import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { CertificateConfigurationError, ConfigurationError } from '../errors/index.ts'
import {
  type ClientCertificate,
  type ClientCertificateProvider,
  clientCertificateProviders,
  toCertificateProvider,
} from './client-certificates.ts'
import { TlsSource } from './tls-source.ts'

const folder = mkdtempSync(join(tmpdir(), 'boltline-certificates-'))
afterAll(() => rmSync(folder, { recursive: true }))

function file(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

const certfile = file('a.pem', 'certificate a')
const keyfile = file('a.key', 'key a')

function source(provider: ClientCertificateProvider): TlsSource {
  return new TlsSource({ mode: 'any', clientCertificateProvider: provider })
}

describe('a rotating provider', () => {
  it('gives each certificate once', () => {
    const provider = clientCertificateProviders.rotating({ certfile })
    expect(provider.getCertificate()).toEqual({ certfile })
    expect(provider.getCertificate()).toBeNull()
    provider.updateCertificate({ certfile, keyfile, password: 'p' })
    provider.updateCertificate({ certfile, keyfile: null })
    expect(provider.getCertificate()).toEqual({ certfile })
    expect(provider.getCertificate()).toBeNull()
  })

  it('refuses certificates of the wrong shape without showing passwords', () => {
    for (const certificate of [null, 's3cret', {}, { certfile: '' }, { certfile, password: ['s3cret'] }]) {
      expect(() => clientCertificateProviders.rotating(certificate as never)).toThrow(CertificateConfigurationError)
      expect(() => clientCertificateProviders.rotating(certificate as never)).not.toThrow(/s3cret/)
    }
    const unknown = { certfile, certFile: 'x' }
    expect(() => clientCertificateProviders.rotating(unknown)).toThrow(/"certFile"; did you mean "certfile"/)
    expect(() => clientCertificateProviders.rotating(unknown)).toThrow(ConfigurationError)
    const provider = clientCertificateProviders.rotating({ certfile })
    expect(() => provider.updateCertificate({} as never)).toThrow(CertificateConfigurationError)
  })
})

describe('the TLS settings of connections', () => {
  it('hold no client certificate where there is none', async () => {
    const settings = new TlsSource({ mode: 'custom', ca: ['x'] })
    expect(await settings.current()).toEqual({ mode: 'custom', ca: ['x'] })
    expect(await settings.current()).toBe(await settings.current())
    expect(new TlsSource(null).current()).toBeNull()
  })

  it('hold the contents of the files', async () => {
    const settings = source(toCertificateProvider({ certfile, keyfile, password: 'p' }))
    expect(await settings.current()).toEqual({
      mode: 'any',
      cert: 'certificate a',
      key: 'key a',
      passphrase: 'p',
    })
  })

  it('take the key from the file of the certificate where it has no own one', async () => {
    expect(await source(toCertificateProvider({ certfile })).current()).toEqual({
      mode: 'any',
      cert: 'certificate a',
      key: 'certificate a',
    })
  })

  it('take PEM text as it is', async () => {
    const pem = '-----BEGIN CERTIFICATE-----\nx'
    expect(await source(toCertificateProvider({ certfile: pem })).current()).toMatchObject({ cert: pem, key: pem })
  })

  it('are the same object until the certificate changes', async () => {
    const provider = clientCertificateProviders.rotating({ certfile })
    const settings = source(provider)
    const first = await settings.current()
    expect(await settings.current()).toBe(first)
    provider.updateCertificate({ certfile: keyfile })
    const second = await settings.current()
    expect(second).toMatchObject({ cert: 'key a' })
    expect(await settings.current()).toBe(second)
  })

  it('are the same for all callers while a certificate is being read', async () => {
    const settings = source(clientCertificateProviders.rotating({ certfile }))
    const [first, second] = await Promise.all([settings.current(), settings.current()])
    expect(first?.cert).toBe('certificate a')
    expect(second).toBe(first)
  })

  it('have no client certificate while the provider has none yet', async () => {
    let certificate: ClientCertificate | null = null
    const settings = source({ getCertificate: async () => certificate })
    expect(await settings.current()).toEqual({ mode: 'any' })
    certificate = { certfile }
    expect(await settings.current()).toMatchObject({ cert: 'certificate a' })
  })

  it('fail while the files cannot be read, and recover', async () => {
    const late = join(folder, 'late.pem')
    const settings = source(clientCertificateProviders.rotating({ certfile: late }))
    await expect(settings.current()).rejects.toThrow(CertificateConfigurationError)
    await expect(settings.current()).rejects.toThrow(late)
    file('late.pem', 'late')
    expect(await settings.current()).toMatchObject({ cert: 'late' })
  })

  it('pass the failure of a provider on', async () => {
    const failure = new Error('hsm is offline')
    let broken = true
    const settings = source({
      getCertificate: () => {
        if (broken) throw failure
        return { certfile }
      },
    })
    await expect(settings.current()).rejects.toBe(failure)
    broken = false
    expect(await settings.current()).toMatchObject({ cert: 'certificate a' })
  })

  it('refuse a provider that returns nonsense', async () => {
    await expect(source({ getCertificate: () => 'x' as never }).current()).rejects.toThrow(
      CertificateConfigurationError,
    )
  })
})
