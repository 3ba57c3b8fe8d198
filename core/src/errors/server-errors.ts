/**
 * Errors that the server sent. Turns the metadata of a FAILURE message (Bolt up to 5.6: code and message; from 5.7 on also the
 * GQL status with nested causes) into one tree of classes for all server versions; codes.ts says which code has which class.
 * Independent of connections.
 * Follows the FAILURE section of the Bolt message specification and the status codes of the Neo4j manual.
 */

import { classNameOf, factsOf, type ServerErrorName, UNKNOWN_CODE } from './codes.ts'
import { constraintIn } from './constraint.ts'
import { nameErrorClass } from './error-class.ts'

/** The brand of every {@link Neo4jError}, whichever copy of this package made it. */
export const NEO4J_ERROR = Symbol.for('boltline.Neo4jError')

const UNKNOWN_MESSAGE = 'An unknown error occurred'
const UNKNOWN_GQL_STATUS = '50N42'
const UNKNOWN_GQL_DESCRIPTION = 'error: general processing exception - unexpected error.'
/** Far more than servers nest (3 were seen): keeps a malicious or broken server from exhausting the stack. */
const DEEPEST_CAUSE = 32

/** Where the cause of an error lies: in the request, in a temporary state, or in the database. `UNKNOWN` if the server did not say. */
export type Neo4jErrorClassification = 'CLIENT_ERROR' | 'TRANSIENT_ERROR' | 'DATABASE_ERROR' | 'UNKNOWN'

/** The server's diagnostic record; the first three keys are always there. */
export interface DiagnosticRecord {
  readonly OPERATION: string
  readonly OPERATION_CODE: string
  readonly CURRENT_SCHEMA: string
  readonly [key: string]: unknown
}

/** Options of the constructor of {@link Neo4jError}; each missing one gets the default for servers before Bolt 5.7. */
export interface Neo4jErrorOptions {
  readonly code?: string | null
  readonly gqlStatus?: string
  readonly gqlStatusDescription?: string
  readonly classification?: Neo4jErrorClassification
  readonly diagnosticRecord?: Readonly<Record<string, unknown>>
  readonly cause?: unknown
}

/** Assigned in a static block of {@link Neo4jError}: gives {@link markHandled} access to the private field without a public method. */
let setHandled: (error: Neo4jError) => void

/**
 * An error that the server sent.
 *
 * @example
 * ```ts
 * try {
 *   await driver.executeQuery('CREATE (:User {email: $email})', { email })
 * } catch (error) {
 *   if (error instanceof ConstraintError) return conflict(error.message)
 *   throw error
 * }
 * ```
 */
export class Neo4jError extends Error {
  static {
    nameErrorClass(Neo4jError, 'Neo4jError', NEO4J_ERROR)
    setHandled = (error) => {
      if (#handled in error) error.#handled = true
    }
  }

  /** The server's status code, such as `Neo.ClientError.Statement.SyntaxError`; null if this is the nested `cause` of another error. */
  readonly code: string | null
  /** The GQLSTATUS, such as `42001`; `50N42` if the server does not send one (before Bolt 5.7) or has no specific one. */
  readonly gqlStatus: string
  /** The standard text that belongs to `gqlStatus`. */
  readonly gqlStatusDescription: string
  /** The classification in the diagnostic record; `UNKNOWN` if the server does not send one (before Bolt 5.7). */
  readonly classification: Neo4jErrorClassification
  /** Further details of the GQL status. `OPERATION`, `OPERATION_CODE` and `CURRENT_SCHEMA` are always present. */
  readonly diagnosticRecord: DiagnosticRecord
  #handled = false

  constructor(message: string, options?: Neo4jErrorOptions | null) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause })
    this.code = options?.code === undefined ? UNKNOWN_CODE : options.code
    this.gqlStatus = options?.gqlStatus ?? UNKNOWN_GQL_STATUS
    this.gqlStatusDescription = options?.gqlStatusDescription ?? `${UNKNOWN_GQL_DESCRIPTION} ${message}`
    this.diagnosticRecord = completeRecord(options?.diagnosticRecord)
    this.classification = options?.classification ?? classificationOf(this.diagnosticRecord['_classification'])
  }

  /**
   * Whether a retry of the same transaction can succeed: true for transient errors and for security errors that the auth
   * manager handled.
   */
  get isRetryable(): boolean {
    return this.#handled || isTransientByClass(this)
  }
}

/** The request was wrong; a changed request may succeed. */
export class ClientError extends Neo4jError {
  static {
    nameErrorClass(ClientError, 'ClientError')
  }
}

/** The query text is not valid Cypher. */
export class CypherSyntaxError extends ClientError {
  static {
    nameErrorClass(CypherSyntaxError, 'CypherSyntaxError')
  }
}

/** A value has the wrong type for its use in the query. */
export class CypherTypeError extends ClientError {
  static {
    nameErrorClass(CypherTypeError, 'CypherTypeError')
  }
}

/**
 * The change violates a constraint of the database. The fields identify the constraint as far as the server's message does; they
 * hold names of the schema, never values. The message of a uniqueness conflict does quote the value that already exists.
 *
 * @example
 * ```ts
 * try {
 *   await driver.executeQuery('CREATE (:User {email: $email})', { email })
 * } catch (error) {
 *   if (!(error instanceof ConstraintError)) throw error
 *   console.log(error.label, error.properties) // User [ 'email' ]
 * }
 * ```
 */
export class ConstraintError extends ClientError {
  static {
    nameErrorClass(ConstraintError, 'ConstraintError')
  }

  /** The constraint's name; null if the server doesn't name it. Neo4j up to 2026.09 names it in few of its errors. */
  readonly constraint: string | null
  /** The label whose nodes the constraint is for; null for a constraint of relationships, and if the server doesn't name it. */
  readonly label: string | null
  /** The type whose relationships the constraint is for; null for a constraint of nodes, and if the server doesn't name it. */
  readonly type: string | null
  /** The constrained properties, in the constraint's order; frozen, and empty if there are none or the server doesn't name them. */
  readonly properties: readonly string[]

  constructor(message: string, options?: Neo4jErrorOptions | null) {
    super(message, options)
    const { constraint, label, type, properties } = constraintIn(wordsOf(this))
    this.constraint = constraint
    this.label = label
    this.type = type
    this.properties = properties
  }
}

/** The server's texts about an error: the descriptions of its GQL statuses, then its message. */
function* wordsOf(error: Neo4jError): Generator<string> {
  for (let status: unknown = error; status instanceof Neo4jError; status = status.cause)
    yield status.gqlStatusDescription
  yield error.message
}

/** The server refused the credentials. */
export class AuthError extends ClientError {
  static {
    nameErrorClass(AuthError, 'AuthError')
  }
}

/** The authentication token has expired; a new one is needed. */
export class TokenExpired extends AuthError {
  static {
    nameErrorClass(TokenExpired, 'TokenExpired')
  }
}

/** The user, or this kind of transaction, is not allowed to do this. */
export class Forbidden extends ClientError {
  static {
    nameErrorClass(Forbidden, 'Forbidden')
  }
}

/** The database failed to serve the request. */
export class DatabaseError extends Neo4jError {
  static {
    nameErrorClass(DatabaseError, 'DatabaseError')
  }
}

/** The database cannot serve the request at the moment; a retry may succeed. */
export class TransientError extends Neo4jError {
  static {
    nameErrorClass(TransientError, 'TransientError')
  }
}

/** The database is not available on this server at the moment. */
export class DatabaseUnavailable extends TransientError {
  static {
    nameErrorClass(DatabaseUnavailable, 'DatabaseUnavailable')
  }
}

/** A write reached a cluster member that is no longer the leader. */
export class NotALeader extends TransientError {
  static {
    nameErrorClass(NotALeader, 'NotALeader')
  }
}

/** A write reached a member whose copy of the database is read-only. */
export class ForbiddenOnReadOnlyDatabase extends TransientError {
  static {
    nameErrorClass(ForbiddenOnReadOnlyDatabase, 'ForbiddenOnReadOnlyDatabase')
  }
}

const CLASS_BY_NAME: Readonly<Record<ServerErrorName, typeof Neo4jError>> = {
  AuthError,
  ClientError,
  ConstraintError,
  CypherSyntaxError,
  CypherTypeError,
  DatabaseError,
  DatabaseUnavailable,
  Forbidden,
  ForbiddenOnReadOnlyDatabase,
  Neo4jError,
  NotALeader,
  TokenExpired,
  TransientError,
}

const CLASSIFICATIONS: ReadonlySet<unknown> = new Set(['CLIENT_ERROR', 'TRANSIENT_ERROR', 'DATABASE_ERROR'])

/**
 * Makes an error from the metadata of a FAILURE message of any Bolt version. Metadata of the wrong shape results in a plain
 * {@link DatabaseError} instead of an exception, because the caller is already handling a failure.
 */
export function serverError(metadata: Readonly<Record<string, unknown>>): Neo4jError {
  const fields = asRecord(metadata) ?? {}
  const sent = text(fields['neo4j_code']) ?? text(fields['code']) ?? UNKNOWN_CODE
  const code = factsOf(sent).renamedTo ?? sent
  const errorClass = CLASS_BY_NAME[classNameOf(code)]
  return new errorClass(text(fields['message']) ?? UNKNOWN_MESSAGE, { code, ...gqlOptions(fields, 0) })
}

/** Makes `error.isRetryable` true, because the auth manager handled the security error. */
export function markHandled(error: Neo4jError): void {
  setHandled(error)
}

function gqlOptions(fields: Readonly<Record<string, unknown>>, depth: number): Neo4jErrorOptions {
  const gqlStatus = text(fields['gql_status'])
  const gqlStatusDescription = text(fields['description'])
  const diagnosticRecord = asRecord(fields['diagnostic_record'])
  const inner = depth < DEEPEST_CAUSE ? asRecord(fields['cause']) : undefined
  return {
    ...(gqlStatus !== undefined && { gqlStatus }),
    ...(gqlStatusDescription !== undefined && { gqlStatusDescription }),
    ...(diagnosticRecord !== undefined && { diagnosticRecord }),
    ...(inner !== undefined && {
      cause: new Neo4jError(text(inner['message']) ?? UNKNOWN_MESSAGE, { code: null, ...gqlOptions(inner, depth + 1) }),
    }),
  }
}

function classificationOf(sent: unknown): Neo4jErrorClassification {
  return CLASSIFICATIONS.has(sent) ? (sent as Neo4jErrorClassification) : 'UNKNOWN'
}

/** Adds the missing standard keys; keeps whatever the server sent, of any type. */
function completeRecord(sent: Readonly<Record<string, unknown>> = {}): DiagnosticRecord {
  return Object.freeze({ OPERATION: '', OPERATION_CODE: '0', CURRENT_SCHEMA: '/', ...sent })
}

function isTransientByClass(error: Neo4jError): boolean {
  return error instanceof TransientError && factsOf(error.code).renamedTo === undefined
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> | undefined {
  // A hydrated structure is not a map, and its getters may throw.
  if (value === null || typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype) return undefined
  return value as Readonly<Record<string, unknown>>
}
