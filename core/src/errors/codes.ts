/**
 * What the status codes of a server mean to this package: one row per code, and no code is written anywhere else in the
 * sources. A code without a row is judged by its kind, the second part of its name. The rows follow the list of status codes
 * in the Neo4j manual. Imports nothing, so that the error classes themselves can read it.
 */

/** Names of the error classes that a code can have; server-errors.ts maps each to its class. */
export type ServerErrorName =
  | 'AuthError'
  | 'ClientError'
  | 'ConstraintError'
  | 'CypherSyntaxError'
  | 'CypherTypeError'
  | 'DatabaseError'
  | 'DatabaseUnavailable'
  | 'Forbidden'
  | 'ForbiddenOnReadOnlyDatabase'
  | 'Neo4jError'
  | 'NotALeader'
  | 'TokenExpired'
  | 'TransientError'

/**
 * What an error says about the server it came from. `unavailable`: the server can't serve requests now. `not-writer`: it no
 * longer accepts writes for this database. `login-expired`: all its logins have expired.
 */
export type ErrorEffect = 'unavailable' | 'not-writer' | 'login-expired' | 'none'

/** The meaning of one code. Each column is optional: a missing one means that the code says nothing about it. */
export interface CodeFacts {
  /** The code under which the error reaches the caller, for codes of servers before 5.0. The facts of that code hold. */
  readonly renamedTo?: string
  /** The class of the error. Without it, the kind of the code decides. Whether a retry can succeed follows from the class. */
  readonly errorClass?: ServerErrorName
  /** What it means for the server's place in the routing table and for its connections. */
  readonly effect?: ErrorEffect
  /** True if every router would refuse the request too, because the request itself is wrong. */
  readonly sameOnEveryRouter?: true
  /** True if `verifyAuthentication()` returns false: the server has refused the credentials. */
  readonly refusesCredentials?: true
  /** Which auth managers of this package request new credentials: only those for bearer tokens, or all. */
  readonly refreshedBy?: 'bearer' | 'all'
  /** `replace`: the server may close the connection, or may have lost count of pipelined requests. */
  readonly connection?: 'replace'
  /** The kind of failure for the HTTP answer. Without it, the class decides. */
  readonly http?:
    | 'bookmark-not-reached'
    | 'database-overloaded'
    | 'not-allowed'
    | 'timed-out'
    | 'try-again'
    | 'unknown-database'
  /** True if the server rejects a value of the query; the HTTP answer then depends on whether the client sent that value. */
  readonly concernsValue?: true
}

/** The code of an error for which the server sent none. */
export const UNKNOWN_CODE = 'Neo.DatabaseError.General.UnknownError'

const NOTHING: CodeFacts = Object.freeze({})

const rows = {
  'Neo.ClientError.Cluster.NotALeader': { errorClass: 'NotALeader', effect: 'not-writer' },

  'Neo.ClientError.Database.DatabaseNotFound': { sameOnEveryRouter: true, http: 'unknown-database' },

  'Neo.ClientError.General.ForbiddenOnReadOnlyDatabase': {
    errorClass: 'ForbiddenOnReadOnlyDatabase',
    effect: 'not-writer',
  },
  'Neo.ClientError.General.ReadOnly': { errorClass: 'Forbidden' },

  'Neo.ClientError.Procedure.TypeError': { errorClass: 'CypherTypeError', concernsValue: true },

  'Neo.ClientError.Request.Invalid': { sameOnEveryRouter: true, connection: 'replace' },

  'Neo.ClientError.Schema.ConstraintValidationFailed': { errorClass: 'ConstraintError' },
  'Neo.ClientError.Schema.ConstraintViolation': { errorClass: 'ConstraintError' },
  'Neo.ClientError.Schema.ForbiddenOnConstraintIndex': { errorClass: 'Forbidden' },
  'Neo.ClientError.Schema.IndexBelongsToConstraint': { errorClass: 'Forbidden' },

  // Named a client error, but retryable: a new login with the same credentials resolves it.
  'Neo.ClientError.Security.AuthorizationExpired': { errorClass: 'TransientError', effect: 'login-expired' },
  'Neo.ClientError.Security.AuthorizationFailed': { errorClass: 'AuthError' },
  'Neo.ClientError.Security.CredentialsExpired': { refusesCredentials: true },
  'Neo.ClientError.Security.Forbidden': { errorClass: 'Forbidden', refusesCredentials: true, http: 'not-allowed' },
  'Neo.ClientError.Security.TokenExpired': {
    errorClass: 'TokenExpired',
    refusesCredentials: true,
    refreshedBy: 'bearer',
  },
  'Neo.ClientError.Security.Unauthorized': { errorClass: 'AuthError', refusesCredentials: true, refreshedBy: 'all' },

  'Neo.ClientError.Statement.ArgumentError': { sameOnEveryRouter: true, concernsValue: true },
  'Neo.ClientError.Statement.ArithmeticError': { concernsValue: true },
  'Neo.ClientError.Statement.ConstraintVerificationFailed': { errorClass: 'ConstraintError' },
  'Neo.ClientError.Statement.ConstraintViolation': { errorClass: 'ConstraintError' },
  'Neo.ClientError.Statement.InvalidSyntax': { errorClass: 'CypherSyntaxError' },
  'Neo.ClientError.Statement.InvalidType': { errorClass: 'CypherTypeError', concernsValue: true },
  'Neo.ClientError.Statement.SyntaxError': { errorClass: 'CypherSyntaxError' },
  'Neo.ClientError.Statement.TypeError': {
    errorClass: 'CypherTypeError',
    sameOnEveryRouter: true,
    concernsValue: true,
  },

  'Neo.ClientError.Transaction.ForbiddenDueToTransactionType': { errorClass: 'Forbidden' },
  'Neo.ClientError.Transaction.InvalidBookmark': { sameOnEveryRouter: true, http: 'bookmark-not-reached' },
  'Neo.ClientError.Transaction.InvalidBookmarkMixture': { sameOnEveryRouter: true, http: 'bookmark-not-reached' },
  // An administrator terminated the transaction, or the database is shutting down.
  'Neo.ClientError.Transaction.LockClientStopped': { http: 'try-again' },
  'Neo.ClientError.Transaction.Terminated': { http: 'try-again' },
  'Neo.ClientError.Transaction.TransactionTimedOut': { http: 'timed-out' },
  'Neo.ClientError.Transaction.TransactionTimedOutClientConfiguration': { http: 'timed-out' },

  'Neo.TransientError.General.DatabaseUnavailable': { errorClass: 'DatabaseUnavailable', effect: 'unavailable' },
  'Neo.TransientError.General.MemoryPoolOutOfMemoryError': { http: 'database-overloaded' },
  'Neo.TransientError.General.OutOfMemoryError': { http: 'database-overloaded' },
  'Neo.TransientError.General.TransactionOutOfMemoryError': { http: 'database-overloaded' },
  'Neo.TransientError.Request.NoThreadsAvailable': { http: 'database-overloaded' },
  'Neo.TransientError.Transaction.BookmarkTimeout': { http: 'bookmark-not-reached' },
  // Called transient by servers before 5.0, but a retry makes no sense: a user or the server ended the transaction on purpose.
  'Neo.TransientError.Transaction.LockClientStopped': { renamedTo: 'Neo.ClientError.Transaction.LockClientStopped' },
  'Neo.TransientError.Transaction.MaximumTransactionLimitReached': { http: 'database-overloaded' },
  'Neo.TransientError.Transaction.Terminated': { renamedTo: 'Neo.ClientError.Transaction.Terminated' },
} as const satisfies Readonly<Record<string, CodeFacts>>

const factsByCode: ReadonlyMap<string, CodeFacts> = new Map(Object.entries(rows))

const CLASS_BY_KIND: ReadonlyMap<string, ServerErrorName> = new Map([
  ['ClientError', 'ClientError'],
  ['TransientError', 'TransientError'],
  ['DatabaseError', 'DatabaseError'],
])

/** The codes that have a row. */
export const knownCodes: readonly string[] = Object.freeze(Object.keys(rows))

/** The row of a code; an empty one if the code is null or has none. */
export function factsOf(code: string | null): CodeFacts {
  return (code === null ? undefined : factsByCode.get(code)) ?? NOTHING
}

/** The name of the error class for a code, which may be any text that a server sent. */
export function classNameOf(code: string): ServerErrorName {
  const known = factsOf(code).errorClass
  if (known !== undefined) return known
  const parts = code.split('.')
  if (parts.length !== 4) return 'DatabaseError'
  return CLASS_BY_KIND.get(parts[1] ?? '') ?? 'Neo4jError'
}

/** Whether the code is about credentials or privileges, so that the auth manager gets to see the error. */
export function isSecurityCode(code: string | null): boolean {
  return code?.startsWith('Neo.ClientError.Security.') === true
}
