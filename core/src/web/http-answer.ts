/**
 * The answer to an HTTP client when the database fails: a status, when to come back, and a body in the form of RFC 9457.
 * The text is chosen here and never taken from the error, so that neither Cypher, values, addresses nor stacks get out.
 */

import {
  type ConstraintError,
  isDriverError,
  isNeo4jError,
  type Neo4jError,
  type ParameterError,
} from '../errors/index.ts'
import { checkedOptions } from '../values/options.ts'
import { type ClientValues, refusedByDriver, refusedByServer } from './client-fault.ts'

/** What went wrong, in words that a client can act on. The `code` of {@link ProblemDetails}. */
export type FailureKind =
  | 'constraint-violated'
  | 'invalid-value'
  | 'invalid-bookmark'
  | 'try-again'
  | 'database-unavailable'
  | 'database-overloaded'
  | 'no-free-connection'
  | 'too-many-streams'
  | 'bookmark-not-reached'
  | 'timed-out'
  | 'outcome-unknown'
  | 'committed-with-error'
  | 'credentials-refused'
  | 'not-allowed'
  | 'unknown-database'
  | 'service-misconfigured'
  | 'internal-error'

/** The body of an error answer: a problem of the type `about:blank` (RFC 9457), with a code. */
export interface ProblemDetails {
  readonly type: 'about:blank'
  /** The phrase of the status. */
  readonly title: string
  readonly status: number
  /** What happened and what to do, for people. */
  readonly detail: string
  /** What happened, for programs. */
  readonly code: FailureKind
  /** For `constraint-violated`: the properties that the constraint is about, where the database names them. */
  readonly properties?: readonly string[]
  /** For `invalid-value`: the query parameter whose value the client sent. */
  readonly parameter?: string
}

/** How to answer a request that an error of the driver has ended. */
export interface HttpAnswer {
  readonly kind: FailureKind
  readonly status: number
  /** After how many seconds the client may try again; null: trying again doesn't help, or isn't safe. */
  readonly retryAfter: number | null
  /** `content-type`, and `retry-after` or `www-authenticate` where they belong. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: ProblemDetails
}

/** What the requests of an application bring along. Everything else is the service's own, and so is its failure. */
export interface HttpAnswerOptions {
  /** The credentials for the database are the client's: refused ones are 401 and a lack of rights is 403. Default: false. */
  readonly clientCredentials?: boolean | null | undefined
  /** The database user that is impersonated is the client: a lack of rights is 403. Default: false. */
  readonly clientUser?: boolean | null | undefined
  /** The database is the client's choice: one that isn't there is 404. Default: false. */
  readonly clientDatabase?: boolean | null | undefined
  /**
   * Query parameters whose values the route takes unchanged from the request. If the database refuses such a value, the answer is 400;
   * it is 500 for every other value, which the service has made. Needs `requestValues`. Default: none.
   */
  readonly clientParameters?: readonly string[] | null | undefined
  /** What the request brought: its body, its query, the parameters of its path. */
  readonly requestValues?: readonly unknown[] | null | undefined
}

interface Failure {
  readonly status: number
  readonly detail: string
  /** The least seconds until another try; up to twice as many, so that clients don't all come back at once. */
  readonly retryAfter?: number
}

const failures: Readonly<Record<FailureKind, Failure>> = {
  'constraint-violated': {
    status: 409,
    detail: 'The change conflicts with a rule or with data that is already there.',
  },
  'invalid-value': { status: 400, detail: "A value of the request can't be used where it belongs." },
  'invalid-bookmark': { status: 400, detail: 'The bookmark is not valid here, or not any more. Go on without it.' },
  'try-again': {
    status: 503,
    detail: 'The database could not finish the request this time. Try again later.',
    retryAfter: 1,
  },
  'database-unavailable': {
    status: 503,
    detail: 'The database is not available at the moment. Try again later.',
    retryAfter: 5,
  },
  'database-overloaded': {
    status: 503,
    detail: 'The database has more to do than it can take on. Try again later.',
    retryAfter: 2,
  },
  'too-many-streams': {
    status: 503,
    detail: 'The service sends as many streams as it can at the moment. Try again later.',
    retryAfter: 1,
  },
  'no-free-connection': {
    status: 503,
    detail: 'The service has more to do than it can take on. Try again later.',
    retryAfter: 1,
  },
  'bookmark-not-reached': {
    status: 503,
    detail: 'The database has not caught up with what was seen before. Try again without the bookmark.',
    retryAfter: 1,
  },
  'timed-out': { status: 504, detail: 'The database took longer than the request is allowed to take.' },
  'outcome-unknown': {
    status: 500,
    detail:
      'The connection to the database was lost at the very end: the change may or may not have been made. Look before doing it again.',
  },
  'committed-with-error': {
    status: 500,
    detail: 'The change was made, but the service failed afterwards. Do not make it again.',
  },
  'credentials-refused': { status: 401, detail: 'The database refused the credentials.' },
  'not-allowed': { status: 403, detail: 'The database does not allow this.' },
  'unknown-database': { status: 404, detail: 'There is no such database.' },
  'service-misconfigured': { status: 500, detail: 'The service is not set up to do this on its database.' },
  'internal-error': { status: 500, detail: 'The service made a mistake.' },
}

const titles: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  409: 'Conflict',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
}

const kindByCode: ReadonlyMap<string, FailureKind> = new Map<string, FailureKind>([
  ['Neo.ClientError.Database.DatabaseNotFound', 'unknown-database'],
  ['Neo.ClientError.Transaction.InvalidBookmark', 'bookmark-not-reached'],
  ['Neo.ClientError.Transaction.InvalidBookmarkMixture', 'bookmark-not-reached'],
  // An administrator ended the transaction, or the database is being stopped.
  ['Neo.ClientError.Transaction.LockClientStopped', 'try-again'],
  ['Neo.ClientError.Transaction.Terminated', 'try-again'],
  ['Neo.ClientError.Transaction.TransactionTimedOut', 'timed-out'],
  ['Neo.ClientError.Transaction.TransactionTimedOutClientConfiguration', 'timed-out'],
  ['Neo.TransientError.General.MemoryPoolOutOfMemoryError', 'database-overloaded'],
  ['Neo.TransientError.General.OutOfMemoryError', 'database-overloaded'],
  ['Neo.TransientError.General.TransactionOutOfMemoryError', 'database-overloaded'],
  ['Neo.TransientError.Request.NoThreadsAvailable', 'database-overloaded'],
  ['Neo.TransientError.Transaction.BookmarkTimeout', 'bookmark-not-reached'],
  ['Neo.TransientError.Transaction.MaximumTransactionLimitReached', 'database-overloaded'],
])

/** By the names of error classes, which two copies of this package share; the nearest class decides. */
const kindByName: ReadonlyMap<string, FailureKind> = new Map<string, FailureKind>([
  ['ConstraintError', 'constraint-violated'],
  ['DatabaseUnavailable', 'database-unavailable'],
  ['TransientError', 'try-again'],
  ['IncompleteCommit', 'outcome-unknown'],
  // Its cause may be an error that passes, but the work is done.
  ['BookmarkUpdateError', 'committed-with-error'],
  ['ServiceUnavailable', 'database-unavailable'],
  ['SessionExpired', 'database-unavailable'],
  ['ConnectionPoolError', 'no-free-connection'],
  ['StreamLimitError', 'too-many-streams'],
  ['BookmarkTimeoutError', 'bookmark-not-reached'],
  ['AuthConfigurationError', 'service-misconfigured'],
  ['CertificateConfigurationError', 'service-misconfigured'],
])

/**
 * How to answer a request that ended in `error`; null for errors that are not the driver's, which are the application's to
 * answer.
 *
 * @throws ConfigurationError for an unknown option
 *
 * @example
 * ```ts
 * const answer = httpAnswer(error)
 * if (answer === null) throw error
 * response.writeHead(answer.status, answer.headers).end(JSON.stringify(answer.body))
 * ```
 */
export function httpAnswer(error: unknown, options?: HttpAnswerOptions | null): HttpAnswer | null {
  const given = checkedOptions(options, httpAnswerKeys, 'httpAnswer') as HttpAnswerOptions
  const brought: Brought = {
    credentials: given.clientCredentials === true,
    user: given.clientUser === true || given.clientCredentials === true,
    database: given.clientDatabase === true,
    values: { parameters: given.clientParameters ?? [], values: given.requestValues ?? [] },
  }
  const failure = failureOf(error, brought)
  if (failure === null) return null
  const answer = answerOf(failure.kind)
  if (failure.parameter !== undefined) return detailed(answer, { parameter: failure.parameter })
  const properties = failure.kind === 'constraint-violated' ? propertiesOf(failure.error) : []
  return properties.length === 0 ? answer : detailed(answer, { properties })
}

/** The keys of {@link HttpAnswerOptions}, for packages that take them among options of their own. */
export const httpAnswerKeys = [
  'clientCredentials',
  'clientUser',
  'clientDatabase',
  'clientParameters',
  'requestValues',
] as const satisfies readonly (keyof HttpAnswerOptions)[]

/** Names of the schema. The value that exists already may belong to another user. */
function propertiesOf(error: object): readonly string[] {
  const { properties } = error as Partial<ConstraintError>
  return Array.isArray(properties) ? properties : []
}

function detailed(answer: HttpAnswer, more: Pick<ProblemDetails, 'properties' | 'parameter'>): HttpAnswer {
  const { body } = answer
  const names = more.properties?.join(', ') ?? more.parameter
  return { ...answer, body: { ...body, detail: `${body.detail} It concerns ${names}.`, ...more } }
}

/** The answer for a kind of failure that no error stands for, such as a service that is shutting down. */
export function answerOf(kind: FailureKind): HttpAnswer {
  const { status, detail, retryAfter: least } = failures[kind]
  const retryAfter = least === undefined ? null : spread(least)
  return {
    kind,
    status,
    retryAfter,
    headers: {
      'content-type': 'application/problem+json',
      ...(retryAfter !== null && { 'retry-after': String(retryAfter) }),
      ...(status === 401 && { 'www-authenticate': 'Bearer' }),
    },
    body: { type: 'about:blank', title: titles[status] ?? '', status, detail, code: kind },
  }
}

interface Brought {
  readonly credentials: boolean
  readonly user: boolean
  readonly database: boolean
  readonly values: ClientValues
}

interface Found {
  readonly kind: FailureKind
  /** The error that decided. */
  readonly error: object
  /** The query parameter that the client has sent a wrong value for. */
  readonly parameter?: string
}

function failureOf(error: unknown, brought: Brought): Found | null {
  if (isNeo4jError(error)) return serverFailure(error, brought)
  if (!isDriverError(error)) return null
  const kind = kindOfClass(error)
  // A transaction that could only read has no effect that could be in doubt.
  if (kind === 'outcome-unknown' && 'accessMode' in error && error.accessMode === 'READ')
    return { kind: 'database-unavailable', error }
  if (kind !== undefined) return { kind, error }
  if (isParameterError(error)) return valueFailure(error, refusedByDriver(error, brought.values))
  // A result or transaction that can't be used any more says why in its cause.
  const cause = error.cause === undefined ? null : failureOf(error.cause, brought)
  return cause ?? { kind: 'internal-error', error }
}

function serverFailure(error: Neo4jError, brought: Brought): Found {
  const kind = kindOfServerError(error, brought)
  return kind === undefined ? valueFailure(error, refusedByServer(error, brought.values)) : { kind, error }
}

function valueFailure(error: object, parameter: string | null): Found {
  return parameter === null ? { kind: 'internal-error', error } : { kind: 'invalid-value', error, parameter }
}

function isParameterError(error: object): error is ParameterError {
  return error instanceof Error && error.name === 'ParameterError' && 'path' in error && typeof error.path === 'string'
}

function kindOfServerError(error: Neo4jError, brought: Brought): FailureKind | undefined {
  const code = error.code ?? ''
  if (code.startsWith('Neo.ClientError.Security.')) {
    // The auth manager of the service has renewed the credentials.
    if (error.isRetryable) return 'try-again'
    if (code.endsWith('.Forbidden')) return brought.user ? 'not-allowed' : 'service-misconfigured'
    return brought.credentials ? 'credentials-refused' : 'service-misconfigured'
  }
  const kind = kindByCode.get(code) ?? kindOfClass(error)
  return kind === 'unknown-database' && !brought.database ? 'service-misconfigured' : kind
}

function kindOfClass(error: object): FailureKind | undefined {
  for (let level = Object.getPrototypeOf(error); level !== null; level = Object.getPrototypeOf(level)) {
    const kind = Object.hasOwn(level, 'name') ? kindByName.get(level.name) : undefined
    if (kind !== undefined) return kind
  }
  return undefined
}

function spread(seconds: number): number {
  return seconds + Math.floor(Math.random() * (seconds + 1))
}
