/** What can go wrong with the engine, and how a Neo4j server would say it. */

import { DropConnection, ServerFailure } from '../front/query-handler.ts'

/** The engine has refused a query. */
export class EngineError extends Error {
  readonly gqlStatus: string | null

  constructor(message: string, gqlStatus: string | null) {
    super(message)
    this.gqlStatus = gqlStatus
  }
}

/** The engine's process has ended while something was expected of it. */
export class EngineLost extends Error {
  /** What was expected; a commit may or may not have happened. */
  readonly expected: string | null

  constructor(how: string, expected: string | null = null) {
    super(`The engine of the embedded graph has ended (${how}); what was committed is kept, and another is started`)
    this.expected = expected
  }
}

/** A query has run for too long. */
export class QueryTooLong extends Error {
  /** In ms. */
  readonly limit: number

  constructor(limit: number) {
    super(`The query has run for ${limit} ms, which is its limit; it is ended`)
    this.limit = limit
  }
}

/** A query has used too much memory. */
export class QueryTooLarge extends Error {
  constructor(bytes: number) {
    super(
      `The engine of the embedded graph was ended because it used more than ${Math.round(bytes / 1_048_576)} MiB; this query had run longest. Raise maxMemoryBytes, or ask for less at once`,
    )
  }
}

/** What to say where the engine can't be loaded. */
export function missingEngine(reason: string, platform = `${process.platform}-${process.arch}`): Error {
  return new Error(
    `The embedded graph needs the optional dependency @grafeo-db/js 0.6.0, which could not be loaded on ${platform}. ` +
      'It has prebuilt binaries for Linux x64 (glibc), Linux arm64, macOS and Windows x64, not for Alpine on x64. ' +
      'If yours is among them, install without --omit=optional; else use startScripted, which is TypeScript alone, or a real Neo4j. ' +
      `(${reason.split('\n')[0]})`,
  )
}

/** What to say where the file of the engine's process isn't beside the code. */
export function bundledEngine(cause: unknown): Error {
  return new Error(
    'The embedded graph starts a process from a file of @boltline/embedded, engine-process.mjs, which is not beside its code. ' +
      'A bundle lacks it: mark @boltline/embedded as external and install it. startScripted works in a bundle.',
    { cause },
  )
}

/** The failure that a server answers with. */
export function failureOf(error: unknown): unknown {
  if (error instanceof EngineLost) {
    // Nobody knows whether it was done: that is what a connection says that dies before its answer.
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

interface Translation {
  readonly status: string
  readonly message?: RegExp
  readonly code: string
  readonly gqlStatus: string
}

/** By the engine's status, and by its words where one status stands for several of Neo4j's codes. */
const translations: readonly Translation[] = [
  { status: '42001', code: 'Neo.ClientError.Statement.SyntaxError', gqlStatus: '42001' },
  { status: '42002', message: /parameter/i, code: 'Neo.ClientError.Statement.ParameterMissing', gqlStatus: '42N51' },
  { status: '42002', message: /procedure/i, code: 'Neo.ClientError.Procedure.ProcedureNotFound', gqlStatus: '42N08' },
  { status: '42002', code: 'Neo.ClientError.Statement.SyntaxError', gqlStatus: '42001' },
  { status: '42000', code: 'Neo.ClientError.Statement.SyntaxError', gqlStatus: '42001' },
  { status: '22012', code: 'Neo.ClientError.Statement.ArithmeticError', gqlStatus: '22012' },
  { status: '22003', code: 'Neo.ClientError.Statement.ArithmeticError', gqlStatus: '22003' },
  { status: '22G02', code: 'Neo.ClientError.Statement.ArgumentError', gqlStatus: '22N06' },
  { status: '22G03', code: 'Neo.ClientError.Statement.SyntaxError', gqlStatus: '22G03' },
  { status: 'G2000', code: 'Neo.ClientError.Schema.ConstraintValidationFailed', gqlStatus: '22N41' },
  { status: 'G1001', code: 'Neo.ClientError.Schema.ConstraintValidationFailed', gqlStatus: 'G1001' },
  { status: '40000', code: 'Neo.TransientError.Transaction.DeadlockDetected', gqlStatus: '50N05' },
]

function translated({ message, gqlStatus }: EngineError): ServerFailure {
  const said = message.replace(/^[\w ]+: (?:GRAFEO-\w+: )?/, '')
  const found = translations.find(
    ({ status, message: words }) => status === gqlStatus && (words === undefined || words.test(message)),
  )
  if (found === undefined) return new ServerFailure('Neo.DatabaseError.Statement.ExecutionFailed', said, '50N42')
  const hint =
    found.code === 'Neo.ClientError.Statement.SyntaxError'
      ? '\nThe embedded graph understands a part of Cypher. If Neo4j accepts this query, run it on a real Neo4j.'
      : ''
  return new ServerFailure(found.code, said + hint, found.gqlStatus)
}
