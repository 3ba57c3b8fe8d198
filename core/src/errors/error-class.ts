/**
 * Defines the `name` of an error class, and optionally a brand, on its prototype. The name has to be on the prototype because
 * V8 writes it into the first line of `stack` while the constructor of Error runs; the brand is a registered symbol because two
 * copies of this package in one process must recognise each other's errors.
 */
export function nameErrorClass(errorClass: { readonly prototype: Error }, name: string, brand?: symbol): void {
  const hidden = { configurable: true, enumerable: false, writable: true }
  Object.defineProperty(errorClass.prototype, 'name', { ...hidden, value: name })
  if (brand !== undefined)
    Object.defineProperty(errorClass.prototype, brand, { ...hidden, writable: false, value: true })
}

/** True when `value` is an object or function that carries `brand`, whichever copy of this package made it. */
export function hasBrand(value: unknown, brand: symbol): boolean {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return false
  return (value as Record<symbol, unknown>)[brand] === true
}

/** Adds a non-enumerable property: sessions and results would otherwise flood every log line that shows the error. */
export function attachHidden(error: Error, key: string, value: unknown): void {
  Object.defineProperty(error, key, { configurable: true, enumerable: false, writable: true, value })
}
