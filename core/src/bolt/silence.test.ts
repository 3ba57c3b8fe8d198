import { beforeEach, describe, expect, it, vi } from 'vitest'
import { standingClock } from '../../test/support/pool-fixture.ts'
import { SilenceWatch, type Watched } from './silence.ts'

const holder = standingClock()
const tick = (ms: number): void => holder.time.tick(ms)

/** A connection of which the test says what is due, and what a probe finds. */
class FakeWatched implements Watched {
  answerDue = true
  readingPaused = false
  probes = 0
  outcome: boolean | Promise<boolean> = true
  readonly silent = vi.fn<(why: string) => void>()

  async reachable(): Promise<boolean> {
    this.probes += 1
    return this.outcome
  }
}

let watched: FakeWatched
beforeEach(() => {
  watched = new FakeWatched()
})

describe('responseTimeout of a silence watch', () => {
  it('counts from the last byte, not from the request', () => {
    const watch = new SilenceWatch(watched, Number.POSITIVE_INFINITY)
    watch.responseTimeout = 1000
    watch.requestSent()
    tick(900)
    watch.activity()
    tick(999)
    expect(watched.silent).not.toHaveBeenCalled()
    tick(1)
    expect(watched.silent).toHaveBeenCalledExactlyOnceWith('the server sent nothing for 1000 ms (responseTimeout)')
  })

  it('applies at once when it is shorter than the timer that is set already', () => {
    const watch = new SilenceWatch(watched, Number.POSITIVE_INFINITY)
    watch.serverLimit = 120_000
    watch.requestSent()
    watch.responseTimeout = 100
    watch.requestSent()
    tick(100)
    expect(watched.silent).toHaveBeenCalledOnce()
  })

  it('does not run while no answer is due', () => {
    const watch = new SilenceWatch(watched, Number.POSITIVE_INFINITY)
    watch.responseTimeout = 100
    watch.requestSent()
    watched.answerDue = false
    tick(1000)
    expect(watched.silent).not.toHaveBeenCalled()
    expect(holder.time.pending).toBe(0)
  })

  it('does not run while the reader has paused the connection', () => {
    const watch = new SilenceWatch(watched, Number.POSITIVE_INFINITY)
    watch.responseTimeout = 100
    watch.requestSent()
    watched.readingPaused = true
    tick(1000)
    watched.readingPaused = false
    watch.activity()
    tick(99)
    expect(watched.silent).not.toHaveBeenCalled()
    tick(101)
    expect(watched.silent).toHaveBeenCalledOnce()
  })

  it('sets one timer for many requests', () => {
    const watch = new SilenceWatch(watched, Number.POSITIVE_INFINITY)
    watch.responseTimeout = 1000
    for (let i = 0; i < 50; i++) {
      watch.requestSent()
      watch.activity()
      tick(1)
    }
    expect(holder.time.pending).toBe(1)
    watch.stop()
    expect(holder.time.pending).toBe(0)
  })
})

it('a silence watch names the limit of the server when that is exceeded first', () => {
  const watch = new SilenceWatch(watched, Number.POSITIVE_INFINITY)
  watch.serverLimit = 500
  watch.responseTimeout = 1000
  watch.requestSent()
  tick(500)
  expect(watched.silent.mock.lastCall?.[0]).toMatch(/500 ms.*connection\.recv_timeout_seconds/)
})

describe('The probe of a silence watch', () => {
  it('is repeated after each further silence as long as the host answers', async () => {
    const watch = new SilenceWatch(watched, 30_000)
    watch.requestSent()
    for (let probes = 1; probes <= 3; probes++) {
      tick(30_000)
      expect(watched.probes).toBe(probes)
      await Promise.resolve()
      await Promise.resolve()
    }
    expect(watched.silent).not.toHaveBeenCalled()
  })

  it('ends the connection when the host does not answer either', async () => {
    watched.outcome = false
    const watch = new SilenceWatch(watched, 30_000)
    watch.requestSent()
    tick(30_000)
    await vi.waitFor(() => expect(watched.silent).toHaveBeenCalledOnce())
    expect(watched.silent.mock.lastCall?.[0]).toMatch(/does not answer on another connection.*keepAliveInitialDelay/)
  })

  it('means nothing when bytes came meanwhile', async () => {
    let conclude: (reachable: boolean) => void = () => undefined
    watched.outcome = new Promise((resolve) => {
      conclude = resolve
    })
    const watch = new SilenceWatch(watched, 30_000)
    watch.requestSent()
    tick(30_000)
    tick(1)
    watch.activity()
    conclude(false)
    await vi.waitFor(() => expect(holder.time.pending).toBe(1))
    expect(watched.silent).not.toHaveBeenCalled()
  })

  it('does not keep responseTimeout from its work', () => {
    watched.outcome = new Promise(() => undefined)
    const watch = new SilenceWatch(watched, 1000)
    watch.responseTimeout = 5000
    watch.requestSent()
    tick(5000)
    expect(watched.silent.mock.lastCall?.[0]).toMatch(/responseTimeout/)
  })
})
