/** The TLS settings for the next connection, with the client certificate that is current then. */

import { isGiven } from '../values/options.ts'
import {
  type CertificateMaterial,
  type ClientCertificate,
  type ClientCertificateProvider,
  checkCertificate,
  readCertificate,
} from './client-certificates.ts'
import type { TlsConfig } from './tls-config.ts'

/** Settings together with the client's certificate, as PEM texts. */
export interface ClientTls extends Omit<TlsConfig, 'clientCertificateProvider'>, Partial<CertificateMaterial> {}

export class TlsSource {
  readonly #config: ClientTls | null
  readonly #provider: ClientCertificateProvider | undefined
  #settings: ClientTls | null
  /** A certificate whose files have not been read successfully yet: its provider will not give it a second time. */
  #unread: ClientCertificate | null = null
  #asking: Promise<ClientTls | null> | null = null
  /** How often the provider was asked, and the last of these calls that has given a certificate. */
  #asked = 0
  #answered = 0

  constructor(config: TlsConfig | null) {
    const { clientCertificateProvider, ...rest } = config ?? {}
    this.#provider = clientCertificateProvider
    this.#config = config === null ? null : (rest as ClientTls)
    this.#settings = this.#config
  }

  /**
   * The settings for a connection that is about to be opened, null where it is not encrypted. The same object until the
   * certificate changes, so that what is made of it can be kept.
   *
   * @throws CertificateConfigurationError where a client certificate can't be read
   */
  current(): ClientTls | null | Promise<ClientTls | null> {
    const provider = this.#provider
    if (provider === undefined) return this.#settings
    // Connections that open at the same time share one answer: a rotating provider says a new certificate only once.
    if (this.#asking === null) {
      const asking = this.#ask(provider, ++this.#asked).finally(() => this.giveUpOn(asking))
      this.#asking = asking
    }
    return this.#asking
  }

  /** A provider that doesn't answer holds up those who wait for that call, not the next one. */
  giveUpOn(asking: unknown): void {
    if (this.#asking === asking) this.#asking = null
  }

  async #ask(provider: ClientCertificateProvider, call: number): Promise<ClientTls | null> {
    const offered = await provider.getCertificate()
    // A call that was given up may answer after a later one has given a newer certificate.
    if (isGiven(offered) && call > this.#answered) {
      this.#answered = call
      this.#unread = checkCertificate(offered)
    }
    if (this.#unread === null) return this.#settings
    this.#settings = Object.freeze({ ...(this.#config as ClientTls), ...(await readCertificate(this.#unread)) })
    this.#unread = null
    return this.#settings
  }
}
