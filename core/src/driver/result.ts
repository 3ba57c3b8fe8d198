/**
 * What a query gave, read as it streams in. A thin handle over the cursor: records are made when they are read, and the
 * rules about who may still read are kept here.
 */

import { Readable } from 'node:stream'
import { ResultWarning, type Warnings } from '../diagnostics/warnings.ts'
import {
  atCallSite,
  ConfigurationError,
  captureCallSite,
  ResultConsumedError,
  ResultFailedError,
  ResultNotSingleError,
} from '../errors/index.ts'
import { Graph } from '../values/graph.ts'
import { checkedOptions, found } from '../values/options.ts'
import type { Cursor } from '../work/cursor.ts'
import { type ColumnOptions, type Columns, toColumns } from './columns.ts'
import { EagerResult } from './eager-result.ts'
import { type BoltRecord, recordOf } from './record.ts'
import { RecordShape } from './record-shape.ts'
import type { KeyOf } from './record-types.ts'
import type { ServerInfo } from './server-info.ts'
import { type ResultSummary, summaryOf } from './summary.ts'

const RESULT = Symbol.for('@boltline/core.Result')

/** What happens around the reading of a result that stands on its own. */
export interface ResultHooks {
  /** What has to be done behind the end of the result before it counts as consumed. */
  readonly settled: () => void | Promise<void>
  /** Looks at a failure before the reader gets it. */
  readonly judge: (error: unknown) => Promise<void>
}

/** Where a result comes from: what its summary says besides the server's words, and who else waits for its end. */
export interface ResultSource {
  readonly cursor: Cursor
  readonly query: string
  readonly parameters: unknown
  readonly server: () => ServerInfo
  readonly warnings: Warnings
  readonly settled: ResultHooks['settled'] | null
  readonly judge: ResultHooks['judge'] | null
  /** Told about each summary once, for warnings and logs. */
  readonly summarised: (summary: ResultSummary) => void
}

/** Settings of {@link Result.single}. */
export interface SingleOptions {
  /** Raise `ResultNotSingleError` unless there is exactly one record. Default false. */
  readonly strict?: boolean | undefined
}

/** What `toEagerResult` does, for a caller that knows already where it was called from. */
export let readEagerly: (result: Result, site: object) => Promise<EagerResult>

/**
 * The result of a query: its records, streamed with back-pressure, then its summary. Reading takes records off the
 * stream; each is given once, whatever method or loop reads it.
 *
 * @typeParam Row - the fields of a record by key
 *
 * @example
 * ```ts
 * const result = await session.run('MATCH (p:Person) RETURN p.name AS name')
 * for await (const record of result) console.log(record.get('name'))
 * const summary = await result.consume()
 * ```
 */
// biome-ignore lint/suspicious/noExplicitAny: a row nobody described is read without casts
export class Result<Row extends object = any> implements AsyncIterable<BoltRecord<Row>> {
  readonly #source: ResultSource
  readonly #cursor: Cursor
  #shape: RecordShape | null = null
  #summary: ResultSummary | null = null
  /** Why records can't be read any more. */
  #over: string | null = null
  /** The transaction it came from has ended. */
  #outOfScope = false
  /** The cursor's error has been raised once, here or by the session. */
  reported = false

  static {
    readEagerly = (result, site) => result.#eagerly(site)
  }

  /** Made by the driver. */
  constructor(source: ResultSource) {
    this.#source = source
    this.#cursor = source.cursor
  }

  /** The keys of the records, in the order of the query's RETURN. */
  keys(): KeyOf<Row>[] {
    return [...this.#cursor.keys] as KeyOf<Row>[]
  }

  /** Whether no more records can be read: consumed, or its transaction has ended. */
  get closed(): boolean {
    return this.#over !== null
  }

  /** Reads record by record. Leaving the loop early discards the rest. */
  [Symbol.asyncIterator](): AsyncIterableIterator<BoltRecord<Row>> {
    return new RecordIterator(this.#cursor, this as unknown as ResultReading) as AsyncIterableIterator<BoltRecord<Row>>
  }

  /**
   * Discards what is unread and gives the summary.
   * @throws ResultConsumedError when the transaction of this result has ended
   */
  async consume(): Promise<ResultSummary> {
    const site = captureCallSite(this.consume)
    if (this.#outOfScope) throw atCallSite(this.#consumedError(), site)
    if (this.#summary === null && this.#over === null) this.#over = 'it was consumed'
    this.#cursor.discard()
    return this.#finish(site)
  }

  /**
   * The next and only record, or null where there is none. Always reads the result to its end.
   *
   * With `strict`, anything but exactly one record raises; without it, more than one emits a `ResultWarning` and gives
   * the first.
   * @throws ResultNotSingleError with `strict`, unless there is exactly one record
   * @throws ResultConsumedError when the records can't be read any more
   */
  single(options: { readonly strict: true }): Promise<BoltRecord<Row>>
  single(options?: SingleOptions): Promise<BoltRecord<Row> | null>
  async single(options?: SingleOptions): Promise<BoltRecord<Row> | null> {
    const site = captureCallSite(this.single)
    const { strict } = checkedOptions(options, ['strict'], 'single')
    const records = await this.#read(2, site)
    const more = records.length > 1
    this.#cursor.discard()
    await this.#finish(site)
    this.#over = 'single() has read it'
    if (strict === true && records.length !== 1) {
      const count = records.length === 0 ? 'none' : 'more than one'
      throw atCallSite(
        new ResultNotSingleError(
          `Expected exactly one record, found ${count}. Make the query return one, for example with LIMIT 1`,
          {
            result: this,
          },
        ),
        site,
      )
    }
    if (more) {
      this.#source.warnings.emit(
        new ResultWarning(
          'single() found more than one record and gives the first; use first(), or single({ strict: true })',
        ),
      )
    }
    return records[0] ?? null
  }

  /** The next record, or null where there is none. Discards the rest. */
  async first(): Promise<BoltRecord<Row> | null> {
    const site = captureCallSite(this.first)
    const [record] = await this.#read(1, site)
    this.#cursor.discard()
    await this.#finish(site)
    this.#over = 'first() has read it'
    return record ?? null
  }

  /** Up to `n` records. The fastest way to read very many: one wait for a batch instead of one for each record. */
  async fetch(n: number): Promise<BoltRecord<Row>[]> {
    const site = captureCallSite(this.fetch)
    if (!Number.isSafeInteger(n) || n < 0) {
      throw atCallSite(new ConfigurationError(`fetch(n) takes a whole number from 0 on, found ${found(n)}`), site)
    }
    return this.#read(n, site)
  }

  /** The next record without taking it off, or null where there is none. */
  async peek(): Promise<BoltRecord<Row> | null> {
    const site = captureCallSite(this.peek)
    this.#demandReadable(site)
    if (this.#cursor.buffered === 0) await this.#arrival(site)
    const fields = this.#cursor.peek()
    return fields === undefined ? null : this.#record(fields)
  }

  /** The nodes and relationships of all records that are unread when this is called. */
  async graph(): Promise<Graph> {
    const records = await this.#rest(captureCallSite(this.graph))
    return Graph.of(records.flatMap((record) => [...record]))
  }

  /**
   * One value of each remaining record.
   * @param key - the field's key or index; by default the first field
   * @param missing - stands for a field that isn't there; null by default
   */
  async value(key: KeyOf<Row> | number = 0, missing: unknown = null): Promise<unknown[]> {
    const records = await this.#rest(captureCallSite(this.value))
    return records.map((record) => record.value(key, missing))
  }

  /** The values of each remaining record, of the given fields or all. */
  async values(...keys: (KeyOf<Row> | number)[]): Promise<unknown[][]> {
    const records = await this.#rest(captureCallSite(this.values))
    return records.map((record) => record.values(...keys))
  }

  /** The remaining records as plain objects, of the given fields or all; see `Record.data`. */
  async data(...keys: (KeyOf<Row> | number)[]): Promise<{ [key: string]: unknown }[]> {
    const records = await this.#rest(captureCallSite(this.data))
    return records.map((record) => record.data(...keys) as { [key: string]: unknown })
  }

  /** All remaining records with summary and keys. */
  toEagerResult(): Promise<EagerResult<Row>> {
    return this.#eagerly(captureCallSite(this.toEagerResult))
  }

  async #eagerly(site: object): Promise<EagerResult<Row>> {
    const records = await this.#rest(site)
    const summary = await this.#finish(site)
    this.#over = 'toEagerResult() has read it'
    return new EagerResult<Row>(records, summary, this.keys())
  }

  /** The remaining records as columns, for charts and data frames. */
  async toColumns(options?: ColumnOptions): Promise<Columns> {
    const { expand, parseDates } = checkedOptions(options, ['expand', 'parseDates'], 'toColumns')
    const records = await this.#rest(captureCallSite(this.toColumns))
    return toColumns(this.#cursor.keys, records, { expand: expand === true, parseDates: parseDates === true })
  }

  /** A Node object-mode stream of the remaining records. Destroying it discards the rest. */
  toReadable(): Readable {
    return Readable.from(this, { objectMode: true })
  }

  /** The transaction has ended: nothing can be read any more. */
  leaveScope(): void {
    this.#outOfScope = true
    this.#over ??= 'its transaction has ended'
  }

  get [RESULT](): true {
    return true
  }

  /** One record's values made a record. */
  recordFrom(fields: unknown[]): BoltRecord<Row> {
    return this.#record(fields)
  }

  /** Why reading isn't possible, or null. */
  refusal(): Error | null {
    if (
      this.#over !== null &&
      !(this.#cursor.ended && this.#cursor.buffered === 0 && !this.#outOfScope && this.#summary === null)
    ) {
      return this.#consumedError()
    }
    return null
  }

  /** Waits for a record or the end; true where there is a record. */
  async waitForRecord(): Promise<boolean> {
    await this.#arrival(captureCallSite(this.waitForRecord))
    if (this.#cursor.buffered > 0) return true
    await this.#source.settled?.()
    return false
  }

  /** Gives up the rest, as a loop that is left early does. */
  async abandon(why: string): Promise<void> {
    this.#over ??= why
    this.#cursor.discard()
    if (this.#cursor.settled) return
    await this.#cursor.end()
    await this.#source.settled?.()
  }

  async #read(n: number, site: object): Promise<BoltRecord<Row>[]> {
    this.#demandReadable(site)
    const records: BoltRecord<Row>[] = []
    const cursor = this.#cursor
    while (records.length < n) {
      if (cursor.buffered === 0) await this.#arrival(site)
      const taken = cursor.take(n - records.length)
      if (taken.length === 0) break
      for (let i = 0; i < taken.length; i++) records.push(this.#record(taken[i] as unknown[]))
    }
    return records
  }

  async #rest(site: object): Promise<BoltRecord<Row>[]> {
    this.#demandReadable(site)
    await this.#cursor.bufferAll()
    this.#demandSound(site)
    const shape = this.#shapeOf()
    const fields = this.#cursor.take(Number.POSITIVE_INFINITY)
    const records: BoltRecord<Row>[] = new Array(fields.length)
    for (let i = 0; i < fields.length; i++) records[i] = recordOf(shape, fields[i] as unknown[]) as BoltRecord<Row>
    await this.#source.settled?.()
    return records
  }

  async #arrival(site: object): Promise<void> {
    try {
      await this.#cursor.arrival()
    } catch (error) {
      await this.#source.judge?.(error)
      throw this.#failure(error, site)
    }
  }

  async #finish(site: object): Promise<ResultSummary> {
    if (this.#summary !== null) return this.#summary
    const cursor = this.#cursor
    await cursor.end()
    this.#demandSound(site)
    await this.#source.settled?.()
    const server = this.#source.server()
    this.#summary = summaryOf({
      query: this.#source.query,
      parameters: (this.#source.parameters ?? {}) as { readonly [name: string]: unknown },
      metadata: { ...cursor.header, ...cursor.footer },
      server,
      version: server.protocolVersion,
      hadRecords: cursor.hadRecords,
      hadKeys: cursor.keys.length > 0,
      pulled: true,
    })
    this.#source.summarised(this.#summary)
    return this.#summary
  }

  #record(fields: unknown[]): BoltRecord<Row> {
    return recordOf(this.#shapeOf(), fields) as BoltRecord<Row>
  }

  #shapeOf(): RecordShape {
    this.#shape ??= new RecordShape(this.#cursor.keys)
    return this.#shape
  }

  #demandReadable(site: object): void {
    if (this.#over !== null) throw atCallSite(this.#consumedError(), site)
    if (this.reported) this.#demandSound(site)
  }

  #demandSound(site: object): void {
    if (this.#cursor.failed) throw this.#failure(this.#cursor.error, site)
  }

  /** The error itself the first time, afterwards one that says the result has failed. */
  #failure(error: unknown, site: object): unknown {
    if (!this.reported) {
      this.reported = true
      return atCallSite(error, site)
    }
    return atCallSite(
      new ResultFailedError('The result has failed and has no records to read', { cause: error, result: this }),
      site,
    )
  }

  #consumedError(): ResultConsumedError {
    return new ResultConsumedError(
      `The result can't be read any more: ${this.#over}. Read its records before that, or keep them with toEagerResult()`,
      { result: this },
    )
  }
}

/** True for a result, also one of another copy of this package. */
export function isResult(value: unknown): value is Result {
  return typeof value === 'object' && value !== null && (value as { [RESULT]?: unknown })[RESULT] === true
}

/** What the iterator needs of its result. */
interface ResultReading {
  recordFrom(fields: unknown[]): BoltRecord
  refusal(): Error | null
  waitForRecord(): Promise<boolean>
  abandon(why: string): Promise<void>
}

/** The hot path of `for await`: a buffered record costs one promise and no closure. */
class RecordIterator implements AsyncIterableIterator<BoltRecord> {
  readonly #cursor: Cursor
  readonly #result: ResultReading

  constructor(cursor: Cursor, result: ResultReading) {
    this.#cursor = cursor
    this.#result = result
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<IteratorResult<BoltRecord>> {
    const fields = this.#cursor.shift()
    if (fields !== undefined) return Promise.resolve({ value: this.#result.recordFrom(fields), done: false })
    return this.#wait()
  }

  async return(): Promise<IteratorResult<BoltRecord>> {
    await this.#result.abandon('a loop over it was left')
    return { value: undefined, done: true }
  }

  async #wait(): Promise<IteratorResult<BoltRecord>> {
    const refusal = this.#result.refusal()
    if (refusal !== null) throw refusal
    if (!(await this.#result.waitForRecord())) return { value: undefined, done: true }
    return this.next()
  }
}
