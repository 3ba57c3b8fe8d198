/**
 * Neo4j for Express: request-scoped database access, causal consistency across a client's requests, HTTP answers for driver
 * errors, and health routes.
 */

import './express-request.ts'

export {
  type AnswerMap,
  answerOf,
  type FailureKind,
  type HttpAnswer,
  type HttpReply,
  type ProblemDetails,
  StreamIdleError,
  StreamLimitError,
  type StreamOptions,
} from '@boltline/core/web'
export type { BoltlineMetrics } from './application.ts'
export { type Boltline, boltline } from './boltline.ts'
export { BoltlineContext } from './context.ts'
export { boltlineContext } from './current.ts'
export type { ErrorHandlerOptions, ErrorMiddleware } from './error-handler.ts'
export { ClientGone, InvalidBookmark } from './errors.ts'
export type { HealthHandler, OwnCheck, ReadyzChecks, ReadyzOptions } from './health.ts'
export { RecordStream } from './record-stream.ts'
export type { Handler, JsonResponse, Next } from './route-handlers.ts'
export type {
  BoltlineOptions,
  BoltlineRequest,
  BookmarkCookieOptions,
  BookmarkOptions,
  PerRequest,
} from './settings.ts'
