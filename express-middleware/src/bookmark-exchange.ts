/**
 * Reads bookmarks from a request and writes them to its response. Tokens are bound to the user and database of the request.
 * Bookmarks that arrive too late to be sent are counted, and logged if the request wrote.
 */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { RequestBookmarks, type TokenRefusal, type TokenScope } from '@boltline/core/web'
import type { Application } from './application.ts'
import { beforeHead } from './before-head.ts'
import { readCookie, writeCookie } from './cookies.ts'
import type { Identity, Travel } from './settings.ts'

/** The bookmarks of a request, and whether a token was rejected. */
export interface IncomingBookmarks {
  readonly bookmarks: readonly string[]
  /** Why the header's token, or else the cookie's, was rejected. Null if none was. */
  readonly refused: TokenRefusal | null
  readonly cookieRefused: boolean
}

/** Reads the bookmarks of the request's header and cookie. */
export function readIncoming(request: IncomingMessage, travel: Travel, scope: TokenScope): IncomingBookmarks {
  const header = travel.header === null ? undefined : request.headers[travel.header.toLowerCase()]
  const fromHeader = travel.tokens.open(Array.isArray(header) ? header.join(',') : header, scope)
  const fromCookie = travel.tokens.open(
    travel.cookie === null ? undefined : readCookie(request, travel.cookie.name),
    scope,
  )
  return {
    bookmarks: [...fromHeader.bookmarks, ...fromCookie.bookmarks],
    refused: fromHeader.refused ?? fromCookie.refused,
    cookieRefused: fromCookie.refused !== null,
  }
}

/** Whether a request has a bookmark header or cookie. */
export function bringsToken(request: IncomingMessage, { header, cookie }: Travel): boolean {
  if (header !== null && request.headers[header.toLowerCase()] !== undefined) return true
  return cookie !== null && readCookie(request, cookie.name) !== undefined
}

/** Tells a client to forget its cookie. */
export function forgetCookie(response: ServerResponse, travel: Travel): void {
  if (travel.cookie !== null && !response.headersSent) writeCookie(response, travel.cookie, '', 0)
}

export class BookmarkExchange {
  /** The bookmarks that the request has received or produced. */
  readonly seen: RequestBookmarks
  readonly #application: Application
  readonly #response: ServerResponse
  readonly #travel: Travel | null
  readonly #scope: TokenScope
  readonly #describe: () => string
  #forgetCookie: boolean
  /** Revision of `seen` that was last sent to the client. */
  #told = 0
  /** Whether the unsent bookmarks include one of a write. */
  #wrote = false
  #over = false

  /** @param incoming - the request's bookmarks if they were read already; null: read them here */
  constructor(
    application: Application,
    response: ServerResponse,
    identity: Identity,
    incoming: IncomingBookmarks | null,
    describe: () => string,
  ) {
    const { travel } = application.settings
    this.#application = application
    this.#response = response
    this.#travel = travel
    this.#scope = identity
    this.#describe = describe
    const known = incoming ?? (travel === null ? null : readIncoming(response.req, travel, identity))
    if (known !== null && known.refused !== null) application.count('refusedTokens')
    this.seen = new RequestBookmarks(known?.bookmarks)
    this.#forgetCookie = known?.cookieRefused === true
    if (travel !== null && !response.headersSent) beforeHead(response, () => this.#writeHead(travel))
  }

  /** Returns the current bookmarks as a token and marks them as sent. Null if there are none, or bookmarks are not exchanged. */
  token(): string | null {
    if (this.#travel === null) return null
    const text = this.#seal(this.#travel)
    this.#toldAll()
    return text === '' ? null : text
  }

  /** Returns the token for a trailer; null if the head already carried all bookmarks. */
  untold(): string | null {
    return this.seen.revision === this.#told ? null : this.token()
  }

  /** Returns header name and token for a request to another service that has the same secrets. Null if there is nothing to send. */
  tokenForOthers(): { readonly header: string; readonly text: string } | null {
    if (this.#travel === null || this.#travel.header === null) return null
    const text = this.#seal(this.#travel)
    return text === '' ? null : { header: this.#travel.header, text }
  }

  /** Adds the bookmarks of another service's response. */
  addFromOthers(answer: Headers): void {
    if (this.#travel === null || this.#travel.header === null) return
    const { bookmarks, refused } = this.#travel.tokens.open(answer.get(this.#travel.header), this.#scope)
    if (refused !== null) this.#application.count('refusedTokens')
    this.updated(() => this.seen.add(bookmarks), true)
  }

  /** Runs `change` and records whether it added bookmarks, and whether a write produced them. */
  updated(change: () => void, write: boolean): void {
    const before = this.seen.revision
    change()
    if (this.seen.revision === before) return
    if (write) this.#wrote = true
    if (this.#over) this.#tooLate()
  }

  /** Discards the client's bookmarks after the server failed to reach them; otherwise every retry would fail the same way. */
  giveUp(): void {
    this.#toldAll()
    this.#forgetCookie = true
  }

  /** Called when the response is closed: bookmarks that were not sent are now too late. */
  end(): void {
    this.#over = true
    if (this.seen.revision !== this.#told) this.#tooLate()
  }

  #writeHead(travel: Travel): void {
    const response = this.#response
    const varies = [...(travel.header === null ? [] : [travel.header]), ...(travel.cookie === null ? [] : ['Cookie'])]
    vary(response, varies)
    if (this.seen.revision !== this.#told) {
      const text = this.#seal(travel)
      if (text !== '') {
        if (travel.header !== null) response.setHeader(travel.header, text)
        if (travel.cookie !== null) writeCookie(response, travel.cookie, text, travel.tokens.ttl)
        if (!response.hasHeader('cache-control')) response.setHeader('Cache-Control', 'private')
        this.#forgetCookie = false
      }
      this.#toldAll()
    }
    if (this.#forgetCookie) forgetCookie(response, travel)
  }

  #seal(travel: Travel): string {
    const { text, dropped } = travel.tokens.seal(this.seen, this.#scope)
    if (dropped > 0) {
      this.#application.count('droppedBookmarks', dropped)
      this.#application.log(
        'warn',
        `${dropped} of ${[...this.seen].length} bookmarks of ${this.#describe()} were left out because of bookmarks.maxTokens, maxTokenBytes or maxHeaderBytes`,
      )
    }
    return text
  }

  #toldAll(): void {
    this.#told = this.seen.revision
    this.#wrote = false
  }

  #tooLate(): void {
    if (this.#travel === null) return this.#toldAll()
    this.#application.count('lateBookmarks')
    // Clients rely on the bookmark of a write. Losing the bookmark of a read only risks an older read.
    if (this.#wrote) {
      this.#application.log(
        'warn',
        `${this.#describe()} wrote after the head of its answer had left: the client has no bookmark of it. Write before answering, or send req.neo4j.bookmarkToken() in the last record`,
      )
    }
    this.#toldAll()
  }
}

function vary(response: ServerResponse, names: readonly string[]): void {
  const given = response.getHeader('vary')
  const known = (Array.isArray(given) ? given.join(',') : String(given ?? '')).split(',').map((name) => name.trim())
  if (known.includes('*')) return
  const lower = new Set(known.map((name) => name.toLowerCase()))
  const missing = names.filter((name) => !lower.has(name.toLowerCase()))
  if (missing.length > 0) response.setHeader('Vary', [...known.filter((name) => name !== ''), ...missing].join(', '))
}
