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
  /** Called when it fails before the first record; null once it has begun. */
  #failed: ((error: unknown) => void) | null
  #first: Promise<IteratorResult<BoltRecord<Row>, void>> | null = null

  /** @internal */
  constructor(records: AsyncGenerator<BoltRecord<Row>, void, undefined>, failed: (error: unknown) => void) {
    this.#records = records
    this.#failed = failed
  }

  /**
   * Waits until it is the stream's turn and its first record has come, and gives the stream itself. What fails until then fails before
   * the handler has written anything of its answer.
   */
  async ready(): Promise<this> {
    this.#first ??= this.#next()
    await this.#first
    return this
  }

  next(): Promise<IteratorResult<BoltRecord<Row>, void>> {
    const first = this.#first
    this.#first = null
    return first ?? this.#next()
  }

  #next(): Promise<IteratorResult<BoltRecord<Row>, void>> {
    const next = this.#records.next()
    const failed = this.#failed
    if (failed !== null) {
      this.#failed = null
      next.then(undefined, failed)
    }
    return next
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
