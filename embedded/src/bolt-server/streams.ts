/** The open results of one connection by their id, which PULL and DISCARD name. */

import type { QueryAnswer, TransactionRequest } from './query-handler.ts'
import { Stream } from './stream.ts'

export class Streams {
  readonly #open = new Map<number, Stream>()
  #nextId = 0

  /** Opens the result of an auto-commit query; its id is 0. */
  openAutoCommit(answer: QueryAnswer, transaction: TransactionRequest): void {
    this.#open.set(0, new Stream(answer, transaction))
  }

  /** Opens the result of a query in a transaction, and returns its id. */
  openInTransaction(answer: QueryAnswer): number {
    const id = this.#nextId++
    this.#open.set(id, new Stream(answer, null))
    return id
  }

  /** The id that a message names; the last open result for a message without one, −1 if none is open. */
  idIn({ qid }: Readonly<Record<string, unknown>>): number {
    return typeof qid === 'number' && qid >= 0 ? qid : Math.max(...this.#open.keys(), -1)
  }

  get(id: number): Stream | undefined {
    return this.#open.get(id)
  }

  /** Removes a result whose rows have all been sent. */
  delete(id: number): void {
    this.#open.delete(id)
  }

  /** Starts the ids of a new transaction. */
  restartIds(): void {
    this.#nextId = 0
  }

  /** Closes all results, so that their sources release the remaining rows. */
  closeAll(): void {
    // A source of rows may fail on an early end; no message is left to report that in.
    for (const stream of this.#open.values()) stream.close().catch(() => undefined)
    this.#open.clear()
  }
}
