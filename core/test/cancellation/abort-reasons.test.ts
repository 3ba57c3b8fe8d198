import { C, S, type Step, startPlay, startScripted } from '@boltline/embedded'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { type Driver, GraphDatabase, TransactionError } from '../../src/index.ts'
import { ManualClock, useClock } from '../../src/testing.ts'
import { rejectionOf } from '../support/rejection.ts'

const inUse = (driver: Driver) => driver.poolMetrics().reduce((sum, metrics) => sum + metrics.inUse, 0)

/** Arguments of `abort()`, and the reason that the signal has then. */
const reasons: readonly [string, unknown, unknown][] = [
  ['an Error', new Error('the user has left'), undefined],
  ['null', null, undefined],
  ['undefined', undefined, { name: 'AbortError' }],
  ['a text', 'text', undefined],
  ['0', 0, undefined],
  ['false', false, undefined],
  ["''", '', undefined],
]

/** Whether a promise rejected, and with what: null and undefined are reasons too. */
const outcomeOf = (promise: PromiseLike<unknown>) =>
  Promise.resolve(promise).then(
    (value) => ({ how: 'fulfilled', value }),
    (reason: unknown) => ({ how: 'rejected', reason }),
  )

describe.each(reasons)('A signal that aborts with %s', (_name, given, shape) => {
  let controller = new AbortController()
  const signal = (): AbortSignal => {
    controller = new AbortController()
    return controller.signal
  }
  const abort = () => controller.abort(given)
  const expectReason = (outcome: { how: string; reason?: unknown }) => {
    expect(outcome.how).toBe('rejected')
    if (shape === undefined) expect(outcome.reason).toBe(given)
    else expect(outcome.reason).toMatchObject(shape as object)
  }

  /** A server that leaves the last request of its script unanswered until it is reset. */
  async function started(script: readonly Step[]) {
    const play = await startPlay([[...script, C.reset(), S.ignored(), S.success()]])
    const lines: string[] = []
    const note = (line: string) => void lines.push(line)
    const logger = { debug: note, info: note, warn: note, error: note }
    const driver = GraphDatabase.driver(play.uri, { maxConnectionPoolSize: 1, logger })
    onTestFinished(async () => {
      await driver.close()
      await play[Symbol.asyncDispose]()
    })
    return { driver, lines, heard: () => (play.received[0] ?? []).map(({ name }) => name) }
  }

  const begun = [C.begin(), S.success()]
  const done = [C.run(), C.pull(), S.success({ fields: [], qid: 0 }), S.success({})]

  it('while commit() waits for unread results rejects it, and no COMMIT is sent behind the RESET', async () => {
    const open = [...begun, C.run(), C.pull(), S.success({ fields: ['x'], qid: 0 })]
    const { driver, heard } = await started(open)
    const tx = await driver.session().beginTransaction({ signal: signal() })
    await tx.run('ONE')
    const outcome = outcomeOf(tx.commit())
    abort()
    expectReason(await outcome)
    await vi.waitFor(() => expect(inUse(driver)).toBe(0))
    expect(heard()).toEqual(['begin', 'run', 'pull', 'reset'])
    expect(tx.closed).toBe(true)
    expect(tx.failure).toBeInstanceOf(Error)
    expect(await rejectionOf(tx.run('TWO'))).toBeInstanceOf(TransactionError)
  })

  it('while rollback() waits for unread results lets it succeed, because the RESET undoes everything', async () => {
    const open = [...begun, C.run(), C.pull(), S.success({ fields: ['x'], qid: 0 })]
    const { driver, heard } = await started(open)
    const tx = await driver.session().beginTransaction({ signal: signal() })
    await tx.run('ONE')
    const outcome = outcomeOf(tx.rollback())
    abort()
    expect((await outcome).how).toBe('fulfilled')
    await vi.waitFor(() => expect(inUse(driver)).toBe(0))
    expect(heard()).toEqual(['begin', 'run', 'pull', 'reset'])
  })

  it('while BEGIN is unanswered rejects beginTransaction, executeRead and executeWrite', async () => {
    for (const use of ['beginTransaction', 'executeRead', 'executeWrite'] as const) {
      const { driver, heard } = await started([C.begin()])
      const session = driver.session()
      const config = { signal: signal() }
      const work = vi.fn()
      const outcome = outcomeOf(use === 'beginTransaction' ? session[use](config) : session[use](work, config))
      await vi.waitFor(() => expect(heard()).toEqual(['begin']))
      abort()
      expectReason(await outcome)
      expect(work).not.toHaveBeenCalled()
      await vi.waitFor(() => expect(inUse(driver)).toBe(0))
      expect(heard()).toEqual(['begin', 'reset'])
      await session.close()
    }
  })

  it('while the COMMIT of a read is unanswered rejects the call', async () => {
    const { driver, heard } = await started([...begun, ...done, C.commit()])
    const session = driver.session()
    const outcome = outcomeOf(session.executeRead((tx) => tx.run('Q').consume(), { signal: signal() }))
    await vi.waitFor(() => expect(heard().at(-1)).toBe('commit'))
    abort()
    expectReason(await outcome)
    await vi.waitFor(() => expect(inUse(driver)).toBe(0))
    expect(session.lastBookmarks().isEmpty).toBe(true)
    await session.close()
  })

  it('while the COMMIT of an explicit read is unanswered rejects commit()', async () => {
    const { driver, heard } = await started([...begun, ...done, C.commit()])
    const session = driver.session({ defaultAccessMode: 'READ' })
    const tx = await session.beginTransaction({ signal: signal() })
    await tx.run('Q').consume()
    const outcome = outcomeOf(tx.commit())
    await vi.waitFor(() => expect(heard().at(-1)).toBe('commit'))
    abort()
    expectReason(await outcome)
    await vi.waitFor(() => expect(inUse(driver)).toBe(0))
    await session.close()
  })

  it('while the COMMIT that left together with its query is unanswered rejects executeQuery', async () => {
    const records = [S.success(), S.success({ fields: ['x'] }), S.record(1), S.success({})]
    const { driver, lines } = await started([C.begin(), C.run(), C.pull(), C.commit(), ...records])
    const settings = { routing: 'READ', signal: signal() } as const
    const outcome = outcomeOf(driver.executeQuery('RETURN 1 AS x', {}, settings))
    // The records are in, and the answer to COMMIT is all that is waited for.
    const answers = () =>
      lines.slice(lines.findIndex((line) => line.includes('C: COMMIT'))).filter((line) => line.includes('S: SUCCESS'))
    await vi.waitFor(() => expect(answers().length).toBe(3))
    abort()
    expectReason(await outcome)
    await vi.waitFor(() => expect(inUse(driver)).toBe(0))
  })

  it('while ROLLBACK is unanswered lets rollback() succeed, because the RESET undoes everything', async () => {
    const { driver, heard } = await started([...begun, ...done, C.rollback()])
    const session = driver.session()
    const tx = await session.beginTransaction({ signal: signal() })
    await tx.run('Q').consume()
    const outcome = outcomeOf(tx.rollback())
    await vi.waitFor(() => expect(heard().at(-1)).toBe('rollback'))
    abort()
    expect((await outcome).how).toBe('fulfilled')
    await vi.waitFor(() => expect(inUse(driver)).toBe(0))
    await session.close()
  })

  it('while a query waits for its answer rejects every kind of call', async () => {
    await using server = await startScripted()
    server.when('HANGS').hangs()
    await using driver = GraphDatabase.driver(server.uri)
    const uses: readonly ((signal: AbortSignal) => PromiseLike<unknown>)[] = [
      (signal) => driver.executeQuery('HANGS', {}, { signal }),
      (signal) => driver.executeQuery('HANGS', {}, { signal, routing: 'READ' }),
      (signal) => driver.session().run('HANGS', {}, { signal }),
      (signal) => driver.session({ signal }).run('HANGS'),
      (signal) => driver.session().executeRead((tx) => tx.run('HANGS').consume(), { signal }),
      async (signal) => (await driver.session().beginTransaction({ signal })).run('HANGS').consume(),
    ]
    for (const use of uses) {
      const before = server.calls.length
      const outcome = outcomeOf(use(signal()))
      await vi.waitFor(() => expect(server.calls.length).toBe(before + 1))
      abort()
      expectReason(await outcome)
    }
    await vi.waitFor(() => expect(inUse(driver)).toBe(0))
  })

  it('while a caller waits for a connection, or for another attempt, rejects it', async () => {
    await using server = await startScripted()
    server.when('BUSY').fails('Neo.TransientError.Transaction.DeadlockDetected')
    await using driver = GraphDatabase.driver(server.uri, { maxConnectionPoolSize: 1 })
    await using holder = driver.session()
    const tx = await holder.beginTransaction()
    const waiting = outcomeOf(driver.executeQuery('Q', {}, { signal: signal() }))
    await vi.waitFor(() => expect(driver.poolMetrics()[0]?.waiting).toBe(1))
    abort()
    expectReason(await waiting)
    await tx.rollback()
    const manual = new ManualClock(Date.now())
    onTestFinished(useClock(manual))
    const retried = outcomeOf(driver.executeQuery('BUSY', {}, { signal: signal() }))
    await vi.waitFor(() => expect(server.calls.length).toBe(1))
    await vi.waitFor(() => expect(manual.pending).toBeGreaterThan(0))
    abort()
    expectReason(await retried)
  })

  it('while the function of a unit of work waits for something else rejects the call', async () => {
    await using server = await startScripted()
    server.when('Q').returns([{ x: 1 }])
    await using driver = GraphDatabase.driver(server.uri)
    const never = () => new Promise<never>(() => undefined)
    for (const use of ['executeRead', 'executeWrite', 'executeQuery'] as const) {
      await using session = driver.session()
      const config = { signal: signal() }
      const outcome = outcomeOf(
        use === 'executeQuery'
          ? driver.executeQuery('Q', {}, { ...config, resultTransformer: never })
          : session[use](async (tx) => {
              await tx.run('Q').consume()
              await never()
            }, config),
      )
      await vi.waitFor(() => expect(inUse(driver)).toBe(1))
      abort()
      expectReason(await outcome)
      await vi.waitFor(() => expect(inUse(driver)).toBe(0))
    }
    expect(server.events.filter(({ type }) => type === 'commit')).toEqual([])
  })

  it('before the call rejects it, and nothing is sent', async () => {
    await using server = await startScripted()
    await using driver = GraphDatabase.driver(server.uri)
    const config = { signal: AbortSignal.abort(given) }
    expectReason(await outcomeOf(driver.executeQuery('Q', {}, config)))
    expectReason(await outcomeOf(driver.session().run('Q', {}, config)))
    expectReason(await outcomeOf(driver.session().executeWrite(() => 1, config)))
    expect(server.calls).toEqual([])
  })
})

describe('A unit of work that was rejected by its signal while its function waits', () => {
  it('leaves its session usable and closable, and what the function does later harms nothing', async () => {
    await using server = await startScripted()
    server.when('Q').returns([{ x: 1 }])
    await using driver = GraphDatabase.driver(server.uri, { maxConnectionPoolSize: 1 })
    const session = driver.session()
    const controller = new AbortController()
    let fail: ((reason: Error) => void) | undefined
    const later: unknown[] = []
    const outcome = session.executeWrite(
      async (tx) => {
        await tx.run('Q').consume()
        await new Promise((_resolve, reject) => {
          fail = reject
        }).catch(() => undefined)
        later.push(await rejectionOf(tx.run('Q')))
        throw new Error('too late to be told to anyone')
      },
      { signal: controller.signal },
    )
    await vi.waitFor(() => expect(fail).toBeDefined())
    controller.abort('enough')
    expect(await rejectionOf(outcome)).toBe('enough')
    // Another unit of work in the same session, while the function of the first still waits.
    await session.executeWrite((tx) => tx.run('Q').consume())
    fail?.(new Error('at last'))
    await vi.waitFor(() => expect(later.length).toBe(1))
    expect(later[0]).toBeInstanceOf(TransactionError)
    // An unhandled rejection would fail this file.
    await new Promise((resolve) => setImmediate(resolve))
    expect(server.calls.length).toBe(2)
    await session.close()
  })

  it('is not done again, and is not committed', async () => {
    await using server = await startScripted()
    server.when('Q').returns([{ x: 1 }])
    await using driver = GraphDatabase.driver(server.uri)
    await using session = driver.session()
    const controller = new AbortController()
    let runs = 0
    const outcome = session.executeWrite(
      async (tx) => {
        runs++
        await tx.run('Q').consume()
        controller.abort()
        return 1
      },
      { signal: controller.signal },
    )
    expect(await rejectionOf(outcome)).toMatchObject({ name: 'AbortError' })
    expect(runs).toBe(1)
    expect(server.events.filter(({ type }) => type === 'commit')).toEqual([])
  })
})
