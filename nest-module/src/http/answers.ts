/** The same answer in the form that each transport has for it. */

import type { HttpAnswer } from '@boltline/core/web'
import { type Observable, throwError } from 'rxjs'
import { type PlatformResponse, rawOf } from './responses.ts'

/** An answer after `map`. */
export interface AnswerToSend {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
  /** Whether `body` is the application's. */
  readonly replaced: boolean
  /** What the answer is without `map`. */
  readonly usual: HttpAnswer
}

/** Describe a body that is not sent after all. */
const OF_THE_BODY = [
  'content-length',
  'content-encoding',
  'content-language',
  'content-range',
  'content-disposition',
  'etag',
  'last-modified',
]

/** Sends the answer, or destroys the connection where another answer has begun: half of it must not look complete. */
export function sendResponse(response: PlatformResponse, { status, headers, body }: AnswerToSend): void {
  const raw = rawOf(response)
  if (raw.headersSent || response.sent === true) {
    if (raw.writableEnded !== true) raw.destroy()
    return
  }
  const text = body === null ? undefined : typeof body === 'string' ? body : JSON.stringify(body)
  for (const header of OF_THE_BODY) response.removeHeader(header)
  response.status(status)
  for (const [name, value] of Object.entries(headers)) response.header(name, value)
  response.send(text)
}

/** GraphQL servers take over the `extensions` of the error that a resolver fails with. */
export function graphqlError({ status, body, replaced, usual }: AnswerToSend): Error {
  const { retryAfter } = usual
  const own = replaced && typeof body === 'object' ? (body as Readonly<Record<string, unknown>> | null) : null
  return Object.assign(new Error(messageOf(body) ?? usual.body.detail), {
    extensions: {
      code: usual.body.code.toUpperCase().replaceAll('-', '_'),
      http: { status },
      ...(retryAfter !== null && { retryAfter }),
      ...own,
    },
    // The stack leads into the filter and helps no client.
    stack: undefined,
  })
}

function messageOf(body: unknown): string | undefined {
  if (typeof body === 'string') return body
  const { message, detail } = (body ?? {}) as { readonly message?: unknown; readonly detail?: unknown }
  return [message, detail].find((text) => typeof text === 'string') as string | undefined
}

/** The error object that Nest's microservices and gateways know, or the body that `map` gave. */
function failureOf({ body, replaced, usual }: AnswerToSend): unknown {
  if (replaced) return body
  const { code, detail } = usual.body
  return {
    status: 'error',
    code,
    message: detail,
    ...(usual.retryAfter !== null && { retryAfter: usual.retryAfter }),
  }
}

export function rpcError(answer: AnswerToSend): Observable<never> {
  return throwError(() => failureOf(answer))
}

/** A client of socket.io, or a socket of `ws`, whose `emit` would stay on this side. */
interface Socket {
  readonly readyState?: number
  emit(event: string, data: unknown): unknown
  send(text: string): unknown
}

export function sendToSocket(client: Socket, answer: AnswerToSend): void {
  const failure = failureOf(answer)
  if (typeof client.readyState === 'number') client.send(JSON.stringify({ event: 'exception', data: failure }))
  else client.emit('exception', failure)
}
