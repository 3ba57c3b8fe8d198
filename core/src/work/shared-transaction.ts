/**
 * One transaction that all work of a driver joins, so that a test can undo everything at its end. Work keeps its own handles,
 * results and settings of reading; its BEGIN and COMMIT are not sent.
 *
 * Neo4j has no savepoints. After a failed query the server runs nothing more of the transaction, and what a part of it has
 * written can't be undone alone. Where going on would show a test data that no real run could see, it is refused.
 */

import { channels, fail, finish } from '../diagnostics/channels.ts'
import { OperationMessage, type WorkParent } from '../diagnostics/messages.ts'
import { ConfigurationError, TransactionError, TransactionNestingError } from '../errors/index.ts'
import { type Abortable, onAbort } from '../time/on-abort.ts'
import { waitFor } from '../time/wait-for.ts'
import type { Auth } from '../values/auth.ts'
import type { IntegerMode } from '../values/integer.ts'
import type { AutoCommit } from './auto-commit.ts'
import type { Cursor, CursorOwner } from './cursor.ts'
import type { OpenTransaction, TransactionWork } from './transaction.ts'

/** What work brings along that joins the transaction. */
export interface JoiningWork {
  readonly database: string | null
  readonly impersonatedUser: string | null
  /** Credentials of its own; null: the driver's. */
  readonly auth: Auth | null
  readonly fetchSize: number
  readonly integers: IntegerMode
  readonly signal: Abortable | undefined
  /** What it belongs to, for subscribers of the diagnostics channels. */
  readonly traced: WorkParent | null
  /** Begins the transaction that all join: the first work does. */
  readonly begin: () => Promise<TransactionWork>
}

/** What the handles use of an auto-commit query. */
export type AcceptedQuery = Pick<AutoCommit, 'cursor' | 'connection' | 'bookmarked'>

type Metadata = Parameters<CursorOwner['cursorEnded']>[1]
type Place = Pick<JoiningWork, 'database' | 'impersonatedUser' | 'auth'>

export class SharedTransaction {
  #beginning: Promise<TransactionWork> | null = null
  #transaction: TransactionWork | null = null
  /** Of the work that began the transaction. */
  #place: Place | null = null
  /** The name of its database, once the server has told it. */
  #database: string | null = null
  /** Why nothing more may be run, although the server would run it. */
  #barred: Error | null = null
  #ended = false
  readonly #joined = new Set<JoinedTransaction>()

  /** Begins the transaction where no work has yet. */
  async join(work: JoiningWork): Promise<JoinedTransaction> {
    work.signal?.throwIfAborted()
    const transaction = await waitFor(this.#begun(work), work.signal)
    this.#demandPlace(work)
    this.demandUsable()
    const joined = new JoinedTransaction(this, transaction, work)
    this.#joined.add(joined)
    return joined
  }

  /** Runs an auto-commit query; the server has accepted it then. */
  async run(work: JoiningWork, text: string, parameters: unknown): Promise<AcceptedQuery> {
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

  /** Undoes everything. Work that has not ended can run nothing more. */
  async end(): Promise<void> {
    this.#ended = true
    // A failed BEGIN was reported to the work that it failed.
    const transaction = await this.#beginning?.catch(() => null)
    for (const joined of [...this.#joined]) joined.giveUp(endedError())
    await transaction?.close()
  }

  /** Why the server runs nothing more of the transaction. */
  get failure(): Error | null {
    return this.#transaction?.failure ?? null
  }

  left(joined: JoinedTransaction): void {
    this.#joined.delete(joined)
  }

  resolved(database: string): void {
    this.#database ??= database
  }

  /** Work was rolled back that had written. */
  bar(): void {
    this.#barred ??= new TransactionError(
      'A transaction inside of runInRollback() was rolled back after it had written. Neo4j has one transaction there and no savepoints, so that part alone could not be undone and later queries would see it: give what follows a runInRollback() of its own',
    )
  }

  /** @throws TransactionError where nothing more may be run */
  demandUsable(): void {
    this.demandGoingOn()
    if (this.failure !== null) {
      throw new TransactionError(
        'The transaction of runInRollback() has failed, and Neo4j runs nothing more in it. Give what follows a failed query a runInRollback() of its own (the cause is the failure)',
        { cause: this.failure },
      )
    }
    if (this.#barred !== null) throw this.#barred
  }

  /** @throws TransactionError where everything has been undone */
  demandGoingOn(): void {
    if (this.#ended) throw endedError()
  }

  #begun(work: JoiningWork): Promise<TransactionWork> {
    this.demandGoingOn()
    this.#beginning ??= this.#begin(work)
    return this.#beginning
  }

  async #begin(work: JoiningWork): Promise<TransactionWork> {
    this.#place = work
    try {
      this.#transaction = await work.begin()
      return this.#transaction
    } catch (error) {
      // Nothing has been done: other work may have better luck, or better settings.
      this.#beginning = null
      this.#place = null
      throw error
    }
  }

  #demandPlace(work: Place): void {
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

/** What work has in place of a transaction of its own. */
export class JoinedTransaction implements OpenTransaction, CursorOwner {
  aborted = false
  readonly #shared: SharedTransaction
  readonly #transaction: TransactionWork
  readonly #work: JoiningWork
  readonly #cursors = new Set<Cursor>()
  #failure: Error | null = null
  #wrote = false
  #state: 'open' | 'ending' | 'closed' = 'open'
  /** The query of an auto-commit, with which this ends. */
  #only: Cursor | null = null
  #stopListening: (() => void) | null = null

  constructor(shared: SharedTransaction, transaction: TransactionWork, work: JoiningWork) {
    this.#shared = shared
    this.#transaction = transaction
    this.#work = work
    if (work.signal !== undefined) {
      const { signal } = work
      this.#stopListening = onAbort(signal, () => this.#abort(signal.reason))
    }
  }

  get connection(): TransactionWork['connection'] {
    return this.#transaction.connection
  }

  get failure(): Error | null {
    return this.#failure ?? (this.#state === 'closed' ? null : this.#shared.failure)
  }

  /** Nothing more can be done in it, because of {@link failure}. */
  get broken(): boolean {
    return this.aborted || this.failure !== null
  }

  /** The failure is the loss of the connection. */
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

  /** Runs an auto-commit query, with whose end this ends. */
  runOnly(text: string, parameters: unknown): Cursor {
    const cursor = this.run(text, parameters)
    this.#only = cursor
    return cursor
  }

  /** Discards what is unread. What was written stays until all is undone. */
  async commit(): Promise<void> {
    if (this.#state === 'open' && this.failure !== null) {
      const cause = this.failure
      this.#close(cause)
      throw new TransactionError("The transaction has failed and can't be committed", { cause })
    }
    this.#demandOpen()
    this.#state = 'ending'
    await this.#discardOpen()
    const { failure, broken } = this
    if (!broken && this.#work.traced !== null) this.#work.traced.outcome = 'committed'
    this.#close(failure)
    if (broken) throw failure
  }

  /** Ends this part. Where it has written, nothing more can be run: see {@link SharedTransaction.bar}. */
  async rollback(): Promise<void> {
    if (this.#state === 'closed') return
    this.#state = 'ending'
    await this.#discardOpen()
    if (this.#wrote) this.#shared.bar()
    const { failure, broken } = this
    if (!broken && this.#work.traced !== null) this.#work.traced.outcome = 'rolledBack'
    this.#close(failure)
  }

  close(): Promise<void> {
    return this.#state === 'open' ? this.rollback() : Promise.resolve()
  }

  giveUpIfFailed(): boolean {
    if (this.#state === 'open' && this.failure !== null) this.#close(this.failure)
    return this.#state === 'closed'
  }

  /** Nothing more can be run in it, because of `error`. */
  giveUp(error: unknown): void {
    this.#failure ??= error as Error
    this.#close(error)
  }

  // What becomes of the queries.

  cursorEnded(cursor: Cursor, metadata: Metadata): void {
    this.#cursors.delete(cursor)
    const database = metadata['db'] ?? cursor.header?.['db']
    if (typeof database === 'string') this.#shared.resolved(database)
    this.#wrote ||= containsUpdates(metadata['stats'])
    this.#transaction.cursorEnded(cursor)
    if (cursor !== this.#only) return
    if (this.#work.traced !== null) this.#work.traced.outcome = 'committed'
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
    this.#demandOpen()
    this.#shared.demandUsable()
    const { integers, traced } = this.#work
    const cursor = this.#transaction.runFor(text, parameters, { owner: this, fetchSize, integers, traced })
    if (!cursor.settled) this.#cursors.add(cursor)
    return cursor
  }

  #demandOpen(): void {
    if (this.#state === 'open') return
    this.#shared.demandGoingOn()
    throw new TransactionError('The transaction is closed', this.#failure === null ? {} : { cause: this.#failure })
  }

  async #discardOpen(): Promise<void> {
    for (const cursor of this.#cursors) cursor.drop()
    for (const cursor of [...this.#cursors]) await cursor.end()
  }

  /** The caller's signal: a query that runs can only be ended together with the whole transaction. */
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
    const { traced } = this.#work
    if (!(traced instanceof OperationMessage)) return
    if (error === null && !this.aborted) finish(channels.operation, traced)
    // Of an auto-commit query that the server has not accepted, the call itself reports the failure.
    else if (this.#only === null || this.#only.header !== null) fail(channels.operation, traced, error)
  }
}

/** @throws TransactionNestingError where a shared transaction is under way already */
export function demandNoOther(other: SharedTransaction | null): void {
  if (other === null) return
  throw new TransactionNestingError(
    'runInRollback() was called while another runs on the same driver. All work of the driver joins one transaction: await one before the other, and put what belongs together into one',
  )
}

function containsUpdates(stats: unknown): boolean {
  if (typeof stats !== 'object' || stats === null) return false
  const figures = stats as { readonly [name: string]: unknown }
  return figures['contains-updates'] === true || Object.values(figures).some((figure) => Number(figure) > 0)
}

function endedError(): TransactionError {
  return new TransactionError(
    'The transaction has been undone with runInRollback(), which has ended. Await all work inside of it',
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
