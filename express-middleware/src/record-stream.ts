/** What `req.neo4j.stream` gives: records one by one, and a way to wait for the first before anything of the answer has left. */

import type { BoltRecord } from '@boltline/core'

/**
 * The records of a result, one by one: an async generator, which begins with the first record that is asked for.
 *
 * @example
 * ```ts
 * const people = await req.neo4j.stream('MATCH (p:Person) RETURN p.name AS name').ready()
 * for await (const person of people) res.write(JSON.stringify(person) + '\n')
 * ```
 */
// biome-ignore lint/suspicious/noExplicitAny: rows without a type are read without casts
export class RecordStream<Row extends object = any> implements AsyncGenerator<BoltRecord<Row>, void, undefined> {
  readonly #records: AsyncGenerator<BoltRecord<Row>, void, undefined>
  #first: Promise<IteratorResult<BoltRecord<Row>, void>> | null = null

  /** @internal */
  constructor(records: AsyncGenerator<BoltRecord<Row>, void, undefined>) {
    this.#records = records
  }

  /**
   * Waits until it is the stream's turn and its first record has come, and gives the stream itself. What fails until then can still
   * be answered with a status of its own: `pipeline` of `node:stream` destroys the response as soon as the stream fails in it.
   */
  async ready(): Promise<this> {
    this.#first ??= this.#records.next()
    await this.#first
    return this
  }

  next(): Promise<IteratorResult<BoltRecord<Row>, void>> {
    const first = this.#first
    this.#first = null
    return first ?? this.#records.next()
  }

  return(): Promise<IteratorResult<BoltRecord<Row>, void>> {
    this.#first = null
    return this.#records.return()
  }

  throw(error: unknown): Promise<IteratorResult<BoltRecord<Row>, void>> {
    this.#first = null
    return this.#records.throw(error)
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }
}
