/** The handles of explicit transactions: those the user ends, and those that the driver ends for a unit of work. */

import { aboutTransaction, atCallSite, type CallSite, captureCallSite, TransactionError } from '../errors/index.ts'
import type { ResultPromise } from '../results/result-promise.ts'
import type { Query } from '../values/query.ts'
import type { OpenTransaction } from '../work/transaction.ts'
import type { TransactionScope } from './transaction-scope.ts'

/** Makes the handle for a unit of work. */
export let managedTransactionOf: (scope: TransactionScope) => ManagedTransaction
/** Makes the handle for a transaction that the user ends; `ended` is told when that has happened. */
export let transactionOf: (scope: TransactionScope, ended: () => void) => Transaction

/**
 * A transaction inside a unit of work: queries can be run in it, and the driver commits or rolls it back.
 * @see Session.executeWrite
 */
export class ManagedTransaction {
  readonly #scope: TransactionScope

  static {
    managedTransactionOf = (scope) => new ManagedTransaction(scope)
  }

  private constructor(scope: TransactionScope) {
    this.#scope = scope
    scope.handle = this
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
    return this.#scope.run<Row>(query, parameters, captureCallSite(this.run))
  }

  /** Why the transaction can run no more queries and can't be committed, or null while it can. */
  get failure(): Error | null {
    return failureOf(this.#scope.work)
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
  readonly #scope: TransactionScope
  readonly #ended: () => void

  static {
    transactionOf = (scope, ended) => new Transaction(scope, ended)
  }

  private constructor(scope: TransactionScope, ended: () => void) {
    this.#scope = scope
    scope.handle = this
    this.#ended = ended
  }

  /** Runs a query; see {@link ManagedTransaction.run}. */
  // biome-ignore lint/suspicious/noExplicitAny: a row nobody described is read without casts
  run<Row extends object = any>(query: string | Query, parameters?: object | null): ResultPromise<Row> {
    return this.#scope.run<Row>(query, parameters, captureCallSite(this.run))
  }

  /**
   * Commits, after discarding what open results still hold.
   * @throws TransactionError when the transaction is over or has failed
   * @throws IncompleteCommit when the connection of a transaction that can write is lost before the answer: the outcome is unknown
   */
  commit(): Promise<void> {
    return this.#end(() => this.#scope.work.commit(), captureCallSite(this.commit))
  }

  /**
   * Undoes everything. Does nothing when the transaction has ended, however that was: called in a `catch` behind a commit
   * that has failed, it doesn't hide that failure.
   *
   * @throws SessionExpired, ServiceUnavailable (as a rejection) when the connection is lost before the answer; the server undoes
   * the transaction all the same
   * @throws TransactionError (as a rejection) while {@link commit} is pending
   */
  rollback(): Promise<void> {
    return this.#end(() => this.#scope.work.rollback(), captureCallSite(this.rollback))
  }

  /** Rolls back unless the transaction has ended; may be called again. */
  close(): Promise<void> {
    return this.#end(() => this.#scope.work.close(), captureCallSite(this.close))
  }

  /** Why the transaction can run no more queries and can't be committed, or null while it can. */
  get failure(): Error | null {
    return failureOf(this.#scope.work)
  }

  /** Whether the transaction was committed, rolled back or closed. */
  get closed(): boolean {
    return this.#scope.work.closed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #end(how: () => Promise<void>, site: CallSite): Promise<void> {
    try {
      await how()
    } catch (error) {
      await this.#scope.judge(error)
      throw atCallSite(aboutTransaction(error, this), site)
    } finally {
      if (this.#scope.work.closed) {
        this.#scope.leave()
        this.#ended()
      }
    }
  }
}

/** The reason of a signal may be any value; what users are shown is an error. */
function failureOf(work: OpenTransaction): Error | null {
  const { failure, aborted } = work
  if (!aborted || failure instanceof Error) return failure
  return new TransactionError('The transaction was aborted by its signal, whose reason is not an Error (see cause)', {
    cause: failure,
  })
}
