/** What a transactional method or call may say about its transaction. */

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

/** Errors that don't undo a transaction: error classes, or a function (which may be async) that says so of each error. */
export type ErrorMatcher =
  | readonly (abstract new (
      ...parameters: never[]
    ) => Error)[]
  | ((error: unknown) => boolean | Promise<boolean>)

/** The settings of `@Transactional()` and `host.run()`. All are optional. */
export interface TransactionOptions {
  /** The connection, where there are several. Default: the one without a name. */
  readonly connection?: string | undefined
  /** Whether the transaction only reads. Default: what the module's `transaction.mode` says, else `'write'`. */
  readonly mode?: TransactionMode | undefined
  /** How the transaction of the caller is met. Default: `'required'`. */
  readonly propagation?: Propagation | undefined
  /** The database to work with. Default: the one of `context`, else of the module, else the home database. */
  readonly database?: string | undefined
  /** In whose name. Default: the user of `context`, else of the module, else nobody. */
  readonly impersonatedUser?: string | undefined
  /** After how many ms the server ends the transaction; 0: never. Default: the module's, else the server's. */
  readonly timeout?: number | undefined
  /** Put into the transaction's metadata, beside `initiator` (`Class.method`) and what the module says. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
  /**
   * Whether the transaction is done again after failures that may pass, such as deadlocks. Its code then runs several times.
   * Default: the module's, else true.
   */
  readonly retry?: boolean | undefined
  /**
   * Called after each failure that another attempt follows, with the number of the attempt that failed (from 1). May be async:
   * the next attempt waits for it. What it throws or rejects with ends the retrying.
   */
  readonly onRetry?: ((error: unknown, attempt: number) => unknown) | undefined
  /**
   * Errors with which the transaction is committed all the same; the caller gets them after the commit. A function that throws
   * or rejects has not matched: that is logged, the transaction is rolled back, and the caller gets the method's own error.
   */
  readonly noRollbackFor?: ErrorMatcher | undefined
  /** Calls the transaction off: it is rolled back, and the call rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined
  /**
   * Whether the transaction is rolled back when it is opened for an HTTP request whose client leaves before its answer is
   * complete; the call then rejects with `ClientGone`. Default: the module's `abort`, else true.
   */
  readonly abort?: boolean | undefined
  /** Who opened the transaction, for metadata, logs and errors. Default: `Class.method`, where a decorator knows it. */
  readonly initiator?: string | undefined
}

/** Options after checking. What is undefined was not given. */
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

/** @throws ConfigurationError for anything but a mode; undefined where none is given */
export function accessMode(setting: string, value: unknown): AccessMode | undefined {
  const mode = choice(setting, value, MODES, undefined)
  if (mode === undefined) return undefined
  return mode === 'read' || mode === 'READ' || mode === 'r' ? 'READ' : 'WRITE'
}

/** @throws ConfigurationError for anything but an object; undefined where none is given */
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
