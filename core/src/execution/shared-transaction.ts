/**
 * One transaction that all units of work of a driver join, so that a test can roll everything back at its end. Each unit of
 * work keeps its own handles, results, fetch size and integer mode; its BEGIN and COMMIT are not sent.
 *
 * Neo4j has no savepoints. After a failed query the server runs no more queries of the transaction, and the writes of one
 * unit of work can't be rolled back alone. Queries that would see writes that should have been rolled back are refused.
 */

import type { CallObserver } from '../diagnostics/observer.ts'
import { ConfigurationError, TransactionError, TransactionNestingError } from '../errors/index.ts'
import { type Abortable, onAbort } from '../time/on-abort.ts'
import { waitFor } from '../time/wait-for.ts'
import type { Auth } from '../values/auth.ts'
import type { IntegerMode } from '../values/integer.ts'
import type { AutoCommitQuery } from './auto-commit-query.ts'
import type { BoltTransaction, OpenTransaction } from './bolt-transaction.ts'
import type { Cursor, CursorOwner } from './cursor.ts'

/** The settings of a unit of work that joins the transaction. */
export interface JoiningCall {
  readonly database: string | null
  readonly impersonatedUser: string | null
  /** Credentials of the session; null means those of the driver. */
  readonly auth: Auth | null
  readonly fetchSize: number
  readonly integers: IntegerMode
  readonly signal: Abortable | undefined
  readonly observer: CallObserver
  /** Begins the shared transaction; called for the first unit of work. */
  readonly begin: () => Promise<BoltTransaction>
}

/** The members of an auto-commit query that sessions use. */
export type AcceptedQuery = Pick<AutoCommitQuery, 'cursor' | 'connection' | 'bookmarked'>

type Metadata = Parameters<CursorOwner['cursorEnded']>[1]
type Place = Pick<JoiningCall, 'database' | 'impersonatedUser' | 'auth'>

export class SharedTransaction {
  #beginning: Promise<BoltTransaction> | null = null
  #transaction: BoltTransaction | null = null
  /** Database, user and credentials of the unit of work that began the transaction. */
  #place: Place | null = null
  /** The name of the database, once the server has sent it. */
  #database: string | null = null
  /** Why the driver refuses further queries, although the server would run them. */
  #barred: Error | null = null
  #ended = false
  readonly #joined = new Set<JoinedTransaction>()

  /** Joins a unit of work; the first one begins the transaction. */
  async join(work: JoiningCall): Promise<JoinedTransaction> {
    work.signal?.throwIfAborted()
    const transaction = await waitFor(this.#begun(work), work.signal)
    this.#assertPlace(work)
    this.assertUsable()
    const joined = new JoinedTransaction(this, transaction, work)
    this.#joined.add(joined)
    return joined
  }

  /** Runs an auto-commit query and waits until the server has accepted it. */
  async run(work: JoiningCall, text: string, parameters: unknown): Promise<AcceptedQuery> {
    const joined = await this.join(work)
    try {
      const cursor = joined.runOnly(text, parameters)
      await cursor.ready()
      return { cursor, connection: joined.connection, bookmarked: () => undefined }
    } catch (error) {
      joined.giveUp(error)
      throw error
    }
  }

  /** Rolls everything back. Units of work that have not ended fail. */
  async end(): Promise<void> {
    this.#ended = true
    // The unit of work that sent BEGIN has already received its failure.
    const transaction = await this.#beginning?.catch(() => null)
    for (const joined of [...this.#joined]) joined.giveUp(endedError())
    await transaction?.close()
  }

  /** Why the server runs no more queries of the transaction; null while it does. */
  get failure(): Error | null {
    return this.#transaction?.failure ?? null
  }

  left(joined: JoinedTransaction): void {
    this.#joined.delete(joined)
  }

  resolved(database: string): void {
    this.#database ??= database
  }

  /** Refuses further queries, because a unit of work that had written was rolled back. */
  bar(): void {
    this.#barred ??= new TransactionError(
      'A transaction inside of runInRollback() was rolled back after it had written. Neo4j has no savepoints, so the writes of one part of the transaction cannot be rolled back alone and later queries would see them. Run what follows in a runInRollback() of its own',
    )
  }

  /** @throws TransactionError if no more queries may be run */
  assertUsable(): void {
    this.assertGoingOn()
    if (this.failure !== null) {
      throw new TransactionError(
        'The transaction of runInRollback() has failed, and Neo4j runs no more queries in it. Run what follows a failed query in a runInRollback() of its own (the cause is the failure)',
        { cause: this.failure },
      )
    }
    if (this.#barred !== null) throw this.#barred
  }

  /** @throws TransactionError if the transaction has been rolled back */
  assertGoingOn(): void {
    if (this.#ended) throw endedError()
  }

  #begun(work: JoiningCall): Promise<BoltTransaction> {
    this.assertGoingOn()
    this.#beginning ??= this.#begin(work)
    return this.#beginning
  }

  async #begin(work: JoiningCall): Promise<BoltTransaction> {
    this.#place = work
    try {
      this.#transaction = await work.begin()
      return this.#transaction
    } catch (error) {
      // The server began nothing, so the next unit of work may try again.
      this.#beginning = null
      this.#place = null
      throw error
    }
  }

  #assertPlace(work: Place): void {
    const place = this.#place as Place
    const resolved = this.#database?.toLowerCase()
    if (work.database !== place.database && (work.database === null || work.database.toLowerCase() !== resolved)) {
      throw mismatch('database', named(work.database, 'the home database'), named(place.database, 'the home database'))
    }
    if (work.impersonatedUser !== place.impersonatedUser) {
      throw mismatch('impersonatedUser', named(work.impersonatedUser, 'none'), named(place.impersonatedUser, 'none'))
    }
    const { auth } = place
    if (auth === work.auth || work.auth?.equals(auth)) return
    throw mismatch('auth', work.auth === null ? "the driver's" : 'another', auth === null ? "the driver's" : 'its own')
  }
}

/** The part of the shared transaction that one unit of work uses as its transaction. */
export class JoinedTransaction implements OpenTransaction, CursorOwner {
  aborted = false
  readonly #shared: SharedTransaction
  readonly #transaction: BoltTransaction
  readonly #work: JoiningCall
  readonly #cursors = new Set<Cursor>()
  #failure: Error | null = null
  #wrote = false
  #state: 'open' | 'ending' | 'closed' = 'open'
  /** The query of an auto-commit unit of work, which ends with it. */
  #only: Cursor | null = null
  #stopListening: (() => void) | null = null

  constructor(shared: SharedTransaction, transaction: BoltTransaction, work: JoiningCall) {
    this.#shared = shared
    this.#transaction = transaction
    this.#work = work
    if (work.signal !== undefined) {
      const { signal } = work
      this.#stopListening = onAbort(signal, () => this.#abort(signal.reason))
    }
  }

  get connection(): BoltTransaction['connection'] {
    return this.#transaction.connection
  }

  get failure(): Error | null {
    return this.#failure ?? (this.#state === 'closed' ? null : this.#shared.failure)
  }

  /** Whether it has failed and can run no more queries; {@link failure} is the reason. */
  get broken(): boolean {
    return this.aborted || this.failure !== null
  }

  /** Whether the failure is the loss of the connection. */
  get lost(): boolean {
    return this.#state !== 'closed' && this.#transaction.lost
  }

  get closed(): boolean {
    return this.#state === 'closed'
  }

  run(text: string, parameters: unknown): Cursor {
    return this.#run(text, parameters, this.#work.fetchSize)
  }

  runAlone(text: string, parameters: unknown): Cursor {
    return this.#run(text, parameters, -1)
  }

  /** Runs an auto-commit query; the unit of work ends with it. */
  runOnly(text: string, parameters: unknown): Cursor {
    const cursor = this.run(text, parameters)
    this.#only = cursor
    return cursor
  }

  /** Discards unread records and ends this unit of work. Its writes stay until the shared transaction is rolled back. */
  async commit(): Promise<void> {
    if (this.#state === 'open' && this.failure !== null) {
      const cause = this.failure
      this.#close(cause)
      throw new TransactionError("The transaction has failed and can't be committed", { cause })
    }
    this.#assertOpen()
    this.#state = 'ending'
    await this.#discardOpen()
    const { failure, broken } = this
    if (!broken) this.#work.observer.settled('committed')
    this.#close(failure)
    if (broken) throw failure
  }

  /** Ends this unit of work. If it has written, the shared transaction runs no more queries: see {@link SharedTransaction.bar}. */
  async rollback(): Promise<void> {
    if (this.#state === 'closed') return
    this.#state = 'ending'
    await this.#discardOpen()
    if (this.#wrote) this.#shared.bar()
    const { failure, broken } = this
    if (!broken) this.#work.observer.settled('rolledBack')
    this.#close(failure)
  }

  close(): Promise<void> {
    return this.#state === 'open' ? this.rollback() : Promise.resolve()
  }

  giveUpIfFailed(): boolean {
    if (this.#state === 'open' && this.failure !== null) this.#close(this.failure)
    return this.#state === 'closed'
  }

  /** Ends this unit of work with `error`. */
  giveUp(error: unknown): void {
    this.#failure ??= error as Error
    this.#close(error)
  }

  // Ends of queries.

  cursorEnded(cursor: Cursor, metadata: Metadata): void {
    this.#cursors.delete(cursor)
    const database = metadata['db'] ?? cursor.header?.['db']
    if (typeof database === 'string') this.#shared.resolved(database)
    this.#wrote ||= containsUpdates(metadata['stats'])
    this.#transaction.cursorEnded(cursor)
    if (cursor !== this.#only) return
    this.#work.observer.settled('committed')
    this.#close(null)
  }

  cursorFailed(cursor: Cursor, error: Error): void {
    this.#cursors.delete(cursor)
    this.#transaction.cursorFailed(cursor, error)
    if (cursor === this.#only) this.#close(error)
  }

  ignoredBecause(cause: Error | null): Error {
    return this.#transaction.ignoredBecause(cause)
  }

  qidOf(cursor: Cursor): number {
    return this.#transaction.qidOf(cursor)
  }

  #run(text: string, parameters: unknown, fetchSize: number): Cursor {
    this.#assertOpen()
    this.#shared.assertUsable()
    const { integers, observer } = this.#work
    const cursor = this.#transaction.runFor(text, parameters, { owner: this, fetchSize, integers, observer })
    if (!cursor.settled) this.#cursors.add(cursor)
    return cursor
  }

  #assertOpen(): void {
    if (this.#state === 'open') return
    this.#shared.assertGoingOn()
    throw new TransactionError('The transaction is closed', this.#failure === null ? {} : { cause: this.#failure })
  }

  async #discardOpen(): Promise<void> {
    for (const cursor of this.#cursors) cursor.drop()
    for (const cursor of [...this.#cursors]) await cursor.end()
  }

  /** Handles the caller's signal. Only the end of the whole transaction stops a running query. */
  #abort(reason: Error): void {
    if (this.#state === 'closed') return
    this.#failure = reason
    this.aborted = true
    if (this.#cursors.size > 0) this.#transaction.abort(reason)
    else if (this.#wrote) this.#shared.bar()
    this.#close(reason)
  }

  #close(error: unknown): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#stopListening?.()
    this.#shared.left(this)
    if (error === null && !this.aborted) this.#work.observer.ended()
    // If the server has not accepted the auto-commit query, `session.run` reports the failure.
    else if (this.#only === null || this.#only.header !== null) this.#work.observer.failed(error)
  }
}

/** @throws TransactionNestingError if the driver already has a shared transaction */
export function assertNoOther(other: SharedTransaction | null): void {
  if (other === null) return
  throw new TransactionNestingError(
    'runInRollback() was called while another runs on the same driver. All work of a driver joins one transaction: await the first call before the second, or merge the two',
  )
}

function containsUpdates(stats: unknown): boolean {
  if (typeof stats !== 'object' || stats === null) return false
  const figures = stats as { readonly [name: string]: unknown }
  return figures['contains-updates'] === true || Object.values(figures).some((figure) => Number(figure) > 0)
}

function endedError(): TransactionError {
  return new TransactionError(
    'The transaction was rolled back at the end of runInRollback(). Await all work inside of it',
  )
}

function mismatch(setting: string, asked: string, open: string): ConfigurationError {
  return new ConfigurationError(
    `Inside of runInRollback() all work joins one transaction, begun with ${setting} ${open}; this call asks for ${asked}. Use the same ${setting} in all of them`,
  )
}

function named(value: string | null, otherwise: string): string {
  return value === null ? otherwise : `'${value}'`
}
