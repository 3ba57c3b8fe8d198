/** Answers of the application's own in the place of the usual ones: what they may be, and what becomes of a function that makes them. */

import { ConfigurationError } from '../errors/index.ts'
import { found, isGiven } from '../values/options.ts'
import { isThenable } from '../values/thenable.ts'
import type { HttpAnswer } from './http-answer.ts'

/** An answer over HTTP. Every {@link HttpAnswer} is one. */
export interface HttpReply {
  /** From 200 to 599. */
  readonly status: number
  /** Default: the `content-type` that belongs to the body. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>> | null | undefined
  /** A string or bytes are sent as they are, anything else as JSON; without it, the answer has no body. */
  readonly body?: unknown
}

/**
 * Makes the answer for an error, at once or later. It gets the usual answer and may change it, replace it, or leave it at that
 * by returning undefined or null. Where it throws or rejects, or its answer can't be sent, this is logged and the usual answer is sent.
 *
 * @typeParam Context - what the framework hands over besides: the request in Express, the arguments host in Nest
 */
export type AnswerMap<Context = unknown> = (
  error: unknown,
  usual: HttpAnswer,
  context: Context,
) => HttpReply | null | undefined | PromiseLike<HttpReply | null | undefined>

/** An answer as it is sent. */
export interface WrittenReply {
  readonly status: number
  /** By lower-case names. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  /** Null: no body. */
  readonly body: string | Uint8Array | null
}

/**
 * What to send for an error: what `map` makes of the usual answer, or that one. A promise only where `map` gives one.
 * @param failed - gets what `map` threw, or why its answer can't be sent
 */
export function replyFor<Context>(
  error: unknown,
  usual: HttpAnswer,
  map: AnswerMap<Context> | null | undefined,
  context: Context,
  failed: (error: unknown) => void,
): WrittenReply | Promise<WrittenReply> {
  const fallBack = (failure: unknown): WrittenReply => {
    failed(failure)
    return writtenReply(usual)
  }
  try {
    if (!map) return writtenReply(usual)
    const mapped = map(error, usual, context)
    if (!isThenable(mapped)) return writtenReply(mapped ?? usual)
    return Promise.resolve(mapped)
      .then((later) => writtenReply(later ?? usual))
      .catch(fallBack)
  } catch (failure) {
    return fallBack(failure)
  }
}

/** @throws ConfigurationError for an answer that can't be sent, TypeError for a body that isn't JSON */
export function writtenReply(reply: HttpReply): WrittenReply {
  if (typeof reply !== 'object') throw wrong('an object with a status', reply)
  const { status } = reply
  if (!Number.isInteger(status) || status < 200 || status > 599) throw wrong('a status from 200 to 599', status)
  const headers = checkedHeaders(reply.headers)
  const { body } = reply
  if (body === undefined || body === null) return { status, headers, body: null }
  const raw = typeof body === 'string' || body instanceof Uint8Array
  const written = raw ? body : JSON.stringify(body)
  if (written === undefined) throw wrong('a body that JSON can hold', body)
  const type =
    typeof body === 'string' ? 'text/plain; charset=utf-8' : raw ? 'application/octet-stream' : 'application/json'
  return { status, headers: { 'content-type': type, ...headers }, body: written }
}

const FIELD_NAME = /^[!#$%&'*+.^_`|~\w-]+$/
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/

function checkedHeaders(headers: unknown): Record<string, string | readonly string[]> {
  if (!isGiven(headers)) return {}
  if (typeof headers !== 'object') throw wrong('headers as an object', headers)
  const checked: Record<string, string | readonly string[]> = {}
  for (const [name, value] of Object.entries(headers)) {
    const values: unknown[] = Array.isArray(value) ? value : [value]
    const sendable = values.every((text) => typeof text === 'string' && FIELD_VALUE.test(text))
    if (!FIELD_NAME.test(name) || !sendable) throw wrong(`the header ${JSON.stringify(name)} as text`, value)
    checked[name.toLowerCase()] = value as string | readonly string[]
  }
  return checked
}

function wrong(wanted: string, value: unknown): ConfigurationError {
  return new ConfigurationError(`map must return ${wanted}, found ${found(value)}`)
}
