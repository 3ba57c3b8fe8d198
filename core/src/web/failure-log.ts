/**
 * Log lines for requests that were answered with an error: method, route, code and message, and at level debug the query text.
 * Parameters are never logged, but server messages may quote values unless the driver's setting `redact` is on.
 */

import { oneLine } from '../diagnostics/one-line.ts'
import { failedQuery, shownMessage } from '../errors/index.ts'

/** The request that was answered. */
export interface AnsweredRequest {
  readonly method: string
  /** The pattern of its route, such as `/people/:id`, or another name that contains no values from the path. */
  readonly route: string
  /** Whether the answer was not sent because the response was partly sent or closed. Default: false. */
  readonly cutOff?: boolean | undefined
}

/** The log lines for one answer. */
export interface FailureReport {
  /** `error` for answers from 500 on, otherwise `clientErrorLevel`. */
  readonly level: 'error' | 'warn' | 'debug'
  readonly message: string
  /** The query text, for level debug; null if no query is known. */
  readonly query: string | null
  /** The stack of the error for answers with status 500, which need investigation; null for others. */
  readonly stack: string | null
}

/** The log levels that may be chosen for answers below 500. */
export const clientErrorLevels = ['warn', 'debug'] as const

/**
 * Describes an answer for the log.
 * @param clientErrorLevel - the level for answers below 500
 */
export function failureReport(
  error: unknown,
  answer: { readonly status: number; readonly kind?: string },
  request: AnsweredRequest,
  clientErrorLevel: (typeof clientErrorLevels)[number] = 'warn',
): FailureReport {
  const { method, route, cutOff = false } = request
  const { status, kind } = answer
  const code = kind === undefined ? '' : `, ${kind}`
  const outcome = cutOff ? 'was cut off' : `was answered with ${status}`
  return {
    level: status >= 500 ? 'error' : clientErrorLevel,
    message: `${method} ${oneLine(route)} ${outcome}${code}: ${described(error).join('; caused by ')}`,
    query: queryOf(error),
    stack: status === 500 ? framesOf(error) : null,
  }
}

/** The error and its causes, a line each. Stops at a cause that repeats an earlier line. */
function described(error: unknown): string[] {
  const lines: string[] = []
  const messages = new Set<string>()
  for (let at = error; lines.length < 4 && at instanceof Error; at = at.cause) {
    const message = shownMessage(at)
    if (messages.has(message)) continue
    messages.add(message)
    const { code } = at as { readonly code?: unknown }
    lines.push(oneLine(`${at.name}${typeof code === 'string' ? ` (${code})` : ''}: ${message}`))
  }
  return lines.length === 0 ? [oneLine(String(error))] : lines
}

function queryOf(error: unknown): string | null {
  const query = failedQuery(error)
  return query === null ? null : oneLine(query.text)
}

function framesOf(error: unknown): string | null {
  if (!(error instanceof Error) || typeof error.stack !== 'string') return null
  const { stack, message } = error
  // The message is skipped because it may contain lines that look like stack frames.
  const at = stack.indexOf(message)
  const behind = at === -1 ? stack : stack.slice(at + message.length)
  const frames = behind.split('\n').filter((line) => /^\s+at /.test(line))
  return frames.length === 0 ? null : frames.join('\n')
}
