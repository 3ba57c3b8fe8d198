/**
 * A result as an Arrow table: columns by `results/columns.ts`, their types by column-type.ts. The library is an optional
 * peer, so it is imported when the first table is made and by nobody else in the package.
 */

import type { DataType, Table } from 'apache-arrow'
import { ConfigurationError } from '../errors/index.ts'
import { type Columns, toColumns } from '../results/columns.ts'
import { EagerResult } from '../results/eager-result.ts'
import { isResult, type Result } from '../results/result.ts'
import { ResultPromise } from '../results/result-promise.ts'
import { checkedOptions, found, nearest } from '../values/options.ts'
import { convertTo, guess } from './column-type.ts'

/** How {@link toArrow} makes columns. */
export interface ArrowOptions {
  /** Spreads nodes, relationships, lists and maps over several columns, as `result.toColumns` does. Default: false. */
  readonly expand?: boolean | null | undefined
  /** The Arrow types of columns by name, where the one found would not do. */
  readonly types?: { readonly [column: string]: DataType } | null | undefined
}

type Arrow = typeof import('apache-arrow')

/**
 * What is unread of a result as an Arrow table; needs the package `apache-arrow` 21.
 *
 * A column's type follows from its values: number is Float64 and bigint Int64, so query with `integers: 'bigint'` to have
 * every INTEGER as Int64; a column with both (`'auto'`) is Int64 as long as all are whole. Boolean is Bool, string Utf8,
 * bytes Binary, Date Date32, LocalTime Time64, DateTime a timestamp in UTC and LocalDateTime one without zone (nanoseconds,
 * or microseconds where years are too far off), Vector a list of fixed size. Lists of numbers, texts and booleans are
 * lists. Everything else is text: ISO 8601 of other temporal values, the JSON of the rest. A column of nothing but null has
 * the type Null.
 *
 * @throws ConfigurationError (as a rejection) when `apache-arrow` is not installed, or for unknown options and columns
 * @throws RangeError (as a rejection), naming the column, when no type holds its values without rounding
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
