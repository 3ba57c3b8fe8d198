/**
 * Reads metadata of the server without trusting its types: a value that is missing or has the wrong type reads as absent.
 * Integers are numbers or, outside of the safe range, bigints.
 */
import { isPlainObject, objectOf } from './plain-object.ts'

/** An unvalidated map of metadata. */
export type Metadata = { readonly [key: string]: unknown }

/** The value if it is a map, else an empty map. */
export function mapIn(value: unknown): Metadata {
  return isPlainObject(value) ? value : {}
}

/** The maps in a list; empty if the value is not a list. */
export function mapsIn(value: unknown): Metadata[] {
  return Array.isArray(value) ? value.filter(isPlainObject) : []
}

/** The value if it is a string, else null. */
export function textIn(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

/** The strings in a list; empty if the value is not a list. */
export function textsIn(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}

/** The value as a number, or null if it is neither number nor bigint. Counters and timings are never bigint. */
export function numberIn(value: unknown): number | null {
  if (typeof value === 'bigint') return Number(value)
  return typeof value === 'number' ? value : null
}

/** Converts bigints in a value to numbers, at any depth. */
function withNumbers(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value)
  if (Array.isArray(value)) return value.map(withNumbers)
  return isPlainObject(value) ? mapNumbers(value) : value
}

/** Converts bigints in a map to numbers, at any depth. */
export function mapNumbers(map: Metadata): { [key: string]: unknown } {
  const keys = Object.keys(map)
  return objectOf(keys, (at) => withNumbers(map[keys[at] as string]))
}
