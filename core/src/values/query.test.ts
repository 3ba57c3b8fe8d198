import { describe, expect, it, vi } from 'vitest'
import { ConfigurationError } from '../errors/index.ts'
import { Query, transactionTimeout, unitOfWork, unitOfWorkSettings } from './query.ts'

describe('a query with settings', () => {
  it('holds its text, metadata and timeout', () => {
    const metadata = { job: 'report', nested: { a: 1 } }
    const query = new Query('RETURN 1', { metadata, timeout: 1500 })
    expect(query.text).toBe('RETURN 1')
    expect(query.metadata).toEqual(metadata)
    expect(query.timeout).toBe(1500)
  })

  it('needs neither', () => {
    for (const query of [
      new Query('RETURN 1'),
      new Query('RETURN 1', null),
      new Query('RETURN 1', { timeout: null }),
    ]) {
      expect(query.metadata).toBeUndefined()
      expect(query.timeout).toBeUndefined()
    }
  })

  it('takes metadata as a Map too, and copies it', () => {
    const metadata = new Map<string, unknown>([
      ['a', 1],
      ['__proto__', 2],
    ])
    const query = new Query('RETURN 1', { metadata })
    metadata.set('a', 3)
    expect(Object.entries(query.metadata ?? {})).toEqual([
      ['a', 1],
      ['__proto__', 2],
    ])
  })

  it('refuses what cannot be', () => {
    const refuses = (make: () => unknown, message: RegExp) => {
      expect(make).toThrow(ConfigurationError)
      expect(make).toThrow(message)
    }
    refuses(() => new Query(42 as never), /text of a Query must be a string, found 42/)
    refuses(() => new Query('x', { timout: 1 } as never), /"timout".*"timeout"/)
    refuses(() => new Query('x', 'y' as never), /plain object/)
    refuses(() => new Query('x', { metadata: 'y' as never }), /metadata must be a plain object/)
    refuses(() => new Query('x', { metadata: ['y'] as never }), /metadata must be a plain object/)
    refuses(() => new Query('x', { metadata: new Date() as never }), /class Date/)
    refuses(() => new Query('x', { metadata: new Map([[1, 2]]) as never }), /keys of metadata must be strings, found 1/)
  })
})

describe('a transaction timeout', () => {
  it.each([
    [0, 0],
    [1, 1],
    [0.1, 1],
    [1500.5, 1501],
    [2 ** 31, 2 ** 31],
    [Number.POSITIVE_INFINITY, 0],
    [Number.MAX_VALUE, Number.MAX_SAFE_INTEGER],
    [undefined, undefined],
    [null, undefined],
  ])('of %s ms is sent as %s', (given, sent) => {
    expect(transactionTimeout(given)).toBe(sent)
  })

  it.each([-1, -0.1, Number.NaN, Number.NEGATIVE_INFINITY, '5', 5n, {}])('cannot be %s', (given) => {
    expect(() => transactionTimeout(given)).toThrow(ConfigurationError)
  })
})

describe('unitOfWork', () => {
  it('attaches settings to a function that does the same work', () => {
    const work = vi.fn(function namedWork(this: unknown, a: number, b: number) {
      return [this, a + b]
    })
    const owner = {}
    const attached = unitOfWork({ timeout: 10.5, metadata: { a: 1 } })(work)
    expect(attached.call(owner, 1, 2)).toEqual([owner, 3])
    expect(unitOfWorkSettings(attached)).toEqual({ timeout: 11, metadata: { a: 1 } })
    expect(unitOfWorkSettings(work)).toEqual({})
    expect(Object.keys(attached)).toEqual([])
  })

  it('adds to settings attached before, the outer ones winning', () => {
    const inner = unitOfWork({ timeout: 1, metadata: { a: 1 } })(() => 1)
    const outer = unitOfWork({ timeout: 2 })(inner)
    expect(unitOfWorkSettings(outer)).toEqual({ timeout: 2, metadata: { a: 1 } })
    expect(unitOfWorkSettings(inner)).toEqual({ timeout: 1, metadata: { a: 1 } })
  })

  it('keeps the name of the function', () => {
    expect(
      unitOfWork()(function countPeople() {
        return 1
      }).name,
    ).toBe('countPeople')
  })

  it('refuses wrong settings and what is no function', () => {
    expect(() => unitOfWork({ timeout: -1 })).toThrow(ConfigurationError)
    expect(() => unitOfWork({ meta: {} } as never)).toThrow(/"meta".*"metadata"/)
    expect(() => unitOfWork({})('x' as never)).toThrow(ConfigurationError)
  })

  it('leaves functions without settings alone', () => {
    expect(unitOfWorkSettings(() => 1)).toEqual({})
    expect(unitOfWorkSettings(undefined)).toEqual({})
  })
})
