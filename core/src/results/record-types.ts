/** The types of a record's methods, derived from the caller's row type. Types only. */

import type { IsAny } from '../query-types/calls.ts'

/** The keys of a row that can be fields. */
export type KeyOf<Row> = keyof Row & string

/** Whether the row is `any` or was read from a query's text, which names columns and not the types of their values. */
type Untyped<Row> = IsAny<ValueOf<Row>>

/** What a call accepts as a key that the row may lack: any text where the values have no types. */
export type AnyKey<Row> = Untyped<Row> extends true ? string : KeyOf<Row>

/** A key as `get` accepts it: a literal must be a key of the row, other strings are checked at run time where the values have no types. */
export type KnownKey<Row, Key> = Key extends number
  ? Key
  : string extends Key
    ? Untyped<Row> extends true
      ? Key
      : never
    : Key extends KeyOf<Row>
      ? Key
      : never

/** The type of any one field of a row. */
export type ValueOf<Row> = Row[KeyOf<Row>]

/** The type of the field under a key, or of some field if `Key` is an index. */
export type FieldOf<Row, Key> = Key extends keyof Row ? Row[Key] : ValueOf<Row>

/** The type of `record.data()` for a row: scalars keep their types; values that may contain a graph value become `unknown`. */
export type DataOf<Row> =
  IsAny<Row> extends true
    ? // biome-ignore lint/suspicious/noExplicitAny: without a row type, fields are read without casts
      { [key: string]: any }
    : { [Key in KeyOf<Row>]: DataValue<Row[Key]> }

type Scalar = string | number | bigint | boolean | null | undefined

type DataValue<T> =
  IsAny<T> extends true ? T : T extends Scalar ? T : T extends readonly (infer Item)[] ? DataValue<Item>[] : unknown

/** Key-value pairs that a record can be made from: a Map or another iterable of pairs. */
export type RecordPairs = Iterable<readonly [key: string, value: unknown]>
