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
import { onAbort } from '@boltline/core/options'
import { emitWarning, RequestBookmarks, type StreamIdleError } from '@boltline/core/web'
import type { ActiveRequest, Application } from './application.ts'
import { BookmarkExchange, type IncomingBookmarks } from './bookmark-exchange.ts'
import { ClientGone } from './errors.ts'
import { keepAnswerable } from './keep-answerable.ts'
import { mountOf, paramsOf, routeOf } from './route.ts'
import type { Identity } from './settings.ts'

/** Closed sessions are looked for when there are so many more: a stream may open one for each of its reads. */
const SOME_SESSIONS = 16

/** A signal for one call, and the function that has to be called behind it. */
export interface CallSignal {
  readonly signal: AbortSignal
  readonly release: () => void
}

interface OpenSession {
  /** The place where it was opened; undefined in production. */
  readonly opened: string | undefined
  readonly release: () => void
}

export class RequestScope implements ActiveRequest {
  readonly identity: Identity
  readonly exchange: BookmarkExchange
  readonly over: Promise<void>
  /** The error handler makes an answer, which may come later. */
  answering = false
  readonly #application: Application
  readonly #request: IncomingMessage
  readonly #response: ServerResponse
  #mount = ''
  #params: unknown = null
  readonly #gone = new AbortController()
  /** What was seen of databases other than the request's own; it doesn't travel. */
  readonly #elsewhere = new Map<string, RequestBookmarks>()
  /** Sessions that the handler closes. */
  readonly #sessions = new Map<Session, OpenSession>()
  /** Stop listening to signals of single calls, which may outlive the request. */
  readonly #signals = new Set<() => void>()
  /** Called when the request is over. */
  readonly #whenOver = new Set<() => void>()
  #look = SOME_SESSIONS
  #working = 0
  #ended = false
  /** Why this side has cut the answer off. */
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
      signal: given.signal ?? this.signal,
    }
  }

  /** Notes where the request is now: Express takes it away again when the router is left, before errors are handled. */
  here(): void {
    this.#mount = mountOf(this.#request)
    this.#params = paramsOf(this.#request)
  }

  /** What the client has put into the path of the route that used the database last. */
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

  /** Besides the client, a call's own signal may call it off. Nothing of it stays on the signal once it is released. */
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

  /** The error of a stream that has given no record may still be answered, whatever destroys the response with it. */
  keepAnswerable(error: unknown): void {
    keepAnswerable(this.#response, error, () => this.answering)
  }

  /** Cuts the answer off, of which a part has left: it can't be taken back, and must not look complete. */
  cutOff(error: unknown): void {
    if (this.#response.writableEnded) return
    this.#cutOff ??= { error }
    this.#response.destroy()
  }

  /** The reader of a stream has stood still. A handler that hasn't answered yet meets the error when it reads on. */
  idle(error: StreamIdleError): void {
    this.#application.count('idleStreams')
    this.#application.log('warn', `${this.name}: ${error.message}`)
    if (this.#response.headersSent) this.cutOff(error)
  }

  /** Opens a session that the handler closes; if it forgets to, it is closed at the end. */
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

  /** Forgets a session that was closed. */
  closed(session: Session): void {
    this.#sessions.get(session)?.release()
    this.#sessions.delete(session)
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

  /** Has `over` called when the request is over; the function returned calls that off. */
  whenOver(over: () => void): () => void {
    this.#whenOver.add(over)
    return () => this.#whenOver.delete(over)
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

/** The place in the handler that has called `opener`; not in production, where it would cost too much. */
export function placeOf(opener: (...given: never) => unknown): string | undefined {
  if (process.env['NODE_ENV'] === 'production') return undefined
  const holder: { stack?: string } = {}
  Error.captureStackTrace(holder, opener)
  return (holder.stack ?? '').split('\n').slice(1).join('\n')
}
