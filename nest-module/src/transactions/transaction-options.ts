/** The options of transactional methods and calls. */

import { type AccessMode, type AccessModeInput, ConfigurationError } from '@boltline/core'
import {
  abortSignal,
  callback,
  checkedOptions,
  choice,
  duration,
  flag,
  found,
  isGiven,
  name,
} from '@boltline/core/options'
import { checkedPropagation, type Propagation } from './propagation.ts'

/** Whether a transaction only reads, or may write. */
export type TransactionMode = 'read' | 'write' | AccessModeInput

/** Errors that don't roll back: error classes, or a function (sync or async) that returns true for such an error. */
export type ErrorMatcher =
  | readonly (abstract new (
      ...parameters: never[]
    ) => Error)[]
  | ((error: unknown) => boolean | Promise<boolean>)

/** The settings of `@Transactional()` and `host.run()`. All are optional. */
export interface TransactionOptions {
  /** The name of the connection. Default: the unnamed connection. */
  readonly connection?: string | undefined
  /** Whether the transaction only reads. Default: the module's `transaction.mode`, else `'write'`. */
  readonly mode?: TransactionMode | undefined
  /** How the method relates to its caller's transaction. Default: `'required'`. */
  readonly propagation?: Propagation | undefined
  /** The database. Default: the one of `context`, else of the module, else the home database. */
  readonly database?: string | undefined
  /** The user to impersonate. Default: the user of `context`, else of the module, else none. */
  readonly impersonatedUser?: string | undefined
  /** The server's transaction timeout in ms; 0: no limit. Default: the module's, else the server's. */
  readonly timeout?: number | undefined
  /** Transaction metadata, merged with `initiator` (`Class.method`) and the module's metadata. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
  /**
   * Whether the transaction is retried after retryable failures, such as deadlocks. A retry runs its code again.
   * Default: the module's, else true.
   */
  readonly retry?: boolean | undefined
  /**
   * Called before each retry with the failure and the number of the failed attempt (from 1). May be async: the next attempt
   * waits for it. When it throws or rejects, the transaction is not retried.
   */
  readonly onRetry?: ((error: unknown, attempt: number) => unknown) | undefined
  /**
   * Errors of the method that don't prevent the commit; the caller gets them after the commit. A function that throws or
   * rejects counts as no match: its error is logged, the transaction is rolled back, and the caller gets the method's error.
   */
  readonly noRollbackFor?: ErrorMatcher | undefined
  /** Aborts the transaction: it is rolled back, and the call rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined
  /**
   * Whether a transaction of an HTTP request is rolled back when the client disconnects before the response is complete; the
   * call then rejects with `ClientGone`. Default: the module's `abort`, else true.
   */
  readonly abort?: boolean | undefined
  /** What opened the transaction, for metadata, logs and errors. Default: `Class.method` for decorated methods. */
  readonly initiator?: string | undefined
}

/** Validated options. Undefined: not set. */
export interface CheckedTransactionOptions {
  readonly connection: string | undefined
  readonly mode: AccessMode | undefined
  readonly propagation: Propagation
  readonly database: string | undefined
  readonly impersonatedUser: string | undefined
  readonly timeout: number | undefined
  readonly metadata: Readonly<Record<string, unknown>> | undefined
  readonly retry: boolean | undefined
  readonly onRetry: ((error: unknown, attempt: number) => unknown) | undefined
  readonly commitsDespite: (error: unknown) => unknown
  readonly signal: AbortSignal | undefined
  readonly abort: boolean | undefined
  readonly initiator: string
}

const KEYS = [
  'connection',
  'mode',
  'propagation',
  'database',
  'impersonatedUser',
  'timeout',
  'metadata',
  'retry',
  'onRetry',
  'noRollbackFor',
  'signal',
  'abort',
  'initiator',
] as const satisfies readonly (keyof TransactionOptions)[]

/** @throws ConfigurationError for what is unknown or wrong */
export function checkedTransactionOptions(given: unknown): CheckedTransactionOptions {
  const options = checkedOptions(given, KEYS, 'transaction')
  return {
    connection: name('connection', options.connection, undefined),
    mode: accessMode('mode', options.mode),
    propagation: checkedPropagation(options.propagation),
    database: name('database', options.database, undefined),
    impersonatedUser: name('impersonatedUser', options.impersonatedUser, undefined),
    timeout: duration('timeout', options.timeout, undefined),
    metadata: metadataOf(options.metadata),
    retry: isGiven(options.retry) ? flag('retry', options.retry, true) : undefined,
    onRetry: callback('onRetry', options.onRetry),
    commitsDespite: matcher(options.noRollbackFor),
    signal: abortSignal('signal', options.signal),
    abort: isGiven(options.abort) ? flag('abort', options.abort, true) : undefined,
    initiator: name('initiator', options.initiator, 'an unnamed call'),
  }
}

const MODES = ['read', 'write', 'READ', 'WRITE', 'r', 'w'] as const

/** @throws ConfigurationError for anything but a mode; undefined when it is not set */
export function accessMode(setting: string, value: unknown): AccessMode | undefined {
  const mode = choice(setting, value, MODES, undefined)
  if (mode === undefined) return undefined
  return mode === 'read' || mode === 'READ' || mode === 'r' ? 'READ' : 'WRITE'
}

/** @throws ConfigurationError for anything but an object; undefined when it is not set */
export function metadataOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (!isGiven(value)) return undefined
  if (typeof value === 'object' && !Array.isArray(value)) return value as Readonly<Record<string, unknown>>
  throw new ConfigurationError(`metadata must be an object, found ${found(value)}`)
}

function matcher(value: unknown): CheckedTransactionOptions['commitsDespite'] {
  if (!isGiven(value)) return () => false
  if (typeof value === 'function') return value as CheckedTransactionOptions['commitsDespite']
  if (Array.isArray(value) && value.every((each) => typeof each === 'function')) {
    return (error) => value.some((errorClass) => error instanceof errorClass)
  }
  throw new ConfigurationError(
    `noRollbackFor must be an array of error classes or a function of the error, found ${found(value)}`,
  )
}
