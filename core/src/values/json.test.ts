import { describe, expect, it } from 'vitest'
import { CypherDate } from './date.ts'
import { toJsonValue } from './json.ts'

describe('toJsonValue', () => {
  it.each([
    [1n, 1],
    [BigInt(Number.MAX_SAFE_INTEGER), Number.MAX_SAFE_INTEGER],
    [9_007_199_254_740_993n, '9007199254740993'],
    [-(2n ** 63n), '-9223372036854775808'],
    [Number.NaN, null],
    [Number.NEGATIVE_INFINITY, null],
    [1.5, 1.5],
    ['text', 'text'],
    [null, null],
    [true, true],
    [new CypherDate(2024, 7, 1), '2024-07-01'],
    [new Date(0), '1970-01-01T00:00:00.000Z'],
    [Uint8Array.of(1, 2, 3), 'AQID'],
    [Buffer.from([1, 2, 3]), 'AQID'],
    [Uint8Array.of(0, 1, 2, 3).subarray(1), 'AQID'],
    [Uint8Array.of(1, 2, 3).buffer, 'AQID'],
    [Float32Array.of(1.5), [1.5]],
    [new Set([1n]), [1]],
    [new Map([['a', 1n]]), { a: 1 }],
  ])('turns %o into %o', (value, expected) => {
    expect(toJsonValue(value)).toEqual(expected)
  })

  it('reaches into lists and maps', () => {
    const value = { list: [1n, { nan: Number.NaN, deep: [2n ** 60n] }], when: [new CypherDate(1, 1, 1)] }
    expect(toJsonValue(value)).toEqual({
      list: [1, { nan: null, deep: ['1152921504606846976'] }],
      when: ['0001-01-01'],
    })
  })

  it('keeps __proto__ and toJSON as keys like any other', () => {
    const value = JSON.parse('{"__proto__": {"a": 1}, "toJSON": 2}')
    const json = toJsonValue(value) as object
    expect(Object.getPrototypeOf(json)).toBe(Object.prototype)
    expect(JSON.stringify(json)).toBe('{"__proto__":{"a":1},"toJSON":2}')
  })
})
