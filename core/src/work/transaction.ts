/**
 * One explicit transaction on one connection: BEGIN, any number of queries (pipelined in the order of the calls), COMMIT
 * or ROLLBACK. Whatever happens, the connection is given back exactly once.
 *
 * The first failure decides: queries sent behind it are ignored by the server, open results can't be read on, and there
 * is nothing left to commit. A connection that dies between COMMIT and its answer leaves the outcome unknown.
 */

import type { Connection } from '../bolt/connection.ts'
import { begin, commit, rollback, run, type TransactionSettings } from '../bolt/requests.ts'
import { type Metadata, type Outcome, type Refusal, Reply, SummaryHandler } from '../bolt/responses.ts'
import { begin as beginStep, channels, fail, failQuery, finish } from '../diagnostics/channels.ts'
import { OperationMessage, QueryMessage, TransactionMessage, type WorkParent } from '../diagnostics/messages.ts'
import { IncompleteCommit, ResultFailedError, ServiceUnavailable, TransactionError } from '../errors/index.ts'
import { clock } from '../time/clock.ts'
import { onAbort } from '../time/on-abort.ts'
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
  readonly signal: AbortSignal | undefined
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

export class TransactionWork implements CursorOwner {
  /** Why nothing more can be done in this transaction. */
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

  /** Waits until the server has begun the transaction. */
  async begun(): Promise<void> {
    this.#connection.flush()
    if (!this.#beginAnswered && this.failure === null) {
      this.#begun ??= new Promise((resolve) => {
        this.#wakeBegun = resolve
      })
      await this.#begun
    }
    if (this.failure === null) return
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
    throw this.#state === 'failed'
      ? new TransactionError('The transaction has failed and can run no more queries', { cause: this.failure })
      : new TransactionError('The transaction is closed', this.failure === null ? {} : { cause: this.failure })
  }

  /** Discards what is unread, commits, and gives the connection back. */
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
      this.#stopListening?.()
      metadata =
        this.#options.traced === null ? this.#metadataIn(await this.#ask(commit), commit) : await this.#finish(commit)
    } finally {
      this.#close()
    }
    const updating = this.#options.bookmarks.update(this.#options.settings.bookmarks, metadata['bookmark'])
    if (updating !== undefined) await updating
  }

  /** Undoes everything and gives the connection back. A failed transaction is undone already. */
  async rollback(): Promise<void> {
    if (this.#state === 'failed') return this.#close()
    // COMMIT is under way, of a transaction that has only read: there is nothing to undo.
    if (this.#committing !== null) return this.commit()
    this.demandOpen()
    this.#state = 'ending'
    const { rollbackTimeout } = this.#options
    const limit = clock.setTimeout(() => this.#connection.destroy(rollbackTimedOut(rollbackTimeout)), rollbackTimeout)
    try {
      await this.#discardOpen()
      await this.#finish(rollback)
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

  /** Gives up at once: the connection's reset ends on the server whatever still runs. */
  abort(reason: Error): void {
    if (this.#state === 'closed') return
    // Whoever waits for a query gets the reason itself: nothing failed, it was given up.
    if (this.failure === null) {
      this.failure = reason
      this.aborted = true
    }
    for (const cursor of [...this.#cursors]) cursor.fail(reason, true)
    this.#endTracedBegin(reason)
    this.#close()
    this.#wakeBegun?.()
  }

  /** BEGIN was answered: with an error, or with metadata. */
  beginAnswered(metadata: Metadata | null, error: Error | null): void {
    this.#endTracedBegin(error)
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
    if (this.failure !== null) return
    this.failure = error
    if (this.#state === 'open') this.#state = 'failed'
    for (const cursor of [...this.#cursors]) {
      if (cursor.settled) continue
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
    if (this.failure !== null) throw this.failure
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
      this.#endTraced(error)
      throw error
    }
  }

  /** Sends COMMIT or ROLLBACK, unless that has been done, and gives what becomes of it. */
  #ask(request: typeof commit): Promise<Outcome> {
    const reply = this.#committing ?? this.#send(request)
    this.#connection.flush()
    return reply.outcome
  }

  #metadataIn(outcome: Outcome, request: typeof commit): Metadata {
    if (outcome.how === 'success') return outcome.metadata
    // What was sent together with its COMMIT only reads: nothing is in doubt.
    if (outcome.how !== 'lost' || request !== commit || this.#committing !== null) throw outcome.error
    throw new IncompleteCommit(
      'The connection was lost after COMMIT was sent and before its answer came: the transaction may or may not have been committed. Check its effect before doing it again',
      { cause: outcome.error, accessMode: this.#options.settings.mode },
    )
  }

  #send(request: typeof commit): Reply {
    const reply = new Reply()
    this.#connection.send(request, reply)
    return reply
  }

  #close(): void {
    this.#state = 'closed'
    this.#endTraced(this.failure)
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

  #endTracedBegin(error: Error | null): void {
    const step = this.#tracedBegin
    if (step === null) return
    if (error === null) finish(channels.transaction, step)
    else fail(channels.transaction, step, error)
  }

  /** The end of a transaction that the user ends himself is the end of its operation; an attempt ends with its work. */
  #endTraced(error: unknown): void {
    const { traced } = this.#options
    if (!(traced instanceof OperationMessage)) return
    if (error === null) finish(channels.operation, traced)
    else fail(channels.operation, traced, error)
  }

  #release(): void {
    if (this.#released) return
    this.#released = true
    this.#stopListening?.()
    this.#stopWaiting?.()
    this.#options.host.release(this.#connection)
  }

  #listen(signal: AbortSignal | undefined): void {
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
