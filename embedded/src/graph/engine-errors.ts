/** The errors of the engine, and their translation into failures of a Neo4j server. */

import { DropConnection, ServerFailure } from '../bolt-server/query-handler.ts'

/** The engine has refused a query. */
export class EngineError extends Error {
  readonly gqlStatus: string | null

  constructor(message: string, gqlStatus: string | null) {
    super(message)
    this.gqlStatus = gqlStatus
  }
}

/** The engine's process has ended before it answered a command. */
export class EngineLost extends Error {
  /** The unanswered command; an unanswered commit may or may not have happened. */
  readonly expected: string | null

  constructor(how: string, expected: string | null = null) {
    super(`The engine of the embedded graph has ended (${how}); what was committed is kept, and another is started`)
    this.expected = expected
  }
}

/** A query has exceeded its time limit. */
export class QueryTooLong extends Error {
  /** The time limit in ms. */
  readonly limit: number

  constructor(limit: number) {
    super(`The query has run for ${limit} ms, which is its limit; it is ended`)
    this.limit = limit
  }
}

/** A query has exceeded the memory limit. */
export class QueryTooLarge extends Error {
  constructor(bytes: number) {
    super(
      `The engine of the embedded graph was ended because it used more than ${Math.round(bytes / 1_048_576)} MiB; this query had run longest. Raise maxMemoryBytes, or let the query return less at once`,
    )
  }
}

/** The error for an engine that can't be loaded. */
export function missingEngine(reason: string, platform = `${process.platform}-${process.arch}`): Error {
  return new Error(
    `The embedded graph needs the optional dependency @grafeo-db/js 0.6.0, which could not be loaded on ${platform}. ` +
      'It has prebuilt binaries for Linux x64 (glibc), Linux arm64, macOS and Windows x64, not for Alpine on x64. ' +
      'If yours is among them, install without --omit=optional; else use startScripted, which is TypeScript alone, or a real Neo4j. ' +
      `(${reason.split('\n')[0]})`,
  )
}

/** The error for a bundle, which lacks the file of the engine's process. */
export function bundledEngine(cause: unknown): Error {
  return new Error(
    'The embedded graph starts a process from a file of @boltline/embedded, engine-process.mjs, which is not beside its code. ' +
      'A bundle lacks it: mark @boltline/embedded as external and install it. startScripted works in a bundle.',
    { cause },
  )
}

/** Converts an error of the engine into the failure that the server sends. */
export function failureOf(error: unknown): unknown {
  if (error instanceof EngineLost) {
    // The outcome of the commit is unknown, so the client sees a connection that breaks before its answer.
    if (error.expected === 'commit') return new DropConnection(error.message)
    return new ServerFailure('Neo.TransientError.General.DatabaseUnavailable', error.message, '51N00')
  }
  if (error instanceof QueryTooLong)
    return new ServerFailure('Neo.ClientError.Transaction.TransactionTimedOut', error.message, '25N14')
  if (error instanceof QueryTooLarge)
    return new ServerFailure('Neo.DatabaseError.Statement.ExecutionFailed', error.message, '50N05')
  if (!(error instanceof EngineError)) return error
  return translated(error)
}

/** Translates the failure of a command that is no client query, such as a COMMIT, without the engine's text. */
function translated({ gqlStatus }: EngineError): ServerFailure {
  if (gqlStatus === '40000') return conflict()
  if (gqlStatus === 'G2000')
    return new ServerFailure(
      'Neo.ClientError.Schema.ConstraintValidationFailed',
      'A value that must be unique exists already',
      '50N42',
    )
  return new ServerFailure(
    'Neo.DatabaseError.Transaction.TransactionCommitFailed',
    'The engine of the embedded graph could not complete the command. Run this on a real Neo4j',
    '50N42',
  )
}

/** The failure of a transaction that changed the same data as another one. */
export function conflict(): ServerFailure {
  const message = 'Another transaction has changed the same data. Try again'
  return new ServerFailure('Neo.TransientError.Transaction.DeadlockDetected', message, '50N05')
}
