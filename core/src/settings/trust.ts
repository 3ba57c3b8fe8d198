import { readFileSync } from 'node:fs'
import { hasBrand } from '../errors/error-class.ts'
import { CertificateConfigurationError, ConfigurationError } from '../errors/index.ts'
import { found } from '../platform/checked-options.ts'

const TRUST = Symbol.for('boltline.TrustedCertificates')

/**
 * Which certificates to trust on encrypted connections; made by {@link TrustSystemCAs}, {@link TrustAll} or
 * {@link TrustCustomCAs}.
 */
export interface TrustedCertificates {
  readonly trust: 'system' | 'any' | 'custom'
  /** Paths or PEM texts; only for `custom`. */
  readonly certificates: readonly string[]
}

/** Trusts servers whose certificate was signed by an authority that the system trusts. The default. */
export function TrustSystemCAs(): TrustedCertificates {
  return trusted('system', [])
}

/**
 * Trusts every certificate without a check. Connections are encrypted, but an attacker on the network path can impersonate the
 * server: for experiments only. Each driver warns once, in its log and by a `SecurityWarning` (`BOLTLINE_SECURITY`).
 */
export function TrustAll(): TrustedCertificates {
  return trusted('any', [])
}

/**
 * Trusts only servers whose certificate was signed by one of the given authorities.
 *
 * @param certificates - certificates of authorities: paths of files, or PEM text
 * @example
 * ```ts
 * GraphDatabase.driver('neo4j://db.internal', {
 *   encrypted: true,
 *   trustedCertificates: TrustCustomCAs('/etc/ssl/our-ca.pem'),
 * })
 * ```
 */
export function TrustCustomCAs(...certificates: readonly string[]): TrustedCertificates {
  if (certificates.length === 0) {
    throw new CertificateConfigurationError('TrustCustomCAs takes at least one certificate: a path or PEM text')
  }
  for (const certificate of certificates) {
    if (typeof certificate === 'string' && certificate !== '') continue
    throw new CertificateConfigurationError(`TrustCustomCAs takes paths or PEM texts, found ${found(certificate)}`)
  }
  return trusted('custom', certificates)
}

/** Checks the setting `trustedCertificates`. */
export function checkTrust(value: unknown): TrustedCertificates {
  if (hasBrand(value, TRUST) && typeof value === 'object') return value as TrustedCertificates
  const hint = typeof value === 'function' ? '; call the function' : ''
  throw new ConfigurationError(
    `trustedCertificates must be TrustSystemCAs(), TrustAll() or TrustCustomCAs(…), found ${found(value)}${hint}`,
  )
}

/** The PEM texts of the authorities to trust. */
export function readAuthorities(trust: TrustedCertificates): readonly string[] {
  return Object.freeze(trust.certificates.map((certificate) => (isPem(certificate) ? certificate : read(certificate))))
}

/** Whether `text` is itself a certificate or key in PEM form, not the path of one. */
export function isPem(text: string): boolean {
  return text.includes('-----BEGIN ')
}

function trusted(trust: TrustedCertificates['trust'], certificates: readonly string[]): TrustedCertificates {
  return Object.freeze(
    Object.defineProperty({ trust, certificates: Object.freeze([...certificates]) }, TRUST, { value: true }),
  )
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new CertificateConfigurationError(`trustedCertificates: the file ${path} cannot be read`, { cause })
  }
}
