import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { Vector, vector } from './vector.ts'

describe('a vector', () => {
  it.each([
    [Int8Array.of(1, -2), 'INTEGER8'],
    [Int16Array.of(1, -2), 'INTEGER16'],
    [Int32Array.of(1, -2), 'INTEGER32'],
    [BigInt64Array.of(1n, -2n), 'INTEGER64'],
    [Float32Array.of(1, -2), 'FLOAT32'],
    [Float64Array.of(1, -2), 'FLOAT64'],
  ])('of %o has elements of type %s', (values, elementType) => {
    expect(vector(values)).toBeInstanceOf(Vector)
    expect(vector(values).values).toBe(values)
    expect(vector(values).elementType).toBe(elementType)
    expect(JSON.stringify(vector(values))).toBe('[1,-2]')
  })

  it.each([[[1, 2]], [Uint8Array.of(1)], [new DataView(new ArrayBuffer(1))], [null]])('refuses %o', (values) => {
    expect(() => vector(values as never)).toThrow(/^A vector takes one of Int8Array, .*, found /)
  })

  it('equals one of the same element type and elements', () => {
    expect(vector(Float32Array.of(1, Number.NaN)).equals(vector(Float32Array.of(1, Number.NaN)))).toBe(true)
    expect(vector(Float32Array.of(1)).equals(vector(Float64Array.of(1)))).toBe(false)
    expect(vector(Float32Array.of(1)).equals(vector(Float32Array.of(1, 2)))).toBe(false)
    expect(vector(BigInt64Array.of(1n)).equals(vector(BigInt64Array.of(2n)))).toBe(false)
    expect(vector(Float32Array.of(1)).equals(Float32Array.of(1))).toBe(false)
  })

  it('is exact in JSON and readable in print', () => {
    expect(JSON.stringify(vector(BigInt64Array.of(1n, 2n ** 60n)))).toBe('[1,"1152921504606846976"]')
    expect(JSON.stringify(vector(Float64Array.of(Number.POSITIVE_INFINITY)))).toBe('[null]')
    expect(inspect(vector(Int8Array.of(1, 2)))).toBe('Vector INTEGER8 [ 1, 2 ]')
  })
})
