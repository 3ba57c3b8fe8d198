import { inspect } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Uuid, uuid } from './uuid.ts'

describe('a UUID', () => {
  it('is the same through its text and its bytes', () => {
    fc.assert(
      fc.property(fc.uuid(), (text) => {
        expect(uuid(text).toString()).toBe(text)
        expect(Uuid.fromBytes(uuid(text).bytes)).toEqual(uuid(text))
      }),
    )
    expect(uuid('123e4567-e89b-12d3-a456-426614174000').bytes.slice(0, 4)).toEqual(
      Uint8Array.of(0x12, 0x3e, 0x45, 0x67),
    )
  })

  it('ignores case', () => {
    expect(uuid('123E4567-E89B-12D3-A456-426614174000').equals(uuid('123e4567-e89b-12d3-a456-426614174000'))).toBe(true)
    expect(uuid('123e4567-e89b-12d3-a456-426614174000').equals('123e4567-e89b-12d3-a456-426614174000')).toBe(false)
  })

  it('cannot be changed through its bytes', () => {
    const id = uuid('123e4567-e89b-12d3-a456-426614174000')
    id.bytes.fill(0)
    expect(JSON.stringify({ id })).toBe('{"id":"123e4567-e89b-12d3-a456-426614174000"}')
    expect(inspect(id)).toBe('Uuid 123e4567-e89b-12d3-a456-426614174000')
  })

  it.each(['', '123e4567e89b12d3a456426614174000', '123e4567-e89b-12d3-a456-42661417400g', 7])('refuses %j', (text) => {
    expect(() => uuid(text as string)).toThrow(RangeError)
    expect(() => Uuid.fromBytes(new Uint8Array(15))).toThrow('A UUID has 16 bytes, found 15')
  })
})
