/**
 * The reading of one result, behind its handle: makes records of what the cursor holds, and keeps the rules about who may
 * still read. Sessions and transactions use it too, to end what their users have left.
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
import type { Abortable } from '../time/on-abort.ts'
import { isThenable } from '../values/thenable.ts'
import type { Cursor } from '../work/cursor.ts'
import type { Connection } from '../work/workspace.ts'
import { EagerResult } from './eager-result.ts'
import { type BoltRecord, recordOf } from './record.ts'
import type { RecordShape } from './record-shape.ts'
import type { ServerInfo } from './server-info.ts'
import { type ResultSummary, summaryOf } from './summary.ts'

/** What happens around the reading of a result that stands on its own. */
export interface ResultHooks {
  /** What has to be done behind the end of the result before it counts as consumed. */
  readonly settled: () => void | Promise<void>
  /** Looks at a failure before the reader gets it. */
  readonly judge: (error: unknown) => Promise<void>
  /** Calls the reading off. */
  readonly signal?: Abortable | undefined
}

/** The transaction of a result, as far as it matters to its readers. */
export interface ReadingScope {
  /** It was committed or rolled back: nothing can be read any more. */
  readonly closed: boolean
  /** What made it fail, so that open results can't be read on. */
  readonly failure: Error | null
  /** The failure is the loss of the connection: what had arrived by then can be read. */
  readonly lost: boolean
  /** The failure is the reason of the caller's signal. */
  readonly aborted: boolean
}

/** What all results of one driver have in common. */
export interface ResultSurroundings {
  readonly warnings: Warnings
  /** What the server at the other end of a connection said of itself. */
  server(connection: Connection): ServerInfo
  /** What the records of a query have in common. */
  shape(query: string, keys: readonly string[]): RecordShape
  /** Told about each summary once, for warnings and logs. */
  summarised(summary: ResultSummary): void
}

/** Where a result comes from: what its summary says besides the server's words, and who else waits for its end. */
export interface ResultSource {
  readonly cursor: Cursor
  readonly connection: Connection
  readonly query: string
  readonly parameters: unknown
  readonly surroundings: ResultSurroundings
  readonly hooks: ResultHooks | null
  /** Null for a result that stands on its own. */
  readonly scope: ReadingScope | null
}

export class ResultReader {
  readonly cursor: Cursor
  /** The failure has been met: by a reader of the result, or by its session. */
  reported = false
  /** What users hold of this result, for errors to tell. */
  handle: object | null = null
  readonly #source: ResultSource
  #shape: RecordShape | null = null
  #summary: ResultSummary | null = null
  /** Why records can't be read any more. */
  #over: string | null = null
  /** How many calls are waiting for records. */
  #readings = 0
  #wake: (() => void) | null = null

  constructor(source: ResultSource) {
    this.#source = source
    this.cursor = source.cursor
  }

  /** Null for a result that stands on its own. */
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

  /** Nothing can be read from now on; the first reason counts. */
  end(why: string): void {
    this.#over ??= why
  }

  /**
   * Whether records that are here may be handed out: nobody has called the reading off, and the transaction neither ended
   * nor failed, whether or not the server had sent everything by then.
   */
  get flowing(): boolean {
    const { hooks, scope } = this.#source
    if (this.cursor.dropped || (scope !== null && (scope.closed || scope.failure !== null))) return false
    return hooks?.signal?.aborted !== true
  }

  /** Whether the reading was called off before its end. */
  get aborted(): boolean {
    return this.#open && (this.#source.scope?.aborted === true || this.#source.hooks?.signal?.aborted === true)
  }

  /**
   * @throws the signal's reason once the reading was called off, ResultConsumedError once the transaction has ended,
   * ResultFailedError once it has failed
   */
  demandScope(site: CallSite): void {
    const { hooks, scope } = this.#source
    if (scope?.aborted === true && (this.#open || scope.closed)) throw atCallSite(scope.failure, site)
    if (this.aborted) throw atCallSite(hooks?.signal?.reason, site)
    if (scope?.closed === true || (this.cursor.dropped && this.#over === null)) throw atCallSite(this.#consumed(), site)
    // Its own failure comes behind the records in front of it.
    if (scope !== null && scope.failure !== null && !scope.lost && this.#open && !this.cursor.failed)
      throw atCallSite(this.#failed(scope.failure), site)
  }

  /** Up to `n` records. */
  async read(n: number, site: CallSite): Promise<BoltRecord[]> {
    this.#demandReadable(site)
    let records: BoltRecord[] = []
    const { cursor } = this
    this.#readings++
    try {
      while (records.length < n) {
        if (cursor.buffered === 0) {
          await this.#arrival(site)
          if (!this.flowing) this.demandScope(site)
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

  /** All remaining records. */
  rest(site: CallSite): Promise<BoltRecord[]> {
    return this.#all(site, (records) => {
      const settling = this.#source.hooks?.settled()
      return isThenable(settling) ? settling.then(() => records) : records
    })
  }

  /** All remaining records, and the summary: the end of the result. */
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

  /** What `make` makes of all remaining records. */
  async #all<T>(site: CallSite, make: (records: BoltRecord[]) => T | PromiseLike<T>): Promise<T> {
    this.#demandReadable(site)
    if (!this.cursor.settled) {
      this.#readings++
      await this.cursor.bufferAll()
      this.#left()
    }
    if (this.cursor.failed) await this.#demandSound(site)
    if (!this.flowing) this.demandScope(site)
    return make(this.#recordsOf(this.cursor.take(Number.POSITIVE_INFINITY)))
  }

  /** The next record, which stays where it is; null where there is none. */
  async peek(site: CallSite): Promise<BoltRecord | null> {
    this.#demandReadable(site)
    if (this.cursor.buffered === 0) {
      await this.#arrival(site)
      if (!this.flowing) this.demandScope(site)
    }
    const fields = this.cursor.peek()
    return fields === undefined ? null : this.record(fields)
  }

  /** Waits for a record, for a loop that has run dry; false at the end. */
  async more(): Promise<boolean> {
    // The loop's own line is still on the stack here: nothing was awaited since it asked.
    const site = captureFrequentCallSite(this.more)
    const { cursor } = this
    if (!this.flowing) this.demandScope(site)
    if (this.closed) throw atCallSite(this.#consumed(), site)
    if (this.reported) await this.#demandSound(site)
    await this.#arrival(site)
    if (!this.flowing) this.demandScope(site)
    if (cursor.buffered > 0) return true
    await this.#source.hooks?.settled()
    return false
  }

  /** Waits until nobody is in the middle of reading. */
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

  /** Drops the rest and waits until the server has no more of it. */
  async abandon(why: string): Promise<void> {
    this.end(why)
    this.cursor.discard()
    if (this.cursor.settled) return
    await this.cursor.end()
    await this.#source.hooks?.settled()
  }

  /** The summary, once everything has arrived or was discarded: at once where that has happened. */
  summary(site: CallSite): ResultSummary | Promise<ResultSummary> {
    if (this.#summary !== null) return this.#summary
    if (!this.cursor.ended) return this.#summaryLater(site)
    const settling = this.#source.hooks?.settled()
    return settling === undefined ? this.#summarise() : settling.then(() => this.#summarise())
  }

  async #summaryLater(site: CallSite): Promise<ResultSummary> {
    await this.cursor.end()
    await this.#demandSound(site)
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
      // RUN is never sent without a PULL behind it.
      pulled: true,
    })
    surroundings.summarised(this.#summary)
    return this.#summary
  }

  /** One record's values made a record. */
  record(fields: unknown[]): BoltRecord {
    return recordOf(this.#shapeOf(), fields)
  }

  /** Makes records of what was taken, in its place: the list belongs to whoever has taken it. */
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

  /** Whether the reader has not come to the end yet. */
  get #open(): boolean {
    return !this.cursor.ended || this.cursor.buffered > 0
  }

  #demandReadable(site: CallSite): void {
    if (!this.flowing) this.demandScope(site)
    if (this.closed) throw atCallSite(this.#consumed(), site)
  }

  async #demandSound(site: CallSite): Promise<void> {
    if (this.cursor.failed) throw await this.#failure(this.cursor.error, site)
  }

  /** The error itself the first time, afterwards one that says the result has failed. */
  async #failure(error: unknown, site: CallSite): Promise<unknown> {
    if (!this.reported) {
      this.reported = true
      await this.#source.hooks?.judge(error)
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

  /** Why nothing can be read any more; null while something can. */
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
