import type { ServerResponse } from 'node:http'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { useClock } from '../time/clock.ts'
import { ManualClock } from '../time/manual-clock.ts'
import { watchReader } from './reader-watch.ts'

let manual: ManualClock
let restore: () => void

beforeEach(() => {
  manual = new ManualClock(1_000)
  restore = useClock(manual)
})
afterEach(() => restore())

/** A response whose client has taken so many bytes of what was written. */
function response(needsDrain: boolean) {
  const socket = { bytesWritten: 10_000, writableLength: 4_000 }
  return { writableNeedDrain: needsDrain, socket }
}

function watched(of: object, limit = 1_000) {
  const stalled = vi.fn()
  return { stalled, unwatch: watchReader(of as ServerResponse, limit, stalled) }
}

it('a client that takes nothing of what waits for it stalls, once', () => {
  const { stalled } = watched(response(true))
  manual.tick(999)
  expect(stalled).not.toHaveBeenCalled()
  manual.tick(1)
  expect(stalled).toHaveBeenCalledTimes(1)
  manual.tick(10_000)
  expect(stalled).toHaveBeenCalledTimes(1)
})

it('a client that takes a little now and then does not stall', () => {
  const slow = response(true)
  const { stalled } = watched(slow)
  for (let i = 0; i < 20; i++) {
    manual.tick(900)
    slow.socket.writableLength -= 100
  }
  expect(stalled).not.toHaveBeenCalled()
})

it('a client for whom nothing waits does not stall', () => {
  const { stalled } = watched(response(false))
  manual.tick(100_000)
  expect(stalled).not.toHaveBeenCalled()
})

it('a watch that was ended, or has no limit, calls nothing', () => {
  const { stalled, unwatch } = watched(response(true))
  unwatch()
  const endless = watched(response(true), Number.POSITIVE_INFINITY)
  manual.tick(1e9)
  expect(stalled).not.toHaveBeenCalled()
  expect(endless.stalled).not.toHaveBeenCalled()
})
