/**
 * Converts a result to an Arrow table: columns by `results/columns.ts`, their types by column-type.ts. The library is an
 * optional peer, so it is imported at the first call.
 */

import type { DataType, Table } from 'apache-arrow'
import { ConfigurationError } from '../errors/index.ts'
import { checkedOptions, found, nearest } from '../platform/checked-options.ts'
import { type Columns, toColumns } from '../results/columns.ts'
import { EagerResult } from '../results/eager-result.ts'
import { isResult, type Result } from '../results/result.ts'
import { ResultPromise } from '../results/result-promise.ts'
import { convertTo, guess } from './column-type.ts'

/** Options of {@link toArrow}. */
export interface ArrowOptions {
  /** Spreads nodes, relationships, lists and maps over several columns, as `result.toColumns` does. Default: false. */
  readonly expand?: boolean | null | undefined
  /** Arrow types by column name, in place of the inferred ones. Default: all types are inferred. */
  readonly types?: { readonly [column: string]: DataType } | null | undefined
}

type Arrow = typeof import('apache-arrow')

/**
 * Converts the unread records of a result to an Arrow table. Needs the package `apache-arrow` 21.
 *
 * The type of a column is inferred from its values:
 * - number is Float64 and bigint is Int64, so use `integers: 'bigint'` to get Int64 for every INTEGER; a column with both
 *   (`'auto'`) is Int64 if all its numbers are integers
 * - boolean is Bool, string is Utf8, bytes are Binary
 * - Date is Date32, LocalTime is Time64, DateTime is a timestamp in UTC, LocalDateTime a timestamp without zone, both in
 *   nanoseconds, or in microseconds for years outside of 1677 to 2262
 * - Vector is a list of fixed size; a list of numbers, strings or booleans is a list
 * - every other column is Utf8: ISO 8601 for other temporal values, JSON for the rest
 * - a column that holds only null is Null
 *
 * @throws ConfigurationError (as a rejection) when `apache-arrow` is not installed, or for unknown options and columns
 * @throws RangeError (as a rejection) that names the column, when its type would round a value
 *
 * @example
 * ```ts
 * import { toArrow } from '@boltline/core/arrow'
 *
 * const session = driver.session({ integers: 'bigint' })
 * const table = await toArrow(session.run('MATCH (p:Person) RETURN p.name AS name, p.age AS age'))
 * console.log(String(table.schema)) // Schema<{ 0: name: Utf8, 1: age: Int64 }>
 * ```
 */
export async function toArrow(
  result: Result | ResultPromise | EagerResult,
  options?: ArrowOptions | null,
): Promise<Table> {
  const { expand, types } = checkedOptions(options, ['expand', 'types'], 'toArrow') as ArrowOptions
  const columns = await columnsOf(result, expand === true)
  const arrow = await library()
  const names = Object.keys(columns)
  for (const name of Object.keys(types ?? {})) {
    if (Object.hasOwn(columns, name)) continue
    throw new ConfigurationError(
      `types names the column ${JSON.stringify(name)}, which the result doesn't have; did you mean ${JSON.stringify(nearest(name, names))}?`,
    )
  }
  const vectors = names.map((name) => {
    const values = columns[name] as unknown[]
    const type = types?.[name]
    return [name, type === undefined ? guess(arrow, name, values) : convertTo(arrow, name, values, type)] as const
  })
  return new arrow.Table(Object.fromEntries(vectors))
}

async function columnsOf(result: unknown, expand: boolean): Promise<Columns> {
  if (result instanceof ResultPromise || isResult(result)) return result.toColumns({ expand })
  if (result instanceof EagerResult) return toColumns(result.keys, result.records, { expand })
  throw new ConfigurationError(
    `toArrow takes a Result, what session.run returns, or an EagerResult, found ${found(result)}`,
  )
}

async function library(): Promise<Arrow> {
  try {
    return await import('apache-arrow')
  } catch (cause) {
    throw new ConfigurationError('toArrow needs the package apache-arrow: npm install apache-arrow@21', { cause })
  }
}
