/** A result that is on its way: a promise that can be read as if it were the result. */

import { Readable } from 'node:stream'
import type { Graph } from '../values/graph.ts'
import type { ColumnOptions, Columns } from './columns.ts'
import type { EagerResult } from './eager-result.ts'
import type { BoltRecord } from './record.ts'
import type { KeyOf } from './record-types.ts'
import type { Result, SingleOptions } from './result.ts'
import type { ResultSummary } from './summary.ts'

/**
 * A `Promise<Result>` that is fulfilled when the server has accepted the query, and has the methods of the result itself.
 *
 * @example
 * ```ts
 * const record = await session.run('RETURN 1 AS one').single()
 * for await (const record of session.run('MATCH (p:Person) RETURN p.name AS name')) console.log(record.get('name'))
 * ```
 */
// biome-ignore lint/suspicious/noExplicitAny: a row nobody described is read without casts
export class ResultPromise<Row extends object = any>
  extends Promise<Result<Row>>
  implements AsyncIterable<BoltRecord<Row>>
{
  /** What `then` gives is an ordinary promise. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise
  }

  /** The keys of the records, once the server has accepted the query. */
  async keys(): Promise<KeyOf<Row>[]> {
    return (await this).keys()
  }

  /** See {@link Result.consume}. */
  async consume(): Promise<ResultSummary> {
    return (await this).consume()
  }

  /** See {@link Result.single}. */
  single(options: { readonly strict: true }): Promise<BoltRecord<Row>>
  single(options?: SingleOptions | null): Promise<BoltRecord<Row> | null>
  async single(options?: SingleOptions | null): Promise<BoltRecord<Row> | null> {
    return (await this).single(options)
  }

  /** See {@link Result.first}. */
  async first(): Promise<BoltRecord<Row> | null> {
    return (await this).first()
  }

  /** See {@link Result.fetch}. */
  async fetch(n: number): Promise<BoltRecord<Row>[]> {
    return (await this).fetch(n)
  }

  /** See {@link Result.peek}. */
  async peek(): Promise<BoltRecord<Row> | null> {
    return (await this).peek()
  }

  /** See {@link Result.graph}. */
  async graph(): Promise<Graph> {
    return (await this).graph()
  }

  /** See {@link Result.value}. */
  async value(key?: KeyOf<Row> | number, missing?: unknown): Promise<unknown[]> {
    return (await this).value(key, missing)
  }

  /** See {@link Result.values}. */
  async values(...keys: (KeyOf<Row> | number)[]): Promise<unknown[][]> {
    return (await this).values(...keys)
  }

  /** See {@link Result.data}. */
  async data(...keys: (KeyOf<Row> | number)[]): Promise<{ [key: string]: unknown }[]> {
    return (await this).data(...keys)
  }

  /** See {@link Result.toEagerResult}. */
  async toEagerResult(): Promise<EagerResult<Row>> {
    return (await this).toEagerResult()
  }

  /** See {@link Result.toColumns}. */
  async toColumns(options?: ColumnOptions | null): Promise<Columns> {
    return (await this).toColumns(options)
  }

  /** See {@link Result.toReadable}. A query that fails destroys the stream with its error. */
  toReadable(): Readable {
    return Readable.from(this, { objectMode: true })
  }

  /** Whether the records can't be read any more, once the server has accepted the query. */
  get closed(): Promise<boolean> {
    return this.then((result) => result.closed)
  }

  /** Reads record by record; see {@link Result}. */
  [Symbol.asyncIterator](): AsyncIterableIterator<BoltRecord<Row>> {
    return new PromisedIterator(this)
  }
}

/** Waits for the result at the first step only; every other step costs what it costs on the result itself. */
class PromisedIterator<Row extends object> implements AsyncIterableIterator<BoltRecord<Row>> {
  readonly #promise: Promise<Result<Row>>
  #iterator: AsyncIterator<BoltRecord<Row>> | null = null

  constructor(promise: Promise<Result<Row>>) {
    this.#promise = promise
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<IteratorResult<BoltRecord<Row>>> {
    return this.#iterator === null ? this.#open().then((iterator) => iterator.next()) : this.#iterator.next()
  }

  async return(): Promise<IteratorResult<BoltRecord<Row>>> {
    await (this.#iterator ?? (await this.#open())).return?.()
    return { value: undefined, done: true }
  }

  async #open(): Promise<AsyncIterator<BoltRecord<Row>>> {
    this.#iterator ??= (await this.#promise)[Symbol.asyncIterator]()
    return this.#iterator
  }
}
