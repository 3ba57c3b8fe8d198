import { type ServerEvent, startScripted } from '@boltline/embedded'
import { describe, expect, it } from 'vitest'
import { type Auth, type AuthManager, AuthManagers, basicAuth, ExpiringAuth, GraphDatabase } from '../../src/index.ts'
import { rejectionOf } from '../support/rejection.ts'

const refused = 'Neo.ClientError.Security.MadeUp'

/** A manager that counts its calls; a test can change its token and whether it handles security errors. */
function counting(): AuthManager & { asked: number; told: [unknown, string | null][]; user: string; handles: boolean } {
  return {
    asked: 0,
    told: [],
    user: 'neo4j',
    handles: false,
    async getAuth() {
      this.asked += 1
      return basicAuth(this.user, 'secret')
    },
    async handleSecurityException(auth, { code }) {
      this.told.push([auth.principal, code])
      return this.handles
    },
  }
}

async function scripted() {
  const server = await startScripted()
  server.when('OK').returns([{ x: 1 }])
  server.when('BAD').fails(refused)
  return server
}

const logins = (events: readonly ServerEvent[]) => events.filter(({ type }) => type === 'logon').length
const routed = (uri: string) => uri.replace('bolt:', 'neo4j:')

describe('An auth manager', () => {
  it('is called once for each connection that is opened or leased', async () => {
    await using server = await scripted()
    const auth = counting()
    await using driver = GraphDatabase.driver(server.uri, { auth })
    for (const times of [1, 2, 3]) {
      await driver.executeQuery('OK')
      expect(auth.asked).toBe(times)
    }
  })

  it('is called for connections to routers as well', async () => {
    await using server = await scripted()
    const auth = counting()
    await using driver = GraphDatabase.driver(routed(server.uri), { auth })
    await driver.executeQuery('OK', {}, { database: 'films' })
    expect(auth.asked).toBe(2)
    await driver.executeQuery('OK', {}, { database: 'films' })
    expect(auth.asked).toBe(3)
  })

  it('may return another token: connections log in again, or are replaced where the server is too old for that', async () => {
    for (const [version, asked, logons] of [
      ['5.8', 3, 2],
      ['5.0', 4, 0],
    ] as const) {
      await using server = await scripted()
      const auth = counting()
      await using driver = GraphDatabase.driver(server.uri, { auth, protocolVersions: [version] })
      await driver.executeQuery('OK')
      auth.user = 'neo5j'
      await driver.executeQuery('OK')
      await driver.executeQuery('OK')
      expect(server.calls.map(({ user }) => user)).toEqual(['neo4j', 'neo5j', 'neo5j'])
      expect(auth.asked).toBe(asked)
      expect(logins(server.events)).toBe(logons)
    }
  })

  it.each(['run', 'tx.run', 'executeQuery'])('handles a security error of %s once, and no other error', async (how) => {
    await using server = await scripted()
    server.when('WRONG').fails('Neo.ClientError.Statement.SyntaxError')
    const auth = counting()
    await using driver = GraphDatabase.driver(server.uri, { auth, maxTransactionRetryTime: 0 })
    await using session = driver.session()
    const uses: Record<string, (text: string) => Promise<unknown>> = {
      run: (text) => session.run(text).consume(),
      'tx.run': async (text) => {
        await using tx = await session.beginTransaction()
        await tx.run(text)
      },
      executeQuery: (text) => driver.executeQuery(text),
    }
    const use = uses[how] as (text: string) => Promise<unknown>
    await rejectionOf(use('WRONG'))
    expect(auth.told).toEqual([])
    for (const handles of [false, true]) {
      auth.handles = handles
      auth.told.length = 0
      expect(await rejectionOf(use('BAD'))).toMatchObject({ code: refused, isRetryable: handles })
      expect(auth.told).toEqual([['neo4j', refused]])
    }
  })

  it('handles security errors of logins, on connections to routers too', async () => {
    await using server = await startScripted({ auth: ['neo4j', 'other'] })
    for (const uri of [server.uri, routed(server.uri)]) {
      const auth = counting()
      await using driver = GraphDatabase.driver(uri, { auth })
      await rejectionOf(driver.verifyConnectivity())
      expect(auth.told).toEqual([['neo4j', 'Neo.ClientError.Security.Unauthorized']])
    }
  })

  it('is not called for sessions with credentials of their own', async () => {
    await using server = await scripted()
    const auth = counting()
    await using driver = GraphDatabase.driver(routed(server.uri), { auth })
    await using session = driver.session({ auth: ['guest', 'secret'], database: 'films' })
    await session.run('OK').consume()
    await rejectionOf(session.run('BAD').consume())
    expect([auth.asked, auth.told]).toEqual([0, []])
    expect(server.calls.map(({ user }) => user)).toEqual(['guest', 'guest'])
  })

  it('of bearer tokens fetches a new token when the server rejects the first, and the work is retried', async () => {
    await using server = await scripted()
    server
      .when('ONCE')
      .fails('Neo.ClientError.Security.TokenExpired', { times: 1 })
      .returns([{ x: 1 }])
    const given: Auth[] = []
    const auth = AuthManagers.bearer(async () => {
      given.push(basicAuth(`token ${given.length + 1}`, 'secret'))
      return new ExpiringAuth(given.at(-1) as Auth)
    })
    await using driver = GraphDatabase.driver(server.uri, { auth })
    expect((await driver.executeQuery('ONCE')).records).toHaveLength(1)
    expect(server.calls.map(({ user }) => user)).toEqual(['token 1', 'token 2'])
  })
})

describe('Credentials of a session', () => {
  it.each(['bolt', 'neo4j'])(
    'are refused by servers before Bolt 5.1, with or without a connection (%s)',
    async (scheme) => {
      await using server = await scripted()
      await using driver = GraphDatabase.driver(server.uri.replace('bolt', scheme), {
        auth: ['neo4j', 'secret'],
        protocolVersions: ['5.0'],
      })
      for (const _ of ['without a connection', 'with one']) {
        await using session = driver.session({ auth: ['guest', 'secret'], database: 'films' })
        expect(await rejectionOf(session.run('OK').consume())).toMatchObject({
          name: 'ConfigurationError',
          message: expect.stringContaining('Bolt 5.1'),
        })
        await driver.executeQuery('OK', {}, { database: 'films' })
      }
      expect(server.calls.map(({ user }) => user)).toEqual(['neo4j', 'neo4j'])
    },
  )
})
