/** What all requests of one middleware share: the driver, the settings, what is counted, and who is still at work. */

import type { Driver, LogLevel } from '@boltline/core'
import type { Settings } from './settings.ts'

/** What has happened since the middleware was made. */
export interface BoltlineMetrics {
  /** Requests that have used the database and are not over yet. */
  readonly active: number
  /** Clients that were gone before their answer was finished. */
  readonly aborted: number
  /** Sessions that were left open at the end of their request. */
  readonly forgottenSessions: number
  /** Requests that learned of a bookmark when it was too late to tell the client. */
  readonly lateBookmarks: number
  /** Bookmarks that were left out because of the limits. */
  readonly droppedBookmarks: number
  /** Tokens that were not accepted. */
  readonly refusedTokens: number
  /** Results that are being streamed. */
  readonly streams: number
  /** Streams that wait until there are fewer than `maxStreams`. */
  readonly waitingStreams: number
  /** Streams that were cut off because they stood still for `streamIdleTimeout`. */
  readonly idleStreams: number
}

type Counter = Exclude<keyof BoltlineMetrics, 'active' | 'streams' | 'waitingStreams'>

/** A request that has used the database. */
export interface ActiveRequest {
  /** Fulfilled when nothing of it goes on any more. */
  readonly over: Promise<void>
}

export class Application {
  readonly driver: Driver
  readonly settings: Settings
  /** Whether readiness is denied, because the service is going to stop. */
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

  /** Waits until everything that is under way now is over. */
  async idle(): Promise<void> {
    await Promise.all([...this.#active].map(({ over }) => over))
  }
}
