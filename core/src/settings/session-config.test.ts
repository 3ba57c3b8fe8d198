import { describe, expect, it } from 'vitest'
import { AuthConfigurationError, ConfigurationError } from '../errors/index.ts'
import { createBookmarkManager } from '../execution/bookmark-manager.ts'
import { basicAuth } from '../values/auth.ts'
import { Bookmarks } from '../values/bookmarks.ts'
import { AuthManagers } from './auth-managers.ts'
import { parseExecuteQueryConfig, parseSessionConfig, parseTransactionConfig } from './config.ts'

const DRIVER = { fetchSize: 77, integers: 'bigint', responseTimeout: 66 } as const
const NO_FILTER = { minimumSeverity: undefined, disabledCategories: undefined }

describe('a session', () => {
  it('takes over from its driver what is not given', () => {
    for (const config of [undefined, null, {}, { fetchSize: null, integers: undefined, database: null }]) {
      expect(parseSessionConfig(config, DRIVER)).toEqual({
        bookmarks: null,
        database: null,
        impersonatedUser: null,
        defaultAccessMode: 'WRITE',
        fetchSize: 77,
        bookmarkManager: null,
        auth: null,
        notifications: NO_FILTER,
        integers: 'bigint',
        bookmarkTimeout: Number.POSITIVE_INFINITY,
        responseTimeout: 66,
      })
    }
  })

  it('has settings of its own', () => {
    const bookmarks = Bookmarks.fromRawValues(['a'])
    const bookmarkManager = createBookmarkManager()
    const auth = basicAuth('a', 'b')
    const { signal } = new AbortController()
    expect(
      parseSessionConfig(
        {
          bookmarks,
          database: 'movies',
          impersonatedUser: 'alice',
          defaultAccessMode: 'r',
          fetchSize: 5,
          bookmarkManager,
          auth,
          notificationsMinSeverity: 'OFF',
          notificationsDisabledCategories: ['HINT', 'HINT'],
          integers: 'number',
          timeout: 1.5,
          signal,
          bookmarkTimeout: 50,
        },
        DRIVER,
      ),
    ).toEqual({
      bookmarks,
      database: 'movies',
      impersonatedUser: 'alice',
      defaultAccessMode: 'READ',
      fetchSize: 5,
      bookmarkManager,
      auth,
      notifications: { minimumSeverity: 'OFF', disabledCategories: ['HINT'] },
      integers: 'number',
      timeout: 2,
      signal,
      bookmarkTimeout: 50,
      responseTimeout: 66,
    })
  })

  it('accepts bookmarks of another copy of the package', () => {
    const foreign = Object.assign(Object.create({ [Symbol.for('boltline.Bookmarks')]: true }), { rawValues: ['a'] })
    const { bookmarks } = parseSessionConfig({ bookmarks: foreign }, DRIVER)
    expect(bookmarks).toBeInstanceOf(Bookmarks)
    expect(bookmarks?.rawValues).toEqual(['a'])
  })

  it.each([
    [{ bookmarks: ['a'] }, /Bookmarks\.fromRawValues/],
    [{ database: '' }, /database must be a non-empty string/],
    [{ database: 7 }, /database/],
    [{ impersonatedUser: '' }, /impersonatedUser/],
    [{ defaultAccessMode: 'read' }, /defaultAccessMode must be 'READ' or 'WRITE'/],
    [{ fetchSize: 0 }, /fetchSize/],
    [{ bookmarkManager: {} }, /getBookmarks/],
    [{ integers: 'x' }, /integers/],
    [{ accessMode: 'READ' }, /"accessMode"; did you mean "defaultAccessMode"/],
    [{ notificationsMinSeverity: 'INFO' }, /did you mean 'INFORMATION'/],
  ])('refuses %o', (config, message) => {
    expect(() => parseSessionConfig(config, DRIVER)).toThrow(ConfigurationError)
    expect(() => parseSessionConfig(config, DRIVER)).toThrow(message)
  })

  it('cannot go back to no credentials, nor have a manager of its own', () => {
    for (const auth of [
      AuthManagers.static(basicAuth('a', 's3cret')),
      { scheme: 'none' },
      ['a', 's3cret', 'x'],
      AuthManagers.static(null).getAuth(),
    ]) {
      expect(() => parseSessionConfig({ auth }, DRIVER)).toThrow(AuthConfigurationError)
      expect(() => parseSessionConfig({ auth }, DRIVER)).not.toThrow(/s3cret/)
    }
  })
})

describe('a transaction', () => {
  it('has nothing set by default, and fractions of a millisecond rounded up', () => {
    const { signal } = new AbortController()
    const nothing = { metadata: undefined, timeout: undefined, signal: undefined }
    expect(parseTransactionConfig(undefined)).toEqual(nothing)
    expect(parseTransactionConfig({ metadata: null, timeout: null, signal: null })).toEqual(nothing)
    expect(parseTransactionConfig({ timeout: 0.5, signal })).toEqual({ ...nothing, timeout: 1, signal })
    expect(parseTransactionConfig({ timeout: 0, metadata: { b: 2 } })).toMatchObject({ timeout: 0, metadata: { b: 2 } })
  })

  it.each([
    [{ timeout: -1 }, /timeout/],
    [{ timeout: Number.NaN }, /timeout/],
    [{ metadata: 'x' }, /metadata/],
    [{ signal: {} }, /signal must be an AbortSignal/],
    [{ signal: new AbortController() }, /signal must be an AbortSignal/],
    [{ time_out: 1 }, /"time_out"; did you mean "timeout"/],
  ])('refuses %o', (config, message) => {
    expect(() => parseTransactionConfig(config)).toThrow(ConfigurationError)
    expect(() => parseTransactionConfig(config)).toThrow(message)
  })
})

describe('executeQuery', () => {
  it('has defaults', () => {
    expect(parseExecuteQueryConfig(undefined, DRIVER)).toEqual({
      routing: 'WRITE',
      database: null,
      impersonatedUser: null,
      bookmarkManager: undefined,
      auth: null,
      resultTransformer: undefined,
      metadata: undefined,
      timeout: undefined,
      signal: undefined,
      integers: 'bigint',
      bookmarkTimeout: Number.POSITIVE_INFINITY,
    })
  })

  it('has settings of its own, null switching the bookmark manager off', () => {
    const resultTransformer = () => 1
    const bookmarkManager = createBookmarkManager()
    expect(
      parseExecuteQueryConfig({ routing: 'r', bookmarkManager: null, resultTransformer, timeout: 1 }, DRIVER, {
        timeout: 9,
        metadata: { a: 1 },
      }),
    ).toMatchObject({ routing: 'READ', bookmarkManager: null, resultTransformer, timeout: 1, metadata: { a: 1 } })
    expect(parseExecuteQueryConfig({ bookmarkManager }, DRIVER).bookmarkManager).toBe(bookmarkManager)
  })

  it.each([
    [{ routing: 'reader' }, /routing must be/],
    [{ resultTransformer: 'eager' }, /resultTransformer must be a function/],
    [{ fetchSize: 5 }, /Unknown executeQuery option "fetchSize"/],
  ])('refuses %o', (config, message) => {
    expect(() => parseExecuteQueryConfig(config, DRIVER)).toThrow(ConfigurationError)
    expect(() => parseExecuteQueryConfig(config, DRIVER)).toThrow(message)
  })
})
