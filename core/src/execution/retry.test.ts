import { expect, it, vi } from 'vitest'
import { ServiceUnavailable } from '../errors/index.ts'
import { useClock } from '../time/clock.ts'
import { ManualClock } from '../time/manual-clock.ts'
import { retry } from './retry.ts'

/** A signal that counts its listeners. */
function listened() {
  const controller = new AbortController()
  const added = vi.spyOn(controller.signal, 'addEventListener')
  const removed = vi.spyOn(controller.signal, 'removeEventListener')
  return {
    controller,
    signal: controller.signal,
    get listeners() {
      return added.mock.calls.length - removed.mock.calls.length
    },
  }
}

async function failing(): Promise<never> {
  throw new ServiceUnavailable('gone')
}

it('retry() removes its abort listeners when its delay ends, by time or by an abort', async () => {
  const clock = new ManualClock()
  const restore = useClock(clock)
  try {
    const reason = new Error('called off')
    const ends: [string, (caller: AbortController) => void][] = [
      ['time', () => clock.tick(2_000)],
      ['signal', (caller) => caller.abort(reason)],
    ]
    for (const [what, end] of ends) {
      const [caller, driver] = [listened(), listened()]
      let attempts = 0
      const work = retry(
        () => (attempts++ === 0 ? failing() : Promise.resolve('done')),
        () => ({ maxTime: 30_000, signal: caller.signal, closed: driver.signal }),
      ).catch((error) => error)
      await vi.waitFor(() => expect([caller.listeners, driver.listeners]).toEqual([1, 1]))
      end(caller.controller)
      expect(await work).toBe(what === 'time' ? 'done' : reason)
      // The abort of a signal removes its listener without a call of removeEventListener.
      expect([caller.listeners, driver.listeners]).toEqual([what === 'time' ? 0 : 1, 0])
    }
  } finally {
    restore()
  }
})

it('retry() does not start its delay when onRetry aborts the signal', async () => {
  const [caller, driver] = [listened(), listened()]
  const reason = new Error('called off')
  const onRetry = () => caller.controller.abort(reason)
  const policy = { maxTime: 30_000, signal: caller.signal, closed: driver.signal, onRetry }
  await expect(retry(failing, () => policy)).rejects.toBe(reason)
  expect([caller.listeners, driver.listeners]).toEqual([0, 0])
})
