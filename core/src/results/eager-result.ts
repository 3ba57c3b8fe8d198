import type { BoltRecord } from './record.ts'
import type { KeyOf } from './record-types.ts'
import type { ResultSummary } from './summary.ts'

/**
 * A result held in memory as a whole. Take it apart by name; by position works as well, in the order records, summary, keys.
 *
 * @typeParam Row - the fields of a record by key
 *
 * @example
 * ```ts
 * const { records, summary, keys } = await driver.executeQuery('MATCH (p:Person) RETURN p.name AS name')
 * ```
 */
// biome-ignore lint/suspicious/noExplicitAny: a row nobody described is read without casts
export class EagerResult<Row extends object = any> {
  /** The records in the order they came. */
  readonly records: BoltRecord<Row>[]
  /** What the server says of the query. */
  readonly summary: ResultSummary
  /** The keys of the records in the order of the query's RETURN; known even without a record. */
  readonly keys: readonly KeyOf<Row>[]

  /** Made by the driver, and by tests that stand in for it. */
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
