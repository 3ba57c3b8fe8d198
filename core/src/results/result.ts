/** What a query gave, as users hold it: a thin handle over its reader. */

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
import { Graph } from '../values/graph.ts'
import { checkedOptions, found } from '../values/options.ts'
import { type ColumnOptions, type Columns, toColumns } from './columns.ts'
import type { EagerResult } from './eager-result.ts'
import { quietFollowUps } from './follow-ups.ts'
import type { BoltRecord } from './record.ts'
import type { KeyOf } from './record-types.ts'
import type { ResultReader } from './result-reader.ts'
import type { ResultSummary } from './summary.ts'

const RESULT = Symbol.for('@boltline/core.Result')

/** Settings of {@link Result.single}. */
export interface SingleOptions {
  /** Raise `ResultNotSingleError` unless there is exactly one record. Default false. */
  readonly strict?: boolean | undefined
}

/** Makes a result; users only get them from queries. */
export let resultOf: (reader: ResultReader) => Result

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

  /** Whether no more records can be read: consumed, or its transaction has ended. */
  get closed(): boolean {
    return this.#reader.closed
  }

  /** Reads record by record. Leaving the loop early discards the rest. */
  [Symbol.asyncIterator](): AsyncIterableIterator<BoltRecord<Row>> {
    return new RecordIterator<Row>(this.#reader)
  }

  /**
   * Discards what is unread and gives the summary.
   * @throws ResultConsumedError when the transaction of this result has ended
   */
  consume(): Promise<ResultSummary> {
    return this.#read(async () => {
      const site = captureCallSite(this.consume)
      const reader = this.#reader
      reader.demandScope(site)
      reader.end('it was consumed')
      reader.cursor.discard()
      return reader.summary(site)
    })
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
            'single() found multiple records and gives the first; use first(), or single({ strict: true })',
          ),
        )
      }
      return records[0] ?? null
    })
  }

  /** The next record, or null where there is none. Discards the rest. */
  first(): Promise<BoltRecord<Row> | null> {
    return this.#read(async () => {
      const [record] = await this.#take(1, captureCallSite(this.first))
      return record ?? null
    })
  }

  /** Up to `n` records. The fastest way to read very many: one wait for a batch instead of one for each record. */
  fetch(n: number): Promise<BoltRecord<Row>[]> {
    return this.#read(async () => {
      const site = captureFrequentCallSite(this.fetch)
      if (!Number.isSafeInteger(n) || n < 0) {
        throw atCallSite(new ConfigurationError(`fetch(n) takes a whole number from 0 on, found ${found(n)}`), site)
      }
      return this.#reader.read(n, site)
    })
  }

  /** The next record without taking it off, or null where there is none. */
  peek(): Promise<BoltRecord<Row> | null> {
    return this.#read(() => this.#reader.peek(captureCallSite(this.peek)))
  }

  /** The nodes and relationships of all records that are unread when this is called. */
  graph(): Promise<Graph> {
    return this.#read(async () => {
      const records = await this.#reader.rest(captureCallSite(this.graph))
      return Graph.of(records.flatMap((record) => [...record]))
    })
  }

  /**
   * One value of each remaining record.
   * @param key - the field's key or index; by default the first field
   * @param missing - stands for a field that isn't there; null by default
   */
  value(key: KeyOf<Row> | number = 0, missing: unknown = null): Promise<unknown[]> {
    return this.#read(async () => {
      const records = await this.#reader.rest(captureCallSite(this.value))
      return records.map((record) => record.value(key, missing))
    })
  }

  /** The values of each remaining record, of the given fields or all. */
  values(...keys: (KeyOf<Row> | number)[]): Promise<unknown[][]> {
    return this.#read(async () => {
      const records = await this.#reader.rest(captureCallSite(this.values))
      return records.map((record) => record.values(...keys))
    })
  }

  /** The remaining records as plain objects, of the given fields or all; see `Record.data`. */
  data(...keys: (KeyOf<Row> | number)[]): Promise<{ [key: string]: unknown }[]> {
    return this.#read(async () => {
      const records = await this.#reader.rest(captureCallSite(this.data))
      return records.map((record) => record.data(...keys) as { [key: string]: unknown })
    })
  }

  /** All remaining records with summary and keys. */
  toEagerResult(): Promise<EagerResult<Row>> {
    return this.#read(() => this.#reader.whole(captureCallSite(this.toEagerResult)) as Promise<EagerResult<Row>>)
  }

  /** The remaining records as columns, for charts and data frames. */
  toColumns(options?: ColumnOptions | null): Promise<Columns> {
    return this.#read(async () => {
      const site = captureCallSite(this.toColumns)
      const checked = checkedOptions(options, ['expand', 'parseDates'], 'toColumns') as ColumnOptions
      return toColumns(this.#reader.cursor.keys, await this.#reader.rest(site), checked)
    })
  }

  /** A Node object-mode stream of the remaining records. Destroying it discards the rest. */
  toReadable(): Readable {
    return Readable.from(this, { objectMode: true })
  }

  #read<T>(read: () => Promise<T>): Promise<T> {
    const { scope } = this.#reader
    return scope === null ? read() : quietFollowUps(read(), scope)
  }

  /** Up to `n` records, and the end of the rest. */
  async #take(n: number, site: CallSite): Promise<BoltRecord<Row>[]> {
    const reader = this.#reader
    const records = await reader.read(n, site)
    reader.cursor.discard()
    await reader.summary(site)
    return records
  }
}

/** True for a result, also one of another copy of this package. */
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
