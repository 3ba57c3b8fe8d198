import { startScripted } from '@boltline/embedded'
import { expect, it } from 'vitest'
import { basicAuth, GraphDatabase } from '../src/index.ts'

it('asks an auth manager once for each piece of work, and tells it of every refusal', async () => {
  await using server = await startScripted()
  server.when('OK').returns([{ x: 1 }])
  server.when('EXPIRED').fails('Neo.ClientError.Security.TokenExpired')
  let asked = 0
  const refusals: (string | null)[] = []
  const auth = {
    getAuth: async () => {
      asked++
      return basicAuth('neo4j', 'secret')
    },
    handleSecurityException: async (_auth: unknown, error: { readonly code: string | null }) => {
      refusals.push(error.code)
      return refusals.length > 1
    },
  }
  await using driver = GraphDatabase.driver(server.uri, { auth })
  await driver.executeQuery('OK')
  expect(asked).toBe(1)
  await using session = driver.session()
  const tx = await session.beginTransaction()
  expect(asked).toBe(2)
  await expect(tx.run('EXPIRED')).rejects.toMatchObject({ name: 'TokenExpired', isRetryable: false })
  await tx.close()
  await expect(session.run('EXPIRED')).rejects.toMatchObject({ name: 'TokenExpired', isRetryable: true })
  expect(refusals).toEqual(['Neo.ClientError.Security.TokenExpired', 'Neo.ClientError.Security.TokenExpired'])
})
