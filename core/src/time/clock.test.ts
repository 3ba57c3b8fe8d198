import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Backoff } from './backoff.ts'
import { clock, useClock } from './clock.ts'
import { Deadline } from './deadline.ts'
import { ManualClock } from './manual-clock.ts'

describe('the system clock', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('fires once after the given time', () => {
    const fn = vi.fn()
    clock.setTimeout(fn, 100)
    vi.advanceTimersByTime(99)
    expect(fn).not.toHaveBeenCalled()
    vi.advanceTimersByTime(1000)
    expect(fn).toHaveBeenCalledTimes(1)
  })

  it('waits exactly for times beyond the limit of Node', () => {
    const fn = vi.fn()
    const ms = 2 ** 31 + 5000
    clock.setTimeout(fn, ms)
    vi.advanceTimersByTime(ms - 1)
    expect(fn).not.toHaveBeenCalled()
    vi.advanceTimersByTime(1)
    expect(fn).toHaveBeenCalledTimes(1)
  })

  it('never fires after an infinite time', () => {
    clock.setTimeout(() => undefined, Number.POSITIVE_INFINITY)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('can be stopped, also in the middle of a chain', () => {
    const fn = vi.fn()
    const timer = clock.setTimeout(fn, 2 ** 32)
    vi.advanceTimersByTime(2 ** 31)
    clock.clearTimeout(timer)
    clock.clearTimeout(undefined)
    expect(vi.getTimerCount()).toBe(0)
    vi.advanceTimersByTime(2 ** 32)
    expect(fn).not.toHaveBeenCalled()
  })
})

describe('the scale of the system clock', () => {
  afterEach(() => {
    vi.restoreAllMocks()
  })

  it('stays monotonic when the system time is set back, while wallTime follows it', () => {
    const before = clock.now()
    const real = Date.now()
    vi.spyOn(Date, 'now').mockReturnValue(real - 3_600_000)
    expect(clock.now()).toBeGreaterThanOrEqual(before)
    expect(Deadline.in(1000).remaining()).toBeGreaterThan(0)
    expect(Deadline.in(1000).remaining()).toBeLessThanOrEqual(1000)
    expect(clock.wallTime()).toBe(real - 3_600_000)
  })

  it('counts whole milliseconds from about Date.now()', () => {
    expect(Number.isInteger(clock.now())).toBe(true)
    expect(Math.abs(clock.now() - Date.now())).toBeLessThan(1000)
  })

  it('gives wallTime from now() where an installed clock has only that', () => {
    const restore = useClock(new ManualClock(7000))
    expect(clock.wallTime()).toBe(7000)
    restore()
  })
})

it('timers do not keep the process alive unless asked to', () => {
  const before = process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
  const loose = clock.setTimeout(() => undefined, 60_000)
  expect(process.getActiveResourcesInfo().filter((name) => name === 'Timeout')).toHaveLength(before)
  const held = clock.setTimeout(() => undefined, 60_000, { ref: true })
  expect(process.getActiveResourcesInfo().filter((name) => name === 'Timeout')).toHaveLength(before + 1)
  clock.clearTimeout(loose)
  clock.clearTimeout(held)
})

describe('a replaced clock', () => {
  it('rules everything until it is put back', () => {
    const manual = new ManualClock(5000)
    const restore = useClock(manual)
    const fired: string[] = []
    clock.setTimeout(() => fired.push('late'), 20)
    clock.setTimeout(() => {
      fired.push('early')
      clock.setTimeout(() => fired.push('between'), 5)
    }, 10)
    clock.setTimeout(() => fired.push('never'), Number.POSITIVE_INFINITY)
    const stopped = clock.setTimeout(() => fired.push('stopped'), 1)
    clock.clearTimeout(stopped)
    expect(clock.now()).toBe(5000)
    manual.tick(30)
    restore()
    expect(fired).toEqual(['early', 'between', 'late'])
    expect(manual.now()).toBe(5030)
    expect(manual.pending).toBe(0)
    expect(Math.abs(clock.now() - Date.now())).toBeLessThan(1000)
  })
})

describe('a deadline', () => {
  it('counts down to nothing', () => {
    const manual = new ManualClock(1000)
    const restore = useClock(manual)
    const deadline = Deadline.in(50)
    expect(deadline.at).toBe(1050)
    manual.tick(20)
    expect(deadline.remaining()).toBe(30)
    expect(deadline.expired).toBe(false)
    manual.tick(40)
    expect(deadline.remaining()).toBe(0)
    expect(deadline.expired).toBe(true)
    restore()
  })

  it('never passes when it is infinite', () => {
    expect(Deadline.in(Number.POSITIVE_INFINITY)).toBe(Deadline.never)
    expect(Deadline.never.remaining()).toBe(Number.POSITIVE_INFINITY)
    expect(Deadline.never.expired).toBe(false)
  })
})

describe('the backoff', () => {
  const nominal = (random: number, count: number): number[] => {
    const backoff = new Backoff({ random: () => random })
    return Array.from({ length: count }, () => Math.round(backoff.nextDelay()))
  }

  it('doubles from one second', () => {
    expect(nominal(0.5, 4)).toEqual([1000, 2000, 4000, 8000])
  })

  it('strays by a fifth either way', () => {
    expect(nominal(0, 2)).toEqual([800, 1600])
    expect(nominal(1, 2)).toEqual([1200, 2400])
  })

  it('can be iterated', () => {
    const delays: number[] = []
    for (const delay of new Backoff({ initial: 10, multiplier: 3, jitter: 0 })) {
      delays.push(delay)
      if (delays.length === 3) break
    }
    expect(delays).toEqual([10, 30, 90])
  })
})
