/**
 * Auth managers supply the driver's credentials and handle security errors of the server. The driver calls `getAuth()` at every
 * acquisition of a connection, so the managers made here cache what their provider returned.
 */
import { createLogs } from '../diagnostics/log.ts'
import { hasBrand } from '../errors/error-class.ts'
import { AuthConfigurationError, ConfigurationError, factsOf, type Neo4jError } from '../errors/index.ts'
import { found, isGiven } from '../platform/checked-options.ts'
import { clock } from '../time/clock.ts'
import { type Auth, type AuthToken, sameAuth, toAuth } from '../values/auth.ts'
import { SharedCall } from './shared-call.ts'

/**
 * A source of credentials. All credentials that it returns must belong to the same identity; for another identity use the
 * `auth` of a session. A manager must not use the driver that it serves, and its methods may be called while earlier calls are
 * pending. Each API call waits for the manager within its own `connectionAcquisitionTimeout`, and until the driver is closed.
 */
export interface AuthManager {
  /** Returns the credentials to use now. Called for every acquisition: cache them instead of fetching them each time. */
  getAuth(): AuthToken | null | undefined | Promise<AuthToken | null | undefined>
  /**
   * Called with every `Neo.ClientError.Security.*` error of the server and the credentials that were in use. The caller gets
   * the error in any case.
   *
   * @returns whether the manager handled the cause, so that a retry may succeed: true makes the error retryable
   */
  handleSecurityException(auth: Auth, error: Neo4jError): boolean | Promise<boolean>
}

const EXPIRING_AUTH = Symbol.for('boltline.ExpiringAuth')

/**
 * Credentials and their time of expiry.
 *
 * @example
 * ```ts
 * // Ten seconds early, so that the provider returns the next token before this one expires.
 * new ExpiringAuth(bearerAuth(token)).expiresIn(lifetimeMs - 10_000)
 * ```
 */
export class ExpiringAuth {
  readonly auth: Auth
  /** The instant of expiry, in ms on the scale of `Date.now()`; undefined: the server alone decides when they expire. */
  readonly expiresAt: number | undefined

  static {
    Object.defineProperty(ExpiringAuth.prototype, EXPIRING_AUTH, { value: true })
  }

  constructor(auth: AuthToken | null, expiresAt?: number | null) {
    this.auth = toAuth(auth)
    this.expiresAt = isGiven(expiresAt) ? instant('expiresAt', expiresAt) : undefined
    Object.freeze(this)
  }

  /** The same credentials, expiring `ms` from now. */
  expiresIn(ms: number): ExpiringAuth {
    return new ExpiringAuth(this.auth, clock.wallTime() + instant('expiresIn', ms))
  }
}

/** What a provider of `AuthManagers.basic` may return. */
export type AuthProvider = () => AuthToken | null | Promise<AuthToken | null>
/** What a provider of `AuthManagers.bearer` may return. */
export type ExpiringAuthProvider = () => ExpiringAuth | Promise<ExpiringAuth>

/** Ready-made auth managers. */
export const AuthManagers = Object.freeze({
  /** Always returns the same credentials. The driver wraps plain credentials in such a manager. */
  static(auth: AuthToken | null): AuthManager {
    const own = toAuth(auth)
    return Object.freeze({ getAuth: () => own, handleSecurityException: () => false })
  },

  /**
   * For passwords that are changed: keeps what `provider` returned until the server refuses it, then asks again. Concurrent
   * callers share one call; a failing call is not remembered.
   *
   * @example
   * ```ts
   * AuthManagers.basic(async () => ['neo4j', await vault.read('neo4j-password')])
   * ```
   */
  basic(provider: AuthProvider): AuthManager {
    const checked = providerFunction(provider)
    return new CachingAuthManager(async () => new ExpiringAuth(await checked()), 'basic')
  },

  /**
   * For tokens that expire: keeps what `provider` returned until it expires or the server refuses it, then asks again.
   * Concurrent callers share one call; a failing call is not remembered.
   *
   * @example
   * ```ts
   * AuthManagers.bearer(async () => {
   *   const { token, lifetimeMs } = await fetchToken()
   *   return new ExpiringAuth(bearerAuth(token)).expiresIn(lifetimeMs - 10_000)
   * })
   * ```
   */
  bearer(provider: ExpiringAuthProvider): AuthManager {
    const checked = providerFunction(provider)
    return new CachingAuthManager(async () => expiring(await checked()), 'bearer')
  },
})

/** Whether `value` is an auth manager, as opposed to credentials: it is recognised by `getAuth`. */
export function isAuthManager(value: unknown): value is AuthManager {
  return typeof value === 'object' && value !== null && typeof (value as Partial<AuthManager>).getAuth === 'function'
}

/** A manager exists before its driver does, so its log lines go to the process-wide watchers, not to the driver's `logger`. */
const log = createLogs().auth

/** The method that {@link giveUpOn} calls. A registered symbol, so that it works across two copies of the package. */
const GIVE_UP = Symbol.for('boltline.giveUpOn')

/** Makes a manager of this package call its provider again after a caller's wait for `pending`, a promise of `getAuth()`, timed out. */
export function giveUpOn(manager: AuthManager, pending: unknown): void {
  ;(manager as { readonly [GIVE_UP]?: (pending: unknown) => void })[GIVE_UP]?.(pending)
}

class CachingAuthManager implements AuthManager {
  readonly #kind: 'basic' | 'bearer'
  readonly #refresh: SharedCall<Auth>
  #current: ExpiringAuth | undefined
  /** The number of the provider call that returned the current credentials. */
  #answered = 0

  constructor(provider: () => Promise<ExpiringAuth>, kind: 'basic' | 'bearer') {
    this.#kind = kind
    this.#refresh = new SharedCall((call) => this.#ask(provider, call))
  }

  getAuth(): Auth | Promise<Auth> {
    const current = this.#current
    if (current !== undefined && (current.expiresAt ?? Number.POSITIVE_INFINITY) > clock.wallTime()) return current.auth
    return this.#refresh.join()
  }

  handleSecurityException(auth: Auth, error: Neo4jError): boolean {
    const { refreshedBy } = factsOf(error.code)
    if (refreshedBy !== 'all' && refreshedBy !== this.#kind) return false
    // The error may be about credentials that were replaced in the meantime: keep the new ones.
    if (this.#current !== undefined && sameAuth(this.#current.auth, toAuth(auth))) {
      log.debug(`forgetting the credentials that the server refused (${error.code})`)
      this.#current = undefined
    }
    return true
  }

  [GIVE_UP](pending: unknown): void {
    this.#refresh.giveUp(pending)
  }

  async #ask(provider: () => Promise<ExpiringAuth>, call: number): Promise<Auth> {
    log.debug('asking the provider for credentials')
    try {
      const given = await provider()
      // An abandoned call may settle after a later one: its credentials are older.
      if (call > this.#answered) {
        this.#answered = call
        this.#current = given
      }
      return given.auth
    } catch (error) {
      log.error('the provider of credentials failed')
      throw error
    }
  }
}

function providerFunction<Provider>(provider: Provider): Provider {
  if (typeof provider === 'function') return provider
  throw new AuthConfigurationError(`The provider of an auth manager must be a function, found ${found(provider)}`)
}

function expiring(value: unknown): ExpiringAuth {
  if (hasBrand(value, EXPIRING_AUTH)) return value as ExpiringAuth
  throw new AuthConfigurationError(
    `The provider of a bearer auth manager must return an ExpiringAuth, not ${found(value)}`,
  )
}

function instant(name: string, value: unknown): number {
  if (typeof value === 'number' && value >= 0) return value
  throw new ConfigurationError(`${name} must be a number of milliseconds from 0 on, found ${found(value)}`)
}
