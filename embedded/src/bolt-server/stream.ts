/** The rows of one answer. Reads one row ahead to know whether there are more. */

import type { QueryAnswer, TransactionRequest } from './query-handler.ts'

type Rows = Iterator<readonly unknown[]> | AsyncIterator<readonly unknown[]>

export class Stream {
  readonly answer: QueryAnswer
  /** The settings of the transaction of an auto-commit query; null inside an explicit transaction. */
  readonly autoCommit: TransactionRequest | null
  /** The time of the answer to RUN, on the scale of `performance.now()`. */
  readonly available = performance.now()
  readonly #rows: Rows
  #ahead: IteratorResult<readonly unknown[]> | null = null

  constructor(answer: QueryAnswer, autoCommit: TransactionRequest | null) {
    this.answer = answer
    this.autoCommit = autoCommit
    const { rows } = answer
    this.#rows = Symbol.asyncIterator in rows ? rows[Symbol.asyncIterator]() : rows[Symbol.iterator]()
  }

  /** Returns the next row; null at the end. */
  async next(): Promise<readonly unknown[] | null> {
    const step = this.#ahead ?? (await this.#rows.next())
    this.#ahead = step.done === true ? step : null
    return step.done === true ? null : step.value
  }

  /** Ends the source, so that it releases the remaining rows. */
  async close(): Promise<void> {
    await this.#rows.return?.()
  }

  /** Returns whether there is another row. */
  async more(): Promise<boolean> {
    this.#ahead ??= await this.#rows.next()
    return this.#ahead.done !== true
  }
}
