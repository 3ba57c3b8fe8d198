/** The return type of `req.neo4j.stream`: an async generator of records that can also wait for the first one. */

import type { BoltRecord } from '@boltline/core'

/**
 * The records of a result as an async generator. The query starts when the first record is requested.
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
  /** Called if the stream fails before its first record; null after the first record. */
  #failed: ((error: unknown) => void) | null
  #first: Promise<IteratorResult<BoltRecord<Row>, void>> | null = null

  /** @internal */
  constructor(records: AsyncGenerator<BoltRecord<Row>, void, undefined>, failed: (error: unknown) => void) {
    this.#records = records
    this.#failed = failed
  }

  /**
   * Waits for a stream slot and for the first record, then resolves to the stream itself. A failure up to this point rejects
   * before the handler has written any part of the response, so the error handler can still send a status.
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
