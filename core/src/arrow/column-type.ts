/**
 * Infers the Arrow type of a column from its values and converts the values. Never rounds: a column whose values fit no type
 * raises an error.
 */

import type { Vector as ArrowVector, DataType } from 'apache-arrow'
import { brandOf } from '../values/brand.ts'
import type { CypherDate } from '../values/date.ts'
import { toJsonValue } from '../values/json.ts'
import type { LocalTime } from '../values/local-time.ts'
import type { Vector } from '../values/vector.ts'

type Arrow = typeof import('apache-arrow')
type Values = readonly unknown[]

/** Converts a column to the type inferred from its values. */
export function guess(arrow: Arrow, name: string, values: Values): ArrowVector {
  const kinds = new Set(values.filter((value) => value !== null).map(kindOf))
  if (kinds.size === 0) return arrow.makeVector(arrow.makeData({ type: new arrow.Null(), length: values.length }))
  const [kind] = kinds
  if (kinds.has('bigint') && [...kinds].every((each) => each === 'bigint' || each === 'number'))
    return convertTo(arrow, name, values, new arrow.Int64())
  if (kinds.size > 1) return text(arrow, values)
  switch (kind) {
    case 'number':
      return convertTo(arrow, name, values, new arrow.Float64())
    case 'boolean':
      return arrow.vectorFromArray(values, new arrow.Bool())
    case 'bytes':
      return arrow.vectorFromArray(values, new arrow.Binary())
    case 'Date': {
      const days = values.map((value) => (value === null ? 0 : inInt32(name, (value as CypherDate).epochDay)))
      return stored(arrow, values, new arrow.DateDay(), Int32Array.from(days))
    }
    case 'LocalTime': {
      const nanoseconds = values.map((value) => BigInt(value === null ? 0 : (value as LocalTime).nanosecondOfDay))
      return stored(arrow, values, new arrow.TimeNanosecond(), BigInt64Array.from(nanoseconds))
    }
    case 'DateTime':
      return timestamps(arrow, name, values, 'UTC')
    case 'LocalDateTime':
      return timestamps(arrow, name, values, null)
    case 'Vector':
      return vectors(arrow, values as readonly (Vector | null)[]) ?? text(arrow, values)
    case 'list':
      return lists(arrow, values as readonly (Values | null)[]) ?? text(arrow, values)
    default:
      return text(arrow, values)
  }
}

/** Converts a column to a type that the caller has chosen. */
export function convertTo(arrow: Arrow, name: string, values: Values, type: DataType): ArrowVector {
  const { DataType: types } = arrow
  const wide = types.isInt(type) && type.bitWidth === 64
  const numeric = wide || types.isInt(type) || types.isFloat(type)
  return arrow.vectorFromArray(numeric ? values.map((value) => inNumbers(name, value, wide)) : values, type)
}

/** The JavaScript type of a value, or the kind of a value class; kinds without an Arrow type of their own become text. */
function kindOf(value: unknown): string {
  const type = typeof value
  if (type !== 'object') return type
  if (value instanceof Uint8Array) return 'bytes'
  if (Array.isArray(value)) return 'list'
  return brandOf(value) ?? 'other'
}

/** Converts a number to the column's type. Throws a RangeError if that would round it. */
function inNumbers(name: string, value: unknown, wide: boolean): unknown {
  if (typeof value === 'number' && wide) {
    if (Number.isSafeInteger(value)) return BigInt(value)
    throw new RangeError(
      `Column ${JSON.stringify(name)} has fractions beside 64-bit integers; query it as two columns, or name a type in toArrow's types`,
    )
  }
  if (typeof value !== 'bigint' || wide) return value
  const number = Number(value)
  if (Number.isSafeInteger(number)) return number
  throw new RangeError(
    `Column ${JSON.stringify(name)} has the integer ${value}, which its type would round; name Int64 for it in toArrow's types`,
  )
}

function inInt32(name: string, days: number): number {
  if (days === (days | 0)) return days
  throw new RangeError(`Column ${JSON.stringify(name)} has a date outside of the range of Arrow's Date32`)
}

function stored(arrow: Arrow, values: Values, type: DataType, data: Int32Array | BigInt64Array): ArrowVector {
  const nullBitmap = new Uint8Array(Math.ceil(values.length / 8))
  let nullCount = 0
  values.forEach((value, at) => {
    if (value === null) nullCount++
    else nullBitmap[at >> 3] = (nullBitmap[at >> 3] as number) | (1 << (at & 7))
  })
  return arrow.makeVector(arrow.makeData({ type, length: values.length, nullCount, nullBitmap, data } as never))
}

interface Instant {
  readonly epochSecond: number | bigint
  readonly nanosecond: number
}

const LARGEST_INT64 = 2n ** 63n - 1n
const fitsInt64 = (value: bigint): boolean => value >= -LARGEST_INT64 && value <= LARGEST_INT64

/** Uses nanoseconds, which cover the years 1677 to 2262, else microseconds if no value loses precision. */
function timestamps(arrow: Arrow, name: string, values: Values, zone: string | null): ArrowVector {
  const instants = values as readonly (Instant | null)[]
  const count = (perSecond: bigint, below: number) =>
    instants.map((each) =>
      each === null ? 0n : BigInt(each.epochSecond) * perSecond + BigInt(Math.trunc(each.nanosecond / below)),
    )
  const nanoseconds = count(1_000_000_000n, 1)
  if (nanoseconds.every(fitsInt64))
    return stored(arrow, values, new arrow.TimestampNanosecond(zone), BigInt64Array.from(nanoseconds))
  const microseconds = count(1_000_000n, 1000)
  if (microseconds.every(fitsInt64) && instants.every((each) => each === null || each.nanosecond % 1000 === 0))
    return stored(arrow, values, new arrow.TimestampMicrosecond(zone), BigInt64Array.from(microseconds))
  throw new RangeError(
    `Column ${JSON.stringify(name)} has instants that no Arrow timestamp represents exactly; return them as text: toString(…)`,
  )
}

function vectors(arrow: Arrow, values: readonly (Vector | null)[]): ArrowVector | null {
  const first = values.find((value) => value !== null) as Vector
  const { elementType } = first
  const size = first.values.length
  if (values.some((value) => value !== null && (value.elementType !== elementType || value.values.length !== size)))
    return null
  const item = {
    INTEGER8: () => new arrow.Int8(),
    INTEGER16: () => new arrow.Int16(),
    INTEGER32: () => new arrow.Int32(),
    INTEGER64: () => new arrow.Int64(),
    FLOAT32: () => new arrow.Float32(),
    FLOAT64: () => new arrow.Float64(),
  }[elementType]()
  const type = new arrow.FixedSizeList(size, new arrow.Field('item', item, true))
  return arrow.vectorFromArray(
    values.map((value) => value && Array.from<number | bigint>(value.values)),
    type,
  )
}

/** Converts lists whose items have one scalar type; returns null for other lists. */
function lists(arrow: Arrow, values: readonly (Values | null)[]): ArrowVector | null {
  const items = new Set(values.flatMap((list) => (list ?? []).filter((item) => item !== null).map(kindOf)))
  const [kind] = items
  if (items.size > 1) return null
  const item = {
    number: () => new arrow.Float64(),
    bigint: () => new arrow.Int64(),
    boolean: () => new arrow.Bool(),
    string: () => new arrow.Utf8(),
    none: () => new arrow.Null(),
  }[kind ?? ('none' as string)]
  if (item === undefined) return null
  return arrow.vectorFromArray(values, new arrow.List(new arrow.Field('item', item(), true)))
}

/** Converts values to text: strings unchanged, temporal values and UUIDs in their ISO form, other values as JSON. */
function text(arrow: Arrow, values: Values): ArrowVector {
  const texts = values.map((value) => {
    if (value === null || typeof value === 'string') return value
    const json = toJsonValue(value)
    return typeof json === 'string' ? json : JSON.stringify(json)
  })
  return arrow.vectorFromArray(texts, new arrow.Utf8())
}
