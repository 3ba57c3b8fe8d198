import { getEventListeners } from 'node:events'
import { expect, it, vi } from 'vitest'
import { FirstAborted, onAbort } from './on-abort.ts'

const listeners = (signal: AbortSignal) => getEventListeners(signal, 'abort').length

it('onAbort calls every reaction to a signal once and adds a single listener', () => {
  const controller = new AbortController()
  const { signal } = controller
  const told: number[] = []
  const stops = Array.from({ length: 50 }, (_, i) => onAbort(signal, () => told.push(i)))
  expect(listeners(signal)).toBe(1)
  for (const stop of stops.slice(2)) stop()
  controller.abort()
  expect(told).toEqual([0, 1])
  expect(listeners(signal)).toBe(0)
  for (const stop of stops) stop()
  expect(told).toEqual([0, 1])
})

it('onAbort removes its listener with the last reaction and can subscribe again', () => {
  const controller = new AbortController()
  const { signal } = controller
  const stop = onAbort(signal, () => undefined)
  stop()
  stop()
  expect(listeners(signal)).toBe(0)
  let told = 0
  onAbort(signal, () => told++)
  stop()
  expect(listeners(signal)).toBe(1)
  controller.abort()
  expect(told).toBe(1)
})

it('onAbort lets a reaction unsubscribe another one', () => {
  const controller = new AbortController()
  const told: string[] = []
  const stops: (() => void)[] = []
  onAbort(controller.signal, () => {
    told.push('first')
    stops[0]?.()
  })
  stops.push(onAbort(controller.signal, () => told.push('second')))
  controller.abort()
  expect(told).toEqual(['first'])
})

it('onAbort calls its reaction at once if the signal has already aborted', () => {
  const signal = AbortSignal.abort()
  let told = 0
  const stop = onAbort(signal, () => told++)
  expect(told).toBe(1)
  stop()
  expect(listeners(signal)).toBe(0)
})

it('FirstAborted listens to its signals only while a reaction is registered, and aborts once with the first', () => {
  const [one, other] = [new AbortController(), new AbortController()]
  const either = new FirstAborted([one.signal, other.signal])
  expect([listeners(one.signal), listeners(other.signal)]).toEqual([0, 0])
  const react = vi.fn()
  const stop = onAbort(either, react)
  expect([listeners(one.signal), listeners(other.signal)]).toEqual([1, 1])
  stop()
  expect([listeners(one.signal), listeners(other.signal)]).toEqual([0, 0])
  onAbort(either, react)
  expect([either.aborted, either.reason]).toEqual([false, undefined])
  other.abort('enough')
  one.abort('later')
  expect(react).toHaveBeenCalledOnce()
  expect([listeners(one.signal), listeners(other.signal)]).toEqual([0, 0])
})

it('FirstAborted gives the reason of the signal that has aborted, even where that is null', () => {
  const [one, other] = [new AbortController(), new AbortController()]
  const either = new FirstAborted([one.signal, other.signal])
  other.abort(null)
  expect([either.aborted, either.reason]).toEqual([true, null])
  const react = vi.fn()
  onAbort(either, react)
  expect(react).toHaveBeenCalledOnce()
})
