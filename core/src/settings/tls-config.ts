import type { ConnectionOptions } from 'node:tls'
import { ConfigurationError } from '../errors/index.ts'
import { found, isGiven } from '../platform/checked-options.ts'
import { flag } from './checks.ts'
import { type ClientCertificateProvider, probeCertificate, toCertificateProvider } from './client-certificates.ts'
import { checkTrust, readAuthorities, TrustSystemCAs } from './trust.ts'
import type { UriSecurity } from './uri.ts'

/** How to encrypt, and which authorities to trust. */
export interface TlsConfig {
  /** `options`: the caller's `tlsOptions` decide everything; otherwise which authorities to trust. */
  readonly mode: 'system' | 'any' | 'custom' | 'options'
  /** PEM texts of the trusted authorities; for mode `custom`. */
  readonly ca?: readonly string[]
  /** For mode `options`. */
  readonly options?: ConnectionOptions
  readonly clientCertificateProvider?: ClientCertificateProvider
}

/** The unchecked settings that decide about encryption. */
export interface TlsSettingsInput {
  readonly encrypted?: unknown
  readonly trustedCertificates?: unknown
  readonly tlsOptions?: unknown
  readonly clientCertificate?: unknown
}

const DECIDED_BY_SCHEME = ['encrypted', 'trustedCertificates', 'tlsOptions'] as const

/** The TLS configuration that follows from the scheme and the settings; null: no encryption. */
export function parseTls(scheme: string, security: UriSecurity, input: TlsSettingsInput): TlsConfig | null {
  if (security !== 'plain') {
    for (const setting of DECIDED_BY_SCHEME) {
      if (!isGiven(input[setting])) continue
      const plain = scheme.slice(0, scheme.indexOf('+'))
      throw new ConfigurationError(
        `${setting} cannot be combined with the scheme ${scheme}, which settles encryption; leave it out, or use ${plain}://`,
      )
    }
    return withClientCertificate({ mode: security === 'verified' ? 'system' : 'any' }, input.clientCertificate)
  }
  if (isGiven(input.tlsOptions)) return Object.freeze({ mode: 'options', options: checkTlsOptions(input.tlsOptions) })
  const encrypted = flag('encrypted', input.encrypted, false)
  const trust = isGiven(input.trustedCertificates) ? checkTrust(input.trustedCertificates) : TrustSystemCAs()
  if (!encrypted) return null
  const ca = trust.trust === 'custom' ? { ca: readAuthorities(trust) } : {}
  return withClientCertificate({ mode: trust.trust, ...ca }, input.clientCertificate)
}

/**
 * Names the setting that makes the driver accept every certificate; null if certificates are checked or TLS is off.
 */
export function uncheckedCertificates(scheme: string, tls: TlsConfig | null): string | null {
  if (tls?.mode === 'any') return scheme.endsWith('+ssc') ? `the scheme ${scheme}` : 'trustedCertificates: TrustAll()'
  return tls?.options?.rejectUnauthorized === false ? 'tlsOptions: { rejectUnauthorized: false }' : null
}

function withClientCertificate(config: TlsConfig, certificate: unknown): TlsConfig {
  if (!isGiven(certificate)) return Object.freeze(config)
  probeCertificate(certificate)
  return Object.freeze({ ...config, clientCertificateProvider: toCertificateProvider(certificate) })
}

function checkTlsOptions(value: unknown): ConnectionOptions {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  throw new ConfigurationError(`tlsOptions must be an object as node:tls takes it, found ${found(value)}`)
}
