/** The TLS settings for the next connection, with the client certificate that is current then. */

import { isGiven } from '../values/options.ts'
import {
  type CertificateMaterial,
  type ClientCertificate,
  type ClientCertificateProvider,
  checkCertificate,
  readCertificate,
} from './client-certificates.ts'
import { SharedCall } from './shared-call.ts'
import type { TlsConfig } from './tls-config.ts'

/** Settings together with the client's certificate, as PEM texts. */
export interface ClientTls extends Omit<TlsConfig, 'clientCertificateProvider'>, Partial<CertificateMaterial> {}

export class TlsSource {
  readonly #config: ClientTls | null
  #settings: ClientTls | null
  /** A certificate whose files have not been read successfully yet: its provider will not give it a second time. */
  #unread: ClientCertificate | null = null
  readonly #asking: SharedCall<ClientTls | null> | null
  /** The last call of the provider that has given a certificate. */
  #answered = 0

  constructor(config: TlsConfig | null) {
    const { clientCertificateProvider, ...rest } = config ?? {}
    // Connections that open at the same time share one answer: a rotating provider says a new certificate only once.
    const provider = clientCertificateProvider
    this.#asking = provider === undefined ? null : new SharedCall((call) => this.#ask(provider, call))
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
    return this.#asking === null ? this.#settings : this.#asking.join()
  }

  /** A caller has waited in vain for what {@link current} gave it. */
  giveUpOn(asking: unknown): void {
    this.#asking?.giveUp(asking)
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
