/** The rows of one answer, one row ahead, so that it is known whether there are more. */

import type { QueryAnswer, TransactionRequest } from './query-handler.ts'

type Rows = Iterator<readonly unknown[]> | AsyncIterator<readonly unknown[]>

export class Stream {
  readonly answer: QueryAnswer
  /** What the client said of the transaction, for a query that is one of its own. */
  readonly autoCommit: TransactionRequest | null
  /** When the client was told of it, on the scale of `performance.now()`. */
  readonly available = performance.now()
  readonly #rows: Rows
  #ahead: IteratorResult<readonly unknown[]> | null = null

  constructor(answer: QueryAnswer, autoCommit: TransactionRequest | null) {
    this.answer = answer
    this.autoCommit = autoCommit
    const { rows } = answer
    this.#rows = Symbol.asyncIterator in rows ? rows[Symbol.asyncIterator]() : rows[Symbol.iterator]()
  }

  /** The next row; null at the end. */
  async next(): Promise<readonly unknown[] | null> {
    const step = this.#ahead ?? (await this.#rows.next())
    this.#ahead = step.done === true ? step : null
    return step.done === true ? null : step.value
  }

  /** Lets go of rows that nobody will ask for. */
  async close(): Promise<void> {
    await this.#rows.return?.()
  }

  /** Whether there is another row. */
  async more(): Promise<boolean> {
    this.#ahead ??= await this.#rows.next()
    return this.#ahead.done !== true
  }
}
