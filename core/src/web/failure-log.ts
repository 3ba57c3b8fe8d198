/**
 * What goes into the log for an answer that an error of the database has led to: method, route, code and message, and at
 * level debug the text of the query. Never its parameters; but messages of servers quote values, unless the driver's setting
 * `redact` is on.
 */

import { oneLine } from '../diagnostics/one-line.ts'
import { failedQuery, shownMessage } from '../errors/index.ts'

/** The request that was answered. */
export interface AnsweredRequest {
  readonly method: string
  /** The pattern of its route, `/people/:id`, or what else names it without what the client has put into the path. */
  readonly route: string
  /** The answer couldn't be sent, because a part of another had left or the response was closed. Default: false. */
  readonly cutOff?: boolean | undefined
}

/** Lines for a log. */
export interface FailureReport {
  /** `error` for answers from 500 on, otherwise `clientErrorLevel`. */
  readonly level: 'error' | 'warn' | 'debug'
  readonly message: string
  /** The text of the query, for level debug; null where no query is known. */
  readonly query: string | null
  /** Where the error was made, for answers with status 500, which are faults to look into; null for others. */
  readonly stack: string | null
}

/** The levels for answers below 500. */
export const clientErrorLevels = ['warn', 'debug'] as const

/**
 * Reports an answer.
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

/** An error and its causes; a chain that repeats what was said is cut short. */
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
  // A message may hold lines that look like frames.
  const at = stack.indexOf(message)
  const behind = at === -1 ? stack : stack.slice(at + message.length)
  const frames = behind.split('\n').filter((line) => /^\s+at /.test(line))
  return frames.length === 0 ? null : frames.join('\n')
}
