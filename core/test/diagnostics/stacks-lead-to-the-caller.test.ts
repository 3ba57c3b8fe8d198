import { type ScriptedServer, startScripted } from '@boltline/embedded'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Driver, GraphDatabase, type Result, type Session, type Transaction } from '../../src/index.ts'
import { rejectionOf } from '../support/rejection.ts'

let server: ScriptedServer
let driver: Driver
beforeAll(async () => {
  server = await startScripted({ auth: ['neo4j', 'secret'] })
  server.when('FIVE').streams(5, (i) => ({ i }))
  server.when('ENDLESS').streams(10_000_000, (i) => ({ i }))
  server.when('BAD').fails('Neo.ClientError.Statement.SyntaxError')
  server.when('CUT').drops()
  driver = GraphDatabase.driver(server.uri, { auth: ['neo4j', 'secret'], maxTransactionRetryTime: 0 })
})
afterAll(async () => {
  await driver.close()
  await server.close()
})

/** Errors are created where answers arrive, but the stack must lead to the call. */
async function assertCaller(call: () => unknown): Promise<void> {
  let promise: unknown
  function theLineToMend(): void {
    promise = call()
  }
  theLineToMend()
  const error = await rejectionOf(promise as Promise<unknown>)
  expect(error).toBeInstanceOf(Error)
  expect(error.stack).toContain('theLineToMend')
  expect(error.stack).toContain('stacks-lead-to-the-caller.test.ts')
}

const bad = { nonsense: true } as never

describe('The stack of a rejection leads to its caller', () => {
  it.each<[string, (own: Driver) => unknown]>([
    ['executeQuery, refused by the server', (own) => own.executeQuery('BAD')],
    ['executeQuery, cut off', (own) => own.executeQuery('CUT')],
    ['executeQuery, with a bad setting', (own) => own.executeQuery('FIVE', {}, bad)],
    ['executeQuery, with a bad parameter', (own) => own.executeQuery('FIVE', { x: undefined })],
    ['verifyConnectivity', (own) => own.verifyConnectivity(bad)],
    ['getServerInfo', (own) => own.getServerInfo(bad)],
    ['verifyAuthentication, with a bad setting', (own) => own.verifyAuthentication(null, bad)],
    ['verifyAuthentication, with bad credentials', (own) => own.verifyAuthentication(5 as never)],
  ])('of driver.%s', (_name, call) => assertCaller(() => call(driver)))

  it.each<[string, (own: Driver) => unknown]>([
    ['verifyConnectivity', (own) => own.verifyConnectivity()],
    ['getServerInfo', (own) => own.getServerInfo()],
    ['supportsMultiDb', (own) => own.supportsMultiDb()],
    ['supportsSessionAuth', (own) => own.supportsSessionAuth()],
    ['executeQuery', (own) => own.executeQuery('FIVE')],
    ['diagnose', (own) => own.diagnose()],
  ])('of driver.%s, refused by the server or closed', async (name, call) => {
    const own = GraphDatabase.driver(server.uri, { auth: ['neo4j', 'wrong'] })
    if (name !== 'diagnose') await assertCaller(() => call(own))
    await own.close()
    await assertCaller(() => call(own))
  })

  it.each<[string, (session: Session) => unknown]>([
    ['run, refused by the server', (session) => session.run('BAD')],
    ['run, cut off', (session) => session.run('CUT')],
    ['run, with a bad parameter', (session) => session.run('FIVE', { x: undefined })],
    ['run, with a bad setting', (session) => session.run('FIVE', {}, bad)],
    ['run and a reading of its promise', (session) => session.run('BAD').single()],
    ['beginTransaction', (session) => session.beginTransaction(bad)],
    ['executeRead, refused by the server', (session) => session.executeRead((tx) => tx.run('BAD').consume())],
    ['executeWrite, with nonsense', (session) => session.executeWrite(5 as never)],
    ['executeWrite, giving a live result', (session) => session.executeWrite((tx) => tx.run('FIVE'))],
  ])('of session.%s', async (_name, call) => {
    await using session = driver.session()
    await assertCaller(() => call(session))
    const closed = driver.session()
    await closed.close()
    await assertCaller(() => call(closed))
  })

  it('of session.close, when an unread result has failed', async () => {
    const own = driver.session({ fetchSize: 1 })
    server.when('DIES').streams(3, (i) => {
      if (i === 2) throw new Error('a row that cannot be made')
      return { i }
    })
    await own.run('DIES')
    await assertCaller(() => own.close())
  })

  it.each<[string, (tx: Transaction) => unknown]>([
    ['run, refused by the server', (tx) => tx.run('BAD')],
    ['run, with a bad parameter', (tx) => tx.run('FIVE', { x: undefined })],
    ['run and a reading of its promise', (tx) => tx.run('BAD').consume()],
    [
      'commit after a failure',
      (tx) => {
        void rejectionOf(tx.run('BAD'))
        return tx.commit()
      },
    ],
  ])('of transaction.%s', async (_name, call) => {
    await using session = driver.session()
    const tx = await session.beginTransaction()
    await assertCaller(() => call(tx))
    await tx.close()
    await assertCaller(() => tx.run('FIVE'))
    await assertCaller(() => tx.commit())
    // Nothing to reject: rollback() of a transaction that has ended does nothing.
    await tx.rollback()
  })

  it.each<[string, (result: Result) => unknown]>([
    ['consume', (result) => result.consume()],
    ['single', (result) => result.single()],
    ['first', (result) => result.first()],
    ['fetch', (result) => result.fetch(1)],
    ['peek', (result) => result.peek()],
    ['graph', (result) => result.graph()],
    ['value', (result) => result.value()],
    ['values', (result) => result.values()],
    ['data', (result) => result.data()],
    ['toEagerResult', (result) => result.toEagerResult()],
    ['toColumns', (result) => result.toColumns()],
    [
      'a loop',
      (result) =>
        (async function theLineToMend() {
          for await (const record of result) return record
        })(),
    ],
  ])('of result.%s', async (_name, call) => {
    await using session = driver.session({ fetchSize: 1 })
    const tx = await session.beginTransaction()
    const result = await tx.run('FIVE')
    await rejectionOf(tx.run('BAD'))
    await assertCaller(() => call(result))
    await tx.close()
    await assertCaller(() => call(result))
  })

  it('of a read that is aborted in the middle', async () => {
    await using session = driver.session({ fetchSize: 1 })
    const controller = new AbortController()
    const result = await session.run('ENDLESS', {}, { signal: controller.signal })
    await assertCaller(() => {
      const reading = result.consume()
      controller.abort(new Error('enough'))
      return reading
    })
  })
})
