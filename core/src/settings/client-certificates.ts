import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { CertificateConfigurationError } from '../errors/index.ts'
import { checkedOptions, found, isGiven } from '../platform/checked-options.ts'
import { isPem } from './trust.ts'

/** A certificate by which the client authenticates itself (mutual TLS), in addition to `auth`. */
export interface ClientCertificate {
  /** The certificate, followed by the intermediate certificates of its chain: the path of a file, or PEM text. */
  readonly certfile: string
  /** The private key: the path of a file, or PEM text. Default: `certfile` holds the key too. */
  readonly keyfile?: string | null | undefined
  /** The passphrase of an encrypted private key. Default: the key is not encrypted. */
  readonly password?: string | null | undefined
}

/**
 * A source of client certificates that are replaced while the driver is open. The driver calls it before each new connection,
 * within the `connectionAcquisitionTimeout` of the API call that needs it. A provider must not use the driver that it serves.
 */
export interface ClientCertificateProvider {
  /** The certificate for new connections; null when it has not changed since the last call. */
  getCertificate(): ClientCertificate | null | Promise<ClientCertificate | null>
}

/** A provider whose certificate is replaced by {@link RotatingClientCertificateProvider.updateCertificate}. */
export class RotatingClientCertificateProvider implements ClientCertificateProvider {
  #next: ClientCertificate | null

  constructor(initial: ClientCertificate) {
    this.#next = checkCertificate(initial)
  }

  getCertificate(): ClientCertificate | null {
    const next = this.#next
    this.#next = null
    return next
  }

  /** New connections use `next`; open ones stay as they are. */
  updateCertificate(next: ClientCertificate): void {
    this.#next = checkCertificate(next)
  }
}

/** Ready-made providers of client certificates. */
export const clientCertificateProviders = Object.freeze({
  /**
   * A certificate that can be replaced.
   *
   * @example
   * ```ts
   * const provider = clientCertificateProviders.rotating({ certfile: 'client.pem', keyfile: 'client.key' })
   * const driver = GraphDatabase.driver('neo4j+s://db.example.com', { auth, clientCertificate: provider })
   * // later
   * provider.updateCertificate({ certfile: 'client-2.pem', keyfile: 'client-2.key' })
   * ```
   */
  rotating(initial: ClientCertificate): RotatingClientCertificateProvider {
    return new RotatingClientCertificateProvider(initial)
  },
})

/** What the setting `clientCertificate` may be. */
export type ClientCertificateInput = ClientCertificate | ClientCertificateProvider

/** The provider for the setting `clientCertificate`: the given provider, or one that returns the given certificate once. */
export function toCertificateProvider(value: unknown): ClientCertificateProvider {
  if (isProvider(value)) return value
  return new RotatingClientCertificateProvider(value as ClientCertificate)
}

/** Throws if a file of a plain certificate cannot be read, before any connection is opened. */
export function probeCertificate(value: unknown): void {
  if (isProvider(value)) return
  const { certfile, keyfile } = checkCertificate(value)
  for (const source of [certfile, keyfile]) {
    if (!isGiven(source) || isPem(source)) continue
    try {
      readFileSync(source)
    } catch (cause) {
      throw unreadable(source, cause)
    }
  }
}

function isProvider(value: unknown): value is ClientCertificateProvider {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as Partial<ClientCertificateProvider>).getCertificate === 'function'
  )
}

const KEYS = ['certfile', 'keyfile', 'password'] as const

/** A copy of the certificate after a check of the types of its fields; reads no files. */
export function checkCertificate(value: unknown): ClientCertificate {
  if (typeof value !== 'object' || value === null) {
    throw new CertificateConfigurationError(
      `clientCertificate must be { certfile, keyfile, password } or have a method getCertificate(), found ${found(value)}`,
    )
  }
  const { certfile, keyfile, password } = checkedOptions(value, KEYS, 'clientCertificate')
  return {
    certfile: text('certfile', certfile),
    ...(isGiven(keyfile) && { keyfile: text('keyfile', keyfile) }),
    ...(isGiven(password) && { password: text('password', password) }),
  }
}

function text(key: string, value: unknown): string {
  if (typeof value === 'string' && value !== '') return value
  const shown = key === 'password' ? `a value of type ${typeof value}` : found(value)
  throw new CertificateConfigurationError(`${key} of the client certificate must be a non-empty string, found ${shown}`)
}

/** The PEM texts of a client certificate. */
export interface CertificateMaterial {
  readonly cert: string
  readonly key: string
  readonly passphrase?: string
}

/** Reads the files of a certificate that {@link checkCertificate} returned. */
export async function readCertificate(certificate: ClientCertificate): Promise<CertificateMaterial> {
  const cert = await readPem(certificate.certfile)
  const key = isGiven(certificate.keyfile) ? await readPem(certificate.keyfile) : cert
  return { cert, key, ...(isGiven(certificate.password) && { passphrase: certificate.password }) }
}

async function readPem(source: string): Promise<string> {
  if (isPem(source)) return source
  try {
    return await readFile(source, 'utf8')
  } catch (cause) {
    throw unreadable(source, cause)
  }
}

function unreadable(path: string, cause: unknown): CertificateConfigurationError {
  return new CertificateConfigurationError(`clientCertificate: the file ${path} cannot be read`, { cause })
}
