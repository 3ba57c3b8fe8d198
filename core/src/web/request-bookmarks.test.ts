import { expect, it } from 'vitest'
import { RequestBookmarks } from './request-bookmarks.ts'

it('starts with what the client has seen, which is no change', () => {
  const seen = new RequestBookmarks(['a', 'b', 'a', ''])
  expect([...seen]).toEqual(['a', 'b'])
  expect(seen.revision).toBe(0)
  expect(new RequestBookmarks().isEmpty).toBe(true)
})

it('replaces what a transaction was started with by what it brought', () => {
  const seen = new RequestBookmarks(['a', 'b'])
  seen.updateBookmarks(['a', 'b'], ['c'])
  expect(seen.current().rawValues).toEqual(['c'])
  expect(seen.revision).toBe(1)
  expect(seen.changed).toBe(true)
})

it('unites what was done side by side', () => {
  const seen = new RequestBookmarks(['a'])
  const first = [...seen.getBookmarks()]
  const second = [...seen.getBookmarks()]
  seen.updateBookmarks(first, ['b'])
  seen.updateBookmarks(second, ['c'])
  expect([...seen]).toEqual(['b', 'c'])
})

it('is not changed by a read that confirms what was known, which becomes the newest', () => {
  const seen = new RequestBookmarks(['a', 'b'])
  seen.updateBookmarks(['a'], ['a'])
  seen.updateBookmarks([], [''])
  expect([...seen]).toEqual(['b', 'a'])
  expect(seen.revision).toBe(0)
})

it('takes what others have seen, and refuses what is no bookmark', () => {
  const seen = new RequestBookmarks(['a'])
  seen.add(['b', 'a'])
  expect(seen.current().rawValues).toEqual(['b', 'a'])
  expect(seen.revision).toBe(1)
  expect(() => seen.add(['ü'])).toThrow(RangeError)
  expect(() => seen.add('text')).toThrow(TypeError)
})
