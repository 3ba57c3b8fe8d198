/** Maps as the driver makes them: object literals in which `__proto__` is a key like any other. */
export type PlainObject = { [key: string]: unknown }

/** Whether `value` is such a map: an object literal, of whatever realm, or an object without a prototype. */
export function isPlainObject(value: unknown): value is { readonly [key: string]: unknown } {
  if (typeof value !== 'object' || value === null) return false
  const prototype = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null
}

/** An object with these keys, in order, and the value that `valueAt` gives for each position. */
export function objectOf(keys: readonly string[], valueAt: (position: number) => unknown): PlainObject {
  const object: PlainObject = {}
  for (let position = 0; position < keys.length; position++) {
    const key = keys[position] as string
    if (key === '__proto__') defineOwn(object, key, valueAt(position))
    else object[key] = valueAt(position)
  }
  return object
}

/** An assignment to `__proto__` would set the prototype. */
function defineOwn(object: PlainObject, key: string, value: unknown): void {
  Object.defineProperty(object, key, { configurable: true, enumerable: true, writable: true, value })
}
