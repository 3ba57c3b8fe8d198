/**
 * Values as JSON can carry them: what every `toJSON` of the package follows. An integer beyond ±(2^53 − 1) becomes text
 * rather than a rounded number, bytes become base64, NaN and the infinities null.
 */

/**
 * Turns any value a record may hold into one `JSON.stringify` takes without loss or error.
 *
 * @example
 * ```ts
 * toJsonValue({ id: 9007199254740993n, data: new Uint8Array([1, 2]) }) // { id: '9007199254740993', data: 'AQI=' }
 * ```
 */
export function toJsonValue(value: unknown): unknown {
  if (typeof value === 'bigint') return integerToJson(value)
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(toJsonValue)
  if (ArrayBuffer.isView(value)) return viewToJson(value)
  if (value instanceof ArrayBuffer) return Buffer.from(value).toString('base64')
  if (hasToJson(value)) return toJsonValue(value.toJSON())
  if (value instanceof Set) return Array.from(value, toJsonValue)
  return entriesToJson(value instanceof Map ? value : Object.entries(value))
}

function integerToJson(value: bigint): number | string {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value.toString()
}

function viewToJson(view: ArrayBufferView): unknown {
  if (view instanceof Uint8Array || view instanceof DataView) {
    return Buffer.from(view.buffer, view.byteOffset, view.byteLength).toString('base64')
  }
  return Array.from(view as unknown as ArrayLike<number | bigint>, toJsonValue)
}

function hasToJson(value: object): value is { toJSON(): unknown } {
  return 'toJSON' in value && typeof value.toJSON === 'function'
}

function entriesToJson(entries: Iterable<[unknown, unknown]>): Record<string, unknown> {
  const json: Record<string, unknown> = {}
  for (const [key, value] of entries) {
    // Assigning to `__proto__` would set the prototype; in Cypher it is a key like any other.
    Object.defineProperty(json, String(key), {
      value: toJsonValue(value),
      enumerable: true,
      writable: true,
      configurable: true,
    })
  }
  return json
}
