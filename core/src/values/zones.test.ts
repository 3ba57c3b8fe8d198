import { afterEach, expect, it, vi } from 'vitest'
import { offsetAt } from './zones.ts'

afterEach(() => vi.restoreAllMocks())

it('one format serves all spellings of a zone, and one all offsets', () => {
  const Format = Intl.DateTimeFormat
  const made = vi.spyOn(Intl, 'DateTimeFormat').mockImplementation(function format(...settings) {
    return new Format(...settings)
  })
  const spellings = ['Asia/Kathmandu', 'ASIA/kathmandu', 'asia/KATHMANDU', 'aSIA/Kathmandu']
  expect(spellings.map((name) => offsetAt(name, 20_000, 0))).toEqual(spellings.map(() => 20_700))
  expect(made).toHaveBeenCalledTimes(1)
  for (let i = 10; i < 60; i++) expect(offsetAt(`UTC+01:${i}`, 20_000, 0)).toBe(3_600 + 60 * i)
  expect(made).toHaveBeenCalledTimes(2)
})
