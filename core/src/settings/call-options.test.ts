import { describe, expect, it, vi } from 'vitest'
import { createBookmarkManager } from '../execution/bookmark-manager.ts'
import { basicAuth } from '../values/auth.ts'
import { type CallDefaults, completeQueryConfig, completeSessionConfig } from './call-options.ts'

const manager = createBookmarkManager()
const defaults = {
  mode: 'READ',
  database: 'movies',
  impersonatedUser: 'alice',
  auth: basicAuth('a', 'b'),
  timeout: 1,
  bookmarkTimeout: 2,
  signal: new AbortController().signal,
  bookmarkManager: () => manager,
} as const satisfies CallDefaults
const { mode, bookmarkManager: _, ...shared } = defaults

const own = {
  database: 'people',
  impersonatedUser: 'bob',
  auth: basicAuth('c', 'd'),
  timeout: 0,
  bookmarkTimeout: 0,
  signal: new AbortController().signal,
  bookmarkManager: createBookmarkManager(),
}
const absent = Object.fromEntries(Object.keys(own).map((key) => [key, undefined]))
const nulls = Object.fromEntries(Object.keys(own).map((key) => [key, null]))

describe('completeSessionConfig', () => {
  it.each([undefined, null, {}, absent, nulls])('takes each option from the defaults for the options %o', (given) => {
    const completed = { ...shared, defaultAccessMode: mode, bookmarkManager: manager }
    expect(completeSessionConfig(given, defaults)).toEqual(completed)
  })

  it('keeps the options that the call gives', () => {
    const given = { ...own, defaultAccessMode: 'w', fetchSize: 5 } as const
    expect(completeSessionConfig(given, defaults)).toEqual(given)
  })
})

describe('completeQueryConfig', () => {
  it.each([undefined, null, {}, absent])('takes each option from the defaults for the options %o', (given) => {
    const completed = { ...shared, routing: mode, bookmarkManager: manager }
    expect(completeQueryConfig(given, defaults)).toEqual(completed)
  })

  it('keeps the options that the call gives', () => {
    const given = { ...own, routing: 'w', metadata: { a: 1 } } as const
    expect(completeQueryConfig(given, defaults)).toEqual(given)
  })

  it('takes null as the choice of no bookmark manager', () => {
    const completed = { ...shared, routing: mode, bookmarkManager: null }
    expect(completeQueryConfig(nulls, defaults)).toEqual(completed)
  })
})

it.each([
  ['completeSessionConfig', completeSessionConfig, 'defaultAccessMode'],
  ['completeQueryConfig', completeQueryConfig, 'routing'],
] as const)('%s asks for the bookmark manager of the database and mode that the call uses', (_name, complete, key) => {
  const bookmarkManager = vi.fn(() => manager)
  complete({ database: 'people', [key]: 'WRITE' }, { ...defaults, bookmarkManager })
  complete({}, { ...defaults, bookmarkManager })
  complete({ bookmarkManager: own.bookmarkManager }, { ...defaults, bookmarkManager })
  expect(bookmarkManager.mock.calls).toEqual([
    ['people', 'WRITE'],
    ['movies', 'READ'],
  ])
})
