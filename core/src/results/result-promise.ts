/** The promise of a result, with the methods of the result. */

import { Readable } from 'node:stream'
import type { NotPassed, TextRow } from '../query-types/calls.ts'
import type { Graph } from '../values/graph.ts'
import type { ColumnOptions, Columns } from './columns.ts'
import type { EagerResult } from './eager-result.ts'
import { type FailureScope, quietFollowUps } from './follow-ups.ts'
import type { BoltRecord } from './record.ts'
import type { AnyKey, KeyOf } from './record-types.ts'
import type { Result, SingleOptions } from './result.ts'
import type { ResultSummary } from './summary.ts'

/**
 * The result of a call of `run`: with the row that the caller passed or that the text describes. A union of promises rather than a
 * promise of a union of rows, so that a generic function which passes its own type parameter may return it.
 */
export type ResultFor<Row extends object, Text extends string> = [Row] extends [NotPassed]
  ? ResultPromise<TextRow<Text>>
  : ResultPromise<Row>

/** The methods of a result that its promise has too: each waits for the result and calls the method of the same name. */
const FORWARDED = [
  'keys',
  'consume',
  'single',
  'first',
  'fetch',
  'peek',
  'graph',
  'value',
  'values',
  'data',
  'toEagerResult',
  'toColumns',
] as const satisfies readonly (keyof Result & keyof ResultPromise)[]

/**
 * A `Promise<Result>` that is fulfilled when the server has accepted the query, and has the methods of the result itself.
 *
 * @example
 * ```ts
 * const record = await session.run('RETURN 1 AS one').single()
 * for await (const record of session.run('MATCH (p:Person) RETURN p.name AS name')) console.log(record.get('name'))
 * ```
 */
// biome-ignore lint/suspicious/noExplicitAny: without a row type, fields are read without casts
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the static block defines the methods of the interface
export class ResultPromise<Row extends object = any>
  extends Promise<Result<Row>>
  implements AsyncIterable<BoltRecord<Row>>
{
  /** Makes `then` return an ordinary promise. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise
  }

  static {
    for (const name of FORWARDED) {
      const { [name]: value } = {
        [name](this: ResultPromise, ...given: unknown[]) {
          return this.#read((result) => Reflect.apply(result[name], result, given))
        },
      }
      Object.defineProperty(ResultPromise.prototype, name, { value, configurable: true, writable: true })
    }
  }

  readonly #scope: FailureScope | null

  /**
   * @param scope - the transaction of the query; null for an auto-commit query
   * @internal
   */
  constructor(
    executor: (
      resolve: (result: Result<Row> | PromiseLike<Result<Row>>) => void,
      reject: (reason: unknown) => void,
    ) => void,
    scope: FailureScope | null = null,
  ) {
    super(executor)
    this.#scope = scope
  }

  /** See {@link Result.toReadable}. If the query fails, the stream is destroyed with its error. */
  toReadable(): Readable {
    return Readable.from(this, { objectMode: true })
  }

  /** See {@link Result.closed}; resolved once the server has accepted the query. */
  get closed(): Promise<boolean> {
    return this.#read((result) => result.closed)
  }

  /** Iterates over the records; see {@link Result}. */
  [Symbol.asyncIterator](): AsyncIterableIterator<BoltRecord<Row>> {
    return new PromisedIterator(this)
  }

  #read<T>(read: (result: Result<Row>) => T | Promise<T>): Promise<T> {
    const reading = this.#reading(read)
    return this.#scope === null ? reading : quietFollowUps(reading, this.#scope)
  }

  async #reading<T>(read: (result: Result<Row>) => T | Promise<T>): Promise<T> {
    return read(await this)
  }
}

/** The types of the forwarded methods. */
// biome-ignore lint/suspicious/noExplicitAny: the type parameters of merged declarations are the same
export interface ResultPromise<Row extends object = any> {
  /** The keys of the records, once the server has accepted the query. */
  keys(): Promise<KeyOf<Row>[]>
  /** See {@link Result.consume}. */
  consume(): Promise<ResultSummary>
  /** See {@link Result.single}. */
  single(options: { readonly strict: true }): Promise<BoltRecord<Row>>
  single(options?: SingleOptions | null): Promise<BoltRecord<Row> | null>
  /** See {@link Result.first}. */
  first(): Promise<BoltRecord<Row> | null>
  /** See {@link Result.fetch}. */
  fetch(n: number): Promise<BoltRecord<Row>[]>
  /** See {@link Result.peek}. */
  peek(): Promise<BoltRecord<Row> | null>
  /** See {@link Result.graph}. */
  graph(): Promise<Graph>
  /** See {@link Result.value}. */
  value(key?: AnyKey<Row> | number, missing?: unknown): Promise<unknown[]>
  /** See {@link Result.values}. */
  values(...keys: (AnyKey<Row> | number)[]): Promise<unknown[][]>
  /** See {@link Result.data}. */
  data(...keys: (AnyKey<Row> | number)[]): Promise<{ [key: string]: unknown }[]>
  /** See {@link Result.toEagerResult}. */
  toEagerResult(): Promise<EagerResult<Row>>
  /** See {@link Result.toColumns}. */
  toColumns(options?: ColumnOptions | null): Promise<Columns>
}

/** Waits for the result at the first step; later steps go straight to the result's iterator. */
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
