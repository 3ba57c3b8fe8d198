/**
 * A transaction from its opening to its end, over all attempts. The driver decides about retries; this file decides which
 * error the driver sees, and which one the caller gets.
 */

import { isDriverError, isRetryable } from '@boltline/core'
import { refuseLive } from './live-results.ts'
import type { OpenTransaction } from './physical-transactions.ts'
import { Left } from './streaming.ts'
import { type ScopeFacts, TransactionScope } from './transaction-scope.ts'

/** How a transaction ended without an error that rolled it back. */
export type Outcome<T> =
  | { readonly how: 'committed'; readonly value: T }
  /** The error that the caller gets although the transaction was committed (`noRollbackFor`). */
  | { readonly how: 'committedDespite'; readonly error: unknown }
  /** Rolled back because the opening method asked for it. */
  | { readonly how: 'rolledBack'; readonly value: T }

/** How a transaction ended with an error. */
export type Failed =
  | { readonly how: 'failed'; readonly error: unknown }
  /** The answer to COMMIT was lost. */
  | { readonly how: 'unknown'; readonly error: unknown }

/** The parts of an owned transaction. */
export interface OwnedParts<T> {
  readonly facts: ScopeFacts
  readonly fn: () => Promise<T>
  /** Runs a function inside of the scope. */
  readonly inside: <R>(scope: TransactionScope, fn: () => Promise<R>) => Promise<R>
  readonly commitsDespite: (error: unknown) => Promise<boolean>
  /** Whether a retry is possible; not after a stream has emitted a value. */
  readonly mayRepeat: () => boolean
  /** Called when the method ended while its queries were pending. */
  readonly onOrphans: (scope: TransactionScope) => void
}

export class OwnedTransaction<T> {
  readonly #parts: OwnedParts<T>
  #scope: TransactionScope | undefined
  #attempts = 0
  /** `failure` went to the driver in place of `thrown`, the method's own error. */
  #told: { readonly failure: Error; readonly thrown: unknown } | undefined
  #lastFailure: unknown
  /** Whether the last attempt went on to its commit. */
  #toBeCommitted = false

  constructor(parts: OwnedParts<T>) {
    this.#parts = parts
  }

  /** The scope of the attempt that ran last; undefined when no attempt began. */
  get scope(): TransactionScope | undefined {
    return this.#scope
  }

  get attempts(): number {
    return this.#attempts
  }

  /** One attempt; the driver's transaction function. */
  async attempt(transaction: OpenTransaction): Promise<Outcome<T>> {
    const { facts, fn, inside, commitsDespite, mayRepeat, onOrphans } = this.#parts
    if (this.#attempts > 0 && !mayRepeat()) throw new NotToBeRepeated(this.#lastFailure)
    this.#attempts += 1
    this.#told = undefined
    this.#toBeCommitted = false
    const scope = new TransactionScope(transaction, facts, this.#attempts)
    this.#scope = scope
    let awaited = true
    try {
      const value = await inside(scope, async () => {
        const given = await fn()
        refuseLive(given, facts.initiator)
        if (scope.rollbackWanted) return given
        for (const hook of scope.beforeCommit) await hook()
        return given
      })
      scope.assertCommittable()
      if (scope.rollbackWanted && scope.failure === null) throw new RollbackWanted(value)
      this.#toBeCommitted = true
      return { how: 'committed', value }
    } catch (error) {
      // A consumer that stops reading does not wait for the stream's pending work.
      if (error instanceof Left) awaited = false
      if (error instanceof RollbackWanted) throw error
      if (scope.failure === null && !scope.rollbackOnly && (await commitsDespite(error))) {
        this.#toBeCommitted = true
        return { how: 'committedDespite', error }
      }
      throw this.#forDriver(scope, error)
    } finally {
      if (awaited && scope.pending > 0) onOrphans(scope)
      scope.end()
    }
  }

  /**
   * The outcome after the driver ended the transaction with an error. The error may come from another transaction that the
   * method ran; it says how this one ended only when this one went on to its commit.
   */
  settled(error: unknown): Outcome<T> | Failed {
    if (error instanceof RollbackWanted) return { how: 'rolledBack', value: error.value as T }
    if (this.#toBeCommitted && isNamed(error, 'BookmarkUpdateError')) return { how: 'committedDespite', error }
    if (this.#toBeCommitted && isNamed(error, 'IncompleteCommit')) return { how: 'unknown', error }
    return { how: 'failed', error: this.surfaced(error) }
  }

  /** The error as the method threw it. */
  surfaced(error: unknown): unknown {
    if (error instanceof NotToBeRepeated) return error.error
    const told = this.#told
    return told !== undefined && told.failure === error ? told.thrown : error
  }

  /** Records the failure of an attempt that is retried. */
  failed(error: unknown): void {
    this.#lastFailure = error
  }

  /**
   * The error that the driver gets for its retry decision. The driver would retry for any retryable error, also one of another
   * database; only a failure of this transaction may cause a retry, even when the method has wrapped it.
   */
  #forDriver(scope: TransactionScope, error: unknown): unknown {
    const failure = this.#parts.mayRepeat() ? scope.retryableBehind(error) : null
    if (failure === null) return isRetryable(error) ? new NotToBeRepeated(error) : error
    this.#told = { failure, thrown: error }
    return failure
  }
}

/** Compares by class name, so that errors of another copy of the driver match. */
function isNamed(error: unknown, name: string): boolean {
  return isDriverError(error) && error.name === name
}

/** Carries an error past the driver's retries. */
class NotToBeRepeated extends Error {
  readonly error: unknown

  constructor(error: unknown) {
    super('not to be repeated')
    this.error = error
  }
}

/** Carries the return value of a method out of a transaction that it marked for rollback. */
class RollbackWanted extends Error {
  readonly value: unknown

  constructor(value: unknown) {
    super('rolled back as asked')
    this.value = value
  }
}
