import { startScripted } from '@boltline/embedded'
import { expect, it, onTestFinished } from 'vitest'
import { ClientError, ConfigurationError, GraphDatabase, TransactionError, TransientError } from '../src/index.ts'
import { type Timer, useClock } from '../src/testing.ts'

const deadlock = 'Neo.TransientError.Transaction.DeadlockDetected'

/** The waits between attempts last a thousandth of their time, limits (which are longer) all of it. */
function hurry(): void {
  onTestFinished(
    useClock({
      now: () => Date.now(),
      setTimeout: (fn, ms) => setTimeout(fn, ms < 10_000 ? ms / 1000 : ms) as Timer,
      clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout | undefined),
    }),
  )
}

it('tells of each failure that is followed by another attempt', async () => {
  hurry()
  await using server = await startScripted()
  server.when('CREATE ()').fails(deadlock, { times: 2 }).returns([])
  await using driver = GraphDatabase.driver(server.uri)
  await using session = driver.session()
  const told: [unknown, number, number][] = []
  await session.executeWrite((tx) => tx.run('CREATE ()').consume(), {
    onRetry: (error, attempt, delay) => void told.push([error, attempt, delay]),
  })
  expect(told.map(([error, attempt]) => [error instanceof TransientError, attempt])).toEqual([
    [true, 1],
    [true, 2],
  ])
  expect(told.every(([, , delay]) => delay > 0)).toBe(true)
})

it('does not tell of a failure that ends the work, and takes onRetry where work is retried alone', async () => {
  await using server = await startScripted()
  server.when('CREATE ()').fails('Neo.ClientError.Statement.SyntaxError')
  await using driver = GraphDatabase.driver(server.uri)
  await using session = driver.session()
  const told: unknown[] = []
  const outcome = session.executeRead((tx) => tx.run('CREATE ()').consume(), { onRetry: (error) => told.push(error) })
  await expect(outcome).rejects.toBeInstanceOf(ClientError)
  expect(told).toEqual([])
  const config: object = { onRetry: () => undefined }
  await expect(session.beginTransaction(config)).rejects.toBeInstanceOf(ConfigurationError)
})

it('says what made a transaction fail', async () => {
  await using server = await startScripted()
  server.when('CREATE ()').fails('Neo.ClientError.Statement.SyntaxError')
  server.when('RETURN 1 AS x').returns([{ x: 1 }])
  await using driver = GraphDatabase.driver(server.uri)
  await using session = driver.session()
  const tx = await session.beginTransaction()
  await tx.run('RETURN 1 AS x').consume()
  await expect(tx.run('RETURN $x', { x: Symbol('x') })).rejects.toThrow()
  expect(tx.failure).toBeNull()
  const failure = await tx.run('CREATE ()').catch((error) => error)
  expect(tx.failure).toBe(failure)
  await expect(tx.run('RETURN 1 AS x')).rejects.toBeInstanceOf(TransactionError)
  await tx.close()
  const swallowed = session.executeWrite(async (managed) => {
    await managed.run('CREATE ()').catch(() => undefined)
    expect(managed.failure).toBeInstanceOf(ClientError)
  })
  await expect(swallowed).rejects.toBeInstanceOf(ClientError)
})
