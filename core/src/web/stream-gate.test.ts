import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { ConfigurationError } from '../errors/index.ts'
import { useClock } from '../time/clock.ts'
import { ManualClock } from '../time/manual-clock.ts'
import { StreamGate, StreamIdleError, StreamLimitError, type StreamOptions, type StreamSource } from './stream-gate.ts'

let clock: ManualClock
beforeEach(() => {
  clock = new ManualClock()
  onTestFinished(useClock(clock))
})

const gateOf = (options: StreamOptions = {}) => new StreamGate({} as never, options)

/** A stream of numbers, which counts its endings. */
function numbers(upTo = Number.POSITIVE_INFINITY) {
  const told = { opened: 0, closed: 0, ended: null as unknown, cut: null as unknown }
  const begin = (signal?: AbortSignal): StreamSource<number> => ({
    signal,
    async *open(idle) {
      told.opened++
      idle.addEventListener('abort', () => {
        told.ended = idle.reason
      })
      for (let n = 0; n < upTo; n++) {
        signal?.throwIfAborted()
        yield n
      }
    },
    close: async () => {
      told.closed++
    },
    cut: (error) => {
      told.cut = error
    },
  })
  return { told, begin }
}

describe('the number of streams', () => {
  it('is half of 100 connections by default, and may be set', () => {
    expect(gateOf().max).toBe(50)
    expect(gateOf({ maxStreams: 3 }).max).toBe(3)
    expect(() => gateOf({ maxStreams: 0 })).toThrow(ConfigurationError)
  })

  it('is kept: a further stream opens when one ends, in the order of asking', async () => {
    const gate = gateOf({ maxStreams: 1 })
    const [one, two, three] = [numbers(1), numbers(1), numbers(1)]
    const first = gate.read(() => one.begin())
    expect(await first.next()).toEqual({ done: false, value: 0 })
    const reading = gate.read(() => two.begin())
    const second = reading.next()
    const third = gate.read(() => three.begin()).next()
    await vi.waitFor(() => expect(gate.waiting).toBe(2))
    expect([two.told.opened, three.told.opened]).toEqual([0, 0])
    await first.return()
    expect(await second).toEqual({ done: false, value: 0 })
    expect([one.told.closed, two.told.opened, three.told.opened]).toEqual([1, 1, 0])
    expect([gate.open, gate.waiting]).toEqual([1, 1])
    await reading.return()
    await expect(third).resolves.toEqual({ done: false, value: 0 })
  })

  it('leaves a stream that waits too long with a StreamLimitError', async () => {
    const gate = gateOf({ maxStreams: 1, streamQueueTimeout: 500 })
    const held = gate.read(() => numbers().begin())
    await held.next()
    const late = numbers()
    const waits = gate.read(() => late.begin()).next()
    await vi.waitFor(() => expect(gate.waiting).toBe(1))
    clock.tick(500)
    await expect(waits).rejects.toThrow(StreamLimitError)
    await expect(waits).rejects.toThrow(/1 of at most 1 streams were open, and none ended within 500 ms/)
    expect([gate.waiting, late.told.opened]).toEqual([0, 0])
    await held.return()
    expect(gate.open).toBe(0)
  })

  it.each([new Error('gone'), null, undefined])(
    'lets a stream leave the line by its signal, reason %s',
    async (reason) => {
      const gate = gateOf({ maxStreams: 1 })
      const held = gate.read(() => numbers().begin())
      await held.next()
      const leaving = new AbortController()
      const waits = gate.read(() => numbers().begin(leaving.signal)).next()
      await vi.waitFor(() => expect(gate.waiting).toBe(1))
      leaving.abort(reason)
      const outcome = await waits.then(
        () => 'entered',
        (error: unknown) => [error],
      )
      expect(outcome).toEqual([leaving.signal.reason])
      expect(gate.waiting).toBe(0)
      await held.return()
      expect([gate.open, clock.pending]).toEqual([0, 0])
    },
  )

  it('is free again however a stream ends', async () => {
    const gate = gateOf({ maxStreams: 1 })
    for await (const n of gate.read(() => numbers(3).begin())) expect(n).toBeLessThan(3)
    for await (const _ of gate.read(() => numbers().begin())) break
    const failing = numbers()
    const fails = gate.read(() => ({
      ...failing.begin(),
      open: () => {
        throw new Error('no query')
      },
    }))
    await expect(fails.next()).rejects.toThrow('no query')
    const stays = gate.read(() => ({ ...numbers(0).begin(), close: () => Promise.reject(new Error('no end')) }))
    await expect(stays.next()).rejects.toThrow('no end')
    expect([gate.open, clock.pending]).toEqual([0, 0])
  })
})

describe('a stream whose reader never comes back', () => {
  it('makes room when it is over, or called off', async () => {
    const gate = gateOf({ maxStreams: 2 })
    let over = (): void => undefined
    const stopped = vi.fn()
    const forgotten = gate.read(() => ({
      ...numbers().begin(),
      whenOver: (listener) => {
        over = listener
        return stopped
      },
    }))
    const leaving = new AbortController()
    const left = gate.read(() => numbers().begin(leaving.signal))
    await forgotten.next()
    await left.next()
    expect(gate.open).toBe(2)
    over()
    expect(gate.open).toBe(1)
    leaving.abort(null)
    expect([gate.open, clock.pending]).toEqual([0, 0])
    await forgotten.return()
    await expect(left.next()).rejects.toBeNull()
    expect(stopped).toHaveBeenCalledOnce()
    expect(gate.open).toBe(0)
  })
})

describe('a stream that stands still', () => {
  it('is ended after streamIdleTimeout, cut off, and makes room for another', async () => {
    const gate = gateOf({ maxStreams: 1, streamIdleTimeout: 1000 })
    const { told, begin } = numbers()
    const reading = gate.read(() => begin())
    await reading.next()
    clock.tick(900)
    await reading.next()
    clock.tick(999)
    expect(told.cut).toBeNull()
    const next = gate.read(() => numbers().begin()).next()
    await vi.waitFor(() => expect(gate.waiting).toBe(1))
    clock.tick(1)
    expect(told.cut).toBeInstanceOf(StreamIdleError)
    expect(told.ended).toBe(told.cut)
    await expect(next).resolves.toEqual({ done: false, value: 0 })
    await expect(reading.next()).rejects.toBe(told.cut)
    expect(told.closed).toBe(1)
    expect(gate.open).toBe(1)
  })

  it('is none while its reader waits for the database', async () => {
    const gate = gateOf({ streamIdleTimeout: 1000 })
    const { told, begin } = numbers()
    let arrive = (): void => undefined
    const slow = gate.read(() => ({
      ...begin(),
      async *open() {
        await new Promise<void>((resolve) => {
          arrive = resolve
        })
        yield 1
      },
    }))
    const waits = slow.next()
    await vi.waitFor(() => expect(gate.open).toBe(1))
    clock.tick(10_000)
    expect(told.cut).toBeNull()
    arrive()
    await expect(waits).resolves.toEqual({ done: false, value: 1 })
    await slow.return()
    expect(clock.pending).toBe(0)
  })

  it('may stand for ever with Infinity', async () => {
    const { told, begin } = numbers()
    const reading = gateOf({ streamIdleTimeout: Number.POSITIVE_INFINITY }).read(() => begin())
    await reading.next()
    expect(clock.pending).toBe(0)
    await reading.return()
    expect(told.closed).toBe(1)
  })
})
