/**
 * Converts parameters for the engine, which takes plain values and tagged dates and times. Whole-numbered FLOATs, which it would
 * read as INTEGERs, are written into the query as literals; other values that it can't hold exactly are refused.
 */

import {
  type DateTime,
  type Duration,
  isDate,
  isDateTime,
  isDuration,
  isLocalDateTime,
  isLocalTime,
  isPoint,
  isTime,
  isUuid,
  isVector,
  type LocalDateTime,
} from '@boltline/core'
import { quoted } from '../cypher/tokens.ts'
import type { EngineValue } from './engine-messages.ts'
import { Gap } from './gaps.ts'

/** Parameters of a query: INTEGERs as bigint, FLOATs as number. */
export type Parameters = Readonly<Record<string, unknown>>

/** Whether the value contains a FLOAT that the engine would read as an INTEGER. */
export function needsLiteral(value: unknown): boolean {
  if (typeof value === 'number') return Number.isSafeInteger(value)
  if (Array.isArray(value)) return value.some(needsLiteral)
  return isPlain(value) && Object.values(value).some(needsLiteral)
}

/** Converts a value for the engine. @throws Gap for a value that the engine can't hold */
export function toEngine(value: unknown, path: string): EngineValue {
  if (typeof value === 'bigint') {
    const number = Number(value)
    return Number.isSafeInteger(number) ? number : value
  }
  if (Array.isArray(value)) {
    refuseMixture(value, path)
    return value.map((each, i) => toEngine(each, `${path}[${i}]`))
  }
  if (value instanceof Uint8Array) return value
  if (isPlain(value)) {
    const entries = Object.entries(value)
    for (const [key] of entries) {
      if (key.startsWith('$')) throw new Gap('map keys that begin with $', `${path} has the key ${JSON.stringify(key)}`)
      if (key === '__proto__') throw new Gap('the map key __proto__', path)
    }
    return Object.fromEntries(entries.map(([key, each]) => [key, toEngine(each, `${path}.${key}`)]))
  }
  if (typeof value === 'object' && value !== null) return tagged(value, path)
  return value as EngineValue
}

/** Writes a value as Cypher; `parameter` stores a value that has no literal and returns its reference. */
export function toLiteral(value: unknown, path: string, parameter: (value: EngineValue) => string): string {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return Object.is(value, -0) ? '-0.0' : value.toFixed(1)
  if (Array.isArray(value)) {
    refuseMixture(value, path)
    return `[${value.map((each, i) => toLiteral(each, `${path}[${i}]`, parameter)).join(', ')}]`
  }
  if (isPlain(value)) {
    const entries = Object.entries(value).map(
      ([key, each]) => `${quoted(key)}: ${toLiteral(each, `${path}.${key}`, parameter)}`,
    )
    return `{${entries.join(', ')}}`
  }
  if (typeof value === 'bigint' || typeof value === 'boolean' || value === null) return String(value)
  return parameter(toEngine(value, path))
}

/** Refuses lists of mixed types: the engine keeps a single type for a list's numbers, and returns dates beside text as text. */
function refuseMixture(values: readonly unknown[], path: string): void {
  const kinds = new Set(values.filter((each) => each !== null).map(kindOf))
  if (kinds.size > 1 && [...kinds].some((kind) => !keptApart.has(kind)))
    throw new Gap('lists that mix values of different types', path)
}

/** The kinds of values that a mixed list preserves. */
const keptApart = new Set(['bigint', 'string', 'boolean', 'collection'])

function kindOf(value: unknown): string {
  if (Array.isArray(value) || isPlain(value) || value instanceof Uint8Array) return 'collection'
  return typeof value === 'object' ? String(value?.constructor.name) : typeof value
}

function tagged(value: object, path: string): EngineValue {
  if (isDate(value)) return { $date: plainYear(value, path) }
  if (isTime(value) || isLocalTime(value)) return { $time: value.toString() }
  if (isDateTime(value)) return { $zoned_datetime: dateTime(value, path) }
  if (isLocalDateTime(value)) return { $timestamp_us: microseconds(value, path) }
  if (isDuration(value)) return { $duration: duration(value, path) }
  if (isPoint(value)) throw new Gap('spatial values', `${path} is a point`)
  if (isVector(value)) throw new Gap('vectors', `${path} is a vector`)
  if (isUuid(value)) throw new Gap('UUIDs', `${path} is a UUID`)
  throw new Gap('this type of value', path)
}

function plainYear(date: { readonly year: number; toString(): string }, path: string): string {
  if (date.year < 0 || date.year > 9999) throw new Gap('years before 0 and after 9999', path)
  return date.toString()
}

function dateTime(value: DateTime, path: string): string {
  if (value.timeZone !== null) throw new Gap('named time zones', `${path} is in ${value.timeZone}`)
  if (value.nanosecond % 1000 !== 0) throw new Gap('nanoseconds of a date-time', path)
  return plainYear(value, path)
}

function microseconds(value: LocalDateTime, path: string): number {
  if (value.nanosecond % 1_000_000 !== 0) throw new Gap('less than a millisecond of a local date-time', path)
  plainYear(value, path)
  return Number(value.epochSecond) * 1_000_000 + value.nanosecond / 1000
}

function duration(value: Duration, path: string): string {
  if (value.nanoseconds < 0 || (value.seconds < 0 && value.nanoseconds > 0))
    throw new Gap('negative fractions of a second in durations', path)
  return value.toString()
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}
