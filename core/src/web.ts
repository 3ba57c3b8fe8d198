/**
 * Code that the packages for web frameworks share: HTTP responses to database errors, bookmark tokens for clients, and readiness
 * checks. Imported as `@boltline/core/web`; needs no framework. Re-exports only.
 */

export { oneLine } from './diagnostics/one-line.ts'
export { type BoltlineWarning, emitWarning } from './diagnostics/warnings.ts'
export {
  BookmarkTokens,
  type BookmarkTokensOptions,
  type OpenedToken,
  type SealedToken,
  type TokenRefusal,
  type TokenScope,
} from './web/bookmark-tokens.ts'
export {
  type AnsweredRequest,
  clientErrorLevels,
  type FailureReport,
  failureReport,
} from './web/failure-log.ts'
export { type HealthCheck, type HealthDocument, healthDocument, healthMediaType } from './web/health-document.ts'
export {
  answerOf,
  type FailureKind,
  type HttpAnswer,
  type HttpAnswerOptions,
  httpAnswer,
  httpAnswerKeys,
  type ProblemDetails,
} from './web/http-answer.ts'
export { type AnswerMap, type HttpReply, replyFor, type WrittenReply, writtenReply } from './web/http-reply.ts'
export { watchReader } from './web/reader-watch.ts'
export {
  type ProbeFailure,
  type ProbeResult,
  type Readiness,
  type ReadinessOptions,
  readiness,
} from './web/readiness.ts'
export { RequestBookmarks } from './web/request-bookmarks.ts'
export {
  StreamGate,
  StreamIdleError,
  StreamLimitError,
  type StreamOptions,
  type StreamPass,
  type StreamSource,
  streamKeys,
} from './web/stream-gate.ts'
export { WebLog } from './web/web-log.ts'
