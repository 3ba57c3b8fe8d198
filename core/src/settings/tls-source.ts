/** Supplies the TLS settings of each new connection, with the current client certificate. */

import { isGiven } from '../platform/checked-options.ts'
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
  /** A certificate whose files could not be read yet. Kept here, because its provider returns it only once. */
  #unread: ClientCertificate | null = null
  readonly #asking: SharedCall<ClientTls | null> | null
  /** The number of the last provider call that returned a certificate. */
  #answered = 0

  constructor(config: TlsConfig | null) {
    const { clientCertificateProvider, ...rest } = config ?? {}
    // Connections that open at the same time share one call: a rotating provider returns a new certificate only once.
    const provider = clientCertificateProvider
    this.#asking = provider === undefined ? null : new SharedCall((call) => this.#ask(provider, call))
    this.#config = config === null ? null : (rest as ClientTls)
    this.#settings = this.#config
  }

  /**
   * The settings for the next connection; null if it is not encrypted. Returns the same object until the certificate changes, so
   * that the secure context derived from it can be cached.
   *
   * @throws CertificateConfigurationError if a client certificate can't be read
   */
  current(): ClientTls | null | Promise<ClientTls | null> {
    return this.#asking === null ? this.#settings : this.#asking.join()
  }

  /** Abandons the provider call behind a promise of {@link current}, because a caller's wait for it timed out. */
  giveUpOn(asking: unknown): void {
    this.#asking?.giveUp(asking)
  }

  async #ask(provider: ClientCertificateProvider, call: number): Promise<ClientTls | null> {
    const offered = await provider.getCertificate()
    // An abandoned call may settle after a later one, which returned a newer certificate.
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
