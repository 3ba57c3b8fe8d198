/**
 * Bookmark tokens: bookmarks that pass through untrusted clients, signed, with an expiry, and bound to a user and a database.
 * A bookmark grants no access, but a forged one makes a transaction wait for a state that is never reached, and another user's
 * mixes two causal chains. So only bookmarks that a service with the same secrets has signed are sent to a server.
 *
 * Format: `v1.<key>.<expiry>.<bookmarks>.<signature>`. The signature covers the encoded text, so each token has one valid
 * encoding, and it is verified before anything is decoded.
 */

import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { ConfigurationError } from '../errors/index.ts'
import { checkedOptions, found, isGiven } from '../platform/checked-options.ts'
import { choice, duration, limit } from '../settings/checks.ts'
import { clock } from '../time/clock.ts'
import { readPlainBookmarks, writePlainBookmark } from './plain-bookmarks.ts'

/** Settings of {@link BookmarkTokens}. */
export interface BookmarkTokensOptions {
  /**
   * `'signed'`: tokens may pass through any client, so they are signed. `'network'`: tokens pass between trusted services only
   * and are bare bookmarks. Default: `'signed'`.
   */
  readonly trust?: 'signed' | 'network' | null | undefined
  /**
   * Signing keys of at least 32 bytes. The first one signs; the others are former keys whose tokens are still accepted. Services
   * that exchange tokens need the same keys. Required unless `trust` is `'network'`.
   */
  readonly secrets?: readonly (string | Uint8Array)[] | null | undefined
  /** Maximum number of bookmarks in a token. Default: 8. */
  readonly maxTokens?: number | null | undefined
  /** Maximum length of one bookmark, in bytes. Default: 256. */
  readonly maxTokenBytes?: number | null | undefined
  /** Maximum length of the header value, in bytes. Default: 2048. */
  readonly maxHeaderBytes?: number | null | undefined
  /** How long a token is valid, in ms. Default: 300 000, five minutes. */
  readonly ttl?: number | null | undefined
}

/** The database and owner that a token is bound to. A token is rejected in any other scope. */
export interface TokenScope {
  /** The database. Default: the home database. */
  readonly database?: string | null | undefined
  /** The owner of the token, such as a user id. Default: no owner, any client may use it. */
  readonly boundTo?: string | null | undefined
}

/** Why a token was rejected. A token of another scope also counts as `forged`: its signature does not match. */
export type TokenRefusal = 'too-long' | 'too-many' | 'malformed' | 'forged' | 'expired'

/** The bookmarks of a token, or an empty list and the reason of the rejection. */
export interface OpenedToken {
  readonly bookmarks: readonly string[]
  /** Null if the token was accepted. */
  readonly refused: TokenRefusal | null
}

/** A token to send to a client. */
export interface SealedToken {
  /** The token; empty if there are no bookmarks. */
  readonly text: string
  /** Number of bookmarks left out because of the limits: those that are too long, then the oldest. */
  readonly dropped: number
}

interface Key {
  readonly id: string
  readonly secret: Buffer
}

const KEYS = ['trust', 'secrets', 'maxTokens', 'maxTokenBytes', 'maxHeaderBytes', 'ttl'] as const
const VERSION = 'v1'
/** Length of an HMAC-SHA256 in base64url. */
const SIGNATURE_LENGTH = 43
const LEAST_SECRET_BYTES = 32

/** Bookmarks are opaque, but they consist of ASCII characters. */
const bookmark = /^[\0-\x7f]+$/
const nothing: readonly string[] = []

/**
 * Creates and verifies bookmark tokens. `open` never throws, and the limits bound its work for any input.
 *
 * @example
 * ```ts
 * const tokens = new BookmarkTokens({ secrets: [process.env.BOOKMARK_SECRET] })
 * const { text } = tokens.seal(session.lastBookmarks(), { database: 'neo4j', boundTo: user.id })
 * const { bookmarks, refused } = tokens.open(text, { database: 'neo4j', boundTo: user.id })
 * ```
 */
export class BookmarkTokens {
  readonly #keys: readonly Key[]
  readonly #maxTokens: number
  readonly #maxTokenBytes: number
  readonly #maxHeaderBytes: number
  readonly #ttl: number

  /** @throws ConfigurationError if a setting is invalid or secrets are missing or short. Its message contains no secret. */
  constructor(options?: BookmarkTokensOptions | null) {
    const given = checkedOptions(options, KEYS, 'bookmark token')
    const trust = choice('trust', given.trust, ['signed', 'network'], 'signed')
    this.#keys = trust === 'network' ? [] : checkedKeys(given.secrets)
    this.#maxTokens = limit('maxTokens', given.maxTokens, 8)
    this.#maxTokenBytes = limit('maxTokenBytes', given.maxTokenBytes, 256)
    this.#maxHeaderBytes = limit('maxHeaderBytes', given.maxHeaderBytes, 2048)
    this.#ttl = duration('ttl', given.ttl, 300_000)
  }

  /** How long a token is valid, in ms. */
  get ttl(): number {
    return this.#ttl
  }

  /** Creates a token of the newest bookmarks that fit the limits. */
  seal(bookmarks: Iterable<string>, scope: TokenScope): SealedToken {
    const all = [...bookmarks]
    const short = all.filter((value) => value.length <= this.#maxTokenBytes)
    let kept = this.#maxTokens === Number.POSITIVE_INFINITY ? short : short.slice(-this.#maxTokens)
    let text = this.#write(kept, scope)
    while (text.length > this.#maxHeaderBytes) {
      kept = kept.slice(1)
      text = this.#write(kept, scope)
    }
    return { text, dropped: all.length - kept.length }
  }

  /**
   * Verifies and decodes what a client sent: one token, or several separated by commas. If one is invalid, all are rejected.
   *
   * @param text - the header or cookie value. Missing or empty: no bookmarks, and no rejection
   */
  open(text: string | null | undefined, scope: TokenScope): OpenedToken {
    if (!isGiven(text) || text === '') return { bookmarks: nothing, refused: null }
    // The length check comes first and counts characters: header values are decoded as single bytes.
    if (typeof text !== 'string' || text.length > this.#maxHeaderBytes) return refuse('too-long')
    return this.#keys.length === 0 ? this.#openPlain(text) : this.#openSigned(text, scope)
  }

  #write(bookmarks: readonly string[], scope: TokenScope): string {
    if (bookmarks.length === 0) return ''
    const key = this.#keys[0]
    if (key === undefined) return bookmarks.map(writePlainBookmark).join(',')
    const end = Math.min(Math.floor(clock.wallTime() + this.#ttl), Number.MAX_SAFE_INTEGER)
    const content = Buffer.from(JSON.stringify(bookmarks)).toString('base64url')
    const head = `${VERSION}.${key.id}.${end.toString(36)}.${content}`
    return `${head}.${signature(key, head, scope)}`
  }

  #openPlain(text: string): OpenedToken {
    const bookmarks = readPlainBookmarks(text)
    return bookmarks === null ? refuse('malformed') : this.#accept(bookmarks)
  }

  #openSigned(text: string, scope: TokenScope): OpenedToken {
    const parts = text.split(',', this.#maxTokens + 1)
    if (parts.length > this.#maxTokens) return refuse('too-many')
    const bookmarks: string[] = []
    for (const [at, part] of parts.entries()) {
      // Node joins repeated headers with a comma and a space.
      const opened = this.#openOne(at > 0 && part.startsWith(' ') ? part.slice(1) : part, scope)
      if (typeof opened === 'string') return refuse(opened)
      bookmarks.push(...opened)
    }
    return this.#accept(bookmarks)
  }

  #openOne(token: string, scope: TokenScope): readonly string[] | TokenRefusal {
    const signed = token.length - SIGNATURE_LENGTH - 1
    const fields = token.slice(0, Math.max(0, signed)).split('.', 5)
    const [version, id, end, content] = fields
    if (fields.length !== 4 || version !== VERSION || end === undefined || content === undefined) return 'malformed'
    const key = this.#keys.find((each) => each.id === id)
    if (key === undefined) return 'forged'
    const expected = Buffer.from(`.${signature(key, token.slice(0, signed), scope)}`)
    const sent = Buffer.from(token.slice(signed), 'latin1')
    if (sent.length !== expected.length || !timingSafeEqual(sent, expected)) return 'forged'
    // The signature is valid, so a service with the same secret wrote this token.
    if (Number.parseInt(end, 36) <= clock.wallTime()) return 'expired'
    return contentOf(content) ?? 'malformed'
  }

  #accept(bookmarks: readonly string[]): OpenedToken {
    const distinct = [...new Set(bookmarks)]
    if (distinct.length > this.#maxTokens) return refuse('too-many')
    if (distinct.some((value) => value.length > this.#maxTokenBytes)) return refuse('too-long')
    if (!distinct.every((value) => bookmark.test(value))) return refuse('malformed')
    return { bookmarks: distinct, refused: null }
  }
}

function refuse(refused: TokenRefusal): OpenedToken {
  return { bookmarks: nothing, refused }
}

/** Signs head and scope. Each part is preceded by its length, so that different scopes never give the same input. */
function signature(key: Key, head: string, { database, boundTo }: TokenScope): string {
  const hmac = createHmac('sha256', key.secret).update(`boltline bookmarks ${head.length}:${head}`)
  for (const part of [database, boundTo]) {
    hmac.update(isGiven(part) ? ` ${Buffer.byteLength(part)}:${part}` : ' none')
  }
  return hmac.digest('base64url')
}

function contentOf(content: string): readonly string[] | null {
  try {
    const values: unknown = JSON.parse(Buffer.from(content, 'base64url').toString())
    return Array.isArray(values) && values.every((value) => typeof value === 'string') ? values : null
  } catch {
    return null
  }
}

function checkedKeys(secrets: unknown): readonly Key[] {
  if (!Array.isArray(secrets) || secrets.length === 0) {
    throw new ConfigurationError(
      `Signed bookmarks need secrets, found ${found(secrets)}. Give [current, ...former], each of at least ${LEAST_SECRET_BYTES} bytes; ` +
        "or trust: 'network' where only trusted services can be reached",
    )
  }
  return secrets.map((value: unknown, at) => {
    if (typeof value !== 'string' && !(value instanceof Uint8Array)) {
      throw new ConfigurationError(`secrets[${at}] must be a string or bytes, found ${found(value)}`)
    }
    const secret = Buffer.from(value)
    if (secret.length < LEAST_SECRET_BYTES) {
      throw new ConfigurationError(
        `secrets[${at}] has ${secret.length} bytes; it needs at least ${LEAST_SECRET_BYTES}, chosen at random`,
      )
    }
    return { id: createHash('sha256').update('boltline key ').update(secret).digest('base64url').slice(0, 6), secret }
  })
}
