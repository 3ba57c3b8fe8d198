/** A transaction and its results, which end together. Used by the handles of explicit and of managed transactions. */

import { aboutQuery, aboutTransaction, atCallSite, type CallSite, ConfigurationError } from '../errors/index.ts'
import type { OpenTransaction } from '../execution/bolt-transaction.ts'
import { type Result, resultOf } from '../results/result.ts'
import type { ResultFactory } from '../results/result-factory.ts'
import { ResultPromise } from '../results/result-promise.ts'
import type { ReadingScope } from '../results/result-reader.ts'
import { checkedParameters, checkedQuery } from './arguments.ts'

export class TransactionScope implements ReadingScope {
  readonly work: OpenTransaction
  /** The user's handle of the transaction, which errors refer to. */
  handle: object | null = null
  readonly #results: ResultFactory
  #ended = false

  /** Lets the auth manager handle a security error before the caller gets it. */
  readonly handleAuthError: (error: unknown) => Promise<void>

  constructor(work: OpenTransaction, results: ResultFactory, handleAuthError: (error: unknown) => Promise<void>) {
    this.work = work
    this.#results = results
    this.handleAuthError = handleAuthError
  }

  run<Row extends object>(query: unknown, parameters: unknown, site: CallSite): ResultPromise<Row> {
    const started = this.#run(query, parameters, site)
    const promise = new ResultPromise<Row>((resolve, reject) => {
      started.then(resolve as (result: Result) => void, reject)
    }, this)
    // An unhandled rejection loses nothing: the transaction keeps the failure and refuses to commit.
    promise.catch(() => undefined)
    return promise
  }

  /** Ends the reading of all results, because the transaction has ended. */
  leave(): void {
    this.#ended = true
  }

  get closed(): boolean {
    return this.#ended || this.work.closed
  }

  get failure(): Error | null {
    return this.work.failure
  }

  get lost(): boolean {
    return this.work.lost
  }

  get aborted(): boolean {
    return this.work.aborted
  }

  async #run(query: unknown, parameters: unknown, site: CallSite): Promise<Result> {
    try {
      const { text, metadata, timeout } = checkedQuery(query)
      if (metadata !== undefined || timeout !== undefined) {
        const setting = metadata === undefined ? 'timeout' : 'metadata'
        throw new ConfigurationError(
          `A Query with ${setting} can't run inside a transaction, which has its own; give it to beginTransaction, executeRead or executeWrite`,
        )
      }
      const given = checkedParameters(parameters)
      const cursor = this.work.run(text, given)
      await cursor.ready()
      return resultOf(
        this.#results.of(
          cursor,
          this.work.connection,
          text,
          given,
          { settled: () => undefined, handleAuthError: this.handleAuthError },
          this,
        ),
      )
    } catch (error) {
      await this.handleAuthError(error)
      throw atCallSite(aboutQuery(aboutTransaction(error, this.handle), query, parameters), site)
    }
  }
}
