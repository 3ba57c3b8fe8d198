import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { AuthConfigurationError } from '../errors/index.ts'
import { Auth, authFields, basicAuth, bearerAuth, customAuth, kerberosAuth, NO_AUTH, sameAuth, toAuth } from './auth.ts'

describe('the helper functions', () => {
  it.each([
    [basicAuth('neo4j', 'secret'), { scheme: 'basic', principal: 'neo4j', credentials: 'secret' }],
    [basicAuth('neo4j', 'secret', 'r'), { scheme: 'basic', principal: 'neo4j', credentials: 'secret', realm: 'r' }],
    [basicAuth('', ''), { scheme: 'basic', principal: '' }],
    [bearerAuth('token'), { scheme: 'bearer', credentials: 'token' }],
    [kerberosAuth('ticket'), { scheme: 'kerberos', principal: '', credentials: 'ticket' }],
    [
      customAuth('p', 'c', 'r', 's', { x: 1 }),
      { scheme: 's', principal: 'p', credentials: 'c', realm: 'r', parameters: { x: 1 } },
    ],
    [customAuth(null, null, null, 's', {}), { scheme: 's' }],
    [customAuth('p', '', '', 's', null), { scheme: 's', principal: 'p' }],
    [NO_AUTH, { scheme: 'none' }],
  ])('put %o on the wire without empty parts', (auth, fields) => {
    expect(authFields(auth)).toEqual(fields)
  })
})

describe('credentials', () => {
  const auth = new Auth('basic', 'neo4j', 'top-secret', 'native', { pin: 'top-secret' })

  it('can be read', () => {
    expect([auth.scheme, auth.principal, auth.credentials, auth.realm]).toEqual([
      'basic',
      'neo4j',
      'top-secret',
      'native',
    ])
    expect(auth.parameters).toEqual({ pin: 'top-secret' })
  })

  it('never show, neither in console.log nor in JSON, nor in a copy by spreading', () => {
    for (const shown of [
      inspect(auth),
      inspect({ nested: [auth] }, { showHidden: true, depth: 9 }),
      JSON.stringify(auth),
      JSON.stringify({ ...auth }),
      String(auth),
    ]) {
      expect(shown).not.toContain('top-secret')
    }
    expect(inspect(auth)).toBe(
      'Auth { scheme: "basic", principal: "neo4j", credentials: *******, realm: "native", parameters: ******* }',
    )
    expect(JSON.parse(JSON.stringify(auth))).toEqual({ scheme: 'basic', principal: 'neo4j', realm: 'native' })
  })

  it('cannot be changed, also by the one who passed them', () => {
    const parameters = { pin: 1 }
    const custom = customAuth('p', 'c', 'r', 's', parameters)
    parameters.pin = 2
    expect(custom.parameters).toEqual({ pin: 1 })
    expect(Object.isFrozen(custom) && Object.isFrozen(custom.parameters)).toBe(true)
  })

  it('of the wrong type are refused without being shown', () => {
    for (const make of [
      () => basicAuth('neo4j', 31337 as never),
      () => basicAuth('neo4j', undefined as never),
      () => basicAuth(31337 as never, 'x'),
      () => bearerAuth(Buffer.from('31337') as never),
      () => kerberosAuth(null as never),
      () => new Auth('', 'p', 'c'),
      () => new Auth(31337 as never, 'p', 'c'),
      () => new Auth('s', 'p', { secret: 31337 } as never),
      () => new Auth('s', 'p', 'c', 31337 as never),
      () => new Auth('s', 'p', 'c', null, ['31337'] as never),
    ]) {
      expect(make).toThrow(AuthConfigurationError)
      expect(make).not.toThrow(/31337/)
    }
  })
})

describe('comparing', () => {
  const auth = customAuth('p', 'c', 'r', 's', { x: [1] })

  it('looks at every part', () => {
    expect(sameAuth(auth, customAuth('p', 'c', 'r', 's', { x: [1] }))).toBe(true)
    expect(auth.equals(customAuth('p', 'c', 'r', 's', { x: [1] }))).toBe(true)
    for (const other of [
      customAuth('q', 'c', 'r', 's', { x: [1] }),
      customAuth('p', 'd', 'r', 's', { x: [1] }),
      customAuth('p', 'c', null, 's', { x: [1] }),
      customAuth('p', 'c', 'r', 't', { x: [1] }),
      customAuth('p', 'c', 'r', 's', { x: [2] }),
    ]) {
      expect(sameAuth(auth, other)).toBe(false)
    }
    expect(auth.equals({ scheme: 's' })).toBe(false)
  })
})

describe('everything accepted as auth', () => {
  it('becomes an Auth', () => {
    const expected = basicAuth('neo4j', 'secret')
    expect(toAuth(expected)).toBe(expected)
    expect(sameAuth(toAuth(['neo4j', 'secret']), expected)).toBe(true)
    expect(sameAuth(toAuth({ user: 'neo4j', password: 'secret' }), expected)).toBe(true)
    expect(sameAuth(toAuth({ user: 'neo4j', password: 'secret', realm: 'r' }), basicAuth('neo4j', 'secret', 'r'))).toBe(
      true,
    )
    expect(toAuth(null)).toBe(NO_AUTH)
    expect(toAuth(undefined)).toBe(NO_AUTH)
  })

  it('may come from another copy of the package', () => {
    const foreign = Object.create(
      { [Symbol.for('boltline.Auth')]: true },
      Object.getOwnPropertyDescriptors({ scheme: 's', principal: 'p', credentials: 'c', realm: null, parameters: {} }),
    )
    expect(sameAuth(toAuth(foreign), customAuth('p', 'c', null, 's'))).toBe(true)
  })

  it('is refused otherwise, naming the key but never the value', () => {
    for (const token of ['neo4j:31337', 31337, ['neo4j'], ['a', 'b', '31337'], { user: 'a', password: 31337 }, {}]) {
      expect(() => toAuth(token as never)).toThrow(AuthConfigurationError)
      expect(() => toAuth(token as never)).not.toThrow(/31337/)
    }
    expect(() => toAuth({ user: 'a', pasword: '31337' } as never)).toThrow(/"pasword".*"password"/)
  })
})
