/**
 * The public API of the driver: everything that users import.
 */

// Diagnostics
export type { Logger, LogLevel } from './diagnostics/log.ts'
export type {
  AcquireMessage,
  AcquireReason,
  Around,
  AttemptMessage,
  CloseReason,
  ConnectMessage,
  DriverIdentity,
  NotificationMessage,
  OperationKind,
  OperationMessage,
  PoolEvent,
  PoolMessage,
  PoolView,
  PullMessage,
  QueryMessage,
  QueryOutcome,
  RetryMessage,
  RoutingMessage,
  RoutingTableFigures,
  ServerPeer,
  StepMessage,
  TransactionMessage,
  TransactionOutcome,
  TransactionParent,
} from './diagnostics/messages.ts'
export type { PoolMetrics } from './diagnostics/pool-metrics.ts'
export {
  Neo4jDeprecationWarning,
  Neo4jWarning,
  PreviewWarning,
  ResourceWarning,
  ResultWarning,
  SecurityWarning,
  type WarningCode,
  type WarningNotification,
} from './diagnostics/warnings.ts'
export { type LogOutput, Watcher, type WatcherOptions, type WatchOptions, watch } from './diagnostics/watcher.ts'
// Driver, sessions and transactions
export { Driver } from './driver/driver.ts'
export { Session, type TransactionWorkFunction } from './driver/session.ts'
export { ManagedTransaction, Transaction } from './driver/transaction.ts'
// Errors
export type {
  DriverErrorOptions,
  IncompleteCommitOptions,
  ParameterErrorOptions,
  ResultErrorOptions,
  SessionErrorOptions,
  TransactionErrorOptions,
} from './errors/driver-errors.ts'
export {
  AuthConfigurationError,
  AuthError,
  BoltProtocolError,
  BookmarkTimeoutError,
  BookmarkUpdateError,
  BrokenRecordError,
  CertificateConfigurationError,
  ClientError,
  ConfigurationError,
  ConnectionAcquisitionTimeoutError,
  ConnectionPoolError,
  ConstraintError,
  CypherSyntaxError,
  CypherTypeError,
  DatabaseError,
  DatabaseUnavailable,
  DriverError,
  Forbidden,
  ForbiddenOnReadOnlyDatabase,
  IncompleteCommit,
  isDriverError,
  isNeo4jError,
  isRetryable,
  Neo4jError,
  NotALeader,
  ParameterError,
  ReadServiceUnavailable,
  ResultConsumedError,
  ResultError,
  ResultFailedError,
  ResultNotSingleError,
  RoutingServiceUnavailable,
  ServiceUnavailable,
  SessionError,
  SessionExpired,
  TokenExpired,
  TransactionError,
  TransactionNestingError,
  TransientError,
  WriteServiceUnavailable,
} from './errors/index.ts'
export type { DiagnosticRecord, Neo4jErrorClassification, Neo4jErrorOptions } from './errors/server-errors.ts'
export type { BookmarkManager, BookmarkManagerConfig } from './execution/bookmark-manager.ts'
// Entry point
export { GraphDatabase } from './graph-database.ts'
// Results and summaries
export type {
  NoParameters,
  NotInferred,
  NotPassed,
  ParametersFor,
  QueryAlone,
  RowFor,
  TextRow,
} from './query-types/calls.ts'
export type { ColumnsOf, ParametersOf } from './query-types/index.ts'
export type { ColumnOptions, Columns } from './results/columns.ts'
export { SummaryCounters } from './results/counters.ts'
export { Diagnosis, type DiagnosisStep } from './results/diagnosis.ts'
export { type EagerFor, EagerResult } from './results/eager-result.ts'
export type { GqlStatusObject } from './results/gql-status-objects.ts'
export type { RawNotification, SummaryNotification, SummaryNotificationPosition } from './results/notifications.ts'
export type { Plan, ProfiledPlan } from './results/plan.ts'
export { BoltRecord, BoltRecord as Record, isRecord } from './results/record.ts'
export type { DataOf, FieldOf, KeyOf, RecordPairs, ValueOf } from './results/record-types.ts'
export { Result, type SingleOptions } from './results/result.ts'
export { type ResultFor, ResultPromise } from './results/result-promise.ts'
export { type ResultTransformer, resultTransformers } from './results/result-transformers.ts'
export { ServerInfo } from './results/server-info.ts'
export { type QueryType, ResultSummary } from './results/summary.ts'
// Credentials
export {
  type AuthManager,
  AuthManagers,
  type AuthProvider,
  ExpiringAuth,
  type ExpiringAuthProvider,
} from './settings/auth-managers.ts'
export {
  type ClientCertificate,
  type ClientCertificateInput,
  type ClientCertificateProvider,
  clientCertificateProviders,
  type RotatingClientCertificateProvider,
} from './settings/client-certificates.ts'
// Settings
export type {
  DriverConfig,
  ExecuteQueryConfig,
  ManagedTransactionConfig,
  SessionConfig,
  TransactionConfig,
} from './settings/config.ts'
export type { ResolvedAddresses, Resolver } from './settings/resolver.ts'
export { TrustAll, TrustCustomCAs, type TrustedCertificates, TrustSystemCAs } from './settings/trust.ts'
// Bookmarks and addresses
export {
  Address,
  type AddressDefaults,
  type AddressInput,
  type AddressParts,
  type ConnectedSocket,
  IPv4Address,
  IPv6Address,
} from './values/address.ts'
export { Auth, type AuthToken, basicAuth, bearerAuth, customAuth, kerberosAuth } from './values/auth.ts'
export { Bookmarks } from './values/bookmarks.ts'
export type { CivilFields } from './values/civil.ts'
// Values
export { CypherDate, CypherDate as Date, type DateFields } from './values/date.ts'
export { DateTime } from './values/date-time.ts'
export { Duration, type DurationFields, type ExactDuration } from './values/duration.ts'
export type { EntitySet } from './values/entity-set.ts'
// Constants
export {
  type AccessMode,
  type AccessModeInput,
  DEFAULT_DATABASE,
  NotificationCategory,
  NotificationDisabledCategory,
  NotificationMinimumSeverity,
  NotificationSeverity,
  READ_ACCESS,
  RoutingControl,
  WRITE_ACCESS,
} from './values/enums.ts'
export type { EpochSecond } from './values/epoch.ts'
export { Float, float } from './values/float.ts'
export { Graph, GraphNode, GraphNode as Node, Relationship } from './values/graph.ts'
export {
  isDate,
  isDateTime,
  isDuration,
  isLocalDateTime,
  isLocalTime,
  isNode,
  isPath,
  isPoint,
  isRelationship,
  isTime,
  isUnsupportedType,
  isUuid,
  isVector,
} from './values/guards.ts'
export type { IntegerMode } from './values/integer.ts'
export { LocalDateTime } from './values/local-date-time.ts'
export { LocalTime } from './values/local-time.ts'
export type { ReadingZone, TemporalResult, TemporalWith, TemporalWithInstant } from './values/native-temporal.ts'
export { GraphPath, GraphPath as Path } from './values/path.ts'
export type { DateTimeFields } from './values/placed.ts'
export { CartesianPoint, Point, WGS84Point } from './values/point.ts'
export { Query, type QuerySettings, unitOfWork } from './values/query.ts'
export { Time, type TimeFields } from './values/time.ts'
export type { TimeOfDayFields } from './values/time-of-day.ts'
export { UnsupportedType } from './values/unsupported-type.ts'
export { Uuid, uuid } from './values/uuid.ts'
export { Vector, type VectorElementType, type VectorValues, vector } from './values/vector.ts'
