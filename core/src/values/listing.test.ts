import { describe, expect, it } from 'vitest'
import { listed, shortened } from './listing.ts'

describe('A list in a message', () => {
  it('is whole while it is short', () => {
    expect(listed([])).toBe('')
    expect(listed(['a', 'b'])).toBe('a, b')
    expect(listed(Array.from({ length: 10 }, () => 'a'))).not.toContain('more')
  })

  it('ends in the number of items that are left out', () => {
    expect(listed(Array.from({ length: 1500 }, (_, i) => `s${i}`))).toMatch(/^s0, s1.*, s9 and 1,490 more$/)
  })

  it('cuts items that are long', () => {
    expect(listed(['a'.repeat(70_000)]).length).toBe(300)
    expect(shortened('abcdef', 4)).toBe('abc…')
    expect(shortened('abcd', 4)).toBe('abcd')
  })
})
