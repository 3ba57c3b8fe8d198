/**
 * All errors of the package: those that the driver raises (driver-errors.ts), those that the server sends (server-errors.ts),
 * what the server's codes mean (codes.ts), the guards that recognise them across two copies of the package, and the call sites that are added to stacks. Imports no other
 * folder. The error itself decides whether it is retryable (`isRetryable`); there is no list of retryable errors elsewhere.
 */
export { atCallSite, type CallSite, captureCallSite, captureFrequentCallSite } from './call-site.ts'
export { type ErrorEffect, factsOf, isSecurityCode } from './codes.ts'
export {
  AuthConfigurationError,
  aboutResult,
  aboutTransaction,
  BoltProtocolError,
  BookmarkTimeoutError,
  BookmarkUpdateError,
  BrokenRecordError,
  CertificateConfigurationError,
  ConfigurationError,
  ConnectionAcquisitionTimeoutError,
  ConnectionPoolError,
  DriverError,
  type DriverErrorOptions,
  IncompleteCommit,
  type IncompleteCommitOptions,
  ParameterError,
  type ParameterErrorOptions,
  ReadServiceUnavailable,
  ResultConsumedError,
  ResultError,
  type ResultErrorOptions,
  ResultFailedError,
  ResultNotSingleError,
  RoutingServiceUnavailable,
  ServiceUnavailable,
  SessionError,
  type SessionErrorOptions,
  SessionExpired,
  TransactionError,
  type TransactionErrorOptions,
  TransactionNestingError,
  WriteServiceUnavailable,
} from './driver-errors.ts'
export { isDriverError, isNeo4jError, isRetryable } from './error-guards.ts'
export { aboutQuery, type FailedQuery, failedQuery } from './failed-query.ts'
export { notAnswered } from './not-answered.ts'
export { redacted, redactWhereShown, shownMessage } from './redact.ts'
export {
  AuthError,
  ClientError,
  ConstraintError,
  CypherSyntaxError,
  CypherTypeError,
  DatabaseError,
  DatabaseUnavailable,
  type DiagnosticRecord,
  Forbidden,
  ForbiddenOnReadOnlyDatabase,
  markHandled,
  Neo4jError,
  type Neo4jErrorClassification,
  type Neo4jErrorOptions,
  NotALeader,
  serverError,
  TokenExpired,
  TransientError,
} from './server-errors.ts'
