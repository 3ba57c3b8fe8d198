/** A plain object with string keys, in which `__proto__` is an ordinary key. */
export type PlainObject = { [key: string]: unknown }

/** Whether `value` is a plain object: an object literal of any realm, or an object without a prototype. */
export function isPlainObject(value: unknown): value is { readonly [key: string]: unknown } {
  if (typeof value !== 'object' || value === null) return false
  const prototype = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null
}

/** Creates an object with these keys, in order, and the value that `valueAt` returns for each position. */
export function objectOf(keys: readonly string[], valueAt: (position: number) => unknown): PlainObject {
  const object: PlainObject = {}
  for (let position = 0; position < keys.length; position++) {
    const key = keys[position] as string
    if (key === '__proto__') defineOwn(object, key, valueAt(position))
    else object[key] = valueAt(position)
  }
  return object
}

/** Defines an own property: an assignment to `__proto__` would set the prototype. */
function defineOwn(object: PlainObject, key: string, value: unknown): void {
  Object.defineProperty(object, key, { configurable: true, enumerable: true, writable: true, value })
}
