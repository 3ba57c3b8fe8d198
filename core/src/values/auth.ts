import { isDeepStrictEqual } from 'node:util'
import { AuthConfigurationError } from '../errors/index.ts'
import { found, isGiven, nearest } from '../platform/checked-options.ts'
import { inspection } from '../platform/inspection.ts'

const AUTH = Symbol.for('boltline.Auth')

/** Everything the driver accepts as credentials: an {@link Auth}, `[user, password]`, or `{ user, password }`. */
export type AuthToken =
  | Auth
  | readonly [user: string, password: string]
  | { readonly user: string; readonly password: string; readonly realm?: string | null | undefined }

/**
 * Credentials for the server. Usually made by {@link basicAuth}, {@link bearerAuth}, {@link kerberosAuth} or
 * {@link customAuth}. Immutable; `console.log` and JSON show neither credentials nor parameters.
 *
 * @example
 * ```ts
 * const auth = new Auth('basic', 'neo4j', 'secret')
 * ```
 */
export class Auth {
  /** The kind of authentication: `basic`, `bearer`, `kerberos`, `none` or one the server's plug-ins know. */
  readonly scheme: string
  /** The user name; null for schemes without one. */
  readonly principal: string | null
  /** The authentication provider of the server; null: the server decides. */
  readonly realm: string | null
  readonly #credentials: string | null
  readonly #parameters: Readonly<Record<string, unknown>>

  static {
    Object.defineProperty(Auth.prototype, AUTH, { value: true })
  }

  /**
   * @param parameters - further values for the authentication provider
   * @throws AuthConfigurationError when a part has the wrong type
   */
  constructor(
    scheme: string,
    principal: string | null | undefined,
    credentials: string | null | undefined,
    realm?: string | null,
    parameters?: Readonly<Record<string, unknown>> | null,
  ) {
    if (typeof scheme !== 'string' || scheme === '') {
      throw new AuthConfigurationError(`The scheme of an Auth must be a non-empty string, found ${kind(scheme)}`)
    }
    this.scheme = scheme
    this.principal = textOrNull('principal', principal)
    this.#credentials = textOrNull('credentials', credentials)
    this.realm = textOrNull('realm', realm)
    this.#parameters = plainObject(parameters)
    Object.freeze(this)
  }

  /** The secret: a password, a token or a ticket. */
  get credentials(): string | null {
    return this.#credentials
  }

  /** Further values for the authentication provider. */
  get parameters(): Readonly<Record<string, unknown>> {
    return this.#parameters
  }

  /** Whether `other` is an Auth with the same parts. */
  equals(other: unknown): boolean {
    return isAuth(other) && sameAuth(this, other)
  }

  /** The parts that may be logged: neither credentials nor parameters. */
  toJSON(): { scheme: string; principal: string | null; realm: string | null } {
    return { scheme: this.scheme, principal: this.principal, realm: this.realm }
  }

  [inspection](): string {
    const shown = [`scheme: ${JSON.stringify(this.scheme)}`]
    if (this.principal !== null) shown.push(`principal: ${JSON.stringify(this.principal)}`)
    if (this.#credentials !== null) shown.push('credentials: *******')
    if (this.realm !== null) shown.push(`realm: ${JSON.stringify(this.realm)}`)
    if (Object.keys(this.#parameters).length > 0) shown.push('parameters: *******')
    return `Auth { ${shown.join(', ')} }`
  }
}

/** No authentication; what a driver without `auth` uses. */
export const NO_AUTH: Auth = new Auth('none', null, null)

/** Authenticates by user name and password. */
export function basicAuth(user: string, password: string, realm?: string | null): Auth {
  return new Auth('basic', required('user', user), required('password', password), realm)
}

/** Authenticates by a base64-encoded Kerberos ticket. */
export function kerberosAuth(ticket: string): Auth {
  // Servers require the key `principal`; the ticket itself names the user.
  return new Auth('kerberos', '', required('ticket', ticket))
}

/** Authenticates by a token of a single sign-on provider. */
export function bearerAuth(token: string): Auth {
  return new Auth('bearer', null, required('token', token))
}

/** Authenticates by a scheme that a plug-in of the server knows. */
export function customAuth(
  principal: string | null,
  credentials: string | null,
  realm: string | null,
  scheme: string,
  parameters?: Readonly<Record<string, unknown>> | null,
): Auth {
  return new Auth(scheme, principal, credentials, realm, parameters)
}

/**
 * Makes an {@link Auth} of everything accepted as one; a missing one is {@link NO_AUTH}.
 *
 * @throws AuthConfigurationError when `token` is none of these; the message does not show it
 */
export function toAuth(token: AuthToken | null | undefined): Auth {
  if (!isGiven(token)) return NO_AUTH
  if (token instanceof Auth) return token
  if (isAuth(token)) return new Auth(token.scheme, token.principal, token.credentials, token.realm, token.parameters)
  if (Array.isArray(token)) return fromTuple(token)
  if (typeof token === 'object') return fromObject(token as Readonly<Record<string, unknown>>)
  throw new AuthConfigurationError(`${FORMS}, found ${kind(token)}`)
}

/** Whether two sets of credentials are the same in every part. */
export function sameAuth(a: Auth, b: Auth): boolean {
  return (
    a.scheme === b.scheme &&
    a.principal === b.principal &&
    a.credentials === b.credentials &&
    a.realm === b.realm &&
    isDeepStrictEqual(a.parameters, b.parameters)
  )
}

/**
 * The fields that HELLO (up to Bolt 5.0) or LOGON carries. A principal is sent even when it is empty, since older servers
 * insist on the key; everything else that is empty is left out.
 */
export function authFields(auth: Auth): Record<string, unknown> {
  const fields: Record<string, unknown> = { scheme: auth.scheme }
  if (auth.principal !== null) fields['principal'] = auth.principal
  if (auth.credentials !== null && auth.credentials !== '') fields['credentials'] = auth.credentials
  if (auth.realm !== null && auth.realm !== '') fields['realm'] = auth.realm
  if (Object.keys(auth.parameters).length > 0) fields['parameters'] = auth.parameters
  return fields
}

const FORMS = 'auth must be an Auth (see basicAuth), [user, password] or { user, password }'
const OBJECT_KEYS = ['user', 'password', 'realm'] as const

function isAuth(value: unknown): value is Auth {
  return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[AUTH] === true
}

function fromTuple(parts: readonly unknown[]): Auth {
  if (parts.length !== 2) throw new AuthConfigurationError(`${FORMS}, found an array of ${parts.length}`)
  return basicAuth(parts[0] as string, parts[1] as string)
}

function fromObject(fields: Readonly<Record<string, unknown>>): Auth {
  for (const key of Object.keys(fields)) {
    if (OBJECT_KEYS.some((known) => known === key)) continue
    const hint = `did you mean ${JSON.stringify(nearest(key, OBJECT_KEYS))}?`
    throw new AuthConfigurationError(`Unknown key ${JSON.stringify(key)} in auth; ${hint} ${FORMS}`)
  }
  return basicAuth(fields['user'] as string, fields['password'] as string, fields['realm'] as string | null | undefined)
}

function required(part: string, value: unknown): string {
  if (typeof value === 'string') return value
  throw new AuthConfigurationError(`The ${part} must be a string, found ${kind(value)}`)
}

function textOrNull(part: string, value: unknown): string | null {
  return isGiven(value) ? required(`${part} of an Auth`, value) : null
}

function plainObject(parameters: unknown): Readonly<Record<string, unknown>> {
  if (!isGiven(parameters)) return Object.freeze({})
  if (typeof parameters !== 'object' || Array.isArray(parameters)) {
    throw new AuthConfigurationError(`The parameters of an Auth must be a plain object, found ${kind(parameters)}`)
  }
  return Object.freeze({ ...parameters })
}

/** Like `found`, but a number may be a PIN in the wrong place: its type is all that is shown. */
function kind(value: unknown): string {
  return ['number', 'bigint', 'boolean'].includes(typeof value) ? `a ${typeof value}` : found(value)
}
