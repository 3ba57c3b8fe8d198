/** State that all requests of one middleware share: driver, settings, counters, and the requests that still use the database. */

import type { Driver, LogLevel } from '@boltline/core'
import type { Settings } from './settings.ts'

/** Counters and gauges of one middleware. Counters start at 0 when it is created. */
export interface BoltlineMetrics {
  /** Requests that have used the database and have not ended. */
  readonly active: number
  /** Clients that disconnected before their response was finished. */
  readonly aborted: number
  /** Sessions that a handler left open and the middleware closed at the end of the request. */
  readonly forgottenSessions: number
  /** How often bookmarks arrived too late to be sent with the response. */
  readonly lateBookmarks: number
  /** Bookmarks left out of a token because of `maxTokens`, `maxTokenBytes` or `maxHeaderBytes`. */
  readonly droppedBookmarks: number
  /** Bookmark tokens that were rejected: forged, expired, bound to another user or database, or too long. */
  readonly refusedTokens: number
  /** Streams that are open. */
  readonly streams: number
  /** Streams that wait for a slot because `maxStreams` are open. */
  readonly waitingStreams: number
  /** Streams that were closed because their reader was idle for `streamIdleTimeout`. */
  readonly idleStreams: number
}

type Counter = Exclude<keyof BoltlineMetrics, 'active' | 'streams' | 'waitingStreams'>

/** A request that has used the database. */
export interface ActiveRequest {
  /** Resolves when the response is closed and all database work of the request has ended. */
  readonly over: Promise<void>
}

export class Application {
  readonly driver: Driver
  readonly settings: Settings
  /** Whether `readyz` answers 503 because the service is shutting down. */
  draining = false
  readonly #active = new Set<ActiveRequest>()
  readonly #counts: Record<Counter, number> = {
    aborted: 0,
    forgottenSessions: 0,
    lateBookmarks: 0,
    droppedBookmarks: 0,
    refusedTokens: 0,
    idleStreams: 0,
  }

  constructor(driver: Driver, settings: Settings) {
    this.driver = driver
    this.settings = settings
  }

  get metrics(): BoltlineMetrics {
    const { open, waiting } = this.settings.streams
    return { active: this.#active.size, ...this.#counts, streams: open, waitingStreams: waiting }
  }

  count(what: Counter, by = 1): void {
    this.#counts[what] += by
  }

  log(level: LogLevel, text: string | (() => string)): void {
    this.settings.log.write(level, text)
  }

  begun(request: ActiveRequest): void {
    this.#active.add(request)
    request.over.then(() => this.#active.delete(request))
  }

  /** Waits until all requests that are active at the time of the call have ended. */
  async idle(): Promise<void> {
    await Promise.all([...this.#active].map(({ over }) => over))
  }
}
