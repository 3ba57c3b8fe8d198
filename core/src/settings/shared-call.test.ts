import { expect, it } from 'vitest'
import { SharedCall } from './shared-call.ts'

/** A function that the test answers, and the calls of it. */
function answered() {
  const answers: { resolve(value: string): void; reject(error: Error): void }[] = []
  const shared = new SharedCall<string>(
    () =>
      new Promise((resolve, reject) => {
        answers.push({ resolve, reject })
      }),
  )
  return { answers, shared }
}

it('SharedCall lets concurrent callers share one call and makes a new one for the next caller', async () => {
  const { answers, shared } = answered()
  const callers = [shared.join(), shared.join()]
  expect(answers).toHaveLength(1)
  answers[0]?.resolve('a')
  expect(await Promise.all(callers)).toEqual(['a', 'a'])
  shared.join()
  expect(answers).toHaveLength(2)
})

it('SharedCall passes a failure to every caller and makes a new call for the next one', async () => {
  const { answers, shared } = answered()
  const callers = [shared.join(), shared.join()].map((each) => each.catch((error) => error.message))
  answers[0]?.reject(new Error('down'))
  expect(await Promise.all(callers)).toEqual(['down', 'down'])
  shared.join()
  expect(answers).toHaveLength(2)
})

it('SharedCall makes a new call for the next caller after the only caller has timed out', async () => {
  const { answers, shared } = answered()
  shared.giveUp(shared.join())
  expect(answers).toHaveLength(1)
  const next = shared.join()
  answers[1]?.resolve('b')
  expect(await next).toBe('b')
})

it('SharedCall makes the other callers wait for a new call after one caller has timed out', async () => {
  const { answers, shared } = answered()
  const first = shared.join()
  const others = [shared.join(), shared.join()]
  shared.giveUp(first)
  expect(answers).toHaveLength(2)
  answers[0]?.resolve('late')
  answers[1]?.resolve('b')
  expect(await Promise.all(others)).toEqual(['b', 'b'])
})

it('SharedCall lets callers of an abandoned call abandon the new call too', async () => {
  const { answers, shared } = answered()
  const [first, second] = [shared.join(), shared.join()]
  shared.giveUp(first)
  shared.giveUp(second)
  expect(answers).toHaveLength(2)
  shared.giveUp(second)
  const next = shared.join()
  expect(answers).toHaveLength(3)
  answers[2]?.resolve('c')
  expect(await next).toBe('c')
})

it('SharedCall ignores the abandonment of a call that has settled', async () => {
  const { answers, shared } = answered()
  const first = shared.join()
  answers[0]?.resolve('a')
  await first
  const next = shared.join()
  shared.giveUp(first)
  expect(shared.join()).toBe(next)
  expect(answers).toHaveLength(2)
})
