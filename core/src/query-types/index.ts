import type { ReadColumns } from './columns.ts'
import type { Params, ReadParameters } from './parameters.ts'

/**
 * The names of the parameters that a query demands, read from its literal text; `string` where the text doesn't say for certain.
 *
 * @example
 * ```ts
 * type Names = ParametersOf<'MATCH (p:Person {name: $name}) WHERE p.age > $age RETURN p'> // 'name' | 'age'
 * ```
 */
export type ParametersOf<Text extends string> =
  ReadParameters<Text> extends Params<infer Names extends string> ? Names : string

/**
 * The names of the columns that a query returns, read from its literal text; `never` for a query without columns, `string` where the
 * text doesn't say for certain (`RETURN *`, a text that is not a literal).
 *
 * @example
 * ```ts
 * type Names = ColumnsOf<'MATCH (p:Person) RETURN p.name AS name, count(*)'> // 'name' | 'count(*)'
 * ```
 */
export type ColumnsOf<Text extends string> =
  ReadColumns<Text> extends { keys: infer Names extends string } ? Names : string
