/** Validates the query and the parameters of every call that runs a query. */

import { types } from 'node:util'
import { ParameterError } from '../errors/index.ts'
import { found } from '../platform/checked-options.ts'
import { isQuery } from '../values/query.ts'

export interface CheckedQuery {
  readonly text: string
  readonly metadata: Readonly<Record<string, unknown>> | undefined
  readonly timeout: number | undefined
}

/** @throws ParameterError unless `query` is a string or a `Query` */
export function checkedQuery(query: unknown): CheckedQuery {
  if (typeof query === 'string') return { text: query, metadata: undefined, timeout: undefined }
  if (isQuery(query)) return query
  throw new ParameterError(`query must be a string or a Query, found ${found(query)}`, { path: 'query' })
}

/** @throws ParameterError unless `parameters` is a plain object, a Map, null or undefined; the last two mean no parameters */
export function checkedParameters(parameters: unknown): object {
  if (parameters === undefined || parameters === null) return none
  if (typeof parameters === 'object' && !Array.isArray(parameters)) {
    if (types.isMap(parameters)) return parameters
    const prototype: unknown = Object.getPrototypeOf(parameters)
    if (prototype === Object.prototype || prototype === null || Object.getPrototypeOf(prototype) === null)
      return parameters
  }
  throw new ParameterError(
    `parameters must be a plain object or a Map from names to values, found ${found(parameters)}; pass { name: value }`,
    { path: 'parameters' },
  )
}

const none: object = Object.freeze({})
