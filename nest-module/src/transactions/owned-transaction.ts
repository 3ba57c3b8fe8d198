/**
 * A transaction from its opening to its end, over all attempts. The driver alone decides about retries; what is decided here
 * is which error it gets to judge, and which one the caller gets in the end.
 */

import { isDriverError, isRetryable } from '@boltline/core'
import { refuseLive } from './live-results.ts'
import type { OpenTransaction } from './physical-transactions.ts'
import { Left } from './streaming.ts'
import { type ScopeFacts, TransactionScope } from './transaction-scope.ts'

/** How a transaction ended without an error that rolled it back. */
export type Outcome<T> =
  | { readonly how: 'committed'; readonly value: T }
  /** Committed in spite of this error, which the caller gets. */
  | { readonly how: 'committedDespite'; readonly error: unknown }
  /** Rolled back as its owner asked. */
  | { readonly how: 'rolledBack'; readonly value: T }

/** How a transaction ended with an error. */
export type Failed =
  | { readonly how: 'failed'; readonly error: unknown }
  /** The answer to COMMIT was lost. */
  | { readonly how: 'unknown'; readonly error: unknown }

/** What an owned transaction is made of. */
export interface OwnedParts<T> {
  readonly facts: ScopeFacts
  readonly fn: () => Promise<T>
  /** Runs something inside of the scope. */
  readonly inside: <R>(scope: TransactionScope, fn: () => Promise<R>) => Promise<R>
  readonly commitsDespite: (error: unknown) => Promise<boolean>
  /** Whether another attempt can be made; a stream can't take back what it has given. */
  readonly mayRepeat: () => boolean
  /** Told when the method ended while queries of it were pending. */
  readonly onOrphans: (scope: TransactionScope) => void
}

export class OwnedTransaction<T> {
  readonly #parts: OwnedParts<T>
  #scope: TransactionScope | undefined
  #attempts = 0
  /** What the driver was told instead of what the method threw. */
  #told: { readonly failure: Error; readonly thrown: unknown } | undefined
  #lastFailure: unknown
  /** The last attempt was to be committed. */
  #toBeCommitted = false

  constructor(parts: OwnedParts<T>) {
    this.#parts = parts
  }

  /** The scope of the attempt that ran last; undefined where none got that far. */
  get scope(): TransactionScope | undefined {
    return this.#scope
  }

  get attempts(): number {
    return this.#attempts
  }

  /** One attempt; what the driver is given as work. */
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
      scope.demandCommittable()
      if (scope.rollbackWanted && scope.failure === null) throw new RollbackWanted(value)
      this.#toBeCommitted = true
      return { how: 'committed', value }
    } catch (error) {
      // A reader that leaves doesn't wait for what its stream was doing.
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
   * What came of it, once the driver has ended the transaction with an error. The error may come from another transaction, which
   * the method has called: it says how this one ended only where this one was to be committed.
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

  /** Remembers why an attempt failed that is followed by another. */
  failed(error: unknown): void {
    this.#lastFailure = error
  }

  /**
   * What the driver shall judge. It would repeat the work for any retryable error, also for one of another database; that of
   * this transaction alone says whether repeating helps, however deep the method has wrapped it.
   */
  #forDriver(scope: TransactionScope, error: unknown): unknown {
    const failure = this.#parts.mayRepeat() ? scope.retryableBehind(error) : null
    if (failure === null) return isRetryable(error) ? new NotToBeRepeated(error) : error
    this.#told = { failure, thrown: error }
    return failure
  }
}

/** By the name of its class, which errors of another copy of the driver have too. */
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

/** Carries the value of a method out of a transaction that it wants rolled back. */
class RollbackWanted extends Error {
  readonly value: unknown

  constructor(value: unknown) {
    super('rolled back as asked')
    this.value = value
  }
}
