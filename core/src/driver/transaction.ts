/** The handles of explicit transactions: those the user ends, and those that the driver ends for a unit of work. */

import { atCallSite, ConfigurationError, captureCallSite } from '../errors/index.ts'
import { found } from '../values/options.ts'
import { Query } from '../values/query.ts'
import type { TransactionWork } from '../work/transaction.ts'
import { checkedParameters, checkedQuery } from './arguments.ts'
import type { Result } from './result.ts'
import type { ResultFactory } from './result-factory.ts'
import { ResultPromise } from './result-promise.ts'

/**
 * A transaction inside a unit of work: queries can be run in it, and the driver commits or rolls it back.
 * @see Session.executeWrite
 */
export class ManagedTransaction {
  readonly #work: TransactionWork
  readonly #results: ResultFactory
  readonly #given: Result[] = []

  /** Made by the driver. */
  constructor(work: TransactionWork, results: ResultFactory) {
    this.#work = work
    this.#results = results
  }

  /**
   * Runs a query. Queries issued without waiting for each other are pipelined in the order of the calls, and their
   * results stay open side by side.
   * @throws TransactionError (as a rejection) when the transaction is over or has failed
   * @throws ParameterError (as a rejection) for values that can't be sent; the transaction stays usable
   *
   * @example
   * ```ts
   * const record = await tx.run('MATCH (a:Account {id: $id}) RETURN a.balance AS balance', { id: 1 }).single()
   * ```
   */
  // biome-ignore lint/suspicious/noExplicitAny: a row nobody described is read without casts
  run<Row extends object = any>(query: string | Query, parameters?: object | null): ResultPromise<Row> {
    const site = captureCallSite(this.run)
    const started = this.#run(query, parameters, site)
    const promise = new ResultPromise<Row>((resolve, reject) => {
      started.then(resolve as (result: Result) => void, reject)
    })
    // Nothing is lost if nobody looks at it: the transaction remembers the failure, and can't be committed.
    promise.catch(() => undefined)
    return promise
  }

  async #run(query: unknown, parameters: unknown, site: object): Promise<Result> {
    try {
      const { text } = checkedQuery(query)
      if (query instanceof Query && (query.metadata !== undefined || query.timeout !== undefined)) {
        throw new ConfigurationError(
          `A Query with settings (${query.timeout === undefined ? 'metadata' : 'timeout'}) can't run inside a transaction, which has its own; give them to beginTransaction or executeWrite instead of ${found(query)}`,
        )
      }
      const given = checkedParameters(parameters)
      const cursor = this.#work.run(text, given)
      await cursor.ready()
      const result = this.#results.of(cursor, this.#work.connection, text, given)
      this.#given.push(result)
      if (this.#work.closed) result.leaveScope()
      return result
    } catch (error) {
      throw atCallSite(error, site)
    }
  }

  /** Results can't be read once their transaction has ended. */
  leaveScope(): void {
    for (const result of this.#given) result.leaveScope()
  }
}

/**
 * A transaction that you end yourself: commit it, or roll it back. Leaving an `await using` block rolls back what is not
 * committed.
 *
 * @example
 * ```ts
 * await using tx = await session.beginTransaction()
 * await tx.run('CREATE (:Person {name: $name})', { name: 'Ada' })
 * await tx.commit()
 * ```
 */
export class Transaction implements AsyncDisposable {
  readonly #work: TransactionWork
  readonly #managed: ManagedTransaction
  readonly #ended: () => void

  /** Made by the driver. */
  constructor(work: TransactionWork, results: ResultFactory, ended: () => void) {
    this.#work = work
    this.#managed = new ManagedTransaction(work, results)
    this.#ended = ended
  }

  /** Runs a query; see {@link ManagedTransaction.run}. */
  // biome-ignore lint/suspicious/noExplicitAny: a row nobody described is read without casts
  run<Row extends object = any>(query: string | Query, parameters?: object | null): ResultPromise<Row> {
    return this.#managed.run<Row>(query, parameters)
  }

  /**
   * Commits, after discarding what open results still hold.
   * @throws TransactionError when the transaction is over or has failed
   * @throws IncompleteCommit when the connection dies before the answer: the outcome is unknown
   */
  commit(): Promise<void> {
    return this.#end(() => this.#work.commit(), captureCallSite(this.commit))
  }

  /**
   * Undoes everything.
   * @throws TransactionError when the transaction is over
   */
  rollback(): Promise<void> {
    return this.#end(() => this.#work.rollback(), captureCallSite(this.rollback))
  }

  /** Rolls back unless the transaction has ended; may be called again. */
  close(): Promise<void> {
    return this.#end(() => this.#work.close(), captureCallSite(this.close))
  }

  /** Whether the transaction was committed, rolled back or closed. */
  get closed(): boolean {
    return this.#work.closed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #end(how: () => Promise<void>, site: object): Promise<void> {
    try {
      await how()
    } catch (error) {
      throw atCallSite(error, site)
    } finally {
      if (this.#work.closed) {
        this.#managed.leaveScope()
        this.#ended()
      }
    }
  }
}
