/**
 * Reads a server's metadata without trusting its form: whatever is missing or of another kind reads as absent. Integers
 * come as number or, beyond what a double can hold, as bigint.
 */
import { isPlainObject, objectOf } from './plain-object.ts'

/** A map of metadata whose form nobody has checked. */
export type Metadata = { readonly [key: string]: unknown }

/** The value as a map; an empty one if it is none. */
export function mapIn(value: unknown): Metadata {
  return isPlainObject(value) ? value : {}
}

/** The maps in a list; nothing if it is none. */
export function mapsIn(value: unknown): Metadata[] {
  return Array.isArray(value) ? value.filter(isPlainObject) : []
}

/** The value as text, or null. */
export function textIn(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

/** The texts in a list; nothing if it is none. */
export function textsIn(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}

/** The value as a number, or null. Figures such as counters and timings are never bigint, however large. */
export function numberIn(value: unknown): number | null {
  if (typeof value === 'bigint') return Number(value)
  return typeof value === 'number' ? value : null
}

/** The same value with numbers in the place of bigints, at any depth. */
function withNumbers(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value)
  if (Array.isArray(value)) return value.map(withNumbers)
  return isPlainObject(value) ? mapNumbers(value) : value
}

/** The same map with numbers in the place of bigints, at any depth. */
export function mapNumbers(map: Metadata): { [key: string]: unknown } {
  const keys = Object.keys(map)
  return objectOf(keys, (at) => withNumbers(map[keys[at] as string]))
}
