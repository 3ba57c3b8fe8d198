import { describe, expect, it } from 'vitest'
import { useClock } from '../time/clock.ts'
import { ManualClock } from '../time/manual-clock.ts'
import { atCallSite, type CallSite, captureCallSite, captureFrequentCallSite, ServiceUnavailable } from './index.ts'

function publicCall(): CallSite {
  return captureCallSite(publicCall)
}

function callerOfTheDriver(): CallSite {
  return publicCall()
}

function anotherCaller(): CallSite {
  return publicCall()
}

/** An error as made in a socket callback: no frame of the caller in it. */
function errorFromAfar(): Error {
  const error = new ServiceUnavailable('gone')
  error.stack = 'ServiceUnavailable: gone\n    at Socket.onData (node:net:1:1)'
  return error
}

describe('an error made far from the caller', () => {
  it('shows the line that called the driver, below its own frames', () => {
    const error = atCallSite(errorFromAfar(), callerOfTheDriver())
    expect(error.stack).toMatch(/^ServiceUnavailable: gone\n {4}at Socket\.onData .*\n {4}at callerOfTheDriver /)
    expect(error.stack).not.toContain('at publicCall')
    expect(Object.keys(error)).toEqual([])
  })

  it('gets the same place only once', () => {
    const site = callerOfTheDriver()
    const error = atCallSite(atCallSite(errorFromAfar(), site), site)
    expect(error.stack?.match(/at callerOfTheDriver/g)).toHaveLength(1)
  })

  it('shows each of several nested calls, but not hundreds', () => {
    const error = errorFromAfar()
    atCallSite(atCallSite(error, callerOfTheDriver()), anotherCaller())
    expect(error.stack).toContain('at callerOfTheDriver')
    expect(error.stack).toContain('at anotherCaller')
    for (let i = 0; i < 100; i++) atCallSite(error, { stack: `Error\n    at waiter${i} (file.js:1:${i})` })
    expect(error.stack?.match(/at waiter/g)).toHaveLength(2)
  })
})

describe('an error that cannot be changed', () => {
  it('comes back as it is when it is frozen', () => {
    const error = Object.freeze(errorFromAfar())
    const before = error.stack
    expect(atCallSite(error, callerOfTheDriver())).toBe(error)
    expect(error.stack).toBe(before)
  })

  it('comes back as it is when it is no error, or a hostile one', () => {
    for (const value of [undefined, null, 'text', 7, { stack: 'x' }, Symbol('s')]) {
      expect(atCallSite(value, callerOfTheDriver())).toBe(value)
    }
    const hostile = new Error('m')
    Object.defineProperty(hostile, 'stack', {
      get() {
        throw new Error('never read me')
      },
    })
    expect(atCallSite(hostile, callerOfTheDriver())).toBe(hostile)
  })

  it('is left alone when the site holds no frames', () => {
    const error = errorFromAfar()
    const before = error.stack
    expect(atCallSite(error, {}).stack).toBe(before)
  })
})

it('capturing a call site leaves the stack limit of the process alone', () => {
  const limit = Error.stackTraceLimit
  for (const own of [0, 3, 50]) {
    Error.stackTraceLimit = own
    const frames = callerOfTheDriver().stack?.match(/\n {4}at /g) ?? []
    expect(frames.length).toBeLessThanOrEqual(own)
    expect(Error.stackTraceLimit).toBe(own)
  }
  Error.stackTraceLimit = limit
})

describe('calls that are made thousands of times a second', () => {
  function frequentCall(): CallSite {
    return captureFrequentCallSite(frequentCall)
  }

  it('have their places remembered as long as there are few of them in a second', () => {
    const clock = new ManualClock(5_000)
    const restore = useClock(clock)
    try {
      const remembered = () => Array.from({ length: 600 }, frequentCall).filter(({ stack }) => stack !== undefined)
      expect(remembered().length).toBe(500)
      expect(remembered().length).toBe(0)
      clock.tick(1_000)
      expect(remembered().length).toBe(500)
    } finally {
      restore()
    }
  })

  it('are found where they are awaited, all the same', async () => {
    const restore = useClock(new ManualClock(7_000))
    try {
      for (let i = 0; i < 500; i++) frequentCall()
      const call = async () => {
        const site = frequentCall()
        await Promise.resolve()
        throw atCallSite(errorFromAfar(), site)
      }
      const inner = async () => await call()
      const awaiting = async () => await Promise.all([inner()])
      const error = (await awaiting().catch((reason: unknown) => reason)) as Error
      expect(error.stack).toMatch(
        /^ServiceUnavailable: gone\n {4}at Socket\.onData .*\n {4}at call [\s\S]*inner [\s\S]*awaiting /,
      )
      expect(error.stack).not.toMatch(/captureWaiting|atCallSite/)
    } finally {
      restore()
    }
  })
})
