import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { float } from './float.ts'
import { UnsupportedType } from './unsupported-type.ts'

describe('float', () => {
  it('wraps a number and still counts as one', () => {
    expect(float(1).value).toBe(1)
    expect(float(1).valueOf() + 1).toBe(2)
    expect(`${float(1.5)}`).toBe('1.5')
    expect(inspect(float(1))).toBe('Float 1')
    expect(JSON.stringify([float(1), float(Number.NaN)])).toBe('[1,null]')
  })

  it('equals a float of the same number, NaN included', () => {
    expect(float(Number.NaN).equals(float(Number.NaN))).toBe(true)
    expect(float(0).equals(float(-0))).toBe(true)
    expect(float(1).equals(1)).toBe(false)
  })

  it('refuses what is no number', () => {
    expect(() => float('1' as never)).toThrow(new RangeError("float must be a number, found '1'"))
    expect(() => float(1n as never)).toThrow(RangeError)
  })
})

describe('UnsupportedType', () => {
  it('says what is needed to read the value', () => {
    const value = new UnsupportedType('UUID', [6, 1], 'update the driver')
    expect(String(value)).toBe('UUID (needs Bolt 6.1): update the driver')
    expect(inspect(new UnsupportedType('UUID', [6, 1]))).toBe('UnsupportedType UUID (needs Bolt 6.1)')
    expect(JSON.parse(JSON.stringify(value))).toEqual({
      name: 'UUID',
      minimumProtocol: [6, 1],
      message: 'update the driver',
    })
    expect(value.equals(new UnsupportedType('UUID', [6, 1], 'update the driver'))).toBe(true)
    expect(value.equals(new UnsupportedType('UUID', [6, 2], 'update the driver'))).toBe(false)
    expect(Object.isFrozen(value.minimumProtocol)).toBe(true)
  })
})
