/** The options of the middleware and their validation. Invalid options throw when the middleware is created, not in a request. */

import type { IncomingMessage } from 'node:http'
import type { AccessMode, AccessModeInput, AuthToken, Driver, Logger } from '@boltline/core'
import { ConfigurationError } from '@boltline/core'
import {
  checkedOptions,
  choice,
  duration,
  flag,
  found,
  isGiven,
  isThenable,
  name,
  parseSessionAuth,
} from '@boltline/core/options'
import {
  BookmarkTokens,
  type BookmarkTokensOptions,
  StreamGate,
  type StreamOptions,
  streamKeys,
  WebLog,
} from '@boltline/core/web'
import type { CookieSettings } from './cookies.ts'

/** The request type without a dependency on Express. The Express typings extend `Express.Request`. */
export type BoltlineRequest = IncomingMessage & Express.Request

/**
 * A value, or a synchronous function that returns it for each request. If the function throws, the request's first use of the
 * database fails with that error; if it returns a promise, with a `ConfigurationError`.
 */
export type PerRequest<T, Req> = T | null | undefined | ((request: Req) => T | null | undefined)

/** Attributes of the bookmark cookie. */
export interface BookmarkCookieOptions {
  /** Name of the cookie. Default: `__Host-boltline-bookmark`; without that prefix if `secure` is false, or `path` or `domain` is set. */
  readonly name?: string | null | undefined
  /** The `Path` attribute. Default: `/`. */
  readonly path?: string | null | undefined
  /** The `Domain` attribute. Default: none, so that browsers send the cookie only to the host that set it. */
  readonly domain?: string | null | undefined
  /** The `SameSite` attribute. Default: `'lax'`. */
  readonly sameSite?: 'strict' | 'lax' | 'none' | null | undefined
  /** Whether browsers send the cookie over HTTPS only. Default: true. */
  readonly secure?: boolean | null | undefined
}

/** How bookmarks are exchanged with clients. */
export interface BookmarkOptions<Req = BoltlineRequest> extends BookmarkTokensOptions {
  /** Name of the request and response header; false: no header. Default: `'Boltline-Bookmark'`. */
  readonly header?: string | false | null | undefined
  /** Whether to use a cookie too, and its attributes. Not allowed with `trust: 'network'`. Default: false. */
  readonly cookie?: boolean | BookmarkCookieOptions | null | undefined
  /** The owner of a token, such as a user id; a token of another owner is rejected. Default: no owner, any client may use it. */
  readonly bindTo?: PerRequest<string, Req>
  /**
   * How to handle a token that is forged, expired, another owner's or too long: ignore the token, or reject the request with
   * 400. In both cases the token is never sent to the database. Default: `'ignore'`.
   */
  readonly onInvalid?: 'ignore' | 'reject' | null | undefined
  /** How long a transaction waits for a server to catch up with the bookmarks, in ms. Default: 5000. */
  readonly waitTimeout?: number | null | undefined
}

/** The settings of {@link boltline}. All are optional; `undefined` and `null` mean that a setting is not given. */
export interface BoltlineOptions<Req = BoltlineRequest> extends StreamOptions {
  /** The database. Default: the home database. */
  readonly database?: PerRequest<string, Req>
  /**
   * The access mode of calls that do not name one: it routes them to a reader or a writer. Default: `'by-method'`, which is READ
   * for GET, HEAD, OPTIONS and QUERY, and WRITE for all other methods.
   */
  readonly accessMode?: PerRequest<'by-method' | AccessModeInput, Req>
  /** The user to impersonate. Default: none. */
  readonly impersonatedUser?: PerRequest<string, Req>
  /** Credentials to use instead of the driver's. Default: the driver's. */
  readonly auth?: PerRequest<AuthToken, Req>
  /** How bookmarks are exchanged with clients. Default: false, no exchange; calls within one request are always chained. */
  readonly bookmarks?: BookmarkOptions<Req> | false | null | undefined
  /** Whether to abort the request's queries, also on the server, when the client disconnects. Default: true. */
  readonly abort?: boolean | null | undefined
  /** The server's time limit for each transaction, in ms. Default: the server's setting. */
  readonly transactionTimeout?: number | null | undefined
  /** The origins that `req.neo4j.fetch` sends bookmarks to, such as `https://orders.example.org`. Default: none. */
  readonly fetchOrigins?: readonly (string | URL)[] | null | undefined
  /** Whether `boltlineContext()` is available, which runs each request in an AsyncLocalStorage. Default: true. */
  readonly asyncContext?: boolean | null | undefined
  /**
   * Logger for operational messages; at level debug it also gets the texts of failed queries. Default: the driver's `logger`, or
   * `console` without level debug. `null` disables logging. A logger that throws or rejects is reported once with a process
   * warning and does not affect the request.
   */
  readonly logger?: Logger | null | undefined
}

/** The per-request options, resolved for one request. */
export interface Identity {
  readonly database: string | null
  readonly impersonatedUser: string | null
  readonly auth: AuthToken | null
  readonly mode: AccessMode
  /** The owner that bookmark tokens are bound to. */
  readonly boundTo: string | null
}

/** The checked settings of the bookmark exchange. */
export interface Travel {
  readonly tokens: BookmarkTokens
  /** Null: no header. */
  readonly header: string | null
  /** Null: no cookie. */
  readonly cookie: CookieSettings | null
  readonly reject: boolean
}

/** The checked options, with defaults filled in. */
export interface Settings {
  readonly identify: (request: IncomingMessage) => Identity
  /** Null: bookmarks are not exchanged with the client. */
  readonly travel: Travel | null
  /** `Infinity`: the server's own limit applies. */
  readonly waitTimeout: number
  readonly abort: boolean
  readonly transactionTimeout: number | undefined
  readonly fetchOrigins: ReadonlySet<string>
  readonly asyncContext: boolean
  readonly log: WebLog
  readonly streams: StreamGate
  /** Which settings depend on the request, so that their errors are the client's (401, 403, 404) and not the service's (500). */
  readonly chosenByClient: {
    readonly clientDatabase: boolean
    readonly clientUser: boolean
    readonly clientCredentials: boolean
  }
}

const KEYS = [
  'database',
  'accessMode',
  'impersonatedUser',
  'auth',
  'bookmarks',
  'abort',
  'transactionTimeout',
  'fetchOrigins',
  'asyncContext',
  'logger',
  ...streamKeys,
] as const satisfies readonly (keyof BoltlineOptions)[]

const TOKEN_KEYS = ['trust', 'secrets', 'maxTokens', 'maxTokenBytes', 'maxHeaderBytes', 'ttl'] as const
const BOOKMARK_KEYS = [
  ...TOKEN_KEYS,
  'header',
  'cookie',
  'bindTo',
  'onInvalid',
  'waitTimeout',
] as const satisfies readonly (keyof BookmarkOptions)[]
const COOKIE_KEYS = [
  'name',
  'path',
  'domain',
  'sameSite',
  'secure',
] as const satisfies readonly (keyof BookmarkCookieOptions)[]

const FIELD_NAME = /^[!#$%&'*+.^_`|~\w-]+$/
const HOST_PREFIX = '__Host-'
const readMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'QUERY'])

/** @throws ConfigurationError if an option is unknown or invalid */
export function parseOptions(driver: Driver, options: unknown): Settings {
  const given = checkedOptions(options, KEYS, 'boltline')
  const off = given.bookmarks === false || !isGiven(given.bookmarks)
  const bookmarks = checkedOptions(off ? undefined : given.bookmarks, BOOKMARK_KEYS, 'bookmarks')
  const texts = {
    database: perRequest('database', given.database),
    impersonatedUser: perRequest('impersonatedUser', given.impersonatedUser),
    boundTo: perRequest('bookmarks.bindTo', bookmarks.bindTo),
  }
  const mode = modeOf(given.accessMode)
  const auth = authOf(given.auth)
  return {
    identify: (request) => ({
      database: texts.database(request),
      impersonatedUser: texts.impersonatedUser(request),
      auth: auth(request),
      mode: mode(request),
      boundTo: texts.boundTo(request),
    }),
    travel: off ? null : travelOf(bookmarks),
    waitTimeout: off ? Number.POSITIVE_INFINITY : duration('bookmarks.waitTimeout', bookmarks.waitTimeout, 5000),
    abort: flag('abort', given.abort, true),
    transactionTimeout: duration('transactionTimeout', given.transactionTimeout, undefined),
    fetchOrigins: originsOf(given.fetchOrigins),
    asyncContext: flag('asyncContext', given.asyncContext, true),
    log: new WebLog('boltline.express', driver, given.logger),
    streams: new StreamGate(driver, given),
    chosenByClient: {
      clientDatabase: typeof given.database === 'function',
      clientUser: typeof given.impersonatedUser === 'function',
      clientCredentials: typeof given.auth === 'function',
    },
  }
}

function perRequest(setting: string, value: unknown): (request: IncomingMessage) => string | null {
  if (typeof value !== 'function') {
    const fixed = name(setting, value, null)
    return () => fixed
  }
  return (request) => name(setting, atOnce(setting, value(request)), null)
}

function authOf(value: unknown): (request: IncomingMessage) => AuthToken | null {
  if (typeof value === 'function') return (request) => (atOnce('auth', value(request)) as AuthToken | undefined) ?? null
  const fixed = parseSessionAuth(value)
  return () => fixed
}

/** @throws ConfigurationError for a promise. The promise's own rejection is ignored: this error replaces it. */
function atOnce(setting: string, value: unknown): unknown {
  if (!isThenable(value)) return value
  value.then(undefined, () => undefined)
  throw new ConfigurationError(
    `${setting} must be returned at once, found a promise. Wait for it in a middleware before this one and keep it on the request`,
  )
}

function modeOf(value: unknown): (request: IncomingMessage) => AccessMode {
  const toMode = (given: unknown, request: IncomingMessage): AccessMode => {
    const word = choice('accessMode', given, ['by-method', 'READ', 'WRITE', 'r', 'w'], 'by-method')
    if (word === 'by-method') return readMethods.has(request.method ?? '') ? 'READ' : 'WRITE'
    return word === 'READ' || word === 'r' ? 'READ' : 'WRITE'
  }
  if (typeof value === 'function') return (request) => toMode(atOnce('accessMode', value(request)), request)
  choice('accessMode', value, ['by-method', 'READ', 'WRITE', 'r', 'w'], undefined)
  return (request) => toMode(value, request)
}

function travelOf(given: ReturnType<typeof checkedOptions<(typeof BOOKMARK_KEYS)[number]>>): Travel {
  const tokens = new BookmarkTokens(Object.fromEntries(TOKEN_KEYS.map((key) => [key, given[key]])))
  const header = given.header === false ? null : name('bookmarks.header', given.header, 'Boltline-Bookmark')
  if (header !== null && !FIELD_NAME.test(header)) {
    throw new ConfigurationError('bookmarks.header must be the name of a header, without spaces and colons')
  }
  const cookie = cookieOf(given.cookie)
  if (cookie !== null && given.trust === 'network') {
    throw new ConfigurationError(
      "bookmarks.cookie goes to browsers, which are no trusted network: leave out trust: 'network' and give secrets",
    )
  }
  if (header === null && cookie === null) {
    throw new ConfigurationError(
      'bookmarks can travel in neither header nor cookie: allow one, or set bookmarks: false',
    )
  }
  return {
    tokens,
    header,
    cookie,
    reject: choice('bookmarks.onInvalid', given.onInvalid, ['ignore', 'reject'], 'ignore') === 'reject',
  }
}

function cookieOf(value: unknown): CookieSettings | null {
  if (value === false || !isGiven(value)) return null
  const given = checkedOptions(value === true ? {} : value, COOKIE_KEYS, 'bookmarks.cookie')
  const secure = flag('bookmarks.cookie.secure', given.secure, true)
  const path = name('bookmarks.cookie.path', given.path, '/')
  const domain = name('bookmarks.cookie.domain', given.domain, null)
  const mayBeHost = secure && path === '/' && domain === null
  const cookie: CookieSettings = {
    name: name('bookmarks.cookie.name', given.name, `${mayBeHost ? HOST_PREFIX : ''}boltline-bookmark`),
    path,
    domain,
    sameSite: choice('bookmarks.cookie.sameSite', given.sameSite, ['strict', 'lax', 'none'], 'lax'),
    secure,
  }
  if (!FIELD_NAME.test(cookie.name)) throw new ConfigurationError('bookmarks.cookie.name is no name of a cookie')
  if (cookie.name.startsWith(HOST_PREFIX) && !mayBeHost) {
    throw new ConfigurationError(
      `A cookie whose name starts with ${HOST_PREFIX} has to be secure, with the path / and without domain; browsers refuse it else`,
    )
  }
  if (/[;,\s]/.test(path + (domain ?? ''))) {
    throw new ConfigurationError('The path and domain of bookmarks.cookie can hold no semicolons, commas and spaces')
  }
  return cookie
}

function originsOf(value: unknown): ReadonlySet<string> {
  if (!isGiven(value)) return new Set()
  if (!Array.isArray(value)) throw new ConfigurationError(`fetchOrigins must be an array, found ${found(value)}`)
  return new Set(
    value.map((origin: unknown, at) => {
      const url = URL.canParse(String(origin)) ? new URL(String(origin)) : null
      if (url !== null && url.origin !== 'null' && url.pathname === '/' && url.search === '' && url.username === '') {
        return url.origin
      }
      throw new ConfigurationError(
        `fetchOrigins[${at}] is no origin; give scheme, host and port: 'https://orders.example.org'`,
      )
    }),
  )
}
