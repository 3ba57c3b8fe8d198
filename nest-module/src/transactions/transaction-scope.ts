/**
 * One attempt at a transaction, as the code inside of it sees it: it runs queries and collects hooks. After the method that
 * opened the transaction has ended, every use throws. Each retry has a scope of its own.
 */

import { type AccessMode, isRetryable, ResultPromise } from '@boltline/core'
import { onAbort } from '@boltline/core/options'
import { AccessModeError, ScopeMismatchError, TransactionScopeEndedError, UnexpectedRollbackError } from '../errors.ts'
import type { OpenTransaction } from './physical-transactions.ts'

/** A function that runs when a transaction ends. */
export type Hook = () => unknown

/** The open transaction as its code sees it; see `host.current`. */
export interface CurrentTransaction {
  /** The name of the connection. */
  readonly connection: string
  readonly mode: AccessMode
  /** The database. Null: the home database. */
  readonly database: string | null
  /** The impersonated user. Null: none. */
  readonly impersonatedUser: string | null
  /** The method that opened the transaction: `Class.method`. */
  readonly initiator: string
  /** The number of the attempt, from 1. */
  readonly attempt: number
  /** Whether the transaction will be rolled back when its method ends. */
  readonly rollbackOnly: boolean
}

/** The settings of a scope, the same for every attempt. */
export interface ScopeFacts {
  readonly connection: string
  readonly mode: AccessMode
  readonly database: string | null
  readonly impersonatedUser: string | null
  readonly initiator: string
  /** Whether the transaction is always rolled back and refuses a `requiresNew` inside it. */
  readonly sealed: boolean
  /** Aborts the transaction. */
  readonly abort: (reason: unknown) => void
}

/** What a query or joining method requires of the transaction. */
export interface Demands {
  readonly mode?: AccessMode | undefined
  readonly database?: string | undefined
  readonly impersonatedUser?: string | undefined
  /** Aborts the transaction while the query runs. */
  readonly signal?: AbortSignal | undefined
}

export class TransactionScope implements CurrentTransaction {
  readonly connection: string
  readonly mode: AccessMode
  readonly database: string | null
  readonly impersonatedUser: string | null
  readonly initiator: string
  readonly attempt: number
  readonly sealed: boolean
  readonly beforeCommit: Hook[] = []
  readonly afterCommit: Hook[] = []
  readonly afterRollback: Hook[] = []
  /** Queries that have not settled. */
  pending = 0
  readonly #transaction: OpenTransaction
  readonly #abort: (reason: unknown) => void
  #endedAt: Date | null = null
  /** Why the transaction must not be committed, and whether the opening method asked for the rollback. */
  #rollback: { readonly reason: unknown; readonly known: boolean } | null = null

  constructor(transaction: OpenTransaction, facts: ScopeFacts, attempt: number) {
    this.#transaction = transaction
    this.connection = facts.connection
    this.mode = facts.mode
    this.database = facts.database
    this.impersonatedUser = facts.impersonatedUser
    this.initiator = facts.initiator
    this.sealed = facts.sealed
    this.#abort = facts.abort
    this.attempt = attempt
  }

  get ended(): boolean {
    return this.#endedAt !== null
  }

  get rollbackOnly(): boolean {
    return this.#rollback !== null
  }

  /** The failure after which the server runs nothing more of this transaction. */
  get failure(): Error | null {
    return this.#transaction.failure
  }

  /** Runs a query. Rejects before anything is sent when the transaction has ended or doesn't meet the demand. */
  run<Row extends object>(text: string, parameters: object | undefined, demands: Demands): ResultPromise<Row> {
    const { signal } = demands
    try {
      this.assertOpen()
      this.demand(demands)
      signal?.throwIfAborted()
    } catch (error) {
      return new ResultPromise<Row>((_resolve, reject) => reject(error))
    }
    return this.#transaction.run<Row>(text, parameters)
  }

  /** Tracks a query until its promise settles; meanwhile its signal aborts the transaction. */
  track(promise: Promise<unknown>, signal: AbortSignal | undefined): void {
    this.pending += 1
    const ignore = signal === undefined ? undefined : onAbort(signal, () => this.#abort(signal.reason))
    const settled = () => {
      this.pending -= 1
      ignore?.()
    }
    promise.then(settled, settled)
  }

  /** @throws TransactionScopeEndedError when the method that opened the transaction has ended */
  assertOpen(): void {
    if (this.#endedAt === null) return
    throw new TransactionScopeEndedError(
      `The transaction of ${this.initiator} ended at ${this.#endedAt.toISOString()}, and something it started still uses it. Await everything inside of the method; for work that comes after it use afterCommit(), runOutside() or propagation 'requiresNew'`,
    )
  }

  /**
   * @throws AccessModeError when the demand is a write and this transaction only reads
   * @throws ScopeMismatchError when the demand names another database or user
   */
  demand({ mode, database, impersonatedUser }: Demands): void {
    if (mode === 'WRITE' && this.mode === 'READ') {
      throw new AccessModeError(
        `A write was asked for inside of the read transaction of ${this.initiator}. Make that one a write transaction, or give the write one of its own with propagation 'requiresNew'`,
      )
    }
    this.#assertSame('database', database, this.database)
    this.#assertSame('impersonatedUser', impersonatedUser, this.impersonatedUser)
  }

  /** Marks the transaction for rollback. `known`: the opening method asked for it, so the rollback is no error. */
  bar(reason: unknown, known: boolean): void {
    if (this.#rollback === null || (this.#rollback.known && !known)) this.#rollback = { reason, known }
  }

  /** Whether the opening method alone asked for the rollback. */
  get rollbackWanted(): boolean {
    return this.#rollback?.known === true
  }

  /** @throws UnexpectedRollbackError when a joining method marked the transaction for rollback */
  assertCommittable(): void {
    // When the server has failed the transaction, the commit raises that failure.
    if (this.failure !== null || this.#rollback === null || this.#rollback.known) return
    const { reason } = this.#rollback
    const why = reason instanceof Error ? `failed (${reason.name})` : 'asked for a rollback'
    throw new UnexpectedRollbackError(
      `The transaction of ${this.initiator} was rolled back: a method that took part in it ${why}, and its caller went on as if nothing had happened. Let the error pass, name it in noRollbackFor, or give that method propagation 'requiresNew'`,
      { cause: reason },
    )
  }

  /** The failure that decides about a retry: this transaction's own, when it caused `error`. */
  retryableBehind(error: unknown): Error | null {
    const { failure } = this
    return failure !== null && isRetryable(failure) && stemsFrom(error, failure) ? failure : null
  }

  end(): void {
    this.#endedAt ??= new Date()
  }

  #assertSame(what: string, asked: string | undefined, open: string | null): void {
    if (asked === undefined || asked === open) return
    throw new ScopeMismatchError(
      `The ${what} '${asked}' was asked for inside of the transaction of ${this.initiator}, whose ${what} is ${open === null ? 'the default' : `'${open}'`}. A transaction has one; use propagation 'requiresNew' for another`,
    )
  }
}

/** The maximum length of a chain of causes that is followed. */
const DEEPEST_CAUSE = 32

/** Whether `error` is `origin` or was made because of it: by `cause`, or as one of an AggregateError's. */
export function stemsFrom(error: unknown, origin: Error, depth = 0): boolean {
  if (error === origin) return true
  if (depth === DEEPEST_CAUSE || typeof error !== 'object' || error === null) return false
  const { cause, errors } = error as { readonly cause?: unknown; readonly errors?: unknown }
  if (stemsFrom(cause, origin, depth + 1)) return true
  return Array.isArray(errors) && errors.some((each) => stemsFrom(each, origin, depth + 1))
}
