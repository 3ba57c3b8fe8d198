/**
 * One explicit transaction on one connection: BEGIN, any number of queries (pipelined in the order of the calls), COMMIT
 * or ROLLBACK. The connection is released exactly once, however the transaction ends.
 *
 * The first failure ends the transaction: the server ignores the queries sent after it, open results fail, and COMMIT is
 * refused. If the connection is lost between COMMIT and its response, the outcome is unknown.
 */

import type { Connection, ConnectionUser } from '../bolt/connection.ts'
import { begin, commit, rollback, run } from '../bolt/requests.ts'
import { type Metadata, type Outcome, type Refusal, Reply, SummaryHandler } from '../bolt/responses.ts'
import type { CallObserver, RequestObserver } from '../diagnostics/observer.ts'
import { IncompleteCommit, ResultFailedError, ServiceUnavailable, TransactionError } from '../errors/index.ts'
import { clock } from '../time/clock.ts'
import { type Abortable, onAbort } from '../time/on-abort.ts'
import type { IntegerMode } from '../values/integer.ts'
import { limitBookmarkWait } from './bookmark-wait.ts'
import { Cursor, type CursorOwner } from './cursor.ts'
import type { UnitOptions } from './unit-options.ts'

/** Settings of a query of a unit of work that has joined this transaction. */
export interface JoinedQuery {
  /** Gets the end of the query, and passes it on to the transaction. */
  readonly owner: CursorOwner
  readonly fetchSize: number
  readonly integers: IntegerMode
  readonly observer: CallObserver
}

/** The members of a transaction that sessions and handles use. */
export type OpenTransaction = Pick<
  BoltTransaction,
  | 'failure'
  | 'broken'
  | 'lost'
  | 'aborted'
  | 'connection'
  | 'closed'
  | 'run'
  | 'runAlone'
  | 'commit'
  | 'rollback'
  | 'close'
  | 'giveUpIfFailed'
>

type State = 'open' | 'failed' | 'ending' | 'closed'

export class BoltTransaction implements CursorOwner, ConnectionUser {
  /**
   * Why the transaction can run no more queries. With {@link aborted} it is the reason of the signal, which may be any value and
   * even null: use {@link broken} to test for a failure.
   */
  failure: Error | null = null
  /** Whether the failure is the reason of the caller's signal or a timeout that aborted the transaction. */
  aborted = false
  readonly #connection: Connection
  readonly #options: UnitOptions
  readonly #cursors: Cursor[] = []
  #state: State = 'open'
  #begun: Promise<void> | null = null
  #wakeBegun: (() => void) | null = null
  #beginAnswered = false
  /** The reply to a COMMIT that was sent together with the query. */
  #committing: Reply | null = null
  /** The reply to COMMIT or ROLLBACK that a caller waits for. */
  #ending: Reply | null = null
  #released = false
  #stopListening: (() => void) | null = null
  readonly #beginObserver: RequestObserver
  #stopWaiting: (() => void) | null = null

  /**
   * Queues BEGIN, which is sent by `begun` or together with the first query.
   * @throws ParameterError for metadata that can't be sent; the connection is released
   */
  constructor(connection: Connection, options: UnitOptions) {
    this.#connection = connection
    this.#options = options
    const { settings } = options
    connection.user = this
    const observer = options.observer.begin(connection, settings)
    this.#beginObserver = observer
    try {
      // The signal may have aborted after the connection was acquired.
      options.signal?.throwIfAborted()
      options.telemetry.send(connection)
      connection.send(begin(connection.version, observer.sent(settings)), new BeginHandler(this))
    } catch (error) {
      observer.failed(error)
      this.#release()
      throw error
    }
    this.#stopWaiting = limitBookmarkWait(options.settings.bookmarks, options.bookmarkTimeout, (error) =>
      this.abort(error),
    )
    this.#listen(options.signal)
  }

  get connection(): Connection {
    return this.#connection
  }

  /** Whether the transaction was committed, rolled back or aborted. */
  get closed(): boolean {
    return this.#state === 'closed'
  }

  /** Whether the transaction has failed and can run no more queries; {@link failure} is the reason. */
  get broken(): boolean {
    return this.aborted || this.failure !== null
  }

  /** Whether the failure is the loss of the connection. */
  get lost(): boolean {
    return this.failure !== null && this.failure === this.#connection.endedBy
  }

  /** Waits until the server has begun the transaction. */
  async begun(): Promise<void> {
    this.#connection.flush()
    if (!this.#beginAnswered && !this.broken) {
      this.#begun ??= new Promise((resolve) => {
        this.#wakeBegun = resolve
      })
      await this.#begun
    }
    if (!this.broken) return
    this.#close()
    throw this.failure
  }

  /**
   * Sends a query and the first PULL, without waiting for a response.
   * @throws TransactionError when the transaction has ended or failed
   * @throws ParameterError if a parameter can't be packed; the transaction stays usable
   */
  run(text: string, parameters: unknown): Cursor {
    return this.#run(text, parameters, this.#options.fetchSize, false)
  }

  /**
   * Sends the only query of a read transaction, a PULL for all records and COMMIT in one write: the whole transaction takes one
   * round trip. {@link commit} waits for the reply. Don't use it for writes: if the connection is lost at any point, it is
   * unknown whether the server committed, so the transaction can't be retried.
   */
  runAlone(text: string, parameters: unknown): Cursor {
    return this.#run(text, parameters, -1, true)
  }

  /** Runs a query for a unit of work that has joined this transaction. */
  runFor(text: string, parameters: unknown, joined: JoinedQuery): Cursor {
    return this.#run(text, parameters, joined.fetchSize, false, joined)
  }

  #run(
    text: string,
    parameters: unknown,
    fetchSize: number,
    alone: boolean,
    joined: JoinedQuery | null = null,
  ): Cursor {
    this.assertOpen()
    const connection = this.#connection
    const { observer, integers } = joined ?? this.#options
    const query = observer.query(connection, text, parameters, this.#options.settings, false)
    const cursor = new Cursor(connection, joined === null ? this : joined.owner, fetchSize, integers, query)
    const checkpoint = connection.checkpoint()
    try {
      // A subscriber may have aborted the transaction while the query was published; its connection is released then.
      if (this.aborted) throw this.failure
      cursor.send(run(connection.version, text, parameters, null))
      if (alone && !this.aborted) this.#committing = this.#send(commit)
    } catch (error) {
      query.failed(0, error)
      if (connection.open) connection.rollback(checkpoint)
      throw error
    }
    this.#cursors.push(cursor)
    if (this.aborted) cursor.fail(this.failure as Error, true)
    connection.flush()
    return cursor
  }

  /** @throws TransactionError when the transaction has ended or failed */
  assertOpen(): void {
    if (this.#state === 'open') return
    if (this.#state === 'failed') {
      throw new TransactionError('The transaction has failed and can run no more queries', { cause: this.failure })
    }
    const what = this.#state === 'ending' ? 'is being committed or rolled back' : 'is closed'
    throw new TransactionError(`The transaction ${what}`, this.broken ? { cause: this.failure } : {})
  }

  /**
   * Discards unread records, commits and releases the connection.
   * @throws BookmarkUpdateError when the bookmark manager fails; the transaction is committed
   * @throws IncompleteCommit when the connection of a write transaction is lost before the server answers COMMIT
   */
  async commit(): Promise<void> {
    if (this.#state === 'failed') {
      const failure = this.failure
      this.#close()
      throw new TransactionError("The transaction has failed and can't be committed", { cause: failure })
    }
    this.assertOpen()
    this.#state = 'ending'
    let metadata: Metadata
    try {
      if (!this.#exhausted) await this.#discardOpen()
      if (this.broken) throw this.failure
      // An abort after the COMMIT of a write would leave the outcome unknown, so the signal is ignored. A read has no such risk.
      if (this.#options.settings.mode === 'WRITE') this.#stopListening?.()
      const observer = this.#options.observer.end('COMMIT', this.#connection)
      metadata = this.#reply(await this.#ask(commit, observer), commit, observer)
    } catch (error) {
      this.#ended(error)
      throw error
    } finally {
      this.#close()
    }
    const updating = this.#options.bookmarks.update(this.#options.settings.bookmarks, metadata['bookmark'])
    if (updating !== undefined) await updating
  }

  /**
   * Rolls back and releases the connection. Sends nothing if the transaction has ended or failed: the server has already rolled
   * back a failed one.
   */
  async rollback(): Promise<void> {
    if (this.#state === 'failed' || this.#state === 'closed') return this.#close()
    // The COMMIT of a read transaction is pending: there is nothing to roll back.
    if (this.#committing !== null) return this.commit()
    this.assertOpen()
    this.#state = 'ending'
    const { rollbackTimeout } = this.#options
    const limit = clock.setTimeout(() => this.#connection.destroy(rollbackTimedOut(rollbackTimeout)), rollbackTimeout)
    try {
      await this.#discardOpen()
      if (this.lost) throw this.failure
      // If a query has failed meanwhile, the server has already rolled back.
      if (!this.broken) {
        const observer = this.#options.observer.end('ROLLBACK', this.#connection)
        this.#reply(await this.#ask(rollback, observer), rollback, observer)
      }
    } catch (error) {
      this.#ended(error)
      // The RESET after an abort rolls back as well.
      if (!this.aborted) throw error
    } finally {
      clock.clearTimeout(limit)
      this.#close()
    }
  }

  /** Rolls back unless the transaction has ended. Ignores a lost connection: the server rolls back when it notices the loss. */
  async close(): Promise<void> {
    if (this.#state === 'failed' || this.#state === 'closed') return this.#close()
    if (this.#state === 'ending') return
    try {
      await this.rollback()
    } catch (error) {
      if (this.#connection.open) throw error
    }
  }

  /** Closes a failed transaction, which releases its connection. Returns whether the transaction is closed. */
  giveUpIfFailed(): boolean {
    if (this.#state !== 'failed') return this.#state === 'closed'
    this.#close()
    return true
  }

  /** Fails the transaction and its results at once. The RESET of the released connection ends running queries on the server. */
  abort(reason: Error): void {
    if (this.#state === 'closed') return
    // A caller that waits for a query gets the reason itself, not an error that wraps it.
    if (!this.broken) {
      this.failure = reason
      this.aborted = true
    }
    for (const cursor of [...this.#cursors]) cursor.fail(reason, true)
    this.#beginObserver.failed(reason)
    this.#close()
    this.#wakeBegun?.()
    this.#ending?.giveUp(reason)
  }

  /** Fails a transaction whose connection was lost while no response was pending; the server has rolled back. */
  connectionLost(error: Error): void {
    // The reply to COMMIT or ROLLBACK has already reported the loss.
    if (this.#state === 'ending' || this.#state === 'closed') return
    this.#fail(error)
    this.#endCall()
    this.#release()
  }

  /** Handles the response to BEGIN: either metadata or an error. */
  beginAnswered(metadata: Metadata | null, error: Error | null): void {
    if (error === null) this.#beginObserver.succeeded()
    else {
      this.#beginObserver.failed(error)
      this.#fail(error)
    }
    if (typeof metadata?.['db'] === 'string') this.#options.host.resolved(metadata['db'])
    this.#stopWaiting?.()
    this.#beginAnswered = true
    this.#wakeBegun?.()
    this.#wakeBegun = null
  }

  // Ends of queries.

  cursorEnded(cursor: Cursor): void {
    const at = this.#cursors.indexOf(cursor)
    if (at !== -1 && at !== this.#cursors.length - 1) this.#cursors.splice(at, 1)
  }

  cursorFailed(_cursor: Cursor, error: Error): void {
    this.#fail(error)
  }

  ignoredBecause(cause: Error | null): Error {
    const first = this.failure ?? cause
    return new TransactionError('The query was not run because an earlier one of the transaction failed', {
      cause: first,
    })
  }

  qidOf(cursor: Cursor): number {
    return this.#cursors.at(-1) === cursor ? -1 : cursor.qid
  }

  #fail(error: Error): void {
    if (this.broken) return
    this.failure = error
    if (this.#state === 'open') this.#state = 'failed'
    const { lost } = this
    for (const cursor of [...this.#cursors]) {
      if (cursor.settled) continue
      if (lost) {
        cursor.fail(error)
        continue
      }
      const follow =
        cursor.header === null
          ? this.ignoredBecause(error)
          : new ResultFailedError(
              `The result failed because another query of its transaction did (${error.name}): ${error.message}`,
              {
                cause: error,
              },
            )
      cursor.fail(follow, true)
    }
  }

  /** Whether all results have arrived completely. */
  get #exhausted(): boolean {
    for (const cursor of this.#cursors) if (!cursor.ended) return false
    return true
  }

  async #discardOpen(): Promise<void> {
    for (const cursor of this.#cursors) cursor.drop()
    for (const cursor of [...this.#cursors]) await cursor.end()
  }

  /** Records the failure of COMMIT or ROLLBACK. */
  #ended(error: unknown): void {
    if (!this.broken) this.failure = error as Error
  }

  /** The metadata of the reply to COMMIT or ROLLBACK. @throws the failure otherwise */
  #reply(outcome: Outcome, request: typeof commit, observer: RequestObserver): Metadata {
    try {
      const metadata = this.#metadataIn(outcome, request)
      this.#options.observer.settled(request === commit ? 'committed' : 'rolledBack')
      observer.succeeded()
      return metadata
    } catch (error) {
      observer.failed(error)
      throw error
    }
  }

  /** Sends COMMIT or ROLLBACK unless COMMIT was sent with the query, and returns its outcome. */
  #ask(request: typeof commit, observer: RequestObserver): Promise<Outcome> {
    try {
      this.#ending = this.#committing ?? this.#send(request)
      this.#connection.flush()
      return this.#ending.outcome
    } catch (error) {
      observer.failed(error)
      throw error
    }
  }

  #metadataIn(outcome: Outcome, request: typeof commit): Metadata {
    if (outcome.how === 'success') return outcome.metadata
    // The reason of the signal may be any value.
    if (this.aborted) throw this.failure
    // The server refuses writes in a read transaction, so its outcome doesn't matter and it can be retried.
    if (outcome.how !== 'lost' || request !== commit || this.#options.settings.mode === 'READ') throw outcome.error
    throw new IncompleteCommit(
      'The connection was lost after COMMIT was sent and before its answer arrived: the transaction may or may not have been committed. Check its effect before running it again',
      { cause: outcome.error, accessMode: this.#options.settings.mode },
    )
  }

  #send(request: typeof commit): Reply {
    // The connection may have been released meanwhile and be leased by another caller.
    if (this.#released) throw this.failure
    const reply = new Reply()
    this.#connection.send(request, reply)
    return reply
  }

  #close(): void {
    this.#state = 'closed'
    this.#endCall()
    this.#release()
  }

  /** Ends the call of an explicit transaction; an attempt of a managed one is ended by its unit of work. */
  #endCall(): void {
    if (this.broken) this.#options.observer.failed(this.failure)
    else this.#options.observer.ended()
  }

  #release(): void {
    if (this.#released) return
    this.#released = true
    this.#connection.user = null
    this.#stopListening?.()
    this.#stopWaiting?.()
    this.#options.host.release(this.#connection)
  }

  #listen(signal: Abortable | undefined): void {
    if (signal === undefined) return
    this.#stopListening = onAbort(signal, () => this.abort(signal.reason))
  }
}

function rollbackTimedOut(ms: number): ServiceUnavailable {
  return new ServiceUnavailable(
    `The server did not answer ROLLBACK within ${ms} ms (rollbackTimeout). The driver closed the connection, so the server rolls back`,
  )
}

class BeginHandler extends SummaryHandler {
  readonly #transaction: BoltTransaction

  constructor(transaction: BoltTransaction) {
    super()
    this.#transaction = transaction
  }

  success(metadata: Metadata): void {
    this.#transaction.beginAnswered(metadata, null)
  }

  refused(_how: Refusal, error: Error | null): void {
    this.#transaction.beginAnswered(
      null,
      error ?? new TransactionError('The server ignored BEGIN because the connection was reset'),
    )
  }
}
