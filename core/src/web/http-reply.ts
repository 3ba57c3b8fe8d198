/** Custom answers: runs the application's `map` function, validates its result, and falls back to the default answer. */

import { ConfigurationError } from '../errors/index.ts'
import { found, isGiven } from '../platform/checked-options.ts'
import { isThenable } from '../platform/thenable.ts'
import type { HttpAnswer } from './http-answer.ts'

/** An HTTP answer. Every {@link HttpAnswer} is one. */
export interface HttpReply {
  /** From 200 to 599. */
  readonly status: number
  /** Default: the `content-type` of the body's type. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>> | null | undefined
  /** Strings and bytes are sent as they are, other values as JSON. Undefined: no body. */
  readonly body?: unknown
}

/**
 * Returns the answer for an error, or a promise of it. Receives the default answer; undefined or null keep it. If the function
 * throws or rejects, or its answer cannot be sent, the failure is logged and the default answer is sent.
 *
 * @typeParam Context - the framework's own argument: the request in Express, the arguments host in Nest
 */
export type AnswerMap<Context = unknown> = (
  error: unknown,
  usual: HttpAnswer,
  context: Context,
) => HttpReply | null | undefined | PromiseLike<HttpReply | null | undefined>

/** A validated answer, ready to send. */
export interface WrittenReply {
  readonly status: number
  /** Keyed by lower-case names. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  /** Null: no body. */
  readonly body: string | Uint8Array | null
}

/**
 * Returns the answer to send for an error: the result of `map`, or the default. A promise only if `map` returns one.
 * @param failed - called with the error if `map` fails or its answer cannot be sent
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

/** @throws ConfigurationError if the answer cannot be sent, TypeError if its body cannot be written as JSON */
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
