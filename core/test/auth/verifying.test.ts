import { C, query, S, type Step, startPlay, startScripted } from '@boltline/embedded'
import { describe, expect, it, vi } from 'vitest'
import { type Driver, GraphDatabase } from '../../src/index.ts'
import { rejectionOf } from '../support/rejection.ts'
import { OwnTable } from '../support/routed-play.ts'

const login = (user: string): Step =>
  C.logon(([token]) => expect(token).toEqual({ scheme: 'basic', principal: user, credentials: 'secret' }))
const greeting = [C.hello(), S.success({ server: 'Neo4j/5.26.0', connection_id: 'c1' })]
const auth = ['neo4j', 'secret'] as const
const scripted = { version: '5.1', login: 'scripted' } as const

describe.each(['verifyConnectivity', 'getServerInfo'] as const)('%s', (method) => {
  it('sends nothing over a connection that was opened for it, and one RESET over one from the pool', async () => {
    await using play = await startPlay([[...query(['x'], [[1]]), C.reset(), S.success()], []])
    await using fresh = GraphDatabase.driver(play.uri)
    await fresh.session().run('Q').consume()
    await fresh[method]()
    await using cold = GraphDatabase.driver(play.uri)
    await cold[method]()
    await play.done()
    expect(play.received.map((messages) => messages.length)).toEqual([3, 0])
  })
})

describe('verifyAuthentication', () => {
  it('logs in once on a new connection, with the credentials in question', async () => {
    await using play = await startPlay([[...greeting, login('eve'), S.success()]], scripted)
    await using driver = GraphDatabase.driver(play.uri, { auth })
    expect(await driver.verifyAuthentication(['eve', 'secret'])).toBe(true)
    await play.done()
  })

  it.each([
    ['the same', ['neo4j', 'secret'], 'neo4j'],
    ['other', ['eve', 'secret'], 'eve'],
    ["the driver's", undefined, 'neo4j'],
  ] as const)('logs in once more on a connection from the pool, with %s credentials', async (_what, token, user) => {
    const script = [...greeting, login('neo4j'), S.success(), ...query(['x'], [[1]])]
    const again = [C.logoff(), login(user), S.success(), S.success()]
    await using play = await startPlay([[...script, ...again]], scripted)
    await using driver = GraphDatabase.driver(play.uri, { auth })
    await driver.session().run('Q').consume()
    expect(await driver.verifyAuthentication(token)).toBe(true)
    await play.done()
  })

  it('requests the routing table of the system database, which every server has', async () => {
    const table = new OwnTable()
    const route = table.asked((fields) => expect(fields[2]).toEqual({ db: 'system' }))
    // The one connection has been used for the question by then.
    const again = [C.logoff(), login('neo4j'), S.success(), S.success()]
    await using play = await table.start([[...greeting, login('neo4j'), S.success(), ...route, ...again]], scripted)
    await using driver = GraphDatabase.driver(play.routed, { auth })
    expect(await driver.verifyAuthentication()).toBe(true)
    await play.done()
  })

  it.each([
    ['CredentialsExpired', false],
    ['Forbidden', false],
    ['TokenExpired', false],
    ['Unauthorized', false],
    ['MadeUp', 'raises'],
    ['AuthenticationRateLimit', 'raises'],
    ['AuthorizationExpired', 'raises'],
  ] as const)('answers a refusal of the kind %s with %s', async (kind, expected) => {
    const code = `Neo.ClientError.Security.${kind}`
    await using play = await startPlay([[...greeting, login('neo4j'), S.failure(code)]], scripted)
    await using driver = GraphDatabase.driver(play.uri, { auth })
    const verified = driver.verifyAuthentication()
    if (expected === 'raises') expect(await rejectionOf(verified)).toMatchObject({ code })
    else expect(await verified).toBe(false)
  })

  it.each(['cold', 'warm'])('is refused for servers before Bolt 5.1, by a %s driver', async (state) => {
    await using server = await startScripted()
    server.when('Q').returns([{ x: 1 }])
    await using driver = GraphDatabase.driver(server.uri, { auth, protocolVersions: ['5.0'] })
    if (state === 'warm') await driver.executeQuery('Q')
    for (const token of [auth, undefined])
      expect(await rejectionOf(driver.verifyAuthentication(token))).toMatchObject({ name: 'ConfigurationError' })
  })
})

describe.each([
  ['verifyConnectivity', [C.reset()]],
  ['getServerInfo', [C.reset()]],
  ['verifyAuthentication', [C.logoff(), C.logon()]],
] as const)('the signal of %s', (method, asked) => {
  const verify = (driver: Driver, signal: AbortSignal) =>
    method === 'verifyAuthentication' ? driver[method](auth, { signal }) : driver[method]({ signal })
  const reason = new Error('the caller has left')

  it('ends the wait for an answer at once, and the connection is replaced', async () => {
    const script = [...greeting, login('neo4j'), S.success(), ...query(['x'], [[1]])]
    await using play = await startPlay([[...script, ...asked], script], scripted)
    await using driver = GraphDatabase.driver(play.uri, { auth, maxConnectionPoolSize: 1 })
    await driver.session().run('Q').consume()
    const controller = new AbortController()
    const verifying = verify(driver, controller.signal)
    await vi.waitFor(() => expect(play.received[0]?.length).toBe(4 + asked.length))
    controller.abort(reason)
    await expect(verifying).rejects.toBe(reason)
    expect(await driver.session().run('Q').value()).toEqual([1])
    expect(driver.poolMetrics()).toMatchObject([{ inUse: 0, created: 2 }])
  })

  it('ends the wait for a connection at once', async () => {
    await using play = await startPlay([[C.hello()]], { version: '5.1', login: 'scripted' })
    await using driver = GraphDatabase.driver(play.uri, { auth })
    const controller = new AbortController()
    const verifying = verify(driver, controller.signal)
    await vi.waitFor(() => expect(play.received[0]?.length).toBe(1))
    controller.abort(reason)
    await expect(verifying).rejects.toBe(reason)
    await expect(verify(driver, controller.signal)).rejects.toBe(reason)
  })
})
