import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { basicAuth, bearerAuth, customAuth, kerberosAuth } from '../values/auth.ts'
import { HomeDatabases } from './home-database.ts'

const as = (impersonatedUser: string | null, auth: ReturnType<typeof basicAuth> | null = null) => ({
  impersonatedUser,
  auth,
})

describe('the cache of home databases', () => {
  it('distinguishes users by impersonated user and credentials', () => {
    const homes = new HomeDatabases()
    const users = [
      as(null),
      as('imposter', basicAuth('neo4j', 'x')),
      as(null, basicAuth('neo4j', 'x')),
      as(null, bearerAuth('token 1')),
      as(null, bearerAuth('token 2')),
      as(null, kerberosAuth('token 1')),
      as(null, customAuth('neo4j', 'x', 'r', 'own', { n: 1n })),
    ]
    users.forEach((user, i) => homes.set(user, `db${i}`))
    expect(users.map((user) => homes.get(user))).toEqual(users.map((_, i) => `db${i}`))
  })

  it('keeps the entry of a user whose password changes or whose token is in another object', () => {
    const homes = new HomeDatabases()
    homes.set(as(null, basicAuth('neo4j', 'old')), 'a')
    homes.set(as(null, bearerAuth('token')), 'b')
    expect(homes.get(as(null, basicAuth('neo4j', 'new')))).toBe('a')
    expect(homes.get(as('neo4j'))).toBe('a')
    expect(homes.get(as(null, bearerAuth('token')))).toBe('b')
  })

  it('evicts the least recently used entries when it is full', () => {
    const homes = new HomeDatabases()
    for (let i = 0; i < 10_000; i++) homes.set(as(`user ${i}`), `db${i}`)
    homes.get(as('user 0'))
    expect(homes.size).toBe(10_000)
    homes.set(as('one more'), 'x')
    expect(homes.size).toBe(10_001 - 921)
    expect([homes.get(as('user 0')), homes.get(as('user 1')), homes.get(as('one more'))]).toEqual([
      'db0',
      undefined,
      'x',
    ])
  })

  it('has no credentials in its keys', () => {
    const homes = new HomeDatabases()
    homes.set(as(null, bearerAuth('secret-token')), 'a')
    expect(
      inspect(homes, { depth: 10, showHidden: true }) + homes.keyOf(as(null, bearerAuth('secret-token'))),
    ).not.toContain('secret-token')
  })
})
