/**
 * Gives an error class its `name` and, where asked, a brand on its prototype. The name stands on the prototype because V8
 * writes it into the first line of `stack` while the constructor of Error runs; the brand is a registered symbol because two
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

/** Adds a property that neither console.log nor JSON shows: handles of sessions and results would flood every log line. */
export function attachHidden(error: Error, key: string, value: unknown): void {
  Object.defineProperty(error, key, { configurable: true, enumerable: false, writable: true, value })
}
