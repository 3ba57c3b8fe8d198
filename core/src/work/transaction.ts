/**
 * One explicit transaction on one connection: BEGIN, any number of queries (pipelined in the order of the calls), COMMIT
 * or ROLLBACK. Whatever happens, the connection is given back exactly once.
 *
 * The first failure decides: queries sent behind it are ignored by the server, open results can't be read on, and there
 * is nothing left to commit. A connection that dies between COMMIT and its answer leaves the outcome unknown.
 */

import type { Connection, ConnectionUser } from '../bolt/connection.ts'
import { begin, commit, rollback, run, type TransactionSettings } from '../bolt/requests.ts'
import { type Metadata, type Outcome, type Refusal, Reply, SummaryHandler } from '../bolt/responses.ts'
import { begin as beginStep, channels, fail, failQuery, finish } from '../diagnostics/channels.ts'
import { OperationMessage, QueryMessage, TransactionMessage, type WorkParent } from '../diagnostics/messages.ts'
import { IncompleteCommit, ResultFailedError, ServiceUnavailable, TransactionError } from '../errors/index.ts'
import { clock } from '../time/clock.ts'
import { type Abortable, onAbort } from '../time/on-abort.ts'
import type { IntegerMode } from '../values/integer.ts'
import { limitBookmarkWait } from './bookmark-wait.ts'
import { Cursor, type CursorOwner } from './cursor.ts'
import type { WorkHost } from './host.ts'
import type { SessionBookmarks } from './session-bookmarks.ts'
import type { Telemetry } from './telemetry.ts'

export interface TransactionOptions {
  readonly settings: TransactionSettings
  readonly fetchSize: number
  readonly integers: IntegerMode
  readonly bookmarks: SessionBookmarks
  readonly telemetry: Telemetry
  readonly signal: Abortable | undefined
  /** For how many ms the server may take to catch up with the bookmarks. */
  readonly bookmarkTimeout: number
  /** How many ms {@link TransactionWork.rollback} waits for the server. */
  readonly rollbackTimeout: number
  readonly host: WorkHost
  /** What the transaction belongs to, for those who watch. */
  readonly traced: WorkParent | null
}

/** A query of work that shares the transaction with other work. */
export interface JoinedQuery {
  /** What becomes of the query is reported there, which passes it on. */
  readonly owner: CursorOwner
  readonly fetchSize: number
  readonly integers: IntegerMode
  readonly traced: WorkParent | null
}

/** What the driver's handles use of a transaction. */
export type OpenTransaction = Pick<
  TransactionWork,
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

export class TransactionWork implements CursorOwner, ConnectionUser {
  /** Why nothing more can be done in this transaction; with {@link aborted} any value, also null. Ask {@link broken} whether there is one. */
  failure: Error | null = null
  /** The failure is the reason of the caller's signal. */
  aborted = false
  readonly #connection: Connection
  readonly #options: TransactionOptions
  readonly #cursors: Cursor[] = []
  #state: State = 'open'
  #begun: Promise<void> | null = null
  #wakeBegun: (() => void) | null = null
  #beginAnswered = false
  /** The answer to a COMMIT that went out together with the query. */
  #committing: Reply | null = null
  /** The answer to COMMIT or ROLLBACK that a caller waits for. */
  #ending: Reply | null = null
  #released = false
  #stopListening: (() => void) | null = null
  readonly #tracedBegin: TransactionMessage | null
  #stopWaiting: (() => void) | null = null

  /**
   * Sends BEGIN, which leaves with the first query unless `begun` is awaited.
   * @throws ParameterError for metadata that can't be sent; the connection is given back.
   */
  constructor(connection: Connection, options: TransactionOptions) {
    this.#connection = connection
    this.#options = options
    const { settings, traced } = options
    const step = traced === null ? null : new TransactionMessage(traced, 'BEGIN', connection.peer, settings)
    this.#tracedBegin = step
    connection.user = this
    if (step !== null) beginStep(channels.transaction, step)
    try {
      // It may have aborted since the connection was handed over.
      options.signal?.throwIfAborted()
      options.telemetry.send(connection)
      const sent = step === null ? settings : { ...settings, metadata: step.metadata }
      connection.send(begin(connection.version, sent), new BeginHandler(this))
    } catch (error) {
      if (step !== null) fail(channels.transaction, step, error)
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

  /** Committed, rolled back, or given up. */
  get closed(): boolean {
    return this.#state === 'closed'
  }

  /** Nothing more can be done in this transaction, because of {@link failure}. */
  get broken(): boolean {
    return this.aborted || this.failure !== null
  }

  /** The failure is the loss of the connection. */
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
   * Sends a query and the first PULL, without waiting for an answer.
   * @throws TransactionError when the transaction is over.
   * @throws ParameterError where a parameter can't be packed; the transaction stays usable.
   */
  run(text: string, parameters: unknown): Cursor {
    return this.#run(text, parameters, this.#options.fetchSize, false)
  }

  /**
   * Sends the only query of a transaction that reads, asks for all it gives, and sends COMMIT, in one write: the whole
   * transaction is one round trip. {@link commit} waits for the answer. For a transaction that writes this would be wrong:
   * wherever its connection died, nobody would know whether it had been committed, and it couldn't be done again.
   */
  runAlone(text: string, parameters: unknown): Cursor {
    return this.#run(text, parameters, -1, true)
  }

  /** Runs a query on behalf of work that shares this transaction. */
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
    this.demandOpen()
    const connection = this.#connection
    const query = this.#tracedQuery(text, parameters, joined === null ? this.#options.traced : joined.traced)
    const integers = joined === null ? this.#options.integers : joined.integers
    const cursor = new Cursor(connection, joined === null ? this : joined.owner, fetchSize, integers, query)
    const mark = connection.mark()
    try {
      // Whoever watches may have called the transaction off just now: its connection is no longer its own.
      if (this.aborted) throw this.failure
      cursor.send(run(connection.version, text, parameters, null))
      if (alone && !this.aborted) this.#committing = this.#send(commit)
    } catch (error) {
      if (query !== null) failQuery(query, error)
      if (connection.open) connection.rollback(mark)
      throw error
    }
    this.#cursors.push(cursor)
    if (this.aborted) cursor.fail(this.failure as Error, true)
    connection.flush()
    return cursor
  }

  /** @throws TransactionError when the transaction is over. */
  demandOpen(): void {
    if (this.#state === 'open') return
    if (this.#state === 'failed') {
      throw new TransactionError('The transaction has failed and can run no more queries', { cause: this.failure })
    }
    const what = this.#state === 'ending' ? 'is being committed or rolled back' : 'is closed'
    throw new TransactionError(`The transaction ${what}`, this.broken ? { cause: this.failure } : {})
  }

  /**
   * Discards what is unread, commits, and gives the connection back.
   * @throws BookmarkUpdateError when the bookmark manager fails: the transaction is committed
   */
  async commit(): Promise<void> {
    if (this.#state === 'failed') {
      const failure = this.failure
      this.#close()
      throw new TransactionError("The transaction has failed and can't be committed", { cause: failure })
    }
    this.demandOpen()
    this.#state = 'ending'
    let metadata: Metadata
    try {
      if (!this.#exhausted) await this.#discardOpen()
      if (this.broken) throw this.failure
      // From its COMMIT on a write is in doubt, so its signal no longer counts. A read can be called off until the answer.
      if (this.#options.settings.mode === 'WRITE') this.#stopListening?.()
      metadata =
        this.#options.traced === null ? this.#metadataIn(await this.#ask(commit), commit) : await this.#finish(commit)
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
   * Undoes everything and gives the connection back. Does nothing in a transaction that has ended: a failed one is undone
   * already.
   */
  async rollback(): Promise<void> {
    if (this.#state === 'failed' || this.#state === 'closed') return this.#close()
    // COMMIT is under way, of a transaction that has only read: there is nothing to undo.
    if (this.#committing !== null) return this.commit()
    this.demandOpen()
    this.#state = 'ending'
    const { rollbackTimeout } = this.#options
    const limit = clock.setTimeout(() => this.#connection.destroy(rollbackTimedOut(rollbackTimeout)), rollbackTimeout)
    try {
      await this.#discardOpen()
      if (this.lost) throw this.failure
      // A transaction whose query has failed meanwhile is undone already.
      if (!this.broken) await this.#finish(rollback)
    } catch (error) {
      this.#ended(error)
      // The RESET that follows an abort undoes everything as well.
      if (!this.aborted) throw error
    } finally {
      clock.clearTimeout(limit)
      this.#close()
    }
  }

  /** Rolls back what is still open. A connection that is lost meanwhile has taken the transaction with it. */
  async close(): Promise<void> {
    if (this.#state === 'failed' || this.#state === 'closed') return this.#close()
    if (this.#state === 'ending') return
    try {
      await this.rollback()
    } catch (error) {
      if (this.#connection.open) throw error
    }
  }

  /** Gives the connection of a failed transaction back; false where it hasn't failed. */
  giveUpIfFailed(): boolean {
    if (this.#state !== 'failed') return this.#state === 'closed'
    this.#close()
    return true
  }

  /** Gives up at once, whatever the reason is: the connection's reset ends on the server whatever still runs. */
  abort(reason: Error): void {
    if (this.#state === 'closed') return
    // A caller that waits for a query gets the reason itself: nothing failed, the query was given up.
    if (!this.broken) {
      this.failure = reason
      this.aborted = true
    }
    for (const cursor of [...this.#cursors]) cursor.fail(reason, true)
    if (this.#tracedBegin !== null) fail(channels.transaction, this.#tracedBegin, reason)
    this.#close()
    this.#wakeBegun?.()
    this.#ending?.giveUp(reason)
  }

  /** Ends a transaction whose connection is gone while no answer is due: the server has undone it. */
  connectionLost(error: Error): void {
    // An answer to COMMIT or ROLLBACK that was due has been refused already.
    if (this.#state === 'ending' || this.#state === 'closed') return
    this.#fail(error)
    this.#endTraced()
    this.#release()
  }

  /** BEGIN was answered: with an error, or with metadata. */
  beginAnswered(metadata: Metadata | null, error: Error | null): void {
    if (this.#tracedBegin !== null) {
      if (error === null) finish(channels.transaction, this.#tracedBegin)
      else fail(channels.transaction, this.#tracedBegin, error)
    }
    if (error !== null) this.#fail(error)
    if (typeof metadata?.['db'] === 'string') this.#options.host.resolved(metadata['db'])
    this.#stopWaiting?.()
    this.#beginAnswered = true
    this.#wakeBegun?.()
    this.#wakeBegun = null
  }

  // What becomes of the queries.

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

  /** Whether all there is of all results has come. */
  get #exhausted(): boolean {
    for (const cursor of this.#cursors) if (!cursor.ended) return false
    return true
  }

  async #discardOpen(): Promise<void> {
    for (const cursor of this.#cursors) cursor.drop()
    for (const cursor of [...this.#cursors]) await cursor.end()
  }

  /** COMMIT or ROLLBACK has come to no good end. */
  #ended(error: unknown): void {
    if (!this.broken) this.failure = error as Error
  }

  /** Sends COMMIT or ROLLBACK and waits for the answer. */
  async #finish(request: typeof commit): Promise<Metadata> {
    const { traced } = this.#options
    if (traced === null) return this.#metadataIn(await this.#ask(request), request)
    const name = request === commit ? 'COMMIT' : 'ROLLBACK'
    const step = new TransactionMessage(traced, name, this.#connection.peer)
    beginStep(channels.transaction, step)
    try {
      const metadata = this.#metadataIn(await this.#ask(request), request)
      traced.outcome = request === commit ? 'committed' : 'rolledBack'
      finish(channels.transaction, step)
      return metadata
    } catch (error) {
      fail(channels.transaction, step, error)
      throw error
    }
  }

  /** Sends COMMIT or ROLLBACK, unless that has been done, and gives what becomes of it. */
  #ask(request: typeof commit): Promise<Outcome> {
    this.#ending = this.#committing ?? this.#send(request)
    this.#connection.flush()
    return this.#ending.outcome
  }

  #metadataIn(outcome: Outcome, request: typeof commit): Metadata {
    if (outcome.how === 'success') return outcome.metadata
    // Also where the reason of the signal is no error.
    if (this.aborted) throw this.failure
    // The server refuses writes in a transaction that reads: nothing is in doubt, and it can be done again.
    if (outcome.how !== 'lost' || request !== commit || this.#options.settings.mode === 'READ') throw outcome.error
    throw new IncompleteCommit(
      'The connection was lost after COMMIT was sent and before its answer came: the transaction may or may not have been committed. Check its effect before doing it again',
      { cause: outcome.error, accessMode: this.#options.settings.mode },
    )
  }

  #send(request: typeof commit): Reply {
    // The connection may have been given back meanwhile, and belong to another caller.
    if (this.#released) throw this.failure
    const reply = new Reply()
    this.#connection.send(request, reply)
    return reply
  }

  #close(): void {
    this.#state = 'closed'
    this.#endTraced()
    this.#release()
  }

  #tracedQuery(text: string, parameters: unknown, traced: WorkParent | null): QueryMessage | null {
    if (traced === null) return null
    const { mode, database } = this.#options.settings
    const server = this.#connection.peer
    const query = new QueryMessage(traced, { text, parameters, mode, database, server, autoCommit: null })
    beginStep(channels.query, query)
    return query
  }

  /** The end of a transaction that the user ends himself is the end of its operation; an attempt ends with its work. */
  #endTraced(): void {
    const { traced } = this.#options
    if (!(traced instanceof OperationMessage)) return
    if (this.broken) fail(channels.operation, traced, this.failure)
    else finish(channels.operation, traced)
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
    `The server did not answer ROLLBACK within ${ms} ms (rollbackTimeout). The connection was destroyed, with which the server rolls back`,
  )
}

class BeginHandler extends SummaryHandler {
  readonly #transaction: TransactionWork

  constructor(transaction: TransactionWork) {
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
