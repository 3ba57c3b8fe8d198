/** Predefined result transformers for `executeQuery`. */

import type { Graph } from '../values/graph.ts'
import type { EagerResult } from './eager-result.ts'
import type { BoltRecord } from './record.ts'
import type { Result } from './result.ts'
import type { ResultSummary } from './summary.ts'

/** Converts the live result of `executeQuery` to the value that the call returns. Runs once per attempt. */
export type ResultTransformer<T> = (result: Result) => Promise<T> | T

/**
 * Transformers for `executeQuery`.
 *
 * @example
 * ```ts
 * const record = await driver.executeQuery('MATCH (p:Person {id: $id}) RETURN p', { id: 1 }, {
 *   resultTransformer: resultTransformers.singleStrict,
 * })
 * ```
 */
export const resultTransformers = Object.freeze({
  /** All records, the summary and the keys (the default). */
  eager: (result: Result): Promise<EagerResult> => result.toEagerResult(),
  /** The only record, or null. If there are more, the first one, with a `ResultWarning`. */
  single: (result: Result): Promise<BoltRecord | null> => result.single(),
  /** The only record. Throws `ResultNotSingleError` unless there is exactly one. */
  singleStrict: (result: Result): Promise<BoltRecord> => result.single({ strict: true }),
  /** The first record, or null; discards the rest. */
  first: (result: Result): Promise<BoltRecord | null> => result.first(),
  /** All records as plain objects. */
  data: (result: Result): Promise<{ [key: string]: unknown }[]> => result.data(),
  /** All records as lists of values. */
  values: (result: Result): Promise<unknown[][]> => result.values(),
  /** The summary alone. */
  consume: (result: Result): Promise<ResultSummary> => result.consume(),
  /** All nodes and relationships of the records. */
  graph: (result: Result): Promise<Graph> => result.graph(),
})

const { eager, data, values, graph } = resultTransformers

const takingAll: ReadonlySet<unknown> = new Set([eager, data, values, graph])

/** Whether a transformer is known to read the whole result, as the call does without a transformer. */
export function takesAll(transformer: ResultTransformer<unknown> | undefined): boolean {
  return transformer === undefined || takingAll.has(transformer)
}
