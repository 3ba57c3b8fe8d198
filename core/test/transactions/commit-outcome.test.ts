import { C, S, startPlay, startScripted } from '@boltline/embedded'
import { expect, it, vi } from 'vitest'
import { GraphDatabase, IncompleteCommit } from '../../src/index.ts'
import { useClock } from '../../src/time/clock.ts'
import { ManualClock } from '../../src/time/manual-clock.ts'
import { rejectionOf } from '../support/rejection.ts'

const work = [C.begin(), S.success(), C.run(), C.pull(), S.success({ fields: [], qid: 0 }), S.success({})]

it('the driver never repeats work whose COMMIT was sent and not answered', async () => {
  await using play = await startPlay([[...work, C.commit(), S.cut()], work])
  await using driver = GraphDatabase.driver(play.uri)
  await using session = driver.session()
  let runs = 0
  const outcome = session.executeWrite(async (tx) => {
    runs++
    await tx.run('CREATE ()').consume()
  })
  const error = await outcome.catch((reason) => reason)
  expect(error).toBeInstanceOf(IncompleteCommit)
  expect(error.isRetryable).toBe(false)
  expect(error.message).toMatch(/may or may not have been committed/)
  expect(error.stack).toContain('commit-outcome.test.ts')
  expect(runs).toBe(1)
  expect(play.received.length).toBe(1)
})

it('executeQuery and commit() reject with IncompleteCommit when COMMIT is not answered', async () => {
  const eager = [
    C.begin(),
    C.run(),
    C.pull(),
    S.success(),
    S.success({ fields: [] }),
    S.success({}),
    C.commit(),
    S.cut(),
  ]
  await using play = await startPlay([eager, [...work, C.commit(), S.close()]])
  await using driver = GraphDatabase.driver(play.uri)
  await expect(driver.executeQuery('CREATE ()')).rejects.toBeInstanceOf(IncompleteCommit)
  await using session = driver.session()
  const tx = await session.beginTransaction()
  await tx.run('CREATE ()').consume()
  await expect(tx.commit()).rejects.toBeInstanceOf(IncompleteCommit)
  expect(tx.closed).toBe(true)
})

it('the driver repeats a read whose COMMIT is not answered, because it has no effect', async () => {
  await using play = await startPlay([
    [...work, C.commit(), S.cut()],
    [...work, C.commit(), S.success({ bookmark: 'b' })],
  ])
  await using driver = GraphDatabase.driver(play.uri)
  await using session = driver.session()
  let runs = 0
  await session.executeRead(async (tx) => {
    runs++
    await tx.run('RETURN 1').consume()
  })
  expect(runs).toBe(2)
  expect(session.lastBookmarks().rawValues).toEqual(['b'])
  await play.done()
})

it('the driver repeats an executeQuery that reads and whose separately sent COMMIT is not answered', async () => {
  const read = [C.begin(), C.run(), C.pull(), S.success(), S.success({ fields: ['x'] }), S.record(1), S.success({})]
  await using play = await startPlay([
    [...read, C.commit(), S.cut()],
    [...read, C.commit(), S.success({})],
  ])
  await using driver = GraphDatabase.driver(play.uri, { fetchSize: 10 })
  const { records } = await driver.executeQuery('RETURN 1 AS x', {}, { routing: 'READ' })
  expect(records.map((record) => record.get('x'))).toEqual([1])
  await play.done()
})

it.each(['bolt', 'neo4j'] as const)(
  'commit() of an explicit read over %s rejects with the loss of the connection, which is retryable',
  async (scheme) => {
    await using server = await startScripted()
    server.when('Q').returns([])
    server.onCommit().drops()
    await using driver = GraphDatabase.driver(server.uri.replace(/^\w+/, scheme))
    await using session = driver.session({ defaultAccessMode: 'READ' })
    const tx = await session.beginTransaction()
    await tx.run('Q').consume()
    const error = await rejectionOf(tx.commit())
    expect(error).not.toBeInstanceOf(IncompleteCommit)
    expect(error.name).toBe(scheme === 'neo4j' ? 'SessionExpired' : 'ServiceUnavailable')
    expect(error.isRetryable).toBe(true)
    expect(driver.poolMetrics()[0]?.inUse).toBe(0)
  },
)

it('the driver repeats work whose connection was lost before COMMIT was sent', async () => {
  const lost = [C.begin(), S.success(), C.run(), C.pull(), S.cut()]
  await using play = await startPlay([lost, [...work, C.commit(), S.success({ bookmark: 'b' })]])
  await using driver = GraphDatabase.driver(play.uri)
  await using session = driver.session()
  let runs = 0
  await session.executeWrite(async (tx) => {
    runs++
    await tx.run('CREATE ()').consume()
  })
  expect(runs).toBe(2)
  expect(session.lastBookmarks().rawValues).toEqual(['b'])
  await play.done()
})

const deadlock = [
  C.begin(),
  S.success(),
  C.run(),
  C.pull(),
  S.failure('Neo.TransientError.Transaction.DeadlockDetected'),
  S.ignored(),
  C.reset(),
  S.success(),
]

it('the driver repeats work after a retryable failure', async () => {
  await using play = await startPlay([[...deadlock, ...work, C.commit(), S.success({})]])
  await using driver = GraphDatabase.driver(play.uri)
  await using session = driver.session()
  let runs = 0
  await session.executeWrite(async (tx) => {
    runs++
    await tx.run('CREATE ()').consume()
  })
  expect(runs).toBe(2)
  await play.done()
})

it('the driver repeats work whose function caught a retryable failure, instead of committing nothing', async () => {
  await using play = await startPlay([[...deadlock, ...work, C.commit(), S.success({})]])
  await using driver = GraphDatabase.driver(play.uri)
  await using session = driver.session()
  const seen: unknown[] = []
  await session.executeWrite(async (tx) => {
    await tx
      .run('CREATE ()')
      .consume()
      .catch((error) => seen.push(error.code))
  })
  expect(seen).toEqual(['Neo.TransientError.Transaction.DeadlockDetected'])
  await play.done()
})

it('the driver rejects with the last error when the time for retries is over, and lists the earlier ones on it', async () => {
  const clock = new ManualClock()
  const restore = useClock(clock)
  try {
    await using play = await startPlay([[...deadlock, ...deadlock]])
    // Without keepAlive no connection has a timer of its own.
    const driver = GraphDatabase.driver(play.uri, { maxTransactionRetryTime: 500, keepAlive: false })
    const session = driver.session()
    const outcome = session.executeWrite((tx) => tx.run('CREATE ()').consume()).catch((error) => error)
    await vi.waitFor(() => expect(play.received[0]?.at(-1)?.name).toBe('reset'))
    // The pause before the next attempt.
    await vi.waitFor(() => expect(clock.pending).toBe(1))
    clock.tick(2000)
    const error = await outcome
    expect(error.code).toBe('Neo.TransientError.Transaction.DeadlockDetected')
    expect(error.retriedAfter.length).toBe(1)
    expect(Object.keys(error)).not.toContain('retriedAfter')
    await session.close()
    await driver.close()
  } finally {
    restore()
  }
})
