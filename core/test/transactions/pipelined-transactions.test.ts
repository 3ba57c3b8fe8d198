import { C, S, startPlay } from '@boltline/embedded'
import { describe, expect, it, onTestFinished } from 'vitest'
import {
  GraphDatabase,
  ResultConsumedError,
  type ResultPromise,
  SessionError,
  TransactionError,
  TransactionNestingError,
} from '../../src/index.ts'

const began = [C.begin(), S.success()]
const asked = [C.run(), C.pull()]

it('sends queries issued together in the order of the calls, and keeps their results open side by side', async () => {
  await using play = await startPlay([
    [
      ...began,
      ...asked,
      ...asked,
      S.success({ fields: ['a'], qid: 0 }),
      S.record(1),
      S.success({ has_more: true }),
      S.success({ fields: ['b'], qid: 1 }),
      S.record(10),
      S.success({ has_more: true }),
      C.pull((fields) => expect(fields).toEqual([{ n: -1, qid: 0 }])),
      S.record(2),
      S.success({}),
      C.pull((fields) => expect(fields).toEqual([{ n: -1 }])),
      S.record(20),
      S.success({}),
      C.commit(),
      S.success({ bookmark: 'b' }),
    ],
  ])
  await using driver = GraphDatabase.driver(play.uri, { fetchSize: 1 })
  await using session = driver.session()
  const tx = await session.beginTransaction()
  const [first, second] = await Promise.all([tx.run('RETURN a'), tx.run('RETURN b')])
  expect(first.keys()).toEqual(['a'])
  expect(await first.value()).toEqual([1, 2])
  expect(await second.value()).toEqual([10, 20])
  await tx.commit()
  expect(tx.closed).toBe(true)
  await expect(first.fetch(1)).rejects.toBeInstanceOf(ResultConsumedError)
  await expect(tx.run('RETURN 1')).rejects.toBeInstanceOf(TransactionError)
  await play.done()
})

/** Of two queries the first fails, and the other is passed over. */
const firstOfTwoFails = [
  ...asked,
  ...asked,
  S.failure('Neo.ClientError.Statement.SyntaxError'),
  S.ignored(),
  S.ignored(),
  S.ignored(),
  C.reset(),
  S.success(),
]

/** The same behind a result that stays open. */
const failsBetweenTwo = [
  ...began,
  ...asked,
  S.success({ fields: ['a'], qid: 0 }),
  S.record(1),
  S.success({ has_more: true }),
  ...firstOfTwoFails,
]

it('fails everything behind the first failure with that failure as the cause', async () => {
  await using play = await startPlay([failsBetweenTwo])
  await using driver = GraphDatabase.driver(play.uri, { fetchSize: 1 })
  await using session = driver.session()
  const tx = await session.beginTransaction()
  const open = await tx.run('RETURN a')
  const bad = tx.run('BAD')
  const behind = tx.run('RETURN c')
  const failure = await bad.catch((error) => error)
  expect(failure.code).toBe('Neo.ClientError.Statement.SyntaxError')
  const ignored = await behind.catch((error) => error)
  expect(ignored).toBeInstanceOf(TransactionError)
  expect(ignored.cause).toBe(failure)
  await expect(open.fetch(5)).rejects.toMatchObject({ name: 'ResultFailedError', cause: failure })
  await expect(tx.run('RETURN d')).rejects.toMatchObject({ name: 'TransactionError', cause: failure })
  await expect(tx.commit()).rejects.toMatchObject({ name: 'TransactionError', cause: failure })
  await play.done()
})

it('an unhandled follow-up rejection does not end the process', async () => {
  await using play = await startPlay([[...began, ...firstOfTwoFails]])
  await using driver = GraphDatabase.driver(play.uri)
  await using session = driver.session()
  const tx = await session.beginTransaction()
  tx.run('BAD')
  tx.run('RETURN c')
  await expect(tx.commit()).rejects.toMatchObject({ code: 'Neo.ClientError.Statement.SyntaxError' })
  await tx.close()
  await play.done()
})

describe('an unhandled rejection', () => {
  const syntaxError = 'Neo.ClientError.Statement.SyntaxError'

  /** The unhandled rejections, which would end the process. */
  function unhandled(): unknown[] {
    const others = process.rawListeners('unhandledRejection') as NodeJS.UnhandledRejectionListener[]
    const reasons: unknown[] = []
    process.removeAllListeners('unhandledRejection').on('unhandledRejection', (reason) => reasons.push(reason))
    onTestFinished(() => {
      process.removeAllListeners('unhandledRejection')
      for (const other of others) process.on('unhandledRejection', other)
    })
    return reasons
  }
  const nextTurn = () => new Promise((resolve) => setImmediate(resolve))

  const readings: readonly [string, (promise: ResultPromise) => unknown][] = [
    ['consume', (promise) => promise.consume()],
    ['data', (promise) => promise.data()],
    ['toEagerResult', (promise) => promise.toEagerResult()],
    ['keys', (promise) => promise.keys()],
    ['closed', (promise) => promise.closed],
  ]
  it.each(readings)('does not occur when %s follows the failure of another query', async (_name, read) => {
    const reasons = unhandled()
    await using play = await startPlay([failsBetweenTwo])
    await using driver = GraphDatabase.driver(play.uri, { fetchSize: 1 })
    await using session = driver.session()
    const tx = await session.beginTransaction()
    const open = await tx.run('RETURN a')
    await open.fetch(1)
    const bad = tx.run('BAD').consume()
    read(tx.run('RETURN c'))
    await expect(bad).rejects.toMatchObject({ code: syntaxError })
    await nextTurn()
    read(tx.run('RETURN d'))
    open.fetch(5)
    open.consume()
    await nextTurn()
    expect(reasons).toEqual([])
    await tx.close()
    await play.done()
  })

  it('does not occur when a caller waits for records while another query fails', async () => {
    const reasons = unhandled()
    await using play = await startPlay([
      [
        ...began,
        ...asked,
        S.success({ fields: ['a'], qid: 0 }),
        S.record(1),
        S.success({ has_more: true }),
        C.pull(),
        ...asked,
        S.record(2),
        S.success({ has_more: true }),
        C.pull(),
        S.failure(syntaxError),
        S.ignored(),
        S.ignored(),
        C.reset(),
        S.success(),
      ],
    ])
    await using driver = GraphDatabase.driver(play.uri, { fetchSize: 1 })
    await using session = driver.session()
    const tx = await session.beginTransaction()
    const open = await tx.run('RETURN a')
    open.fetch(5)
    const bad = tx.run('BAD')
    await nextTurn()
    await bad.catch(() => undefined)
    await nextTurn()
    expect(reasons).toEqual([])
    await tx.close()
    await play.done()
  })

  it('occurs for the failure of the query itself', async () => {
    const reasons = unhandled()
    await using play = await startPlay([
      [...began, ...asked, S.failure(syntaxError), S.ignored(), C.reset(), S.success()],
    ])
    await using driver = GraphDatabase.driver(play.uri)
    await using session = driver.session()
    const tx = await session.beginTransaction()
    tx.run('BAD').consume()
    await expect.poll(() => reasons).toMatchObject([{ code: syntaxError }])
    await tx.close()
    await play.done()
  })
})

it('rolls back what is not committed when its block is left', async () => {
  await using play = await startPlay([[...began, C.rollback(), S.success()]])
  await using driver = GraphDatabase.driver(play.uri)
  await using session = driver.session()
  {
    await using tx = await session.beginTransaction()
    expect(tx.closed).toBe(false)
  }
  await play.done()
})

it('refuses two uses of a session at once, and session calls while a transaction is open', async () => {
  await using play = await startPlay([
    [
      ...asked,
      S.success({ fields: ['x'] }),
      S.success({}),
      ...began,
      C.rollback(),
      S.success(),
      ...asked,
      S.success({ fields: ['x'] }),
      S.record(1),
      S.success({}),
    ],
  ])
  await using driver = GraphDatabase.driver(play.uri)
  await using session = driver.session()
  const first = session.run('RETURN 1')
  await expect(session.run('RETURN 2')).rejects.toBeInstanceOf(SessionError)
  await expect(session.beginTransaction()).rejects.toThrow(/while run\(\) of the same session is pending/)
  await (await first).consume()
  const tx = await session.beginTransaction()
  await expect(session.run('RETURN 3')).rejects.toBeInstanceOf(TransactionNestingError)
  await expect(session.executeRead(() => 1)).rejects.toBeInstanceOf(TransactionNestingError)
  await tx.rollback()
  expect(await session.run('RETURN 4').value()).toEqual([1])
  await play.done()
})

it('refuses a live result as what a unit of work gives', async () => {
  await using play = await startPlay([
    [...began, ...asked, S.success({ fields: ['x'] }), S.success({}), C.rollback(), S.success()],
  ])
  await using driver = GraphDatabase.driver(play.uri)
  await using session = driver.session()
  await expect(session.executeRead((tx) => tx.run('RETURN 1'))).rejects.toThrow(/live result.*toEagerResult/s)
  await play.done()
})

it('lets the session go on behind a transaction that has failed, whether or not it was closed', async () => {
  await using play = await startPlay([
    [
      ...began,
      ...asked,
      S.failure('Neo.ClientError.Statement.SyntaxError'),
      S.ignored(),
      C.reset(),
      S.success(),
      ...began,
      C.rollback(),
      S.success(),
    ],
  ])
  await using driver = GraphDatabase.driver(play.uri)
  await using session = driver.session()
  const failed = await session.beginTransaction()
  await expect(failed.run('BAD')).rejects.toMatchObject({ name: 'CypherSyntaxError' })
  const next = await session.beginTransaction()
  expect(failed.closed).toBe(true)
  await next.rollback()
  await play.done()
})
