/**
 * One row of a result: an immutable, ordered collection of fields. Millions of records are created per second, so a record is
 * two references, to the shape of its result and to its fields; everything else is computed on demand. Knows neither results
 * nor connections. Helpers are functions, because a private method would add a third field to each record.
 *
 * Longer than other files because of the documentation of its public members.
 */

import type { InspectOptionsStylized } from 'node:util'
import { BrokenRecordError } from '../errors/index.ts'
import { type Inspect, inspection } from '../platform/inspection.ts'
import { BrokenField } from '../values/broken-field.ts'
import { equalValues } from '../values/equality.ts'
import { toJsonValue } from '../values/json.ts'
import { isPlainObject, objectOf, type PlainObject } from './plain-object.ts'
import { dataOf } from './record-data.ts'
import { pairsOf } from './record-pairs.ts'
import { RecordShape } from './record-shape.ts'
import type { AnyKey, DataOf, FieldOf, KeyOf, KnownKey, RecordPairs, ValueOf } from './record-types.ts'

const RECORD = Symbol.for('@boltline/core.Record')

/**
 * One row of a result: an immutable, ordered collection of key-value pairs. Iterating yields the values.
 *
 * A field that could not be decoded, such as an INTEGER too large for a `number`, raises {@link BrokenRecordError} when any
 * method reads it. The other fields stay readable.
 *
 * @typeParam Row - the fields by key, for example `{ name: string; age: number }`; unchecked at run time
 *
 * @example
 * ```ts
 * const { records } = await driver.executeQuery<{ name: string; age: number }>(
 *   'MATCH (p:Person) RETURN p.name AS name, p.age AS age',
 * )
 * for (const record of records) {
 *   record.get('name') // a string
 *   record.toObject() // { name: 'Ada', age: 36 }
 * }
 * ```
 */
// biome-ignore lint/suspicious/noExplicitAny: without a row type, fields are read without casts
export class BoltRecord<Row extends object = any> implements Iterable<ValueOf<Row>> {
  readonly #shape: RecordShape
  readonly #fields: readonly unknown[]

  /**
   * Creates a record from key-value pairs, for tests and for code that passes records to other code.
   *
   * @throws TypeError when the source is neither a plain object nor a Map nor an iterable of pairs, or a key is not a string
   * or occurs twice
   *
   * @example
   * ```ts
   * new Record({ name: 'Ada', age: 36 })
   * new Record([['name', 'Ada'], ['age', 36]])
   * ```
   */
  constructor(source: RecordPairs)
  constructor(source: Row)
  constructor(source: RecordShape | RecordPairs | Row, fields?: readonly unknown[]) {
    if (source instanceof RecordShape) {
      this.#shape = source
      this.#fields = fields as readonly unknown[]
      return
    }
    const pairs = pairsOf(isRecord(source) ? source.entries() : source)
    this.#shape = new RecordShape([...pairs.keys()])
    this.#fields = [...pairs.values()]
  }

  /** The keys in the order of the query's RETURN; frozen. */
  get keys(): readonly KeyOf<Row>[] {
    return this.#shape.keys as readonly KeyOf<Row>[]
  }

  /** The number of fields. */
  get length(): number {
    return this.#shape.keys.length
  }

  /**
   * Returns the value of the field with this key or index. Negative indices count from the end.
   *
   * A second argument is returned if the record has no such field, even if the argument is `undefined`.
   *
   * @throws RangeError when the record has no such field and no fallback was passed
   * @throws BrokenRecordError when the field could not be decoded
   *
   * @example
   * ```ts
   * record.get('name')
   * record.get(0)
   * record.get('nickname', null)
   * ```
   */
  get<Key extends string | number>(key: KeyOf<Row> | KnownKey<Row, Key>): FieldOf<Row, Key>
  get<Key extends AnyKey<Row> | number, Fallback>(key: Key, fallback: Fallback): FieldOf<Row, Key> | Fallback
  get(key: string | number, ...fallback: unknown[]): unknown {
    const position = this.#shape.positionOf(key)
    if (position < 0) return fallbackFor(this.#shape, key, fallback)
    const value = this.#fields[position]
    if (value instanceof BrokenField) throw brokenField(this.#shape, position, value)
    return value
  }

  /**
   * Returns the value at an index; negative indices count from the end.
   *
   * A second argument is returned if the record has no such field, even if the argument is `undefined`.
   *
   * @throws RangeError when the index is out of range and no fallback was passed
   * @throws BrokenRecordError when the field could not be decoded
   */
  at(index: number): ValueOf<Row>
  at<Fallback>(index: number, fallback: Fallback): ValueOf<Row> | Fallback
  at(index: number, ...fallback: unknown[]): unknown {
    const position = typeof index === 'number' ? this.#shape.positionOf(index) : -1
    if (position < 0) return fallbackFor(this.#shape, index, fallback)
    return fieldAt(this.#shape, this.#fields, position)
  }

  /**
   * Returns the position of a field, counted from 0. A negative index is converted to the position that it stands for.
   *
   * A second argument is returned if the record has no such field, even if the argument is `undefined`.
   *
   * @throws RangeError when the record has no such field and no fallback was passed
   */
  index(key: AnyKey<Row> | number): number
  index<Fallback>(key: AnyKey<Row> | number, fallback: Fallback): number | Fallback
  index(key: string | number, ...fallback: unknown[]): unknown {
    const position = this.#shape.positionOf(key)
    return position < 0 ? fallbackFor(this.#shape, key, fallback) : position
  }

  /** Whether the record has a field with this key or index, even if it could not be decoded. */
  has(key: string | number): boolean {
    return this.#shape.positionOf(key) >= 0
  }

  /**
   * Returns the value of the field with this key or index; without arguments, the first field. Unlike {@link BoltRecord.get},
   * it does not throw for a missing field: it returns the second argument, null by default.
   *
   * @throws BrokenRecordError when the field could not be decoded
   */
  value(): ValueOf<Row> | null
  value<Key extends KeyOf<Row>>(key: Key): Row[Key]
  value(key: string | number): ValueOf<Row> | null
  value<Key extends KeyOf<Row>, Fallback>(key: Key, fallback: Fallback): Row[Key] | Fallback
  value<Fallback>(key: string | number | undefined, fallback: Fallback): ValueOf<Row> | Fallback
  value(key: string | number = 0, fallback: unknown = null): unknown {
    const position = this.#shape.positionOf(key)
    return position < 0 ? fallback : fieldAt(this.#shape, this.#fields, position)
  }

  /**
   * Returns the values in order: of all fields, or of the given keys and indices. An unknown key yields null.
   *
   * @throws RangeError when an index is out of range
   * @throws BrokenRecordError when a field among them could not be decoded
   */
  values(): ValueOf<Row>[]
  values<const Keys extends readonly KeyOf<Row>[]>(...keys: Keys): { -readonly [I in keyof Keys]: Row[Keys[I]] }
  values(...keys: readonly (string | number)[]): (ValueOf<Row> | null)[]
  values(...keys: readonly (string | number)[]): unknown[] {
    if (keys.length === 0) return checkedFields(this.#shape, this.#fields).slice()
    return keys.map((key) => {
      const position = selected(this.#shape, key)
      return position < 0 ? null : fieldAt(this.#shape, this.#fields, position)
    })
  }

  /**
   * Returns `[key, value]` pairs in order: of all fields, or of the given keys and indices. An unknown key is paired with null.
   *
   * @throws RangeError when an index is out of range
   * @throws BrokenRecordError when a field among them could not be decoded
   */
  entries(): [KeyOf<Row>, ValueOf<Row>][]
  entries(...keys: readonly (string | number)[]): [string, ValueOf<Row> | null][]
  entries(...keys: readonly (string | number)[]): [string, unknown][] {
    return selection(this.#shape, keys).map(([key, position]) => [
      key,
      position < 0 ? null : fieldAt(this.#shape, this.#fields, position),
    ])
  }

  /**
   * Returns the record as a plain object in a simplified form that loses types: nodes become their properties, relationships
   * `[start node's properties, type, end node's properties]`, paths `[properties, type, properties, …]`, also inside lists and
   * maps; other values stay unchanged. Meant for exploration and prototypes; {@link BoltRecord.toJSON} loses less.
   *
   * Includes all fields, or those with the given keys and indices. An unknown key becomes null.
   *
   * @throws RangeError when an index is out of range
   * @throws BrokenRecordError when a field among them could not be decoded
   *
   * @example
   * ```ts
   * record.data() // { p: { name: 'Ada' }, r: [{ name: 'Ada' }, 'KNOWS', { name: 'Grace' }] }
   * record.data('p')
   * ```
   */
  data(): DataOf<Row>
  data<Key extends KeyOf<Row>>(...keys: readonly Key[]): Pick<DataOf<Row>, Key & keyof DataOf<Row>>
  data(...keys: readonly (string | number)[]): PlainObject
  data(...keys: readonly (string | number)[]): PlainObject {
    const fields = selection(this.#shape, keys)
    const valueAt = (at: number): unknown => {
      const position = (fields[at] as [string, number])[1]
      return position < 0 ? null : dataOf(fieldAt(this.#shape, this.#fields, position))
    }
    return objectOf(
      fields.map(([key]) => key),
      valueAt,
    )
  }

  /**
   * Returns a record of the fields from `start` up to but not including `end`; both count as in `Array.prototype.slice`. Does not
   * throw for fields that could not be decoded.
   */
  slice(start?: number, end?: number): BoltRecord {
    return recordOf(new RecordShape(this.#shape.keys.slice(start, end)), this.#fields.slice(start, end))
  }

  /**
   * Returns the fields as a plain object with the values of {@link BoltRecord.get}.
   *
   * @throws BrokenRecordError when a field could not be decoded
   */
  toObject(): Row {
    const fields = checkedFields(this.#shape, this.#fields)
    const { keys } = this.#shape
    const object = this.#shape.blank()
    for (let position = 0; position < keys.length; position++) object[keys[position] as string] = fields[position]
    return object as Row
  }

  /**
   * Returns the fields as JSON values: bigint as number if exact, else as text; bytes as base64; temporal values and UUIDs as ISO
   * text; nodes, relationships, paths and points as plain objects with ids, labels and type; NaN and infinities as null.
   *
   * @throws BrokenRecordError when a field could not be decoded
   */
  toJSON(): PlainObject {
    return objectOf(this.#shape.keys, (position) => toJsonValue(fieldAt(this.#shape, this.#fields, position)))
  }

  /**
   * Compares deeply. Another record must have the same keys in the same order; an array is compared by position; a plain object
   * or Map by key. `1` equals `1n`. Other values are unequal.
   *
   * @throws BrokenRecordError when a field could not be decoded
   */
  equals(other: unknown): boolean {
    const own: unknown[] = this.values()
    if (isRecord(other)) {
      // As a list and as a map: fields of equal values may change places.
      return (
        equalValues(own, other.values()) &&
        this.keys.every((key, at) => other.has(key) && equalValues(own[at], other.get(key)))
      )
    }
    if (Array.isArray(other)) return equalValues(own, other)
    const fields = other instanceof Map ? other : isPlainObject(other) ? new Map(Object.entries(other)) : null
    if (fields?.size !== own.length) return false
    return this.keys.every((key, position) => fields.has(key) && equalValues(own[position], fields.get(key)))
  }

  /**
   * Iterates over the values in order.
   *
   * @throws BrokenRecordError when it reaches a field that could not be decoded
   */
  [Symbol.iterator](): IterableIterator<ValueOf<Row>> {
    const fields = brokenPosition(this.#fields) < 0 ? this.#fields.values() : eachField(this.#shape, this.#fields)
    return fields as IterableIterator<ValueOf<Row>>
  }

  /** Prints the fields, and the reason in place of a field that could not be decoded. */
  [inspection](depth: number, options: InspectOptionsStylized, inspect: Inspect): string {
    if (depth < 0) return options.stylize('[Record]', 'special')
    const fields = objectOf(this.#shape.keys, (position) => this.#fields[position])
    return `Record ${inspect(fields, { ...options, depth })}`
  }
}

Object.defineProperty(BoltRecord.prototype, RECORD, { value: true })

/** Creates a record; `fields` has one entry per key of `shape`, a {@link BrokenField} if decoding failed. */
export function recordOf(shape: RecordShape, fields: readonly unknown[]): BoltRecord {
  return new FieldRecord(shape, fields)
}

/** The constructor with its internal signature. */
const FieldRecord = BoltRecord as unknown as new (shape: RecordShape, fields: readonly unknown[]) => BoltRecord

/** Whether `value` is a record, also of another copy of this package. */
export function isRecord(value: unknown): value is BoltRecord {
  return typeof value === 'object' && value !== null && (value as { [RECORD]?: unknown })[RECORD] === true
}

function fieldAt(shape: RecordShape, fields: readonly unknown[], position: number): unknown {
  const value = fields[position]
  if (value instanceof BrokenField) throw brokenField(shape, position, value)
  return value
}

function* eachField(shape: RecordShape, fields: readonly unknown[]): Generator<unknown> {
  for (let position = 0; position < fields.length; position++) yield fieldAt(shape, fields, position)
}

/** Returns the fields. Throws if one of them could not be decoded. */
function checkedFields(shape: RecordShape, fields: readonly unknown[]): readonly unknown[] {
  const position = brokenPosition(fields)
  if (position >= 0) throw brokenField(shape, position, fields[position] as BrokenField)
  return fields
}

function brokenPosition(fields: readonly unknown[]): number {
  for (let position = 0; position < fields.length; position++)
    if (fields[position] instanceof BrokenField) return position
  return -1
}

/** The given keys with their positions, -1 for an unknown key; all fields if no key is given. */
function selection(shape: RecordShape, keys: readonly (string | number)[]): [key: string, position: number][] {
  if (keys.length === 0) return shape.keys.map((key, position) => [key, position])
  return keys.map((key) => {
    const position = selected(shape, key)
    return [position < 0 ? String(key) : (shape.keys[position] as string), position]
  })
}

/** The position of a key, -1 if unknown. Throws for an index out of range, which is a mistake of the caller. */
function selected(shape: RecordShape, key: string | number): number {
  const position = shape.positionOf(key)
  if (position < 0 && typeof key !== 'string') throw missingField(shape, key)
  return position
}

function fallbackFor(shape: RecordShape, key: unknown, fallback: readonly unknown[]): unknown {
  if (fallback.length === 0) throw missingField(shape, key)
  return fallback[0]
}

function missingField(shape: RecordShape, key: unknown): RangeError {
  const what =
    typeof key === 'number' ? `index ${key}` : typeof key === 'string' ? `key '${key}'` : `key (${typeof key})`
  const keys =
    shape.keys.length === 0 ? 'it has no fields' : `its keys are ${shape.keys.map((name) => `'${name}'`).join(', ')}`
  return new RangeError(`The record has no ${what}; ${keys}.`)
}

function brokenField(shape: RecordShape, position: number, field: BrokenField): BrokenRecordError {
  const message = `Field '${shape.keys[position]}' (index ${position}) of the record could not be decoded: ${field.reason}.`
  return new BrokenRecordError(message, { cause: field.cause })
}
