/**
 * One auto-commit query on one connection, which is given back as soon as the whole result has arrived or was discarded.
 * RUN and the first PULL leave in one write.
 */

import type { Connection } from '../bolt/connection.ts'
import { run, type TransactionSettings } from '../bolt/requests.ts'
import type { Metadata } from '../bolt/responses.ts'
import { TransactionError } from '../errors/index.ts'
import type { IntegerMode } from '../values/integer.ts'
import { Cursor, type CursorOwner } from './cursor.ts'
import type { SessionBookmarks } from './session-bookmarks.ts'
import type { Telemetry } from './telemetry.ts'

export interface AutoCommitOptions {
  readonly settings: TransactionSettings
  readonly fetchSize: number
  readonly integers: IntegerMode
  readonly bookmarks: SessionBookmarks
  readonly telemetry: Telemetry
  readonly signal: AbortSignal | undefined
  /** Gives the connection back. */
  readonly release: (connection: Connection) => void
  /** The name of the database that the server chose (Bolt 5.8). */
  readonly resolved: (database: string) => void
}

export class AutoCommit implements CursorOwner {
  readonly cursor: Cursor
  readonly connection: Connection
  /** The bookmark manager's work behind the end of the result. */
  bookmarked: void | Promise<void> = undefined
  readonly #options: AutoCommitOptions
  #stopListening: (() => void) | null = null

  /**
   * Sends the query.
   * @throws ParameterError where a parameter can't be packed; nothing was sent and the connection is given back.
   */
  constructor(connection: Connection, query: string, parameters: unknown, options: AutoCommitOptions) {
    this.connection = connection
    this.#options = options
    this.cursor = new Cursor(connection, this, options.fetchSize, options.integers)
    const mark = connection.mark()
    try {
      options.telemetry.send(connection)
      connection.send(run(connection.version, query, parameters, options.settings), this.cursor.runHandler)
      this.cursor.sendPull()
      connection.flush()
    } catch (error) {
      if (connection.open) connection.rollback(mark)
      options.release(connection)
      throw error
    }
    this.#listen(options.signal)
  }

  /** Gives up at once: the connection's reset ends the query on the server. */
  abort(reason: Error): void {
    this.cursor.fail(reason, true)
  }

  cursorEnded(cursor: Cursor, metadata: Metadata): void {
    this.#resolveDatabase(cursor)
    this.#release()
    const updated = this.#options.bookmarks.update(this.#options.settings.bookmarks, metadata['bookmark'])
    this.bookmarked = updated
    // Whoever consumes the result meets a failure of the manager there; this keeps it from being called unhandled before.
    if (updated instanceof Promise) updated.catch(() => undefined)
  }

  cursorFailed(): void {
    this.#release()
  }

  ignoredBecause(cause: Error | null): Error {
    return cause ?? new TransactionError('The query was given up because its connection was reset')
  }

  qidOf(): number {
    return -1
  }

  #resolveDatabase(cursor: Cursor): void {
    const database = cursor.header?.['db']
    if (typeof database === 'string') this.#options.resolved(database)
  }

  #release(): void {
    this.#stopListening?.()
    this.#options.release(this.connection)
  }

  #listen(signal: AbortSignal | undefined): void {
    if (signal === undefined) return
    const abort = () => this.abort(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    this.#stopListening = () => signal.removeEventListener('abort', abort)
  }
}
