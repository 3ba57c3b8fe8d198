/** How a row type given by the user shapes the types of a record's methods. Types only. */

/** True for `any` alone. */
type IsAny<T> = 0 extends 1 & T ? true : false

/** The keys of a row that can be fields. */
export type KeyOf<Row> = keyof Row & string

/** The type of any one field of a row. */
export type ValueOf<Row> = Row[KeyOf<Row>]

/** The type of the field under a key, or of some field if `Key` is an index. */
export type FieldOf<Row, Key> = Key extends keyof Row ? Row[Key] : ValueOf<Row>

/** What `record.data()` makes of a row: scalars stay, everything that can hold a graph value becomes something else. */
export type DataOf<Row> =
  IsAny<Row> extends true
    ? // biome-ignore lint/suspicious/noExplicitAny: a row nobody described is read without casts
      { [key: string]: any }
    : { [Key in KeyOf<Row>]: DataValue<Row[Key]> }

type Scalar = string | number | bigint | boolean | null | undefined

type DataValue<T> =
  IsAny<T> extends true ? T : T extends Scalar ? T : T extends readonly (infer Item)[] ? DataValue<Item>[] : unknown

/** Anything a record can be made from besides a plain object: a Map, or an iterable of pairs. */
export type RecordPairs = Iterable<readonly [key: string, value: unknown]>
