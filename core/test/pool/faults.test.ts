import fc from 'fast-check'
import { expect, it } from 'vitest'
import { ConnectionAcquisitionTimeoutError } from '../../src/errors/index.ts'
import { Deadline } from '../../src/time/deadline.ts'
import { FakeConnection, fakePool, Later, settle, standingClock } from '../support/pool-fixture.ts'

const holder = standingClock()
const now = () => holder.time.now()

type Action =
  | { readonly do: 'acquire'; readonly within: number; readonly abortable: boolean }
  | { readonly do: 'tryAcquire' }
  | { readonly do: 'release' | 'releaseDirty' | 'breakLeased' | 'breakAny' | 'abort'; readonly which: number }
  | { readonly do: 'connected' | 'refused' | 'restored' | 'notRestored'; readonly which: number }
  | { readonly do: 'tick'; readonly ms: number }
  | { readonly do: 'closeIdle' }

const which = fc.nat({ max: 1000 })
const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('acquire' as const),
      within: fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.integer({ min: 0, max: 300 })),
      abortable: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('tryAcquire' as const) }) },
  {
    weight: 10,
    arbitrary: fc.record({
      do: fc.constantFrom('release' as const, 'releaseDirty' as const, 'breakLeased' as const, 'breakAny' as const),
      which,
    }),
  },
  {
    weight: 10,
    arbitrary: fc.record({
      do: fc.constantFrom('connected' as const, 'refused' as const, 'restored' as const, 'notRestored' as const),
      which,
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('abort' as const), which }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('tick' as const), ms: fc.integer({ min: 1, max: 200 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('closeIdle' as const) }) },
)

/** A pool whose every step a schedule decides, with a record of the outcome of each caller. */
class Schedule {
  readonly max: number
  readonly #fake
  readonly #resets: { connection: FakeConnection; outcome: Later<void> }[] = []
  readonly leased = new Set<FakeConnection>()
  readonly waiting = new Set<number>()
  readonly #aborts = new Map<number, AbortController>()
  readonly refusals = new Set<Error>()
  #callers = 0
  #lastServed = -1

  constructor(max: number, livenessCheckTimeout: number | undefined) {
    this.max = max
    this.#fake = fakePool({ now, auto: false, max, livenessCheckTimeout, maxLifetime: 1000, traceLeaks: false })
  }

  get pool() {
    return this.#fake.pool
  }

  get connections() {
    return this.#fake.connections
  }

  get #openAttempts() {
    return this.#fake.attempts.filter((attempt) => !this.#answered.has(attempt) && !attempt.signal.aborted)
  }
  readonly #answered = new Set<object>()

  async perform(step: Action): Promise<void> {
    switch (step.do) {
      case 'acquire':
        this.#acquire(step.within, step.abortable)
        break
      case 'tryAcquire': {
        const connection = this.pool.tryAcquire()
        if (connection === undefined) break
        expect(this.waiting.size).toBe(0)
        expect(connection).toBeInstanceOf(FakeConnection)
        this.#lend(connection as FakeConnection)
        break
      }
      case 'release':
      case 'releaseDirty': {
        const connection = pick([...this.leased], step.which)
        if (connection === undefined) break
        this.leased.delete(connection)
        connection.clean = step.do === 'release'
        this.pool.release(connection)
        break
      }
      case 'breakLeased':
        pick([...this.leased], step.which)?.break()
        break
      case 'breakAny':
        pick(this.connections, step.which)?.break()
        break
      case 'abort':
        pick([...this.#aborts.values()], step.which)?.abort()
        break
      case 'connected':
      case 'refused': {
        const attempt = pick(this.#openAttempts, step.which)
        if (attempt === undefined) break
        this.#answered.add(attempt)
        if (step.do === 'connected') {
          this.#script(attempt.succeed())
        } else {
          const refusal = new Error('refused')
          this.refusals.add(refusal)
          attempt.fail(refusal)
        }
        break
      }
      case 'restored':
      case 'notRestored': {
        const pending = this.#resets.filter(({ outcome }) => !outcome.settled)
        const reset = pick(pending, step.which)
        if (step.do === 'restored') reset?.outcome.resolve()
        else reset?.outcome.reject(new Error('no answer to RESET'))
        break
      }
      case 'tick':
        holder.time.tick(step.ms)
        break
      case 'closeIdle':
        this.pool.closeIdle()
        break
    }
    await settle()
  }

  /** Makes every reset of a connection wait for the schedule. */
  #script(connection: FakeConnection): void {
    const reset = connection.reset.bind(connection)
    connection.reset = () => {
      const outcome = new Later<void>()
      this.#resets.push({ connection, outcome })
      connection.nextReset = outcome
      return reset()
    }
  }

  #acquire(within: number, abortable: boolean): void {
    const caller = this.#callers++
    const controller = new AbortController()
    this.waiting.add(caller)
    if (abortable) this.#aborts.set(caller, controller)
    this.pool.acquire(Deadline.in(within), abortable ? controller.signal : undefined).then(
      (connection) => {
        this.waiting.delete(caller)
        this.#aborts.delete(caller)
        expect(caller).toBeGreaterThan(this.#lastServed)
        this.#lastServed = caller
        this.#lend(connection)
      },
      (error) => {
        this.waiting.delete(caller)
        this.#aborts.delete(caller)
        const expected =
          error instanceof ConnectionAcquisitionTimeoutError || this.refusals.has(error) || controller.signal.aborted
        expect(expected).toBe(true)
      },
    )
  }

  #lend(connection: FakeConnection): void {
    expect(this.leased.has(connection)).toBe(false)
    expect(connection.clean).toBe(true)
    this.leased.add(connection)
  }

  check(): void {
    const metrics = this.pool.metrics()
    const resetting = this.#resets.filter(({ outcome }) => !outcome.settled).length
    expect(metrics.inUse).toBe(this.leased.size + resetting)
    expect(metrics.waiting).toBe(this.waiting.size)
    expect(metrics.inUse + metrics.idle + metrics.creating).toBeLessThanOrEqual(this.max)
    expect(metrics.created - metrics.closed).toBe(metrics.inUse + metrics.idle)
    expect(metrics.created).toBe(this.connections.length)
    expect(metrics.creating).toBe(this.#openAttempts.length)
    // While a caller waits, a connection is being opened, reset or probed, or all connections are leased.
    if (metrics.waiting > metrics.creating + resetting) {
      expect(metrics.idle).toBe(0)
      expect(metrics.inUse + metrics.creating).toBe(this.max)
    }
  }

  /** All callers release their connections, and every server answers. */
  async wind(): Promise<void> {
    for (let round = 0; round < 1000; round++) {
      if (this.waiting.size === 0 && this.leased.size === 0 && this.pool.metrics().creating === 0) break
      for (const step of ['release', 'connected', 'restored'] as const) await this.perform({ do: step, which: 0 })
    }
    for (const { outcome } of this.#resets) outcome.resolve()
    await settle()
  }
}

function pick<T>(items: readonly T[], index: number): T | undefined {
  return items[index % items.length]
}

it('under random schedules of use, faults and timeouts the pool leaks nothing, keeps its limit and serves in order', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.constantFrom(undefined, 0, 100),
      fc.array(action, { maxLength: 120 }),
      async (max, livenessCheckTimeout, steps) => {
        const schedule = new Schedule(max, livenessCheckTimeout)
        for (const step of steps) {
          await schedule.perform(step)
          schedule.check()
        }
        await schedule.wind()
        expect(schedule.pool.metrics()).toMatchObject({ inUse: 0, waiting: 0, creating: 0 })
        expect(holder.time.pending).toBe(0)
        await schedule.pool.close()
        expect(schedule.connections.filter(({ open }) => open)).toEqual([])
        const { created, closed } = schedule.pool.metrics()
        expect(closed).toBe(created)
      },
    ),
    { numRuns: 300 },
  )
})
