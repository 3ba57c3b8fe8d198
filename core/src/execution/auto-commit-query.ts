/**
 * One auto-commit query on one connection. The connection is released once the whole result has arrived or was discarded.
 * RUN and the first PULL are sent in one write.
 */

import type { Connection, ConnectionUser } from '../bolt/connection.ts'
import { run } from '../bolt/requests.ts'
import type { Metadata } from '../bolt/responses.ts'
import { TransactionError } from '../errors/index.ts'
import { isThenable } from '../platform/thenable.ts'
import { type Abortable, onAbort } from '../time/on-abort.ts'
import { limitBookmarkWait } from './bookmark-wait.ts'
import { Cursor, type CursorOwner } from './cursor.ts'
import type { UnitOptions } from './unit-options.ts'

export class AutoCommitQuery implements CursorOwner, ConnectionUser {
  readonly cursor: Cursor
  readonly connection: Connection
  /** The pending update of the bookmark manager after the result has ended. */
  #bookmarked: void | Promise<void> = undefined
  /** The failed update was reported to a caller; it is reported once. */
  #bookmarkFailureThrown = false
  readonly #options: UnitOptions
  #stopListening: (() => void) | null = null
  #released = false

  /**
   * Sends the query.
   * @throws ParameterError if a parameter can't be packed; nothing was sent and the connection is released.
   */
  constructor(connection: Connection, query: string, parameters: unknown, options: UnitOptions) {
    this.connection = connection
    this.#options = options
    const { settings } = options
    const observer = options.observer.query(connection, query, parameters, settings, true)
    this.cursor = new Cursor(connection, this, options.fetchSize, options.integers, observer)
    const checkpoint = connection.checkpoint()
    connection.user = this
    try {
      // The signal may have aborted after the connection was acquired.
      options.signal?.throwIfAborted()
      options.telemetry.send(connection)
      this.cursor.send(run(connection.version, query, parameters, observer.sent(settings)))
      connection.flush()
    } catch (error) {
      observer.failed(0, error)
      if (connection.open) connection.rollback(checkpoint)
      this.#release()
      throw error
    }
    this.#listen(options.signal)
  }

  /** Waits until the server has accepted the query. */
  async accepted(): Promise<void> {
    const { settings, bookmarkTimeout } = this.#options
    const stopWaiting = limitBookmarkWait(settings.bookmarks, bookmarkTimeout, (error) => this.abort(error))
    try {
      await this.cursor.ready()
    } finally {
      stopWaiting()
    }
  }

  /**
   * Waits for the bookmark manager to store the bookmark of the ended result. Returns undefined if nothing is pending.
   * @throws BookmarkUpdateError (as a rejection, to the first caller only) when the manager fails
   */
  bookmarked(): void | Promise<void> {
    return this.#bookmarked === undefined || this.#bookmarkFailureThrown
      ? undefined
      : this.#bookmarked.catch((error: unknown) => {
          this.#bookmarkFailureThrown = true
          throw error
        })
  }

  /** Fails the result at once. The RESET of the released connection ends the query on the server. */
  abort(reason: Error): void {
    this.cursor.fail(reason, true)
  }

  /** Fails a paused result. A result with a pending request has already failed through its response handler. */
  connectionLost(error: Error): void {
    this.cursor.fail(error)
  }

  cursorEnded(cursor: Cursor, metadata: Metadata): void {
    this.#resolveDatabase(cursor)
    this.#release()
    const updated = this.#options.bookmarks.update(this.#options.settings.bookmarks, metadata['bookmark'])
    this.#bookmarked = updated
    // The rejection is reported when the caller consumes the result; until then it must not count as unhandled.
    if (isThenable(updated)) updated.catch(() => undefined)
    this.#options.observer.settled('committed')
    this.#options.observer.ended()
  }

  cursorFailed(cursor: Cursor, error: Error): void {
    this.#release()
    // Before the server has accepted the query, the executor decides whether to retry it and reports the outcome.
    if (cursor.header !== null) this.#options.observer.failed(error)
  }

  ignoredBecause(cause: Error | null): Error {
    return cause ?? new TransactionError('The query was aborted because its connection was reset')
  }

  qidOf(): number {
    return -1
  }

  #resolveDatabase(cursor: Cursor): void {
    const database = cursor.header?.['db']
    if (typeof database === 'string') this.#options.host.resolved(database)
  }

  #release(): void {
    if (this.#released) return
    this.#released = true
    this.#stopListening?.()
    this.connection.user = null
    this.#options.host.release(this.connection)
  }

  #listen(signal: Abortable | undefined): void {
    if (signal === undefined) return
    this.#stopListening = onAbort(signal, () => this.abort(signal.reason))
  }
}
