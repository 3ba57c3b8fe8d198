import { C, query, S, type ScriptedServer, startPlay, startScripted } from '@boltline/embedded'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { basicAuth, type Driver, GraphDatabase } from '../../src/index.ts'

let server: ScriptedServer
let driver: Driver
beforeAll(async () => {
  server = await startScripted({ auth: ['neo4j', 'secret'] })
  server.when('Q').returns([{ x: 1 }])
  driver = GraphDatabase.driver(server.uri, { auth: ['neo4j', 'secret'], maxTransactionRetryTime: 0 })
})
afterAll(async () => {
  expect(driver.poolMetrics()[0]).toMatchObject({ inUse: 0, waiting: 0 })
  await driver.close()
  await server.close()
})

const refused = { name: 'AuthError', code: 'Neo.ClientError.Security.Unauthorized', isRetryable: false }

describe('Credentials of a session that the server refuses', () => {
  it.each(['warm', 'cold'])(
    'are refused by every kind of work, on a %s pool, and the driver goes on with its own',
    async (pool) => {
      const uses: readonly ((own: Driver) => Promise<unknown>)[] = [
        async (own) => {
          await using session = own.session({ auth: basicAuth('x', 'y') })
          return await session.run('Q').value()
        },
        async (own) => {
          await using session = own.session({ auth: basicAuth('x', 'y') })
          return await session.executeWrite((tx) => tx.run('Q').value())
        },
        async (own) => {
          await using session = own.session({ auth: basicAuth('x', 'y') })
          const tx = await session.beginTransaction()
          return await tx.run('Q').value()
        },
        (own) => own.executeQuery('Q', {}, { auth: ['x', 'y'] }),
        (own) => own.verifyConnectivity({ auth: ['x', 'y'] }),
      ]
      for (const use of uses) {
        const own = pool === 'warm' ? driver : GraphDatabase.driver(server.uri, { auth: ['neo4j', 'secret'] })
        if (pool === 'warm') await own.executeQuery('Q')
        await expect(use(own)).rejects.toMatchObject(refused)
        expect((await own.executeQuery('Q')).records.length).toBe(1)
        if (pool === 'cold') await own.close()
      }
    },
  )

  it('make verifyAuthentication return false', async () => {
    expect(await driver.verifyAuthentication()).toBe(true)
    expect(await driver.verifyAuthentication(['neo4j', 'secret'])).toBe(true)
    expect(await driver.verifyAuthentication({ user: 'neo4j', password: 'secret' }, { database: 'films' })).toBe(true)
    expect(await driver.verifyAuthentication(['neo4j', 'wrong'])).toBe(false)
    expect(await driver.verifyAuthentication(basicAuth('x', 'secret'))).toBe(false)
    await using wrong = GraphDatabase.driver(server.uri, { auth: ['neo4j', 'wrong'] })
    expect(await wrong.verifyAuthentication()).toBe(false)
    expect(await wrong.verifyAuthentication(['neo4j', 'secret'])).toBe(true)
    const gone = await startScripted()
    await gone.close()
    await using unreachable = GraphDatabase.driver(gone.uri)
    await expect(unreachable.verifyAuthentication()).rejects.toMatchObject({ name: 'ServiceUnavailable' })
  })
})

it('Other credentials are presented in one packet with the work, and the next user logs in again', async () => {
  const alice = { scheme: 'basic', principal: 'alice', credentials: 'a' }
  const neo4j = { scheme: 'basic', principal: 'neo4j', credentials: 'secret' }
  const logged = (as: object) => [
    C.logoff(),
    C.logon((fields) => expect(fields).toEqual([as])),
    C.run(),
    C.pull(),
    S.success(),
    S.success(),
    S.success({ fields: ['x'] }),
    S.record(1),
    S.success(),
  ]
  await using play = await startPlay([
    [...query(['x'], [[1]]), ...logged(alice), ...query(['x'], [[1]]), ...logged(neo4j)],
  ])
  await using own = GraphDatabase.driver(play.uri, { auth: ['neo4j', 'secret'] })
  const ask = async (auth?: readonly [string, string]) => {
    await using session = own.session({ auth })
    return await session.run('Q').value()
  }
  await ask()
  await ask(['alice', 'a'])
  await ask(['alice', 'a'])
  await ask()
  await play.done()
  expect(play.received.length).toBe(1)
  expect(play.packets[0]).toBe(4)
})

it('A refused login is what work behind it fails with, whether or not the server answers that work', async () => {
  const denied = S.failure('Neo.ClientError.Security.Unauthorized')
  for (const ending of [[S.close()], [S.cut()], [S.ignored(), S.ignored(), S.close()]]) {
    await using play = await startPlay([
      [...query(['x'], [[1]]), C.logoff(), C.logon(), C.run(), C.pull(), S.success(), denied, ...ending],
    ])
    await using own = GraphDatabase.driver(play.uri, { auth: ['neo4j', 'secret'] })
    await using first = own.session()
    await first.run('Q').consume()
    await using session = own.session({ auth: ['alice', 'wrong'] })
    await expect(session.run('Q')).rejects.toMatchObject(refused)
    await play.done()
  }
})
