import type { NotPassed, TextRow } from '../query-types/calls.ts'
import type { BoltRecord } from './record.ts'
import type { KeyOf } from './record-types.ts'
import type { ResultSummary } from './summary.ts'

/** The result of `executeQuery`: with the row that the caller passed or that the text describes. */
export type EagerFor<Row extends object, Text extends string> = [Row] extends [NotPassed]
  ? EagerResult<TextRow<Text>>
  : EagerResult<Row>

/**
 * A whole result in memory. Destructure it by name, or by position in the order records, summary, keys.
 *
 * @typeParam Row - the fields of a record by key
 *
 * @example
 * ```ts
 * const { records, summary, keys } = await driver.executeQuery('MATCH (p:Person) RETURN p.name AS name')
 * ```
 */
// biome-ignore lint/suspicious/noExplicitAny: without a row type, fields are read without casts
export class EagerResult<Row extends object = any> {
  /** The records in the order of the result. */
  readonly records: BoltRecord<Row>[]
  /** The summary of the query. */
  readonly summary: ResultSummary
  /** The keys of the records in the order of the query's RETURN; present even if there are no records. */
  readonly keys: readonly KeyOf<Row>[]

  /** Created by the driver, and by tests that fake it. */
  constructor(records: BoltRecord<Row>[], summary: ResultSummary, keys: readonly KeyOf<Row>[]) {
    this.records = records
    this.summary = summary
    this.keys = keys
  }

  /** Iterates over the three parts: records, summary, keys. */
  *[Symbol.iterator](): Generator<BoltRecord<Row>[] | ResultSummary | readonly KeyOf<Row>[]> {
    yield this.records
    yield this.summary
    yield this.keys
  }
}
