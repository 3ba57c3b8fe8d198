import { expect, it } from 'vitest'
import { GraphDatabase } from '../../src/index.ts'
import { startOwnServer } from './server.ts'

it('The driver works again after the server was killed and restarted', async () => {
  await using server = await startOwnServer()
  await using driver = GraphDatabase.driver(server.uri, {
    auth: [server.user, server.password],
    maxTransactionRetryTime: 300_000,
  })
  await driver.executeQuery('CREATE (:Kept)')
  expect(driver.poolMetrics()[0]?.idle).toBe(1)
  await server.kill()
  await expect(driver.verifyConnectivity()).rejects.toMatchObject({
    name: expect.stringMatching(/Unavailable|SessionExpired/),
  })
  const waiting = driver.executeQuery('MATCH (n:Kept) RETURN count(n) AS n')
  await server.restart()
  expect((await waiting).records[0]?.get('n')).toBe(1)
  expect(driver.poolMetrics()[0]).toMatchObject({ inUse: 0, waiting: 0 })
}, 600_000)
