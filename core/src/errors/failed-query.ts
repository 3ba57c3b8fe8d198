/**
 * Which query an error is about, for answers and logs. Kept beside the error and not in it: neither the text
 * nor the parameters show up where an error is printed or serialized.
 */

import { isDriverError, isNeo4jError } from './guards.ts'

/** A query that failed. */
export interface FailedQuery {
  readonly text: string
  readonly parameters: unknown
}

const queries = new WeakMap<object, FailedQuery>()

/** Remembers which query an error is about, and returns the error. The first query counts; other errors than ours are left alone. */
export function aboutQuery<E>(error: E, query: unknown, parameters: unknown): E {
  if (!(isNeo4jError(error) || isDriverError(error)) || queries.has(error)) return error
  const text = typeof query === 'string' ? query : (query as { readonly text?: unknown } | null | undefined)?.text
  if (typeof text === 'string') queries.set(error, { text, parameters })
  return error
}

/** The query that an error, or else one of its causes, is about; null where none is known. */
export function failedQuery(error: unknown): FailedQuery | null {
  for (let depth = 0, at = error; depth < 8 && typeof at === 'object' && at !== null; depth++) {
    const query = queries.get(at)
    if (query !== undefined) return query
    at = (at as { readonly cause?: unknown }).cause
  }
  return null
}
