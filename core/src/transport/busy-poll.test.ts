import { setImmediate as turn } from 'node:timers/promises'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { BusyPoll } from './busy-poll.ts'

/** How many callbacks keep the event loop from falling asleep. */
const awake = () => process.getActiveResourcesInfo().filter((what) => what === 'Immediate').length
/** Less than any turn of the loop takes. */
const moment = Number.MIN_VALUE

describe('busy polling', () => {
  const links: BusyPoll[] = []

  function link(longest: number): BusyPoll {
    const made = new BusyPoll(longest)
    links.push(made)
    return made
  }

  /** Lets the link wait for nothing, and says whether the loop was kept awake for it. */
  async function waitInVain(poll: BusyPoll): Promise<boolean> {
    poll.begin()
    const polled = awake() === 1
    await vi.waitFor(() => expect(awake()).toBe(0))
    poll.end()
    return polled
  }

  afterEach(async () => {
    for (const made of links.splice(0)) made.end()
    await vi.waitFor(() => expect(awake()).toBe(0))
  })

  it('keeps the loop awake while an answer is due', async () => {
    const poll = link(Number.POSITIVE_INFINITY)
    expect(awake()).toBe(0)
    poll.begin()
    for (let i = 0; i < 10; i++) {
      await turn()
      expect(awake()).toBe(1)
    }
    poll.end()
    await vi.waitFor(() => expect(awake()).toBe(0))
  })

  it('takes one callback for a turn, however many links there are', async () => {
    const polls = Array.from({ length: 20 }, () => link(Number.POSITIVE_INFINITY))
    for (const poll of polls) poll.begin()
    await turn()
    expect(awake()).toBe(1)
    for (const poll of polls.slice(1)) poll.end()
    await turn()
    expect(awake()).toBe(1)
  })

  it('gives up on a link after its time, on that one alone', async () => {
    const hasty = link(moment)
    const patient = link(Number.POSITIVE_INFINITY)
    hasty.begin()
    patient.begin()
    for (let i = 0; i < 10; i++) await turn()
    patient.end()
    await vi.waitFor(() => expect(awake()).toBe(0))
  })

  it('skips more waits after each poll in vain, and none after a successful one', async () => {
    const poll = link(moment)
    const polledAt: number[] = []
    for (let wait = 0; wait < 32; wait++) {
      if (await waitInVain(poll)) polledAt.push(wait)
    }
    expect(polledAt).toEqual([0, 2, 5, 10, 19])
    // The 32nd to 35th wait are let pass still; then an answer comes at once.
    for (let wait = 32; wait < 36; wait++) expect(await waitInVain(poll)).toBe(false)
    poll.begin()
    expect(awake()).toBe(1)
    poll.end()
    await vi.waitFor(() => expect(awake()).toBe(0))
    expect(await waitInVain(poll)).toBe(true)
    expect(await waitInVain(poll)).toBe(false)
    expect(await waitInVain(poll)).toBe(true)
  })

  it('never rests for more than 256 waits', async () => {
    const poll = link(moment)
    const polledAt: number[] = []
    for (let wait = 0; polledAt.length < 12; wait++) {
      if (await waitInVain(poll)) polledAt.push(wait)
    }
    expect(polledAt.map((at, i) => at - (polledAt[i - 1] ?? -1) - 1)).toEqual([
      0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 256, 256,
    ])
  })

  it('polls for the configured number of milliseconds', () => {
    const poll = link(0.1)
    expect(poll.waits(0.1)).toBe(true)
    expect(poll.waits(0.11)).toBe(false)
  })

  it('polls and ends also with fake timers installed', async () => {
    vi.useFakeTimers()
    try {
      const poll = link(0.1)
      poll.begin()
      let turns = 0
      while (awake() === 1 && turns < 100_000) {
        await turn()
        turns += 1
      }
      expect(turns).toBeGreaterThan(0)
      expect(turns).toBeLessThan(100_000)
    } finally {
      vi.useRealTimers()
    }
  })

  it('begins its time anew when more is asked for', async () => {
    const poll = link(moment)
    for (let i = 0; i < 50; i++) {
      poll.begin()
      await turn()
      expect(awake()).toBe(1)
    }
  })

  it('never polls with a time of 0', async () => {
    const poll = link(0)
    poll.begin()
    expect(awake()).toBe(0)
    poll.end()
  })
})
