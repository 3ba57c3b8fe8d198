/**
 * The query that caused an error, for HTTP answers and logs. Kept in a map beside the error, so that neither the text nor the
 * parameters appear where the error is printed or serialized.
 */

import { isDriverError, isNeo4jError } from './error-guards.ts'

/** A query that failed. */
export interface FailedQuery {
  readonly text: string
  readonly parameters: unknown
}

const queries = new WeakMap<object, FailedQuery>()

/** Records the query that caused an error of this package, and returns the error. Only the first recorded query counts. */
export function aboutQuery<E>(error: E, query: unknown, parameters: unknown): E {
  if (!(isNeo4jError(error) || isDriverError(error)) || queries.has(error)) return error
  const text = typeof query === 'string' ? query : (query as { readonly text?: unknown } | null | undefined)?.text
  if (typeof text === 'string') queries.set(error, { text, parameters })
  return error
}

/** The recorded query of an error, or else of one of its causes; null if there is none. */
export function failedQuery(error: unknown): FailedQuery | null {
  for (let depth = 0, at = error; depth < 8 && typeof at === 'object' && at !== null; depth++) {
    const query = queries.get(at)
    if (query !== undefined) return query
    at = (at as { readonly cause?: unknown }).cause
  }
  return null
}
