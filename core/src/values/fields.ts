/**
 * Checks of the arguments of the value classes. Every failure is a `RangeError` that names the field, the value found and the
 * values allowed.
 */
import { isDate } from 'node:util/types'
import { nearest } from '../platform/checked-options.ts'

/** `value` as an integer within the bounds; -0 becomes 0. */
export function integerIn(value: unknown, field: string, min: number, max: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value + 0
  throw new RangeError(`${field} must be an integer from ${min} to ${max}, found ${show(value)}`)
}

/** As {@link integerIn}, with 0 for a field that was not given. */
export function integerOrZero(value: unknown, field: string, min: number, max: number): number {
  return value === undefined || value === null ? 0 : integerIn(value, field, min, max)
}

/** `value` as a number, NaN and the infinities included. */
export function numberIn(value: unknown, field: string): number {
  if (typeof value === 'number') return value
  throw new RangeError(`${field} must be a number, found ${show(value)}`)
}

/** Refuses anything but an object, and an object with fields `owner` doesn't know. */
export function refuseUnknown(fields: unknown, known: readonly string[], owner: string): void {
  if (typeof fields !== 'object' || fields === null) {
    throw new RangeError(`${owner} takes an object with ${known.join(', ')}, found ${show(fields)}`)
  }
  for (const key of Object.keys(fields)) {
    if (known.includes(key)) continue
    throw new RangeError(`${owner} has no field '${key}', did you mean '${nearest(key, known)}'?`)
  }
}

/** The fields of `value`, replaced by those in `changes` that are neither undefined nor null. */
export function replaceFields<Field extends string>(
  value: { readonly [Name in Field]: number },
  changes: { readonly [Name in Field]?: number | undefined },
  known: readonly Field[],
  owner: string,
): Record<Field, number> {
  refuseUnknown(changes, known, owner)
  return Object.fromEntries(known.map((field) => [field, changes[field] ?? value[field]])) as Record<Field, number>
}

/** A value as error messages show it: short, and without the contents of objects. */
export function show(value: unknown): string {
  if (typeof value === 'string') return value.length > 80 ? `'${value.slice(0, 80)}…'` : `'${value}'`
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'function') return 'a function'
  if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? '-0' : String(value)
  if (isDate(value)) return 'a JS Date'
  const name: unknown = value.constructor?.name
  return typeof name === 'string' && name !== 'Object' ? `an instance of ${name}` : 'an object'
}
