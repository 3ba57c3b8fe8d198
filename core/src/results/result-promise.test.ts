import { expect, it } from 'vitest'
import { Result } from './result.ts'
import { ResultPromise } from './result-promise.ts'

const membersOf = (made: { readonly prototype: object }) =>
  Object.entries(Object.getOwnPropertyDescriptors(made.prototype)).filter(([name]) => name !== 'constructor')

it('ResultPromise has every method and getter of Result', () => {
  expect(membersOf(ResultPromise).map(([name]) => name)).toEqual(
    expect.arrayContaining(membersOf(Result).map(([name]) => name)),
  )
})

it('the methods of ResultPromise have their own names and are not enumerable', () => {
  for (const [name, { value, enumerable }] of membersOf(ResultPromise)) {
    expect(enumerable, name).toBe(false)
    if (typeof value === 'function') expect(value.name).toBe(name)
  }
})

it.each(['single', 'value', 'values', 'data', 'toColumns'] as const)(
  '%s() of ResultPromise passes its arguments on and returns what the result returns',
  async (name) => {
    const calls: unknown[][] = []
    const result = { [name]: (...given: unknown[]) => calls.push(given) }
    const promise = new ResultPromise((resolve) => resolve(result as unknown as Result))
    const call = promise[name] as (...given: unknown[]) => Promise<unknown>
    expect(await call.call(promise, 'a', 1)).toBe(1)
    expect(calls).toEqual([['a', 1]])
  },
)
