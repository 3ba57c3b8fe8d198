import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { useClock } from '../time/clock.ts'
import { ManualClock } from '../time/manual-clock.ts'
import { raceInTurn } from './happy-eyeballs.ts'

let time: ManualClock
let restore: () => void
beforeEach(() => {
  time = new ManualClock()
  restore = useClock(time)
})
afterEach(() => restore())

/** Lets every promise reaction that is due run. */
const settle = async (): Promise<void> => {
  for (let i = 0; i < 10; i++) await Promise.resolve()
}

function harness(names: readonly string[]) {
  const stop = new AbortController()
  const started: string[] = []
  const discarded: string[] = []
  const attempts = new Map<string, { win(): void; fail(): void; progress(): void; signal: AbortSignal }>()
  const outcome = raceInTurn(
    names,
    (name, control) =>
      new Promise<string>((resolve, reject) => {
        started.push(name)
        attempts.set(name, {
          win: () => resolve(name),
          fail: () => reject(new Error(`${name} failed`)),
          progress: () => control.progress(),
          signal: control.signal,
        })
      }),
    stop.signal,
    (late) => discarded.push(late),
  )
  const at = (name: string) => {
    const attempt = attempts.get(name)
    if (attempt === undefined) throw new Error(`${name} was not started`)
    return attempt
  }
  return { outcome, started, discarded, at, stop }
}

describe('racing addresses in turn', () => {
  it('stays with the first while it answers quickly', async () => {
    const race = harness(['a', 'b'])
    time.tick(200)
    race.at('a').win()
    expect(await race.outcome).toEqual({ won: 'a' })
    expect(race.started).toEqual(['a'])
    expect(time.pending).toBe(0)
  })

  it('tries the next beside a silent one after 250 ms, and stops the loser', async () => {
    const race = harness(['a', 'b', 'c'])
    time.tick(249)
    expect(race.started).toEqual(['a'])
    time.tick(1)
    expect(race.started).toEqual(['a', 'b'])
    race.at('b').win()
    expect(await race.outcome).toEqual({ won: 'b' })
    expect(race.at('a').signal.aborted).toBe(true)
  })

  it('tries the next at once after a failure', async () => {
    const race = harness(['a', 'b'])
    race.at('a').fail()
    await settle()
    expect(race.started).toEqual(['a', 'b'])
    race.at('b').win()
    expect(await race.outcome).toEqual({ won: 'b' })
  })

  it('starts no other while one gets somewhere, until that one fails after all', async () => {
    const race = harness(['a', 'b'])
    race.at('a').progress()
    time.tick(10_000)
    expect(race.started).toEqual(['a'])
    race.at('a').fail()
    await settle()
    race.at('b').win()
    expect(await race.outcome).toEqual({ won: 'b' })
  })

  it('gives back every failure, in the order of the candidates', async () => {
    const race = harness(['a', 'b'])
    time.tick(250)
    race.at('b').fail()
    await settle()
    race.at('a').fail()
    const outcome = await race.outcome
    expect(outcome).toMatchObject({ failures: [{ candidate: 'a' }, { candidate: 'b' }], pending: [] })
  })

  it('tells failures from silence when it is called off, and discards a late winner', async () => {
    const race = harness(['a', 'b', 'c'])
    race.at('a').fail()
    await settle()
    race.stop.abort()
    expect(await race.outcome).toMatchObject({ failures: [{ candidate: 'a' }], pending: ['b'] })
    expect(race.at('b').signal.aborted).toBe(true)
    race.at('b').win()
    await settle()
    expect(race.discarded).toEqual(['b'])
    time.tick(1000)
    expect(race.started).toEqual(['a', 'b'])
  })

  it('settles without failures if there are no candidates', async () => {
    expect(await harness([]).outcome).toEqual({ failures: [], pending: [] })
  })
})
