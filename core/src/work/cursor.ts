/**
 * The records of one query as they come in: pulls them in batches, buffers what nobody has read, discards what nobody
 * wants, and ends in the server's summary.
 *
 * A cursor is the response handler of its own RUN, PULL and DISCARD requests, so a record costs no object besides its
 * values. It knows connections, not sessions: what its end means for a transaction is its owner's affair.
 */

import type { Connection } from '../bolt/connection.ts'
import { discard, pull, type Request } from '../bolt/requests.ts'
import { type Metadata, OutOfPlace, type Refusal, type ResponseHandler } from '../bolt/responses.ts'
import { begin, channels, fail, failQuery, finish } from '../diagnostics/channels.ts'
import { noteSummary, PullMessage, type QueryMessage } from '../diagnostics/messages.ts'
import type { IntegerMode } from '../values/integer.ts'
import { RecordQueue } from './record-queue.ts'

/** What happens to a cursor, told to the transaction or query it belongs to. Called once. */
export interface CursorOwner {
  /** The whole result has arrived or was discarded. */
  cursorEnded(cursor: Cursor, metadata: Metadata): void
  /** The query failed, or was given up because of `error`. */
  cursorFailed(cursor: Cursor, error: Error): void
  /** The error that reading a cursor raises when an earlier query of the same transaction failed. */
  ignoredBecause(cause: Error | null): Error
  /** The qid for the cursor's next request: −1 where it is the last query that was run. */
  qidOf(cursor: Cursor): number
}

type State =
  /** A PULL or DISCARD is unanswered. */
  | 'streaming'
  /** The server has more, and waits to be asked. */
  | 'paused'
  | 'ended'
  | 'failed'

/** Below this fetch size every batch is asked for only when somebody waits for it. */
const smallestPrefetched = 50
/** With everything asked for at once, reading from the network stops above this many unread records. */
const readAhead = 2_000
const nothing: readonly string[] = []

export class Cursor implements ResponseHandler {
  readonly integers: IntegerMode
  /** The names of the fields, once the server has accepted the query. */
  keys: readonly string[] = nothing
  /** What the server said when it accepted the query. */
  header: Metadata | null = null
  /** What the server said at the end of the records. */
  footer: Metadata | null = null
  /** How many records have arrived. */
  received = 0
  /** The server's name for this query within its transaction. */
  qid = -1
  /** Why there are no more records. */
  error: Error | null = null
  /** Whether the transaction has discarded records that nobody has read: what is left is not the whole. */
  dropped = false
  /** For those who watch. */
  readonly traced: QueryMessage | null

  /** How many values a record has; −1 until the server has named the fields. */
  #width = -1
  /** How many records may have arrived by the end of the batch that is under way. */
  #most: number
  /** How many had arrived at the start of the batch. */
  #before = 0
  readonly #connection: Connection
  readonly #owner: CursorOwner
  readonly #fetchSize: number
  #state: State = 'streaming'
  readonly #records = new RecordQueue()
  /** Records arrive only to be dropped. */
  #discarding = false
  /** Records are kept without limit: the connection is wanted for something else. */
  #buffering = false
  /** The next batch was asked for while this one was still to be decoded. */
  #askedAhead = false
  /** Somebody has begun to read, so the next batch may be asked for before it is needed. */
  #reading = false
  #wakeReady: (() => void) | null = null
  #wakeReader: (() => void) | null = null
  #ready: Promise<void> | null = null
  #arrival: Promise<void> | null = null
  #wakeSettled: (() => void) | null = null
  #settling: Promise<void> | null = null
  #tellEnd: ((metadata: Metadata) => void) | null = null
  /** The request that is unanswered, for those who watch. */
  #tracedPull: PullMessage | null = null

  constructor(
    connection: Connection,
    owner: CursorOwner,
    fetchSize: number,
    integers: IntegerMode,
    traced: QueryMessage | null,
  ) {
    this.#connection = connection
    this.#owner = owner
    this.#fetchSize = fetchSize
    this.#most = recordsIn(fetchSize)
    this.integers = integers
    this.traced = traced
  }

  /** Whether any record has arrived; tells "no data" from "omitted". */
  get hadRecords(): boolean {
    return this.received > 0
  }

  /** Sends RUN, made for this query, and the first PULL, which leaves together with it. */
  send(run: Request): void {
    this.#connection.send(run, this)
    this.#connection.send(pull(this.#fetchSize, -1), this)
    this.#traceBatch('PULL', this.#fetchSize)
  }

  get ended(): boolean {
    return this.#state === 'ended'
  }

  /** True when nothing more will arrive. */
  get settled(): boolean {
    return this.#state === 'ended' || this.#state === 'failed'
  }

  get failed(): boolean {
    return this.#state === 'failed'
  }

  /** How many records are buffered. */
  get buffered(): number {
    return this.#records.length
  }

  /** Waits until the server has accepted the query. Raises what it said otherwise. */
  async ready(): Promise<void> {
    if (this.header === null && this.#state !== 'failed') {
      this.#ready ??= new Promise((resolve) => {
        this.#wakeReady = resolve
      })
      await this.#ready
    }
    if (this.header === null && this.#state === 'failed') throw this.error
  }

  /** The next record's values if one is buffered. */
  shift(): unknown[] | undefined {
    const fields = this.#records.shift()
    if (fields === undefined) return undefined
    this.#reading = true
    if (this.#state !== 'ended') this.#askForMore()
    return fields
  }

  /** The next record's values if one is buffered, which stays where it is. */
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

  /** Waits until a record is buffered or nothing more will come. Raises why not. */
  async arrival(): Promise<void> {
    while (this.buffered === 0 && !this.settled) {
      this.#connection.resumeReading()
      if (this.#state === 'paused') this.#pull()
      // A connection that was lost meanwhile has failed the cursor just now; no answer will come to wake this reader.
      if (this.settled) break
      this.#arrival ??= new Promise((resolve) => {
        this.#wakeReader = resolve
      })
      await this.#arrival
    }
    if (this.buffered === 0 && this.#state === 'failed') throw this.error
  }

  /** Waits until everything has arrived, keeping all of it. Never rejects. */
  bufferAll(): Promise<void> {
    this.#buffering = true
    if (!this.settled) {
      this.#connection.resumeReading()
      if (this.#state === 'paused') this.#pull()
    }
    return this.end()
  }

  /** The transaction ends, and whatever of this result is unread with it. */
  drop(): void {
    if (!this.settled || this.buffered > 0) this.dropped = true
    this.discard()
  }

  /** Drops what is unread and asks the server for no more of it. */
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

  /** Waits until the last answer has come, whatever it is. Never rejects. */
  end(): Promise<void> {
    if (this.settled) return settledAlready
    this.#settling ??= new Promise((resolve) => {
      this.#wakeSettled = resolve
    })
    return this.#settling
  }

  /** What the server said of the query: at the end, with the time that it named at the start. */
  metadata(): Metadata {
    const metadata = this.footer ?? {}
    metadata['t_first'] ??= this.header?.['t_first']
    return metadata
  }

  /** Has `receive` told what the server says at the end, now or later; not at all when it comes to no good end. */
  whenEnded(receive: (metadata: Metadata) => void): void {
    if (this.footer === null) this.#tellEnd = receive
    else receive(this.footer)
  }

  /** Gives up: readers get `error` behind what is buffered (or at once), whatever still arrives is dropped. */
  fail(error: Error, atOnce = false): void {
    if (this.settled) return
    this.#state = 'failed'
    this.error = error
    this.#discarding = true
    if (atOnce) this.#records.clear()
    this.#traceFailure(error)
    this.#owner.cursorFailed(this, error)
    this.#wake()
  }

  #accepted(metadata: Metadata): void {
    this.header = metadata
    const { fields, qid } = metadata
    // Where the server names none there can't be a record either.
    if (Array.isArray(fields)) this.keys = fields as string[]
    this.#width = this.keys.length
    if (typeof qid === 'number') this.qid = qid
    this.#wakeReady?.()
    this.#wakeReady = null
  }

  // The answers to RUN, and to PULL and DISCARD behind it.

  record(fields: unknown[]): void {
    this.received += 1
    if (fields.length !== this.#width || this.received > this.#most) throw this.#misplaced(fields)
    if (this.#discarding) return
    this.#records.push(fields)
    if (this.#wakeReader !== null) this.#wakeOne()
    else if (this.#fetchSize === -1 && !this.#buffering && this.buffered >= readAhead) this.#connection.pauseReading()
  }

  #misplaced(fields: readonly unknown[]): OutOfPlace {
    if (this.#width === -1) return new OutOfPlace('a RECORD, which has to wait for the SUCCESS')
    if (fields.length !== this.#width)
      return new OutOfPlace(`a RECORD of ${fields.length} values, but the query has ${this.#width} fields`)
    return new OutOfPlace(`more than the ${this.#most - this.#before} RECORDs that were asked for`)
  }

  success(metadata: Metadata): void {
    if (this.header === null) return this.#accepted(metadata)
    const hasMore = metadata['has_more'] === true
    // A batch that is empty and not the last would be asked for without end.
    if (hasMore && this.received === this.#before) throw new OutOfPlace('has_more behind a batch without a RECORD')
    if (this.traced !== null) this.#traceAnswer(this.traced, metadata)
    if (this.#state === 'failed') return
    if (!hasMore) {
      this.#state = 'ended'
      this.footer = metadata
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
    // Otherwise the next batch is asked for by whoever reads on.
  }

  /** The reader waits for the batch that has come, so it will want the next one: that is under way while this one is decoded. */
  moreToAskFor(): void {
    const wanted = this.#wakeReader !== null && this.#reading && !this.#discarding && !this.#buffering
    // For those who watch, one batch comes after the other.
    if (!wanted || this.#fetchSize < smallestPrefetched || this.traced !== null || this.#state !== 'streaming') return
    this.#askedAhead = true
    this.#pull()
  }

  /** The batch under way is over, and one of so many records follows. */
  #nextBatch(size: number): void {
    this.#before = this.received
    this.#most = this.received + recordsIn(size)
  }

  refused(how: Refusal, error: Error | null): void {
    this.fail(how === 'ignored' || error === null ? this.#owner.ignoredBecause(error) : error)
  }

  /** Asks for the next batch while the reader is still busy with the last one. */
  #askForMore(): void {
    if (this.#fetchSize === -1) {
      if (this.buffered < readAhead / 2) this.#connection.resumeReading()
      return
    }
    if (this.#state !== 'paused' || !this.#reading || this.#fetchSize < smallestPrefetched) return
    if (this.buffered <= this.#fetchSize) this.#pull()
  }

  #pull(): void {
    // A caller that keeps everything gains nothing by asking for it in batches.
    const size = this.#buffering ? -1 : this.#fetchSize
    try {
      this.#connection.send(pull(size, this.#owner.qidOf(this)), this)
    } catch (error) {
      return this.fail(error as Error)
    }
    // What was asked for ahead begins behind the batch that is still to be decoded.
    if (!this.#askedAhead) this.#nextBatch(size)
    this.#traceBatch('PULL', this.#fetchSize)
    this.#state = 'streaming'
    this.#connection.flush()
  }

  #sendDiscard(): void {
    try {
      this.#connection.send(discard(-1, this.#owner.qidOf(this)), this)
    } catch (error) {
      return this.fail(error as Error)
    }
    this.#before = this.#most = this.received
    this.#traceBatch('DISCARD', -1)
    this.#state = 'streaming'
  }

  // For those who watch.

  #traceBatch(request: PullMessage['request'], size: number): void {
    const { traced } = this
    if (traced === null) return
    traced.batches += 1
    this.#tracedPull = new PullMessage(traced, request, size)
    begin(channels.pull, this.#tracedPull)
  }

  /** Sees the answer to a batch; behind the last one the query is over. */
  #traceAnswer(query: QueryMessage, metadata: Metadata): void {
    const hasMore = metadata['has_more'] === true
    const pulled = this.#tracedPull
    this.#tracedPull = null
    if (pulled !== null) {
      pulled.records = this.received - query.records
      pulled.hasMore = hasMore
    }
    query.records = this.received
    if (pulled !== null) finish(channels.pull, pulled)
    if (hasMore || query.ended) return
    query.outcome = this.#discarding ? 'discarded' : 'complete'
    noteSummary(query, { ...this.header, ...metadata })
    finish(channels.query, query)
  }

  #traceFailure(error: Error): void {
    const { traced } = this
    if (traced === null) return
    traced.records = this.received
    if (this.#tracedPull !== null) fail(channels.pull, this.#tracedPull, error)
    failQuery(traced, error)
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

/** How many records a PULL of this size may bring. */
function recordsIn(size: number): number {
  return size === -1 ? Number.POSITIVE_INFINITY : size
}
