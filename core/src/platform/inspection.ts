import type { InspectOptionsStylized } from 'node:util'

/** The method `util.inspect` and `console.log` ask for a value's text. */
export const inspection: unique symbol = Symbol.for('nodejs.util.inspect.custom')

/** The third argument of that method: `util.inspect` itself. */
export type Inspect = (value: unknown, options?: InspectOptionsStylized) => string

/** How many more levels to show; null for all. */
export type Depth = number | null

/** Shows a nested value one level further down, as `util.inspect` does for plain objects. */
export function inspectInner(value: unknown, depth: Depth, options: InspectOptionsStylized, inspect: Inspect): string {
  return inspect(value, { ...options, depth: depth === null ? null : depth - 1 })
}
