import { isGiven } from '../values/options.ts'
import {
  type CertificateMaterial,
  type ClientCertificate,
  type ClientCertificateProvider,
  checkCertificate,
  readCertificate,
} from './client-certificates.ts'
import type { TlsConfig } from './tls-config.ts'

/** All that a TLS connection needs to know, in PEM text. */
export interface TlsMaterial extends Omit<TlsConfig, 'clientCertificateProvider'>, Partial<CertificateMaterial> {}

/** Gives each new connection its TLS settings: the same object until the client certificate changes. */
export class TlsSource {
  readonly #config: Omit<TlsConfig, 'clientCertificateProvider'>
  readonly #provider: ClientCertificateProvider | undefined
  #current: TlsMaterial
  /** A certificate whose files have not been read successfully yet. */
  #wanted: ClientCertificate | null = null
  /** Calls are served one after the other: whoever is told "unchanged" has to wait for the certificate being read. */
  #queue: Promise<unknown> = Promise.resolve()

  constructor(config: TlsConfig) {
    const { clientCertificateProvider, ...rest } = config
    this.#config = rest
    this.#provider = clientCertificateProvider
    this.#current = Object.freeze(rest)
  }

  /**
   * The settings for a connection that is about to be opened.
   *
   * @throws CertificateConfigurationError when the client certificate cannot be read
   */
  current(): Promise<TlsMaterial> {
    const served = this.#queue.then(() => this.#refreshed())
    this.#queue = served.catch(() => undefined)
    return served
  }

  async #refreshed(): Promise<TlsMaterial> {
    const offered = await this.#provider?.getCertificate()
    if (isGiven(offered)) this.#wanted = checkCertificate(offered)
    if (this.#wanted === null) return this.#current
    this.#current = Object.freeze({ ...this.#config, ...(await readCertificate(this.#wanted)) })
    this.#wanted = null
    return this.#current
  }
}
