/**
 * Reads the records of one query: pulls them in batches, buffers unread records, discards unwanted ones, and ends with the
 * server's summary.
 *
 * A cursor is the response handler of its own RUN, PULL and DISCARD requests, so a record allocates no object besides its
 * values. It knows connections, not sessions: its owner, a transaction or an auto-commit query, reacts to its end.
 */

import type { Connection } from '../bolt/connection.ts'
import { discard, pull, type Request } from '../bolt/requests.ts'
import { type Metadata, OutOfPlace, type Refusal, type ResponseHandler } from '../bolt/responses.ts'
import type { QueryObserver } from '../diagnostics/observer.ts'
import type { IntegerMode } from '../values/integer.ts'
import { RecordQueue } from './record-queue.ts'

/** The transaction or auto-commit query of a cursor. Exactly one of `cursorEnded` and `cursorFailed` is called, once. */
export interface CursorOwner {
  /** The whole result has arrived or was discarded. */
  cursorEnded(cursor: Cursor, metadata: Metadata): void
  /** The query failed with `error`, or was aborted with it. */
  cursorFailed(cursor: Cursor, error: Error): void
  /** Returns the error of a query that the server ignored, because an earlier query failed or the connection was reset. */
  ignoredBecause(cause: Error | null): Error
  /** Returns the qid for the cursor's next request; −1 means the last query of the transaction. */
  qidOf(cursor: Cursor): number
}

type State =
  /** A PULL or DISCARD is pending. */
  | 'streaming'
  /** The server has more records and no request is pending. */
  | 'paused'
  | 'ended'
  | 'failed'

/** Batches of a smaller fetch size are not prefetched: they are pulled when a reader waits for them. */
const smallestPrefetched = 50
/** A server that has more to send fills a batch. One that sends so many short batches is not going to end. */
const mostShortBatches = 100
/** With fetch size −1 the connection stops reading from the socket above this many unread records. */
const readAhead = 2_000
const nothing: readonly string[] = []

export class Cursor implements ResponseHandler {
  readonly integers: IntegerMode
  /** The names of the fields, once the server has accepted the query. */
  keys: readonly string[] = nothing
  /** Metadata of the SUCCESS for RUN; null until the server has accepted the query. */
  header: Metadata | null = null
  /** Metadata of the final SUCCESS; null until then. */
  footer: Metadata | null = null
  /** How many records have arrived. */
  received = 0
  /** The query id within its transaction, assigned by the server; −1 if it assigned none. */
  qid = -1
  /** Why the query failed; null otherwise. */
  error: Error | null = null
  /** Whether the transaction discarded unread records: the result is incomplete. */
  dropped = false
  readonly observer: QueryObserver

  /** The number of fields of a record; −1 until the server has accepted the query. */
  #width = -1
  /** {@link received} with the first record too many of the current batch; 0 if the batch has no bound. Small integers are compared fastest. */
  #overrun: number
  /** {@link received} at the start of the current batch. */
  #before = 0
  /** How many batches with more behind them had fewer records than were asked for. */
  #shortBatches = 0
  readonly #connection: Connection
  readonly #owner: CursorOwner
  readonly #fetchSize: number
  #state: State = 'streaming'
  readonly #records = new RecordQueue()
  /** Arriving records are dropped. */
  #discarding = false
  /** Records are buffered without limit, because the caller needs the connection for another query. */
  #buffering = false
  /** The next batch was requested before the current one was decoded. */
  #askedAhead = false
  /** A caller has begun to read, so the next batch may be prefetched. */
  #reading = false
  #wakeReady: (() => void) | null = null
  #wakeReader: (() => void) | null = null
  #ready: Promise<void> | null = null
  #arrival: Promise<void> | null = null
  #wakeSettled: (() => void) | null = null
  #settling: Promise<void> | null = null
  #tellEnd: ((metadata: Metadata) => void) | null = null

  constructor(
    connection: Connection,
    owner: CursorOwner,
    fetchSize: number,
    integers: IntegerMode,
    observer: QueryObserver,
  ) {
    this.#connection = connection
    this.#owner = owner
    this.#fetchSize = fetchSize
    this.#overrun = overrunOf(0, fetchSize)
    this.integers = integers
    this.observer = observer
  }

  /** Whether any record has arrived. */
  get hadRecords(): boolean {
    return this.received > 0
  }

  /** Queues RUN and the first PULL; both are sent in one write. */
  send(run: Request): void {
    this.#connection.send(run, this)
    this.#connection.send(pull(this.#fetchSize, -1), this)
    this.observer.batch('PULL', this.#fetchSize)
  }

  get ended(): boolean {
    return this.#state === 'ended'
  }

  /** Whether the query has ended or failed: no more records will arrive. */
  get settled(): boolean {
    return this.#state === 'ended' || this.#state === 'failed'
  }

  get failed(): boolean {
    return this.#state === 'failed'
  }

  /** The number of buffered records. */
  get buffered(): number {
    return this.#records.length
  }

  /**
   * Waits until the server has accepted the query.
   * @throws the query's failure if the server did not accept it
   */
  async ready(): Promise<void> {
    if (this.header === null && this.#state !== 'failed') {
      this.#ready ??= new Promise((resolve) => {
        this.#wakeReady = resolve
      })
      await this.#ready
    }
    if (this.header === null && this.#state === 'failed') throw this.error
  }

  /** Takes the values of the next record; undefined if none is buffered. */
  shift(): unknown[] | undefined {
    const fields = this.#records.shift()
    if (fields === undefined) return undefined
    this.#reading = true
    if (this.#state !== 'ended') this.#askForMore()
    return fields
  }

  /** Returns the values of the next record without taking it; undefined if none is buffered. */
  peek(): unknown[] | undefined {
    return this.#records.peek()
  }

  /** Takes up to `n` buffered records. */
  take(n: number): unknown[][] {
    this.#reading = true
    const taken = this.#records.take(n)
    if (this.#state !== 'ended') this.#askForMore()
    return taken
  }

  /**
   * Waits until a record is buffered or the query has ended.
   * @throws the query's failure once no record is buffered
   */
  async arrival(): Promise<void> {
    while (this.buffered === 0 && !this.settled) {
      this.#connection.resumeReading()
      if (this.#state === 'paused') this.#pull()
      // The PULL failed if the connection was lost: no response would wake this reader.
      if (this.settled) break
      this.#arrival ??= new Promise((resolve) => {
        this.#wakeReader = resolve
      })
      await this.#arrival
    }
    if (this.buffered === 0 && this.#state === 'failed') throw this.error
  }

  /** Buffers all remaining records and waits for the last one. Never rejects. */
  bufferAll(): Promise<void> {
    this.#buffering = true
    if (!this.settled) {
      this.#connection.resumeReading()
      if (this.#state === 'paused') this.#pull()
    }
    return this.end()
  }

  /** Discards unread records because the transaction ends, and marks the result as incomplete. */
  drop(): void {
    if (!this.settled || this.buffered > 0) this.dropped = true
    this.discard()
  }

  /** Drops buffered records and makes the server discard the remaining ones. */
  discard(): void {
    this.#records.clear()
    if (this.settled) return
    this.#discarding = true
    this.#connection.resumeReading()
    if (this.#state === 'paused') {
      this.#sendDiscard()
      this.#connection.flush()
    }
  }

  /** Waits until the query has ended or failed. Never rejects. */
  end(): Promise<void> {
    if (this.settled) return settledAlready
    this.#settling ??= new Promise((resolve) => {
      this.#wakeSettled = resolve
    })
    return this.#settling
  }

  /** Metadata of the final SUCCESS, with `t_first` of the SUCCESS for RUN. */
  metadata(): Metadata {
    const metadata = this.footer ?? {}
    metadata['t_first'] ??= this.header?.['t_first']
    return metadata
  }

  /** Calls `receive` with the metadata of the final SUCCESS, at once if it has arrived; never if the query fails. */
  whenEnded(receive: (metadata: Metadata) => void): void {
    if (this.footer === null) this.#tellEnd = receive
    else receive(this.footer)
  }

  /** Fails the query. Readers get `error` after the buffered records, or instead of them with `atOnce`. Later records are dropped. */
  fail(error: Error, atOnce = false): void {
    if (this.settled) return
    this.#state = 'failed'
    this.error = error
    this.#discarding = true
    if (atOnce) this.#records.clear()
    this.observer.failed(this.received, error)
    this.#owner.cursorFailed(this, error)
    this.#wake()
  }

  #accepted(metadata: Metadata): void {
    this.header = metadata
    const { fields, qid } = metadata
    // Without fields there are no records.
    if (Array.isArray(fields)) this.keys = fields as string[]
    this.#width = this.keys.length
    if (typeof qid === 'number') this.qid = qid
    this.#wakeReady?.()
    this.#wakeReady = null
  }

  // Responses to RUN, PULL and DISCARD.

  record(fields: unknown[]): void {
    this.received += 1
    if (fields.length !== this.#width || this.received === this.#overrun) throw this.#misplaced(fields)
    if (this.#discarding) return
    this.#records.push(fields)
    if (this.#wakeReader !== null) this.#wakeOne()
    else if (this.#fetchSize === -1 && !this.#buffering && this.buffered >= readAhead) this.#connection.pauseReading()
  }

  #misplaced(fields: readonly unknown[]): OutOfPlace {
    if (this.#width === -1) return new OutOfPlace('a RECORD, which has to wait for the SUCCESS')
    if (fields.length !== this.#width)
      return new OutOfPlace(`a RECORD of ${fields.length} values, but the query has ${this.#width} fields`)
    return new OutOfPlace(`more than the ${this.#overrun - 1 - this.#before} RECORDs that were asked for`)
  }

  success(metadata: Metadata): void {
    if (this.header === null) return this.#accepted(metadata)
    const hasMore = metadata['has_more'] === true
    // Empty and short batches with has_more would make the cursor pull forever.
    if (hasMore && this.received === this.#before) throw new OutOfPlace('has_more behind a batch without a RECORD')
    if (hasMore && this.received !== this.#overrun - 1 && ++this.#shortBatches > mostShortBatches) {
      throw new OutOfPlace(`has_more behind ${this.#shortBatches} batches with fewer RECORDs than were asked for`)
    }
    this.observer.answered(this.received, hasMore)
    if (this.#state === 'failed') return
    if (!hasMore) {
      this.#state = 'ended'
      this.footer = metadata
      this.observer.ended(this.#discarding, this.header, metadata)
      this.#tellEnd?.(metadata)
      this.#owner.cursorEnded(this, metadata)
      this.#wake()
      return
    }
    if (this.#askedAhead) {
      this.#askedAhead = false
      this.#nextBatch(this.#fetchSize)
      return
    }
    this.#state = 'paused'
    if (this.#discarding) {
      this.#sendDiscard()
      this.#connection.flush()
    } else if (this.#buffering || this.#wakeReader !== null) this.#pull()
    // Otherwise the next read pulls the next batch.
  }

  /** Called when a batch with more behind it has been received and is not decoded yet: a waiting reader will need the next one. */
  moreToAskFor(): void {
    const wanted = this.#wakeReader !== null && this.#reading && !this.#discarding && !this.#buffering
    if (!wanted || this.#fetchSize < smallestPrefetched || this.#state !== 'streaming') return
    this.#askedAhead = true
    this.#pull()
  }

  /** Starts a batch of at most `size` records. */
  #nextBatch(size: number): void {
    this.#before = this.received
    this.#overrun = overrunOf(this.received, size)
  }

  refused(how: Refusal, error: Error | null): void {
    this.fail(how === 'ignored' || error === null ? this.#owner.ignoredBecause(error) : error)
  }

  /** Pulls the next batch while the caller reads the last one. */
  #askForMore(): void {
    if (this.#fetchSize === -1) {
      if (this.buffered < readAhead / 2) this.#connection.resumeReading()
      return
    }
    if (this.#state !== 'paused' || !this.#reading || this.#fetchSize < smallestPrefetched) return
    if (this.buffered <= this.#fetchSize) this.#pull()
  }

  #pull(): void {
    // Batches limit memory only for a caller that reads record by record.
    const size = this.#buffering ? -1 : this.#fetchSize
    try {
      this.#connection.send(pull(size, this.#owner.qidOf(this)), this)
    } catch (error) {
      return this.fail(error as Error)
    }
    // A batch that was requested ahead starts after the one that is still to be decoded.
    if (!this.#askedAhead) this.#nextBatch(size)
    this.observer.batch('PULL', this.#fetchSize)
    this.#state = 'streaming'
    this.#connection.flush()
  }

  #sendDiscard(): void {
    try {
      this.#connection.send(discard(-1, this.#owner.qidOf(this)), this)
    } catch (error) {
      return this.fail(error as Error)
    }
    this.#nextBatch(0)
    this.observer.batch('DISCARD', -1)
    this.#state = 'streaming'
  }

  #wakeOne(): void {
    const wake = this.#wakeReader
    this.#wakeReader = null
    this.#arrival = null
    wake?.()
  }

  #wake(): void {
    this.#wakeReady?.()
    this.#wakeReady = null
    if (this.#wakeReader !== null) this.#wakeOne()
    this.#wakeSettled?.()
    this.#wakeSettled = null
  }
}

const settledAlready = Promise.resolve()

/** The count of received records that a batch must not reach, which begins at `received` and has at most `size` records; −1: no bound. */
function overrunOf(received: number, size: number): number {
  return size === -1 ? 0 : received + size + 1
}
