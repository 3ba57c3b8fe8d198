import { type ScriptedServer, startScripted } from '@boltline/embedded'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Driver, GraphDatabase, type ManagedTransaction } from '../../src/index.ts'
import { rejectionOf } from '../support/rejection.ts'

let server: ScriptedServer
let driver: Driver
beforeAll(async () => {
  server = await startScripted()
  server.when('MANY').streams(5, (i) => ({ i }))
  server.when('BAD').fails('Neo.ClientError.Statement.SyntaxError')
  driver = GraphDatabase.driver(server.uri)
})
afterAll(async () => {
  await driver.close()
  await server.close()
})

/** The error has the handle, where neither a logger nor JSON sees it. */
function assertHidden(error: Error, name: string, handle: unknown): void {
  expect(error).toHaveProperty(name, handle)
  expect(Object.keys(error)).not.toContain(name)
}

describe('An error', () => {
  it('of a session has the session', async () => {
    const session = driver.session()
    const pending = session.run('MANY')
    assertHidden(await rejectionOf(session.run('MANY')), 'session', session)
    await pending
    assertHidden(await rejectionOf(session.executeRead(5 as never)), 'session', session)
    await session.close()
    for (const call of [
      () => session.run('MANY'),
      () => session.beginTransaction(),
      () => session.executeRead(() => 1),
    ])
      assertHidden(await rejectionOf(call()), 'session', session)
  })

  it('of a transaction has the transaction', async () => {
    await using session = driver.session()
    const tx = await session.beginTransaction()
    for (const call of [
      () => session.run('MANY'),
      () => session.beginTransaction(),
      () => session.executeRead(() => 1),
    ])
      assertHidden(await rejectionOf(call()), 'transaction', tx)
    const [, ignored] = await Promise.all([rejectionOf(tx.run('BAD')), rejectionOf(tx.run('MANY'))])
    assertHidden(ignored, 'transaction', tx)
    assertHidden(await rejectionOf(tx.run('MANY')), 'transaction', tx)
    assertHidden(await rejectionOf(tx.commit()), 'transaction', tx)
    // Committing twice is an error; rolling back what has ended is not.
    assertHidden(await rejectionOf(tx.commit()), 'transaction', tx)
    let managed: ManagedTransaction | undefined
    const live = session.executeRead((work) => {
      managed = work
      return work.run('MANY')
    })
    assertHidden(await rejectionOf(live), 'transaction', managed)
    await session.executeRead(async (work) => {
      for (const call of [() => session.run('MANY'), () => session.close()])
        assertHidden(await rejectionOf(call()), 'transaction', work)
    })
  })

  it('of a result has the result', async () => {
    await using session = driver.session()
    const result = await session.run('MANY')
    assertHidden(await rejectionOf(result.single({ strict: true })), 'result', result)
    await result.consume()
    assertHidden(await rejectionOf(result.peek()), 'result', result)
    const tx = await session.beginTransaction()
    const open = await tx.run('MANY')
    await rejectionOf(tx.run('BAD'))
    assertHidden(await rejectionOf(open.fetch(1)), 'result', open)
    assertHidden(await rejectionOf(open.consume()), 'result', open)
    await tx.rollback()
  })

  it('names the call that was made on a closed driver', async () => {
    const own = GraphDatabase.driver(server.uri)
    const session = own.session()
    await own.close()
    const calls = {
      getServerInfo: () => own.getServerInfo(),
      verifyConnectivity: () => own.verifyConnectivity(),
      supportsMultiDb: () => own.supportsMultiDb(),
      run: () => session.run('MANY'),
      executeWrite: () => session.executeWrite(() => 1),
    }
    for (const [name, call] of Object.entries(calls))
      expect((await rejectionOf(call())).message).toMatch(new RegExp(`^${name}\\(\\) was called on a closed driver`))
    await session.close()
  })
})
