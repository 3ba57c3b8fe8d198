/**
 * Brands identify the kind of a value without `instanceof`, which fails if two copies of the package are loaded in one process.
 * Every value class has its kind on its prototype under a registered symbol, so a check is one property look-up. This file
 * imports no value class; every value class imports it.
 */

/** The kinds of value classes, by the name Cypher users know them under. */
export type Kind =
  | 'Node'
  | 'Relationship'
  | 'Path'
  | 'Graph'
  | 'Point'
  | 'Date'
  | 'Time'
  | 'LocalTime'
  | 'DateTime'
  | 'LocalDateTime'
  | 'Duration'
  | 'Vector'
  | 'Uuid'
  | 'UnsupportedType'
  | 'Float'

const KIND = Symbol.for('@boltline/core.kind')

/** Marks a class, and with it its subclasses, as being of a kind. */
export function brand(type: { readonly prototype: object }, kind: Kind): void {
  Object.defineProperty(type.prototype, KIND, { value: kind })
}

/**
 * The kind of a value class's instance, whichever copy of the package it was made by; `undefined` for anything else.
 *
 * @example
 * ```ts
 * brandOf(new CypherDate(2024, 7, 1)) // 'Date'
 * brandOf({})                         // undefined
 * ```
 */
export function brandOf(value: unknown): Kind | undefined {
  return typeof value === 'object' && value !== null ? (value as { readonly [KIND]?: Kind })[KIND] : undefined
}
