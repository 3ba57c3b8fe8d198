/**
 * Deep equality over everything a record can hold. Numbers and bigints compare by their mathematical value, and NaN
 * equals NaN, so that every value equals itself; class values compare by their `equals`.
 */
import { isDate } from 'node:util/types'
import { brandOf } from './brand.ts'

/**
 * Whether two values are equal.
 *
 * @example
 * ```ts
 * equalValues([1, { a: 2n }], [1n, { a: 2 }]) // true
 * equalValues({ a: 1 }, { a: 1, b: null })    // false
 * ```
 */
export function equalValues(a: unknown, b: unknown): boolean {
  if (a === b || Object.is(a, b)) return true
  if (isNumeric(a) && isNumeric(b)) {
    // biome-ignore lint/suspicious/noDoubleEquals: the one operator that compares a number with a bigint exactly
    return a == b
  }
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (brandOf(a) !== undefined) return brandOf(b) !== undefined && (a as { equals(other: unknown): boolean }).equals(b)
  if (brandOf(b) !== undefined) return false
  if (Array.isArray(a)) return Array.isArray(b) && equalLists(a, b)
  if (ArrayBuffer.isView(a)) return ArrayBuffer.isView(b) && equalViews(a, b)
  if (isDate(a)) return isDate(b) && a.getTime() === b.getTime()
  if (Array.isArray(b) || ArrayBuffer.isView(b) || isDate(b)) return false
  if (a instanceof Map || b instanceof Map) return a instanceof Map && b instanceof Map && equalMaps(a, b)
  return equalObjects(a as Record<string, unknown>, b as Record<string, unknown>)
}

function isNumeric(value: unknown): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint'
}

function equalLists(a: ArrayLike<unknown>, b: ArrayLike<unknown>): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (!equalValues(a[i], b[i])) return false
  return true
}

/** Typed arrays are equal by type and elements; a Buffer has the type of its base, Uint8Array. */
function equalViews(a: ArrayBufferView, b: ArrayBufferView): boolean {
  const [x, y] = [a, b].map((view) =>
    view instanceof DataView ? new Uint8Array(view.buffer, view.byteOffset, view.byteLength) : view,
  ) as [Uint8Array, Uint8Array]
  return x[Symbol.toStringTag] === y[Symbol.toStringTag] && equalLists(x, y)
}

function equalMaps(a: ReadonlyMap<unknown, unknown>, b: ReadonlyMap<unknown, unknown>): boolean {
  if (a.size !== b.size) return false
  for (const [key, value] of a) if (!b.has(key) || !equalValues(value, b.get(key))) return false
  return true
}

function equalObjects(a: Record<string, unknown>, b: Record<string, unknown>): boolean {
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false
  const keys = Object.keys(a)
  return (
    keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && equalValues(a[key], b[key]))
  )
}
