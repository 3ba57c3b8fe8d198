/** The handles of explicit transactions, which the caller ends, and of managed transactions, which the driver ends. */

import { aboutTransaction, atCallSite, type CallSite, captureCallSite, TransactionError } from '../errors/index.ts'
import type { OpenTransaction } from '../execution/bolt-transaction.ts'
import type { NotInferred, NotPassed, ParametersFor, QueryAlone } from '../query-types/calls.ts'
import type { ResultFor, ResultPromise } from '../results/result-promise.ts'
import type { Query } from '../values/query.ts'
import type { TransactionScope } from './transaction-scope.ts'

/** Creates the handle of a managed transaction. */
export let managedTransactionOf: (scope: TransactionScope) => ManagedTransaction
/** Creates the handle of an explicit transaction. Calls `ended` after the transaction has ended. */
export let transactionOf: (scope: TransactionScope, ended: () => void) => Transaction

/**
 * The transaction of a unit of work. The transaction function runs queries in it; the driver commits it or rolls it back.
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
   * Runs a query. Queries that are not awaited one by one are pipelined in the order of the calls, and their results can be
   * read concurrently.
   * @throws TransactionError (as a rejection) when the transaction has ended or failed
   * @throws Neo4jError (as a rejection) when the server rejects the query
   * @throws ParameterError (as a rejection) for values that can't be sent; the transaction stays usable
   *
   * @example
   * ```ts
   * const record = await tx.run('MATCH (a:Account {id: $id}) RETURN a.balance AS balance', { id: 1 }).single()
   * ```
   */
  run<Row extends object = NotPassed, const T extends string = string>(query: QueryAlone<T>): ResultFor<Row, T>
  run<
    Row extends object = NotPassed,
    const T extends string = string,
    P extends object | null | undefined = NotInferred,
  >(query: T | Query<T>, parameters: ParametersFor<T, P>): ResultFor<Row, T>
  run(query: unknown, parameters?: unknown): ResultPromise {
    return this.#scope.run(query, parameters, captureCallSite(this.run))
  }

  /** Why the transaction has failed: it can't run queries or be committed any more. Null while it can. */
  get failure(): Error | null {
    return failureOf(this.#scope.work)
  }
}

/**
 * An explicit transaction, which the caller commits or rolls back. At the end of an `await using` block it is rolled back
 * unless it was committed.
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
  run<Row extends object = NotPassed, const T extends string = string>(query: QueryAlone<T>): ResultFor<Row, T>
  run<
    Row extends object = NotPassed,
    const T extends string = string,
    P extends object | null | undefined = NotInferred,
  >(query: T | Query<T>, parameters: ParametersFor<T, P>): ResultFor<Row, T>
  run(query: unknown, parameters?: unknown): ResultPromise {
    return this.#scope.run(query, parameters, captureCallSite(this.run))
  }

  /**
   * Discards the unread records of open results and commits.
   * @throws TransactionError (as a rejection) when the transaction has ended or failed
   * @throws IncompleteCommit (as a rejection) when the connection of a write transaction is lost before the server answers
   * COMMIT: the outcome is unknown
   */
  commit(): Promise<void> {
    return this.#end(() => this.#scope.work.commit(), captureCallSite(this.commit))
  }

  /**
   * Rolls back. Does nothing when the transaction has already ended or failed, so it can be called in a `catch` block after a
   * failed commit without hiding that failure.
   *
   * @throws SessionExpired, ServiceUnavailable (as a rejection) when the connection is lost before the server answers or the
   * server does not answer within `rollbackTimeout` ms; the server rolls back nevertheless
   * @throws TransactionError (as a rejection) while {@link commit} is pending
   */
  rollback(): Promise<void> {
    return this.#end(() => this.#scope.work.rollback(), captureCallSite(this.rollback))
  }

  /** Rolls back unless the transaction has ended. May be called more than once. */
  close(): Promise<void> {
    return this.#end(() => this.#scope.work.close(), captureCallSite(this.close))
  }

  /** Why the transaction has failed: it can't run queries or be committed any more. Null while it can. */
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
      await this.#scope.handleAuthError(error)
      throw atCallSite(aboutTransaction(error, this), site)
    } finally {
      if (this.#scope.work.closed) {
        this.#scope.leave()
        this.#ended()
      }
    }
  }
}

/** Wraps the reason of the caller's signal in an error if it is another value. */
function failureOf(work: OpenTransaction): Error | null {
  const { failure, aborted } = work
  if (!aborted || failure instanceof Error) return failure
  return new TransactionError('The transaction was aborted by its signal, whose reason is not an Error (see cause)', {
    cause: failure,
  })
}
