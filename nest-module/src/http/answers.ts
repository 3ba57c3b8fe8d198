/** Sends an answer in the form of each transport. */

import type { HttpAnswer, HttpReply, WrittenReply } from '@boltline/core/web'
import { type Observable, throwError } from 'rxjs'
import { type PlatformResponse, rawOf } from './responses.ts'

/** An answer after `map`. */
export interface AnswerToSend {
  /** What the answer is without `map`. */
  readonly usual: HttpAnswer
  /** What `map` returned, where that can be sent. */
  readonly own: HttpReply | null
  /** The answer over HTTP. */
  readonly written: WrittenReply
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

/** Sends the answer. When another response has begun, destroys the connection, so that it does not look complete. */
export function sendResponse(response: PlatformResponse, { written: { status, headers, body } }: AnswerToSend): void {
  const raw = rawOf(response)
  if (raw.headersSent || response.sent === true) {
    if (raw.writableEnded !== true) raw.destroy()
    return
  }
  for (const header of OF_THE_BODY) response.removeHeader(header)
  response.status(status)
  for (const [name, value] of Object.entries(headers)) response.header(name, value)
  response.send(body === null || typeof body === 'string' ? (body ?? undefined) : Buffer.from(body))
}

/** GraphQL servers take over the `extensions` of the error that a resolver fails with. */
export function graphqlError({ usual, own, written: { status } }: AnswerToSend): Error {
  const { retryAfter } = usual
  const { type: _type, title: _title, status: _status, detail: _detail, code, ...more } = usual.body
  const body = own?.body
  return Object.assign(new Error(messageIn(body) ?? usual.body.detail), {
    extensions: {
      code: code.toUpperCase().replaceAll('-', '_'),
      http: { status },
      ...more,
      ...(retryAfter !== null && { retryAfter }),
      ...(typeof body === 'object' && body !== usual.body && body),
    },
    // The stack leads into the filter and helps no client.
    stack: undefined,
  })
}

function messageIn(body: unknown): string | undefined {
  if (typeof body === 'string') return body
  const { message, detail } = (body ?? {}) as { readonly message?: unknown; readonly detail?: unknown }
  return [message, detail].find((text) => typeof text === 'string') as string | undefined
}

/** The error object that Nest's microservices and gateways know, or the body that `map` gave. */
function failureOf({ usual, own }: AnswerToSend): unknown {
  if (own !== null && own.body !== usual.body) return own.body
  const { type: _type, title: _title, status: _status, detail, ...more } = usual.body
  return {
    status: 'error',
    message: detail,
    ...more,
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
