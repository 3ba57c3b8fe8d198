/**
 * What a request has once it uses the database: who it is, what it has seen, and what has to be ended when its response is
 * over. Made at the first use, so that a request without any costs nothing.
 *
 * The response's `close` is the one event that comes in every case, once: after the answer was sent, and when the client is
 * gone before. There is no AsyncLocalStorage in it, so everything hangs on this object.
 */

import { setMaxListeners } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type BookmarkManager, ResourceWarning, type Session, type SessionConfig } from '@boltline/core'
import { RequestBookmarks } from '@boltline/core/web'
import type { ActiveRequest, Application } from './application.ts'
import { BookmarkExchange, type IncomingBookmarks } from './bookmark-exchange.ts'
import { ClientGone } from './errors.ts'
import type { Identity } from './settings.ts'

/** Closed sessions are looked for when there are so many more: a stream may open one for each of its reads. */
const SOME_SESSIONS = 16

export class RequestScope implements ActiveRequest {
  readonly identity: Identity
  readonly exchange: BookmarkExchange
  readonly over: Promise<void>
  readonly #application: Application
  readonly #request: IncomingMessage
  readonly #gone = new AbortController()
  /** What was seen of databases other than the request's own; it doesn't travel. */
  readonly #elsewhere = new Map<string, RequestBookmarks>()
  /** Sessions that the handler closes, with the place where it opened them. */
  readonly #sessions = new Map<Session, string | undefined>()
  #look = SOME_SESSIONS
  #working = 0
  #ended = false
  #isOver: () => void = () => undefined

  constructor(application: Application, response: ServerResponse, incoming: IncomingBookmarks | null) {
    this.#application = application
    this.#request = response.req
    this.identity = application.settings.identify(this.#request)
    this.exchange = new BookmarkExchange(application, response, this.identity, incoming, () => this.#route())
    this.over = new Promise((resolve) => {
      this.#isOver = resolve
    })
    // Ten listeners are nothing unusual here: every query that is under way is one.
    setMaxListeners(0, this.#gone.signal)
    application.begun(this)
    const end = () => this.#end(!response.writableFinished)
    if (response.closed) end()
    else response.once('close', end)
  }

  get signal(): AbortSignal {
    return this.#gone.signal
  }

  /** Chains work on a database to what the request has seen of it. */
  bookmarkManager(database: string | null, write: boolean): BookmarkManager {
    if (database !== this.identity.database) return this.#seenOf(database)
    const { exchange } = this
    return {
      getBookmarks: () => exchange.seen.getBookmarks(),
      updateBookmarks: (previous, next) => {
        exchange.updated(() => exchange.seen.updateBookmarks(previous, next), write)
      },
    }
  }

  /** The settings of a session for this request; those of the call win. */
  sessionConfig(config?: SessionConfig | null): SessionConfig {
    const given = config ?? {}
    const { identity } = this
    const { transactionTimeout, waitTimeout } = this.#application.settings
    const database = given.database ?? identity.database
    return {
      ...given,
      database,
      impersonatedUser: given.impersonatedUser ?? identity.impersonatedUser,
      auth: given.auth ?? identity.auth,
      defaultAccessMode: given.defaultAccessMode ?? identity.mode,
      bookmarkManager: given.bookmarkManager ?? this.bookmarkManager(database, true),
      timeout: given.timeout ?? transactionTimeout,
      bookmarkTimeout: given.bookmarkTimeout ?? waitTimeout,
      signal: this.signalWith(given.signal),
    }
  }

  /** Besides the client, a call's own signal may call it off. */
  signalWith(own: AbortSignal | null | undefined): AbortSignal {
    return own ? AbortSignal.any([own, this.signal]) : this.signal
  }

  /** Opens a session that the handler closes; if it forgets to, it is closed at the end. */
  openSession(given: SessionConfig | null | undefined, opener: (...given: never) => unknown): Session {
    if (this.#ended) {
      throw new Error(
        'The request is over: a session opened now would be closed by nobody. For work that outlives the request use driver.session()',
      )
    }
    if (this.#sessions.size >= this.#look) this.#dropClosed()
    const session = this.#application.driver.session(this.sessionConfig(given))
    this.#sessions.set(session, process.env['NODE_ENV'] === 'production' ? undefined : stackBehind(opener))
    return session
  }

  /** Does work in a session of its own. */
  async inSession<T>(config: SessionConfig, work: (session: Session) => Promise<T>): Promise<T> {
    return this.during(async () => {
      const session = this.#application.driver.session(config)
      try {
        return await work(session)
      } finally {
        await session.close()
      }
    })
  }

  /** Does something that has to be waited for before the service may stop. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.#working++
    try {
      return await work()
    } finally {
      this.#working--
      this.#mayBeOver()
    }
  }

  #end(gone: boolean): void {
    if (gone) this.#application.count('aborted')
    this.exchange.end()
    if (gone && this.#application.settings.abort) this.#gone.abort(new ClientGone())
    for (const [session, opened] of this.#sessions) {
      if (session.closed) continue
      if (!gone) this.#forgotten(opened)
      this.#close(session)
    }
    this.#ended = true
    this.#mayBeOver()
  }

  #close(session: Session): void {
    this.during(() => session.close()).catch((error: unknown) => {
      const name = error instanceof Error ? error.name : typeof error
      this.#application.log('warn', `a session of ${this.#route()} did not end well: ${name}`)
    })
  }

  #forgotten(opened: string | undefined): void {
    this.#application.count('forgottenSessions')
    if (opened === undefined) return
    process.emitWarning(
      new ResourceWarning(
        `A session of ${this.#route()} was open when the request was over, and has been closed. Declare it with await using, or close it. It was opened here:\n${opened}`,
      ),
    )
  }

  #mayBeOver(): void {
    if (this.#ended && this.#working === 0) this.#isOver()
  }

  #dropClosed(): void {
    for (const session of this.#sessions.keys()) if (session.closed) this.#sessions.delete(session)
    this.#look = 2 * this.#sessions.size + SOME_SESSIONS
  }

  #seenOf(database: string | null): RequestBookmarks {
    const name = database ?? ''
    let seen = this.#elsewhere.get(name)
    if (seen === undefined) {
      seen = new RequestBookmarks()
      this.#elsewhere.set(name, seen)
    }
    return seen
  }

  /** The method and the pattern of the route: what a client has put into the path stays out of logs. */
  #route(): string {
    const { route, baseUrl } = this.#request as {
      readonly route?: { readonly path?: unknown }
      readonly baseUrl?: unknown
    }
    const path = route === undefined ? '(no route)' : `${String(baseUrl ?? '')}${String(route.path)}`
    return `${this.#request.method} ${path}`
  }
}

function stackBehind(opener: (...given: never) => unknown): string {
  const holder: { stack?: string } = {}
  Error.captureStackTrace(holder, opener)
  return (holder.stack ?? '').split('\n').slice(1).join('\n')
}
