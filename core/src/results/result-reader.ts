/**
 * Reads one result, behind its public handle: creates records from the cursor's values and checks whether they may still be
 * read. Sessions and transactions use it to end results that were not read to their end.
 */

import type { Warnings } from '../diagnostics/warnings.ts'
import {
  aboutQuery,
  aboutResult,
  atCallSite,
  type CallSite,
  captureFrequentCallSite,
  ResultConsumedError,
  ResultFailedError,
} from '../errors/index.ts'
import type { Cursor } from '../execution/cursor.ts'
import type { Connection } from '../execution/executor.ts'
import { isThenable } from '../platform/thenable.ts'
import type { Abortable } from '../time/on-abort.ts'
import { EagerResult } from './eager-result.ts'
import { type BoltRecord, recordOf } from './record.ts'
import type { RecordShape } from './record-shape.ts'
import type { ServerInfo } from './server-info.ts'
import { type ResultSummary, summaryOf } from './summary.ts'

/** Hooks of an auto-commit result. */
export interface ResultHooks {
  /** Waits for the bookmark manager after the result has ended; the result counts as consumed afterwards. */
  readonly settled: () => void | Promise<void>
  /** Lets the auth manager handle a security error before the caller gets it. */
  readonly handleAuthError: (error: unknown) => Promise<void>
  /** Aborts the reading. */
  readonly signal?: Abortable | undefined
}

/** The state of a result's transaction. */
export interface ReadingScope {
  /** Whether the transaction was committed or rolled back: its results can't be read any more. */
  readonly closed: boolean
  /** Why the transaction has failed: open results can't be read any more. */
  readonly failure: Error | null
  /** Whether the failure is the loss of the connection: records that had arrived can still be read. */
  readonly lost: boolean
  /** Whether the failure is the reason of the caller's signal. */
  readonly aborted: boolean
}

/** Services that all results of one driver share. */
export interface ResultSurroundings {
  readonly warnings: Warnings
  /** Describes the server of a connection. */
  server(connection: Connection): ServerInfo
  /** Returns the shape of a query's records. */
  shape(query: string, keys: readonly string[]): RecordShape
  /** Called once with each summary, for warnings and logs. */
  summarised(summary: ResultSummary): void
}

/** The parts of a result. */
export interface ResultSource {
  readonly cursor: Cursor
  readonly connection: Connection
  readonly query: string
  readonly parameters: unknown
  readonly surroundings: ResultSurroundings
  readonly hooks: ResultHooks | null
  /** The transaction of the result; null for an auto-commit query. */
  readonly scope: ReadingScope | null
}

export class ResultReader {
  readonly cursor: Cursor
  /** Whether the failure was reported to a caller, by the result or by its session. */
  reported = false
  /** The user's handle of this result, which errors refer to. */
  handle: object | null = null
  readonly #source: ResultSource
  #shape: RecordShape | null = null
  #summary: ResultSummary | null = null
  /** Why records can't be read any more; null while they can. */
  #over: string | null = null
  /** The number of calls that wait for records. */
  #readings = 0
  #wake: (() => void) | null = null

  constructor(source: ResultSource) {
    this.#source = source
    this.cursor = source.cursor
  }

  /** The transaction of the result; null for an auto-commit query. */
  get scope(): ReadingScope | null {
    return this.#source.scope
  }

  get warnings(): Warnings {
    return this.#source.surroundings.warnings
  }

  /** Whether no more records can be read. */
  get closed(): boolean {
    return this.#reason() !== null
  }

  /** Ends the reading with a reason for later errors; the first reason is kept. */
  end(why: string): void {
    this.#over ??= why
  }

  /**
   * Whether buffered records may be returned: the signal has not aborted, and the transaction has neither ended nor failed,
   * even if the result had arrived completely before.
   */
  get flowing(): boolean {
    const { hooks, scope } = this.#source
    if (this.cursor.dropped || (scope !== null && (scope.closed || scope.failure !== null))) return false
    return hooks?.signal?.aborted !== true
  }

  /** Whether the signal aborted before the result was read to its end. */
  get aborted(): boolean {
    return this.#open && (this.#source.scope?.aborted === true || this.#source.hooks?.signal?.aborted === true)
  }

  /**
   * Throws if the transaction or the signal forbids further reading.
   * @throws the reason of an aborted signal, ResultConsumedError when the transaction has ended, ResultFailedError when it has
   * failed
   */
  assertScope(site: CallSite): void {
    const { hooks, scope } = this.#source
    if (scope?.aborted === true && (this.#open || scope.closed)) throw atCallSite(scope.failure, site)
    if (this.aborted) throw atCallSite(hooks?.signal?.reason, site)
    if (scope?.closed === true || (this.cursor.dropped && this.#over === null)) throw atCallSite(this.#consumed(), site)
    // The result's own failure is reported after the records that had arrived before it.
    if (scope !== null && scope.failure !== null && !scope.lost && this.#open && !this.cursor.failed)
      throw atCallSite(this.#failed(scope.failure), site)
  }

  /** Reads up to `n` records. */
  async read(n: number, site: CallSite): Promise<BoltRecord[]> {
    this.#assertReadable(site)
    let records: BoltRecord[] = []
    const { cursor } = this
    this.#readings++
    try {
      while (records.length < n) {
        if (cursor.buffered === 0) {
          await this.#arrival(site)
          if (!this.flowing) this.assertScope(site)
        }
        const taken = this.#recordsOf(cursor.take(n - records.length))
        if (taken.length === 0) break
        if (records.length === 0) records = taken
        else for (const record of taken) records.push(record)
      }
    } finally {
      this.#left()
    }
    return records
  }

  /** Reads all remaining records. */
  rest(site: CallSite): Promise<BoltRecord[]> {
    return this.#all(site, (records) => {
      const settling = this.#source.hooks?.settled()
      return isThenable(settling) ? settling.then(() => records) : records
    })
  }

  /** Reads all remaining records and the summary, and ends the reading. */
  whole(site: CallSite): Promise<EagerResult> {
    return this.#all(site, (records) => {
      const summary = this.summary(site)
      return isThenable(summary)
        ? summary.then((later) => this.#wholeOf(records, later))
        : this.#wholeOf(records, summary)
    })
  }

  #wholeOf(records: BoltRecord[], summary: ResultSummary): EagerResult {
    this.end('toEagerResult() has read it')
    return new EagerResult(records, summary, [...this.cursor.keys])
  }

  /** Reads all remaining records and passes them to `make`. */
  async #all<T>(site: CallSite, make: (records: BoltRecord[]) => T | PromiseLike<T>): Promise<T> {
    this.#assertReadable(site)
    if (!this.cursor.settled) {
      this.#readings++
      await this.cursor.bufferAll()
      this.#left()
    }
    if (this.cursor.failed) await this.#assertSound(site)
    if (!this.flowing) this.assertScope(site)
    return make(this.#recordsOf(this.cursor.take(Number.POSITIVE_INFINITY)))
  }

  /** Returns the next record without taking it; null at the end. */
  async peek(site: CallSite): Promise<BoltRecord | null> {
    this.#assertReadable(site)
    if (this.cursor.buffered === 0) {
      await this.#arrival(site)
      if (!this.flowing) this.assertScope(site)
    }
    const fields = this.cursor.peek()
    return fields === undefined ? null : this.record(fields)
  }

  /** Waits until a record is buffered, for `for await`; false at the end. */
  async more(): Promise<boolean> {
    // Nothing was awaited since the loop called next(), so the stack still contains the loop.
    const site = captureFrequentCallSite(this.more)
    const { cursor } = this
    if (!this.flowing) this.assertScope(site)
    if (this.closed) throw atCallSite(this.#consumed(), site)
    if (this.reported) await this.#assertSound(site)
    await this.#arrival(site)
    if (!this.flowing) this.assertScope(site)
    if (cursor.buffered > 0) return true
    await this.#source.hooks?.settled()
    return false
  }

  /** Waits until no call is reading. */
  async unattended(): Promise<void> {
    while (this.#readings > 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  #left(): void {
    this.#readings--
    this.#wake?.()
    this.#wake = null
  }

  /** Discards the rest of the result and waits for its end. */
  async abandon(why: string): Promise<void> {
    this.end(why)
    this.cursor.discard()
    if (this.cursor.settled) return
    await this.cursor.end()
    await this.#source.hooks?.settled()
  }

  /** Returns the summary, or its promise until the result has arrived or was discarded completely. */
  summary(site: CallSite): ResultSummary | Promise<ResultSummary> {
    if (this.#summary !== null) return this.#summary
    if (!this.cursor.ended) return this.#summaryLater(site)
    const settling = this.#source.hooks?.settled()
    return settling === undefined ? this.#summarise() : settling.then(() => this.#summarise())
  }

  async #summaryLater(site: CallSite): Promise<ResultSummary> {
    await this.cursor.end()
    await this.#assertSound(site)
    return this.summary(site)
  }

  #summarise(): ResultSummary {
    if (this.#summary !== null) return this.#summary
    const { cursor } = this
    const { query, parameters, connection, surroundings } = this.#source
    this.#summary = summaryOf({
      query,
      parameters: (parameters ?? {}) as { readonly [name: string]: unknown },
      metadata: cursor.metadata(),
      server: surroundings.server(connection),
      gqlStatuses: connection.version.gqlStatuses,
      hadRecords: cursor.hadRecords,
      hadKeys: cursor.keys.length > 0,
      // Each RUN is followed by a PULL.
      pulled: true,
    })
    surroundings.summarised(this.#summary)
    return this.#summary
  }

  /** Creates a record from its values. */
  record(fields: unknown[]): BoltRecord {
    return recordOf(this.#shapeOf(), fields)
  }

  /** Replaces the values of each record by the record, in the same array: `taken` must belong to the caller. */
  #recordsOf(taken: unknown[]): BoltRecord[] {
    const shape = this.#shapeOf()
    for (let i = 0; i < taken.length; i++) taken[i] = recordOf(shape, taken[i] as unknown[])
    return taken as BoltRecord[]
  }

  async #arrival(site: CallSite): Promise<void> {
    try {
      await this.cursor.arrival()
    } catch (error) {
      throw await this.#failure(error, site)
    }
  }

  #shapeOf(): RecordShape {
    this.#shape ??= this.#source.surroundings.shape(this.#source.query, this.cursor.keys)
    return this.#shape
  }

  /** Whether records are missing or unread. */
  get #open(): boolean {
    return !this.cursor.ended || this.cursor.buffered > 0
  }

  #assertReadable(site: CallSite): void {
    if (!this.flowing) this.assertScope(site)
    if (this.closed) throw atCallSite(this.#consumed(), site)
  }

  async #assertSound(site: CallSite): Promise<void> {
    if (this.cursor.failed) throw await this.#failure(this.cursor.error, site)
  }

  /** Returns the error itself the first time, and a ResultFailedError with it as `cause` afterwards. */
  async #failure(error: unknown, site: CallSite): Promise<unknown> {
    if (!this.reported) {
      this.reported = true
      await this.#source.hooks?.handleAuthError(error)
      const { query, parameters } = this.#source
      return atCallSite(aboutQuery(aboutResult(error, this.handle), query, parameters), site)
    }
    return atCallSite(this.#failed(error instanceof ResultFailedError ? error.cause : error), site)
  }

  #failed(cause: unknown): ResultFailedError {
    return new ResultFailedError('The result has failed and has no records to read', {
      cause,
      result: this.handle ?? undefined,
    })
  }

  /** Why records can't be read any more; null while they can. */
  #reason(): string | null {
    const gone = this.#source.scope?.closed === true || (this.#over === null && this.cursor.dropped)
    return gone ? 'its transaction is closed' : this.#over
  }

  #consumed(): ResultConsumedError {
    return new ResultConsumedError(
      `The result can't be read any more: ${this.#reason()}. Read its records before that, or keep them with toEagerResult()`,
      { result: this.handle ?? undefined },
    )
  }
}
