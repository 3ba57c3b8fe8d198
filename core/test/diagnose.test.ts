import { startScripted } from '@boltline/embedded'
import { expect, it } from 'vitest'
import { GraphDatabase } from '../src/index.ts'

it('reports every step of the way as ok', async () => {
  await using server = await startScripted({ auth: ['neo4j', 'secret'] })
  await using driver = GraphDatabase.driver(server.uri.replace('bolt', 'neo4j'), { auth: ['neo4j', 'secret'] })
  const diagnosis = await driver.diagnose()
  expect(diagnosis.ok).toBe(true)
  expect(diagnosis.steps.map(({ name, status }) => `${name}: ${status}`)).toEqual([
    'DNS: ok',
    'TCP: ok',
    'TLS: skipped',
    'handshake: ok',
    'auth: ok',
    'routing table: ok',
    'advertised addresses: ok',
  ])
  expect(String(diagnosis)).toContain(`127.0.0.1:${server.port}`)
  expect(JSON.stringify(diagnosis)).not.toContain('secret')
  expect(driver.poolMetrics()).toEqual([])
})

it('says which step failed, and skips what depends on it', async () => {
  const gone = await startScripted()
  await gone.close()
  await using closed = GraphDatabase.driver(gone.uri)
  const nobody = await closed.diagnose()
  expect(nobody.ok).toBe(false)
  expect(nobody.steps.find(({ name }) => name === 'TCP')).toMatchObject({ status: 'failed' })
  expect(nobody.steps.find(({ name }) => name === 'handshake')).toMatchObject({ status: 'skipped' })

  await using server = await startScripted({ auth: ['neo4j', 'secret'] })
  await using wrong = GraphDatabase.driver(server.uri, { auth: ['neo4j', 'guess'] })
  const refused = await wrong.diagnose()
  expect(refused.steps.find(({ name }) => name === 'handshake')).toMatchObject({ status: 'ok' })
  expect(refused.steps.find(({ name }) => name === 'auth')).toMatchObject({
    status: 'failed',
    found: expect.stringContaining('Unauthorized'),
  })
  expect(String(refused)).not.toContain('guess')
})
