/**
 * The database state of one request: its identity, its bookmarks, and the sessions to close when the response closes. Created
 * on first use, so that a request without database work costs nothing.
 *
 * The response's `close` event fires exactly once in every case: after the response was sent, or when the client disconnects
 * first. It does not run in the request's async context, so all state is kept on this object.
 */

import { setMaxListeners } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type BookmarkManager, ResourceWarning, type Session, type SessionConfig } from '@boltline/core'
import { type CallDefaults, completeSessionConfig, onAbort } from '@boltline/core/options'
import { emitWarning, RequestBookmarks, type StreamIdleError } from '@boltline/core/web'
import type { ActiveRequest, Application } from './application.ts'
import { BookmarkExchange, type IncomingBookmarks } from './bookmark-exchange.ts'
import { ClientGone } from './errors.ts'
import { keepAnswerable } from './keep-answerable.ts'
import { mountOf, paramsOf, routeOf } from './route.ts'
import type { Identity } from './settings.ts'

/** Closed sessions are dropped when the list has doubled and grown by this many: a handler may open very many sessions. */
const SOME_SESSIONS = 16

/** The signal of one call, and the function to call when the call has ended. */
export interface CallSignal {
  readonly signal: AbortSignal
  readonly release: () => void
}

interface OpenSession {
  /** Stack of the call that opened the session; undefined in production. */
  readonly opened: string | undefined
  readonly release: () => void
}

export class RequestScope implements ActiveRequest {
  readonly identity: Identity
  readonly exchange: BookmarkExchange
  readonly over: Promise<void>
  /** Whether the error handler is preparing an answer, possibly asynchronously. */
  answering = false
  readonly #application: Application
  readonly #request: IncomingMessage
  readonly #response: ServerResponse
  #mount = ''
  #params: unknown = null
  readonly #gone = new AbortController()
  /** Bookmarks of databases other than the request's own. They are not sent to the client. */
  readonly #elsewhere = new Map<string, RequestBookmarks>()
  /** Sessions that the handler has to close. */
  readonly #sessions = new Map<Session, OpenSession>()
  /** Functions that remove listeners from signals of single calls, which may outlive the request. */
  readonly #signals = new Set<() => void>()
  /** Called when the request is over. */
  readonly #whenOver = new Set<() => void>()
  #look = SOME_SESSIONS
  #working = 0
  #ended = false
  /** The error for which the middleware closed the connection before the response was complete. */
  #cutOff: { readonly error: unknown } | null = null
  #isOver: () => void = () => undefined

  constructor(application: Application, response: ServerResponse, incoming: IncomingBookmarks | null) {
    this.#application = application
    this.#request = response.req
    this.#response = response
    this.identity = application.settings.identify(this.#request)
    this.exchange = new BookmarkExchange(application, response, this.identity, incoming, () => this.name)
    this.over = new Promise((resolve) => {
      this.#isOver = resolve
    })
    // Every running query adds a listener, so more than the default limit of ten is normal.
    setMaxListeners(0, this.#gone.signal)
    application.begun(this)
    const end = () => this.#end(!response.writableFinished)
    if (response.closed) end()
    else response.once('close', end)
  }

  get signal(): AbortSignal {
    return this.#gone.signal
  }

  /** Returns the bookmark manager that chains the request's work on a database. */
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

  /** Returns session settings for this request. Settings of the call take precedence. */
  sessionConfig(config?: SessionConfig | null): SessionConfig {
    // Whatever its access mode, a session can run writes.
    return completeSessionConfig(
      config,
      this.callDefaults((database) => this.bookmarkManager(database, true)),
    )
  }

  /** The options of the request, for calls that give none of their own. */
  callDefaults(bookmarkManager: CallDefaults['bookmarkManager']): CallDefaults {
    const { transactionTimeout, waitTimeout } = this.#application.settings
    const { mode, database, impersonatedUser, auth } = this.identity
    const { signal } = this
    return {
      mode,
      database,
      impersonatedUser,
      auth,
      timeout: transactionTimeout,
      bookmarkTimeout: waitTimeout,
      signal,
      bookmarkManager,
    }
  }

  /** Records the current route. Express resets it when the router is left, before error handlers run. */
  here(): void {
    this.#mount = mountOf(this.#request)
    this.#params = paramsOf(this.#request)
  }

  /** Path parameters of the route that last used the database. */
  get params(): unknown {
    return this.#params
  }

  /** The pattern of the route. */
  get route(): string {
    return routeOf(this.#request, this.#mount)
  }

  /** The method and the pattern of the route. */
  get name(): string {
    return `${this.#request.method} ${this.route}`
  }

  /** Combines the request's signal with a call's own. `release` removes the listeners from both. */
  signalWith(own: AbortSignal | null | undefined): CallSignal {
    if (!own) return { signal: this.signal, release: () => undefined }
    const both = new AbortController()
    setMaxListeners(0, both.signal)
    const stops = [own, this.signal].map((signal) => onAbort(signal, () => both.abort(signal.reason)))
    const release = () => {
      for (const stop of stops) stop()
      this.#signals.delete(release)
    }
    this.#signals.add(release)
    return { signal: both.signal, release }
  }

  /** Keeps the response usable for the error handler after a stream failed before its first record. */
  keepAnswerable(error: unknown): void {
    keepAnswerable(this.#response, error, () => this.answering)
  }

  /** Closes the connection of a response that was partly sent, so that the client does not take it as complete. */
  cutOff(error: unknown): void {
    if (this.#response.writableEnded) return
    this.#cutOff ??= { error }
    this.#response.destroy()
  }

  /** Handles an idle stream. If no response has been started, the handler gets the error with its next read. */
  idle(error: StreamIdleError): void {
    this.#application.count('idleStreams')
    this.#application.log('warn', `${this.name}: ${error.message}`)
    if (this.#response.headersSent) this.cutOff(error)
  }

  /** Opens a session that the handler has to close. Sessions left open are closed at the end of the request. */
  openSession(given: SessionConfig | null | undefined, opened: string | undefined): Session {
    if (this.#ended) {
      throw new Error(
        'The request is over: nothing would close a session that is opened now. For work that outlives the request use driver.session()',
      )
    }
    if (this.#sessions.size >= this.#look) this.#dropClosed()
    const { signal, release } = this.signalWith(given?.signal)
    const session = this.#application.driver.session(this.sessionConfig({ ...given, signal }))
    this.#sessions.set(session, { opened, release })
    return session
  }

  /** Removes a closed session. */
  closed(session: Session): void {
    this.#sessions.get(session)?.release()
    this.#sessions.delete(session)
  }

  /** Runs `work` in a session that is closed afterwards. */
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

  /** Calls `over` when the request ends. Returns a function that cancels this. */
  whenOver(over: () => void): () => void {
    this.#whenOver.add(over)
    return () => this.#whenOver.delete(over)
  }

  /** Runs work that `close()` of the middleware waits for. */
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
    if (gone && this.#cutOff === null) this.#left()
    this.exchange.end()
    if (gone && this.#application.settings.abort)
      this.#gone.abort(this.#cutOff === null ? new ClientGone() : this.#cutOff.error)
    for (const release of this.#signals) release()
    for (const over of this.#whenOver) over()
    for (const [session, { opened }] of this.#sessions) {
      if (session.closed) continue
      if (!gone) this.#forgotten(opened)
      this.#close(session)
    }
    this.#ended = true
    this.#mayBeOver()
  }

  #left(): void {
    this.#application.count('aborted')
    if (!this.#response.headersSent) return
    this.#application.log('debug', () => `${this.name}: the client left in the middle of the answer`)
  }

  #close(session: Session): void {
    this.during(() => session.close()).catch((error: unknown) => {
      const name = error instanceof Error ? error.name : typeof error
      this.#application.log('warn', `a session of ${this.name} did not end well: ${name}`)
    })
  }

  #forgotten(opened: string | undefined): void {
    this.#application.count('forgottenSessions')
    if (opened === undefined) return
    emitWarning(
      new ResourceWarning(
        `A session of ${this.name} was open when the request was over, and has been closed. Declare it with await using, or close it. It was opened here:\n${opened}`,
      ),
    )
  }

  #mayBeOver(): void {
    if (this.#ended && this.#working === 0) this.#isOver()
  }

  #dropClosed(): void {
    for (const session of this.#sessions.keys()) if (session.closed) this.closed(session)
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
}

/** The stack of the code that called `opener`. Undefined in production, where capturing a stack costs too much. */
export function placeOf(opener: (...given: never) => unknown): string | undefined {
  if (process.env['NODE_ENV'] === 'production') return undefined
  const holder: { stack?: string } = {}
  Error.captureStackTrace(holder, opener)
  return (holder.stack ?? '').split('\n').slice(1).join('\n')
}
