/** The public handle of a query's result: a thin wrapper of its reader. */

import { Readable } from 'node:stream'
import { ResultWarning } from '../diagnostics/warnings.ts'
import {
  atCallSite,
  type CallSite,
  ConfigurationError,
  captureCallSite,
  captureFrequentCallSite,
  ResultNotSingleError,
} from '../errors/index.ts'
import { checkedOptions, found } from '../platform/checked-options.ts'
import { Graph } from '../values/graph.ts'
import { type ColumnOptions, type Columns, toColumns } from './columns.ts'
import type { EagerResult } from './eager-result.ts'
import { quietFollowUps } from './follow-ups.ts'
import type { BoltRecord } from './record.ts'
import type { AnyKey, KeyOf } from './record-types.ts'
import type { ResultReader } from './result-reader.ts'
import type { ResultSummary } from './summary.ts'

const RESULT = Symbol.for('@boltline/core.Result')

/** Settings of {@link Result.single}. */
export interface SingleOptions {
  /** Whether to raise `ResultNotSingleError` unless there is exactly one record. Default: false. */
  readonly strict?: boolean | undefined
}

/** Creates a result; users get results from queries only. */
export let resultOf: (reader: ResultReader) => Result

/**
 * The result of a query: its records, streamed with back-pressure, then its summary. Each record is returned once: methods and
 * loops take records off the same stream.
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
// biome-ignore lint/suspicious/noExplicitAny: without a row type, fields are read without casts
export class Result<Row extends object = any> implements AsyncIterable<BoltRecord<Row>> {
  readonly #reader: ResultReader

  static {
    resultOf = (reader) => new Result(reader)
    Object.defineProperty(Result.prototype, RESULT, { value: true })
  }

  private constructor(reader: ResultReader) {
    this.#reader = reader
    reader.handle = this
  }

  /** The keys of the records, in the order of the query's RETURN. */
  keys(): KeyOf<Row>[] {
    return [...this.#reader.cursor.keys] as KeyOf<Row>[]
  }

  /** Whether no more records can be read, because the result was consumed or its transaction has ended. */
  get closed(): boolean {
    return this.#reader.closed
  }

  /** Iterates over the remaining records. Leaving the loop early discards the rest. */
  [Symbol.asyncIterator](): AsyncIterableIterator<BoltRecord<Row>> {
    return new RecordIterator<Row>(this.#reader)
  }

  /**
   * Discards unread records and returns the summary.
   * @throws ResultConsumedError (as a rejection) when the transaction of this result has ended
   * @throws Neo4jError (as a rejection) when the query fails on the server
   */
  consume(): Promise<ResultSummary> {
    return this.#read(async () => {
      const site = captureCallSite(this.consume)
      const reader = this.#reader
      reader.assertScope(site)
      reader.end('it was consumed')
      reader.cursor.discard()
      return reader.summary(site)
    })
  }

  /**
   * Returns the only remaining record, or null if there is none, and discards the rest.
   *
   * If there are more records, it returns the first one and emits a `ResultWarning`. With `strict` it raises an error instead,
   * also if there is none.
   * @throws ResultNotSingleError (as a rejection) with `strict`, unless there is exactly one record
   * @throws ResultConsumedError (as a rejection) when the records can't be read any more
   */
  single(options: { readonly strict: true }): Promise<BoltRecord<Row>>
  single(options?: SingleOptions | null): Promise<BoltRecord<Row> | null>
  single(options?: SingleOptions | null): Promise<BoltRecord<Row> | null> {
    return this.#read(async () => {
      const site = captureCallSite(this.single)
      const { strict } = checkedOptions(options, ['strict'], 'single')
      const records = await this.#take(2, site)
      if (strict === true && records.length !== 1) {
        const count = records.length === 0 ? 'none' : 'more than one'
        const advice = 'Make the query return one, for example with LIMIT 1'
        throw atCallSite(
          new ResultNotSingleError(`Expected exactly one record, found ${count}. ${advice}`, { result: this }),
          site,
        )
      }
      if (records.length > 1) {
        this.#reader.warnings.emit(
          new ResultWarning(
            'single() found multiple records and returns the first; use first(), or single({ strict: true })',
          ),
        )
      }
      return records[0] ?? null
    })
  }

  /** Returns the next record, or null if there is none, and discards the rest. */
  first(): Promise<BoltRecord<Row> | null> {
    return this.#read(async () => {
      const [record] = await this.#take(1, captureCallSite(this.first))
      return record ?? null
    })
  }

  /**
   * Returns up to `n` records; fewer only at the end. The fastest way to read large results: it awaits once per call, not
   * once per record.
   */
  fetch(n: number): Promise<BoltRecord<Row>[]> {
    return this.#read(async () => {
      const site = captureFrequentCallSite(this.fetch)
      if (!Number.isSafeInteger(n) || n < 0) {
        throw atCallSite(new ConfigurationError(`fetch(n) takes an integer of at least 0, found ${found(n)}`), site)
      }
      return this.#reader.read(n, site)
    })
  }

  /** Returns the next record without taking it off the stream, or null if there is none. */
  peek(): Promise<BoltRecord<Row> | null> {
    return this.#read(() => this.#reader.peek(captureCallSite(this.peek)))
  }

  /** Returns the nodes and relationships of all remaining records. */
  graph(): Promise<Graph> {
    return this.#read(async () => {
      const records = await this.#reader.rest(captureCallSite(this.graph))
      return Graph.of(records.flatMap((record) => [...record]))
    })
  }

  /**
   * Returns one value of each remaining record.
   * @param key - the field's key or index; default: the first field
   * @param missing - the value for a record without such a field; default: null
   */
  value(key: AnyKey<Row> | number = 0, missing: unknown = null): Promise<unknown[]> {
    return this.#read(async () => {
      const records = await this.#reader.rest(captureCallSite(this.value))
      return records.map((record) => record.value(key, missing))
    })
  }

  /** Returns the values of each remaining record, of the given fields or of all. */
  values(...keys: (AnyKey<Row> | number)[]): Promise<unknown[][]> {
    return this.#read(async () => {
      const records = await this.#reader.rest(captureCallSite(this.values))
      return records.map((record) => record.values(...keys))
    })
  }

  /** Returns the remaining records as plain objects, with the given fields or all; see `Record.data`. */
  data(...keys: (AnyKey<Row> | number)[]): Promise<{ [key: string]: unknown }[]> {
    return this.#read(async () => {
      const records = await this.#reader.rest(captureCallSite(this.data))
      return records.map((record) => record.data(...keys) as { [key: string]: unknown })
    })
  }

  /** Returns all remaining records with the summary and the keys. */
  toEagerResult(): Promise<EagerResult<Row>> {
    return this.#read(() => this.#reader.whole(captureCallSite(this.toEagerResult)) as Promise<EagerResult<Row>>)
  }

  /** Returns the remaining records as columns, for charts and data frames. */
  toColumns(options?: ColumnOptions | null): Promise<Columns> {
    return this.#read(async () => {
      const site = captureCallSite(this.toColumns)
      const checked = checkedOptions(options, ['expand', 'parseDates'], 'toColumns') as ColumnOptions
      return toColumns(this.#reader.cursor.keys, await this.#reader.rest(site), checked)
    })
  }

  /** Returns a Node stream (object mode) of the remaining records. Destroying the stream discards the rest. */
  toReadable(): Readable {
    return Readable.from(this, { objectMode: true })
  }

  #read<T>(read: () => Promise<T>): Promise<T> {
    const { scope } = this.#reader
    return scope === null ? read() : quietFollowUps(read(), scope)
  }

  /** Reads up to `n` records and discards the rest. */
  async #take(n: number, site: CallSite): Promise<BoltRecord<Row>[]> {
    const reader = this.#reader
    const records = await reader.read(n, site)
    reader.cursor.discard()
    await reader.summary(site)
    return records
  }
}

/** Whether `value` is a result, also of another copy of this package. */
export function isResult(value: unknown): value is Result {
  return typeof value === 'object' && value !== null && (value as { [RESULT]?: unknown })[RESULT] === true
}

/** The hot path of `for await`: a buffered record costs one promise and no closure. */
class RecordIterator<Row extends object> implements AsyncIterableIterator<BoltRecord<Row>> {
  readonly #reader: ResultReader

  constructor(reader: ResultReader) {
    this.#reader = reader
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<IteratorResult<BoltRecord<Row>>> {
    const fields = this.#reader.flowing ? this.#reader.cursor.shift() : undefined
    if (fields !== undefined) return Promise.resolve({ value: this.#reader.record(fields), done: false })
    return this.#wait()
  }

  async return(): Promise<IteratorResult<BoltRecord<Row>>> {
    await this.#reader.abandon('a loop over it was left')
    return { value: undefined, done: true }
  }

  async #wait(): Promise<IteratorResult<BoltRecord<Row>>> {
    if (!(await this.#reader.more())) return { value: undefined, done: true }
    const fields = this.#reader.cursor.shift()
    return fields === undefined ? this.next() : { value: this.#reader.record(fields), done: false }
  }
}
