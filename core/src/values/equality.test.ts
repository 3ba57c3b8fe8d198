import { describe, expect, it } from 'vitest'
import { CypherDate } from './date.ts'
import { Duration } from './duration.ts'
import { equalValues } from './equality.ts'
import { GraphNode } from './graph.ts'
import { CartesianPoint } from './point.ts'

describe('equalValues', () => {
  it.each([
    [1, 1n],
    [0, -0],
    [2 ** 60, 2n ** 60n],
    [Number.NaN, Number.NaN],
    [null, null],
    ['a', 'a'],
    [
      [1, [2n]],
      [1n, [2]],
    ],
    [
      { a: 1, b: { c: null } },
      { b: { c: null }, a: 1n },
    ],
    [new Map([['a', 1]]), new Map([['a', 1n]])],
    [Uint8Array.of(1, 2), Buffer.from([1, 2])],
    [new DataView(Uint8Array.of(1).buffer), new DataView(Uint8Array.of(1).buffer)],
    [Float32Array.of(Number.NaN), Float32Array.of(Number.NaN)],
    [new Date(5), new Date(5)],
    [new CypherDate(2024, 7, 1), new CypherDate(2024, 7, 1)],
    [[new CartesianPoint(1, 2)], [new CartesianPoint(1, 2)]],
    [new GraphNode('4:x:1', 1, [], {}), new GraphNode('4:x:1', 1, [], { a: 1 })],
  ])('finds %o equal to %o', (a, b) => {
    expect(equalValues(a, b)).toBe(true)
    expect(equalValues(b, a)).toBe(true)
  })

  it.each([
    [1, 2n],
    [9_007_199_254_740_992, 9_007_199_254_740_993n],
    [1.5, 1n],
    [Number.NaN, 1],
    [null, undefined],
    [1, '1'],
    [true, 1],
    [null, {}],
    [[1], [1, 2]],
    [[], {}],
    [{ a: 1 }, { a: 1, b: null }],
    [{ a: undefined }, { b: undefined }],
    [new Map([['a', 1]]), { a: 1 }],
    [new Map([['a', 1]]), new Map([['b', 1]])],
    [Uint8Array.of(1), Int8Array.of(1)],
    [Uint8Array.of(1), [1]],
    [new Date(5), new Date(6)],
    [new Date(5), {}],
    [new CypherDate(2024, 7, 1), new CypherDate(2024, 7, 2)],
    [new CypherDate(2024, 7, 1), { year: 2024, month: 7, day: 1 }],
    [new Duration(), new CypherDate(1, 1, 1)],
  ])('finds %o different from %o', (a, b) => {
    expect(equalValues(a, b)).toBe(false)
    expect(equalValues(b, a)).toBe(false)
  })
})
