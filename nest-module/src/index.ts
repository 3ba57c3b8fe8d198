/** The public catalogue of the package: everything users import, and nothing else. */

// Answers to requests
export {
  type AnswerMap,
  answerOf,
  type FailureKind,
  type HttpAnswer,
  type HttpAnswerOptions,
  type HttpReply,
  type ProblemDetails,
  StreamIdleError,
  StreamLimitError,
  type StreamOptions,
} from '@boltline/core/web'
// Bookmarks of requests
export type { RequestBookmarkOptions } from './bookmarks/request-bookmark-options.ts'
// Queries
export { BoltlineClient, type Parameters, type QueryOptions } from './client/boltline-client.ts'
// Errors
export {
  AccessModeError,
  ClientGone,
  NoTransactionError,
  PoolDepthError,
  ScopeMismatchError,
  ShuttingDownError,
  StreamEscapesTransactionError,
  TransactionForbiddenError,
  TransactionScopeEndedError,
  UnexpectedRollbackError,
} from './errors.ts'
export {
  BoltlineExceptionFilter,
  type BoltlineExceptionFilterFactory,
  type BoltlineExceptionFilterOptions,
  provideBoltlineExceptionFilter,
} from './http/boltline-exception.filter.ts'
export { ClientParameters } from './http/client-parameters.ts'
// The module
export { BoltlineModule } from './module/boltline.module.ts'
export type {
  BoltlineFeatureOptions,
  BoltlineModuleAsyncOptions,
  BoltlineModuleOptions,
  BoltlineOptions,
  BoltlineOptionsFactory,
  ContextResolver,
  StartupOptions,
  TransactionDefaults,
  WorkContext,
} from './module/boltline.options.ts'
export { getClientToken, getDriverToken, InjectBoltline, InjectDriver, InjectTransactionHost } from './module/tokens.ts'
// Constraints and indexes
export type {
  ConstraintDefinition,
  IndexDefinition,
  SchemaDefinition,
  SchemaOptions,
} from './schema/schema-definition.ts'
// Transactions
export type { Propagation } from './transactions/propagation.ts'
export { TransactionInterceptor } from './transactions/transaction.interceptor.ts'
export { getTransactionHostToken } from './transactions/transaction-host.token.ts'
export { TransactionHost, type WorkInfo } from './transactions/transaction-host.ts'
export type { ErrorMatcher, TransactionMode, TransactionOptions } from './transactions/transaction-options.ts'
export type { CurrentTransaction, Hook } from './transactions/transaction-scope.ts'
export {
  NoTransaction,
  ReadTransaction,
  Transactional,
  type TransactionalDecorator,
  type TransactionalOptions,
  transactionalOptionsOf,
  WriteTransaction,
} from './transactions/transactional.decorator.ts'
