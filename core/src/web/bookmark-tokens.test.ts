import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { useClock } from '../time/clock.ts'
import { ManualClock } from '../time/manual-clock.ts'
import { BookmarkTokens, type TokenScope } from './bookmark-tokens.ts'

const current = 'the current secret, 32 bytes long'
const former = 'the former secret, also 32 bytes!'
const tokens = new BookmarkTokens({ secrets: [current] })
const scope: TokenScope = { database: 'neo4j', boundTo: 'ada' }
const bookmarks = ['FB:kcwQ1aVvTgSWRTqZmTOxzSkAAZA=', 'FB:kcwQzrDtMvyZRLODNaJ3zNdQBQKQ']
const signed = tokens.seal(bookmarks, scope).text

describe('a signed token', () => {
  it('brings back what was sealed, in order', () => {
    expect(signed).toMatch(/^v1\.[\w-]{6}\.[0-9a-z]+\.[\w-]+\.[\w-]{43}$/)
    expect(tokens.open(signed, scope)).toEqual({ bookmarks, refused: null })
    expect(tokens.seal([], scope)).toEqual({ text: '', dropped: 0 })
    for (const nothing of ['', null, undefined]) {
      expect(tokens.open(nothing, scope)).toEqual({ bookmarks: [], refused: null })
    }
  })

  it('belongs to one user and one database', () => {
    const others: TokenScope[] = [
      { database: 'neo4j', boundTo: 'bob' },
      { database: 'movies', boundTo: 'ada' },
      { database: 'neo4j' },
      { boundTo: 'ada' },
      { database: 'neo4j 3:ada', boundTo: null },
      {},
    ]
    for (const other of others) {
      expect(tokens.open(signed, other)).toEqual({ bookmarks: [], refused: 'forged' })
      expect(tokens.open(tokens.seal(bookmarks, other).text, other).bookmarks).toEqual(bookmarks)
    }
  })

  it('outlives the rotation of its secret, until that is taken away', () => {
    const old = new BookmarkTokens({ secrets: [former] }).seal(bookmarks, scope).text
    const rotated = new BookmarkTokens({ secrets: [current, Buffer.from(former)] })
    expect(rotated.open(old, scope).bookmarks).toEqual(bookmarks)
    expect(rotated.open(signed, scope).bookmarks).toEqual(bookmarks)
    expect(rotated.seal(bookmarks, scope).text.slice(0, 9)).toBe(signed.slice(0, 9))
    expect(tokens.open(old, scope).refused).toBe('forged')
  })

  it('ends', () => {
    const manual = new ManualClock(1_000_000_000)
    const restore = useClock(manual)
    const brief = new BookmarkTokens({ secrets: [current], ttl: 5000 })
    const { text } = brief.seal(bookmarks, scope)
    const endless = new BookmarkTokens({ secrets: [current], ttl: Number.POSITIVE_INFINITY })
    const { text: forever } = endless.seal(bookmarks, scope)
    manual.tick(4999)
    expect(brief.open(text, scope).refused).toBeNull()
    manual.tick(1)
    expect(brief.open(text, scope)).toEqual({ bookmarks: [], refused: 'expired' })
    manual.tick(1e13)
    expect(brief.open(forever, scope).refused).toBeNull()
    restore()
  })

  it('can come with others, which are united', () => {
    const other = tokens.seal(['FB:third'], scope).text
    const both = { bookmarks: [...bookmarks, 'FB:third'], refused: null }
    expect(tokens.open(`${signed},${other}`, scope)).toEqual(both)
    expect(tokens.open(`${signed}, ${other}`, scope)).toEqual(both)
    expect(tokens.open(`${signed},${signed}`, scope).bookmarks).toEqual(bookmarks)
    expect(tokens.open(`${signed},x`, scope)).toEqual({ bookmarks: [], refused: 'malformed' })
    const roomy = new BookmarkTokens({ secrets: [current], maxHeaderBytes: 1e6 })
    expect(roomy.open(Array(9).fill(signed).join(','), scope).refused).toBe('too-many')
  })

  it('is refused when it was made with another secret', () => {
    const stranger = new BookmarkTokens({ secrets: [randomBytes(32)] })
    expect(tokens.open(stranger.seal(bookmarks, scope).text, scope).refused).toBe('forged')
    const [version, , end, content, signature] = signed.split('.')
    expect(tokens.open([version, 'AAAAAA', end, content, signature].join('.'), scope).refused).toBe('forged')
    expect(tokens.open(bookmarks.join(','), scope).refused).toBe('malformed')
  })
})

describe('the limits of tokens', () => {
  it('leave out the oldest bookmarks, and say how many', () => {
    const few = new BookmarkTokens({ secrets: [current], maxTokens: 2, maxTokenBytes: 10 })
    const { text, dropped } = few.seal(['a', 'b', 'c', 'much too long'], scope)
    expect(dropped).toBe(2)
    expect(few.open(text, scope).bookmarks).toEqual(['b', 'c'])
    const small = new BookmarkTokens({ secrets: [current], maxHeaderBytes: 150 })
    const sealed = small.seal(['x'.repeat(30), 'y'.repeat(30), 'z'.repeat(30)], scope)
    expect(sealed.dropped).toBe(2)
    expect(sealed.text.length).toBeLessThanOrEqual(150)
    expect(small.open(sealed.text, scope).bookmarks).toEqual(['z'.repeat(30)])
    expect(new BookmarkTokens({ secrets: [current], maxHeaderBytes: 10 }).seal(['a'], scope).text).toBe('')
  })

  it('hold for tokens that a service with wider limits has made', () => {
    const wide = new BookmarkTokens({ secrets: [current], maxTokens: 20, maxTokenBytes: 1000, maxHeaderBytes: 4000 })
    const many = wide.seal(
      Array.from({ length: 9 }, (_, i) => `b${i}`),
      scope,
    ).text
    expect(tokens.open(many, scope).refused).toBe('too-many')
    expect(tokens.open(wide.seal(['x'.repeat(257)], scope).text, scope).refused).toBe('too-long')
    expect(
      tokens.open(
        wide.seal(
          Array(3)
            .fill('x')
            .map((x, i) => x.repeat(700 + i)),
          scope,
        ).text,
        scope,
      ).refused,
    ).toBe('too-long')
  })

  it('are checked before anything of a huge header is read', () => {
    expect(tokens.open('x'.repeat(17_000), scope)).toEqual({ bookmarks: [], refused: 'too-long' })
    expect(tokens.open(','.repeat(2048), scope).refused).toBe('too-many')
  })
})

describe('a plain token, where the network is trusted', () => {
  const plain = new BookmarkTokens({ trust: 'network', maxTokens: 3 })

  it('is the bookmarks themselves', () => {
    expect(plain.seal(bookmarks, scope).text).toBe(bookmarks.join(','))
    expect(plain.open(bookmarks.join(', '), {}).bookmarks).toEqual(bookmarks)
  })

  it('survives every character that a bookmark may have', () => {
    const text = fc.string({
      unit: fc.integer({ min: 0, max: 127 }).map((code) => String.fromCharCode(code)),
      minLength: 1,
    })
    fc.assert(
      fc.property(fc.uniqueArray(text, { minLength: 1, maxLength: 3 }), (values) => {
        const sealed = plain.seal(values, scope)
        expect(sealed.text).toMatch(/^[!#-+\--:<-[\]-~,]*$/)
        expect(plain.open(sealed.text, scope)).toEqual({ bookmarks: values, refused: null })
      }),
    )
  })

  it('is held to the same limits', () => {
    expect(plain.open('a,b,c,d', scope).refused).toBe('too-many')
    expect(plain.open('x'.repeat(257), scope).refused).toBe('too-long')
    for (const text of [',', 'a,', 'a b', 'ü', '%', '%zz', '%FF', '"a"', 'a;b']) {
      expect(plain.open(text, scope).refused).toBe('malformed')
    }
  })
})

it('refuses settings that make no tokens, without showing a secret', () => {
  expect(() => new BookmarkTokens()).toThrow(/need secrets, found undefined/)
  expect(() => new BookmarkTokens({ secrets: [] })).toThrow(/need secrets/)
  expect(() => new BookmarkTokens({ secrets: ['hunter2'] })).toThrow(/^secrets\[0\] has 7 bytes; it needs at least 32/)
  expect(() => new BookmarkTokens({ secrets: [current, 1 as never] })).toThrow(/secrets\[1\]/)
  expect(() => new BookmarkTokens({ secret: current } as never)).toThrow(/did you mean "secrets"/)
  expect(() => new BookmarkTokens({ secrets: [current], maxTokens: 0 })).toThrow(/maxTokens/)
})
