import { deepStrictEqual } from 'node:assert/strict'
import { inspect } from 'node:util'
import { expect, it } from 'vitest'
import { emptyMap } from './empty-map.ts'

it('is an object like any other, whatever its size', () => {
  for (let round = 0; round < 20; round++) {
    for (let size = 0; size < 40; size++) {
      const map = emptyMap(size)
      expect(Object.keys(map)).toEqual([])
      const entries = Array.from({ length: size }, (_, i): [string, unknown] => [`key ${i}`, i])
      for (const [key, value] of entries) map[key] = value
      const literal = Object.fromEntries(entries)
      expect(Object.getPrototypeOf(map)).toBe(Object.prototype)
      expect(map.constructor).toBe(Object)
      deepStrictEqual(map, literal)
      deepStrictEqual(structuredClone(map), literal)
      expect(inspect(map)).toBe(inspect(literal))
      expect(JSON.stringify(map)).toBe(JSON.stringify(literal))
    }
  }
})
