/** Who is logged in on a connection, and how that changes: LOGOFF and LOGON (Bolt 5.1). */

import { ConfigurationError } from '../errors/index.ts'
import { type Auth, sameAuth } from '../values/auth.ts'
import { logoff, logon, type Request } from './requests.ts'
import { QuietHandler, Reply, type ResponseHandler } from './responses.ts'
import { type BoltVersion, versionName } from './versions.ts'

/** The connection, as its authentication sees it. */
interface Requests {
  readonly version: BoltVersion
  send(request: Request, handler: ResponseHandler): void
}

export class Authentication {
  readonly #connection: Requests
  #current: Auth | null = null
  #own = true
  #expired = false
  #fresh = false
  /** The unanswered LOGON of a change of credentials. */
  #login: Reply | null = null

  constructor(connection: Requests) {
    this.#connection = connection
  }

  /** The credentials that the server last accepted, or is being asked to accept; null before the login. */
  get current(): Auth | null {
    return this.#current
  }

  /** Whether the credentials are the driver's own, not those of a session. */
  get own(): boolean {
    return this.#own
  }

  /** Whether a LOGON has no answer yet. */
  get pending(): boolean {
    return this.#login !== null
  }

  /** Whether the server has just verified the driver's own credentials: no request was sent since. */
  get justVerified(): boolean {
    return this.#fresh && this.#own && !this.#expired
  }

  /** Whether no request was sent since the login. */
  get fresh(): boolean {
    return this.#fresh
  }

  /** The server has accepted the login with which the connection was opened. */
  accepted(auth: Auth, own: boolean): void {
    this.#current = auth
    this.#own = own
    this.#fresh = true
  }

  requestSent(): void {
    this.#fresh = false
  }

  /** The credentials have to be presented again before the next use. */
  expire(): void {
    this.#expired = true
  }

  /**
   * Makes the next requests run as `auth`, the driver's or a session's own credentials. Returns false if that is impossible:
   * below Bolt 5.1 a connection keeps the credentials of its login.
   */
  as(auth: Auth, own: boolean): boolean {
    const same = this.#current === auth || (this.#current !== null && sameAuth(this.#current, auth))
    if (!same || this.#expired) {
      if (!this.#connection.version.logon) return false
      this.#logOn(auth)
    }
    this.#own = own
    return true
  }

  /** @throws ConfigurationError below Bolt 5.1, where a connection keeps the credentials of its login */
  assertChangeable(): void {
    if (this.#connection.version.logon) return
    throw new ConfigurationError(
      `auth of a session, and verifyAuthentication, need Bolt 5.1 (Neo4j 5.5) or newer; the server speaks Bolt ${versionName(this.#connection.version)}. Use a driver of its own for these credentials, or a newer server`,
    )
  }

  /**
   * Logs in again with the same credentials, unless the connection is new: the login of a pooled connection may be outdated.
   * @throws ConfigurationError below Bolt 5.1, which has no second login
   */
  again(): void {
    this.assertChangeable()
    if (!this.#fresh && this.#login === null && this.#current !== null) this.#logOn(this.#current)
  }

  /** Waits for the answer to LOGON if one is due. @throws the server's refusal */
  async settled(): Promise<void> {
    await this.#login?.metadata()
  }

  /** Queues other credentials in front of the next request, to be sent in the same flush. */
  #logOn(auth: Auth): void {
    this.#connection.send(logoff, new QuietHandler())
    const login = new Reply()
    this.#connection.send(logon(auth), login)
    this.#login = login
    login.outcome.then(() => {
      if (this.#login === login) this.#login = null
    })
    this.#current = auth
    this.#expired = false
  }
}
