import { describe, expect, it } from 'vitest'
import { Log } from '../diagnostics/log.ts'
import { Warnings } from '../diagnostics/warnings.ts'
import { ResultFactory } from './result-factory.ts'

const factory = () => new ResultFactory(new Warnings(), new Log('boltline.notifications'), 'OFF')

describe('the record shape of a query', () => {
  it('is cached by query text while the keys stay the same', () => {
    const results = factory()
    const shape = results.shape('Q', ['a', 'b'])
    expect(results.shape('Q', ['a', 'b'])).toBe(shape)
    for (const keys of [['b', 'a'], ['a'], ['a', 'b', 'c'], ['a', 'x']]) {
      expect(results.shape('Q', keys).keys).toEqual(keys)
    }
  })

  it('is cached for 500 texts, and for no text above the maximum length', () => {
    const results = factory()
    const first = results.shape('Q 0', ['a'])
    for (let n = 1; n < 500; n++) results.shape(`Q ${n}`, ['a'])
    expect(results.shape('Q 0', ['a'])).toBe(first)
    results.shape('one more', ['a'])
    expect(results.shape('Q 0', ['a'])).not.toBe(first)
    const long = 'x'.repeat(2_001)
    expect(results.shape(long, ['a'])).not.toBe(results.shape(long, ['a']))
  })
})
