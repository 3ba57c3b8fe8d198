import { describe, expect, it } from 'vitest'
import { Bookmarks, isBookmarks } from './bookmarks.ts'

describe('bookmarks', () => {
  it('hold raw values without duplicates and empty strings, frozen', () => {
    const bookmarks = Bookmarks.fromRawValues(['a', 'b', '', 'a'])
    expect(bookmarks.rawValues).toEqual(['a', 'b'])
    expect(Object.isFrozen(bookmarks.rawValues)).toBe(true)
    expect(bookmarks.isEmpty).toBe(false)
    expect([...bookmarks]).toEqual(['a', 'b'])
    expect(JSON.stringify(bookmarks)).toBe('["a","b"]')
  })

  it('can be empty', () => {
    expect(new Bookmarks().isEmpty).toBe(true)
    expect(Bookmarks.fromRawValues(new Set()).isEmpty).toBe(true)
    expect(Bookmarks.fromRawValues(['']).isEmpty).toBe(true)
  })

  it('are combined without changing either part', () => {
    const one = Bookmarks.fromRawValues(['a', 'b'])
    const other = Bookmarks.fromRawValues(new Set(['b', 'c']))
    expect(one.concat(other).rawValues).toEqual(['a', 'b', 'c'])
    expect(one.rawValues).toEqual(['a', 'b'])
    expect(other.rawValues).toEqual(['b', 'c'])
  })

  it('are equal in any order', () => {
    const bookmarks = Bookmarks.fromRawValues(['a', 'b'])
    expect(bookmarks.equals(Bookmarks.fromRawValues(['b', 'a']))).toBe(true)
    expect(bookmarks.equals(Bookmarks.fromRawValues(['a', 'c']))).toBe(false)
    expect(bookmarks.equals(Bookmarks.fromRawValues(['a']))).toBe(false)
    expect(bookmarks.equals(['a', 'b'])).toBe(false)
  })

  it('are recognised across two copies of the package', () => {
    expect(isBookmarks(Object.create({ [Symbol.for('boltline.Bookmarks')]: true }))).toBe(true)
    expect(isBookmarks(['a'])).toBe(false)
    expect(isBookmarks(undefined)).toBe(false)
  })

  it('are made from ASCII strings only', () => {
    for (const values of ['FB:abc', null, undefined, 7, { a: 1 }, [1], [null]]) {
      expect(() => Bookmarks.fromRawValues(values as never)).toThrow(TypeError)
    }
    expect(() => Bookmarks.fromRawValues(['bökmärk'])).toThrow(RangeError)
    expect(() => new Bookmarks().concat(['a'] as never)).toThrow(TypeError)
  })
})
