/**
 * Maps driver errors to HTTP answers: status, headers and a problem document (RFC 9457). The texts are fixed and never taken
 * from the error, so that no query, value, address or stack reaches the client.
 */

import {
  AuthConfigurationError,
  BookmarkTimeoutError,
  BookmarkUpdateError,
  CertificateConfigurationError,
  ConnectionPoolError,
  ConstraintError,
  DatabaseUnavailable,
  factsOf,
  IncompleteCommit,
  isDriverError,
  isNeo4jError,
  isSecurityCode,
  type Neo4jError,
  ParameterError,
  ServiceUnavailable,
  SessionExpired,
  TransientError,
} from '../errors/index.ts'
import { checkedOptions } from '../platform/checked-options.ts'
import { type ClientValues, refusedByDriver, refusedByServer } from './client-fault.ts'
import { StreamLimitError } from './stream-gate.ts'

/** Kinds of failure that a client can tell apart. The `code` of {@link ProblemDetails}. */
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

/** The body of an error answer: a problem document of type `about:blank` (RFC 9457) with a `code`. */
export interface ProblemDetails {
  readonly type: 'about:blank'
  /** Reason phrase of the status. */
  readonly title: string
  readonly status: number
  /** Human-readable: what happened and what the client can do. */
  readonly detail: string
  /** Machine-readable kind of failure. */
  readonly code: FailureKind
  /** For `constraint-violated`: the properties of the constraint, if the database names them. */
  readonly properties?: readonly string[]
  /** For `invalid-value`: the query parameter whose value the client sent. */
  readonly parameter?: string
}

/** The HTTP answer for a request that failed with an error of the driver. */
export interface HttpAnswer {
  readonly kind: FailureKind
  readonly status: number
  /** Seconds after which the client may retry; null if a retry does not help or is not safe. */
  readonly retryAfter: number | null
  /** `content-type`, and `retry-after` or `www-authenticate` if the status calls for them. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: ProblemDetails
}

/** Which database settings and values come from the client. The service is responsible for all others and their failures. */
export interface HttpAnswerOptions {
  /** Whether the client supplies the database credentials: invalid ones are 401, missing privileges 403. Default: false. */
  readonly clientCredentials?: boolean | null | undefined
  /** Whether the client is the impersonated user: missing privileges are 403. Default: false. */
  readonly clientUser?: boolean | null | undefined
  /** Whether the client chooses the database: an unknown database is 404. Default: false. */
  readonly clientDatabase?: boolean | null | undefined
  /**
   * Query parameters whose values the route takes unchanged from the request. If the database rejects such a value, the answer
   * is 400; for all other values, which the service computes, it is 500. Needs `requestValues`. Default: none.
   */
  readonly clientParameters?: readonly string[] | null | undefined
  /** The values of the request: its body, query and path parameters. */
  readonly requestValues?: readonly unknown[] | null | undefined
}

interface Failure {
  readonly status: number
  readonly detail: string
  /** Minimum seconds until a retry. Up to twice as many are sent, so that clients do not all retry at once. */
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

/** The most derived class decides. A server error whose code has its own kind (errors/codes.ts) does not get here. */
const kindByClass: ReadonlyMap<string, FailureKind> = byName([
  [ConstraintError, 'constraint-violated'],
  [DatabaseUnavailable, 'database-unavailable'],
  [TransientError, 'try-again'],
  [IncompleteCommit, 'outcome-unknown'],
  // Its cause may be retryable, but the transaction is committed, so the client must not retry.
  [BookmarkUpdateError, 'committed-with-error'],
  [ServiceUnavailable, 'database-unavailable'],
  [SessionExpired, 'database-unavailable'],
  [ConnectionPoolError, 'no-free-connection'],
  [StreamLimitError, 'too-many-streams'],
  [BookmarkTimeoutError, 'bookmark-not-reached'],
  [AuthConfigurationError, 'service-misconfigured'],
  [CertificateConfigurationError, 'service-misconfigured'],
])

type ErrorClass = { readonly prototype: Error }

/** An error of another copy of this package is no instance of these classes, but its class has the same name. */
function byName(rows: readonly (readonly [ErrorClass, FailureKind])[]): ReadonlyMap<string, FailureKind> {
  return new Map(rows.map(([{ prototype }, kind]) => [prototype.name, kind]))
}

/**
 * Returns the HTTP answer for a request that failed with `error`; null if it is not an error of the driver, so that the
 * application answers it.
 *
 * @throws ConfigurationError if an option is unknown
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

/** The keys of {@link HttpAnswerOptions}, for packages that include them in their own options. */
export const httpAnswerKeys = [
  'clientCredentials',
  'clientUser',
  'clientDatabase',
  'clientParameters',
  'requestValues',
] as const satisfies readonly (keyof HttpAnswerOptions)[]

/** The property names of the constraint. The existing value is left out: it may belong to another user. */
function propertiesOf(error: object): readonly string[] {
  const { properties } = error as Partial<ConstraintError>
  return Array.isArray(properties) ? properties : []
}

function detailed(answer: HttpAnswer, more: Pick<ProblemDetails, 'properties' | 'parameter'>): HttpAnswer {
  const { body } = answer
  const names = more.properties?.join(', ') ?? more.parameter
  return { ...answer, body: { ...body, detail: `${body.detail} It concerns ${names}.`, ...more } }
}

/** Returns the answer for a kind of failure without an error object, such as a service that is shutting down. */
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
  /** The error, possibly a cause, that determined the kind. */
  readonly error: object
  /** The query parameter for which the client sent an invalid value. */
  readonly parameter?: string
}

function failureOf(error: unknown, brought: Brought): Found | null {
  if (isNeo4jError(error)) return serverFailure(error, brought)
  if (!isDriverError(error)) return null
  const kind = kindOfClass(error)
  // A read transaction changes nothing, so its outcome does not matter.
  if (kind === 'outcome-unknown' && 'accessMode' in error && error.accessMode === 'READ')
    return { kind: 'database-unavailable', error }
  if (kind !== undefined) return { kind, error }
  if (isParameterError(error)) return valueFailure(error, refusedByDriver(error, brought.values))
  // The error of a failed result or transaction has the original failure as its cause.
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
  return (
    error instanceof Error &&
    error.name === ParameterError.prototype.name &&
    'path' in error &&
    typeof error.path === 'string'
  )
}

function kindOfServerError(error: Neo4jError, brought: Brought): FailureKind | undefined {
  const { http } = factsOf(error.code)
  if (isSecurityCode(error.code)) {
    // Retryable: the service's auth manager has refreshed the credentials.
    if (error.isRetryable) return 'try-again'
    if (http === 'not-allowed') return brought.user ? 'not-allowed' : 'service-misconfigured'
    return brought.credentials ? 'credentials-refused' : 'service-misconfigured'
  }
  const kind = http ?? kindOfClass(error)
  return kind === 'unknown-database' && !brought.database ? 'service-misconfigured' : kind
}

function kindOfClass(error: object): FailureKind | undefined {
  for (let level = Object.getPrototypeOf(error); level !== null; level = Object.getPrototypeOf(level)) {
    const kind = Object.hasOwn(level, 'name') ? kindByClass.get(level.name) : undefined
    if (kind !== undefined) return kind
  }
  return undefined
}

function spread(seconds: number): number {
  return seconds + Math.floor(Math.random() * (seconds + 1))
}
