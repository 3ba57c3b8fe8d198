/**
 * Auth managers: where the driver gets its credentials from, and whom it tells when the server refuses them. The driver asks
 * a manager for every connection it lends, so the ones made here keep what their provider returned.
 */
import { createLogs } from '../diagnostics/log.ts'
import { hasBrand } from '../errors/brand.ts'
import { AuthConfigurationError, ConfigurationError, type Neo4jError } from '../errors/index.ts'
import { clock } from '../time/clock.ts'
import { type Auth, type AuthToken, sameAuth, toAuth } from '../values/auth.ts'
import { found, isGiven } from '../values/options.ts'
import { SharedCall } from './shared-call.ts'

/**
 * A source of credentials. All it ever returns must belong to the same identity; for another one use the `auth` of a
 * session. It must not use the driver it works for, and its methods may be called while earlier calls are pending. Each call
 * of the driver's user waits for it within its own `connectionAcquisitionTimeout`, and no longer than the driver is open.
 */
export interface AuthManager {
  /** The credentials to use now. Called very often: keep them rather than fetch them each time. */
  getAuth(): AuthToken | null | undefined | Promise<AuthToken | null | undefined>
  /**
   * Called with every `Neo.ClientError.Security.*` error of the server and the credentials in use when it came. The error is
   * passed on to the caller in any case.
   *
   * @returns whether the manager has dealt with the cause, so that trying again makes sense: the error becomes retryable
   */
  handleSecurityException(auth: Auth, error: Neo4jError): boolean | Promise<boolean>
}

const EXPIRING_AUTH = Symbol.for('boltline.ExpiringAuth')

/**
 * Credentials and when they expire.
 *
 * @example
 * ```ts
 * // A little early, so that the next token is there before this one has expired.
 * new ExpiringAuth(bearerAuth(token)).expiresIn(lifetimeMs - 10_000)
 * ```
 */
export class ExpiringAuth {
  readonly auth: Auth
  /** The instant of expiry, in ms on the scale of `Date.now()`; undefined: when the server says so. */
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
  /** Always the same credentials. The driver itself wraps plain credentials like this. */
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
    return new CachingAuthManager(async () => new ExpiringAuth(await checked()), BASIC_CODES)
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
    return new CachingAuthManager(async () => expiring(await checked()), BEARER_CODES)
  },
})

/** Whether `value` is an auth manager, as opposed to credentials: it is recognised by `getAuth`. */
export function isAuthManager(value: unknown): value is AuthManager {
  return typeof value === 'object' && value !== null && typeof (value as Partial<AuthManager>).getAuth === 'function'
}

const BASIC_CODES: ReadonlySet<string | null> = new Set(['Neo.ClientError.Security.Unauthorized'])
const BEARER_CODES: ReadonlySet<string | null> = new Set([
  'Neo.ClientError.Security.TokenExpired',
  'Neo.ClientError.Security.Unauthorized',
])

/** Managers are made before any driver, so their lines go to the watchers of the process alone. */
const log = createLogs().auth

/** Told that a caller has waited in vain for a promise of `getAuth()`. Two copies of the package share it. */
const GIVE_UP = Symbol.for('boltline.giveUpOn')

/** Makes a manager of this package ask its provider anew, where a caller has waited for `pending` in vain. */
export function giveUpOn(manager: AuthManager, pending: unknown): void {
  ;(manager as { readonly [GIVE_UP]?: (pending: unknown) => void })[GIVE_UP]?.(pending)
}

class CachingAuthManager implements AuthManager {
  readonly #handledCodes: ReadonlySet<string | null>
  readonly #refresh: SharedCall<Auth>
  #current: ExpiringAuth | undefined
  /** Which call of the provider has given the current credentials. */
  #answered = 0

  constructor(provider: () => Promise<ExpiringAuth>, handledCodes: ReadonlySet<string | null>) {
    this.#handledCodes = handledCodes
    this.#refresh = new SharedCall((call) => this.#ask(provider, call))
  }

  getAuth(): Auth | Promise<Auth> {
    const current = this.#current
    if (current !== undefined && (current.expiresAt ?? Number.POSITIVE_INFINITY) > clock.wallTime()) return current.auth
    return this.#refresh.join()
  }

  handleSecurityException(auth: Auth, error: Neo4jError): boolean {
    if (!this.#handledCodes.has(error.code)) return false
    // Credentials that have been replaced in the meantime need no replacing again.
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
      // A call that was given up may answer after a later one.
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
