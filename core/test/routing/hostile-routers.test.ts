import { C, S, startPlay } from '@boltline/embedded'
import { expect, it } from 'vitest'
import { type DriverConfig, GraphDatabase, RoutingServiceUnavailable } from '../../src/index.ts'
import { rejectionOf } from '../support/rejection.ts'

const roles = ['ROUTE', 'READ', 'WRITE']
const tableOf = (...addresses: readonly string[]) =>
  S.success({ rt: { ttl: 1000, db: 'films', servers: roles.map((role) => ({ role, addresses })) } })

/** Two routers behind one name, the first of which gives this answer; the second serves its own table and a query. */
async function throughTwo(answer: ReturnType<typeof S.success>, config: DriverConfig = {}) {
  await using first = await startPlay([[C.route(), answer]])
  const addresses: string[] = []
  const servers = roles.map((role) => ({ role, addresses }))
  const query = [C.run(), C.pull(), S.success({ fields: ['x'] }), S.record(1), S.success({})]
  await using second = await startPlay([[C.route(), S.success({ rt: { ttl: 1000, db: 'films', servers } }), ...query]])
  addresses.push(`127.0.0.1:${second.port}`)
  await using driver = GraphDatabase.driver('neo4j://cluster', {
    resolver: ({ port }) => (port === 7687 ? [`127.0.0.1:${first.port}`, `127.0.0.1:${second.port}`] : []),
    ...config,
  })
  await using session = driver.session({ database: 'films' })
  return session.run('Q').value()
}

it.each([
  ['of which no address can be read', tableOf('user:pw@evil:7687', 'h:65536', '[::1')],
  ['that is no list', S.success({ rt: { ttl: 1000, servers: 'none' } })],
  ['with an address that is no string', S.success({ rt: { ttl: 1000, servers: [{ role: 'READ', addresses: [7] }] } })],
  ['that is missing', S.success({})],
])('a router that answers with a routing table %s is passed over for the next', async (_what, answer) => {
  expect(await throughTwo(answer)).toEqual([1])
})

it('a routing table with some malformed addresses is used, with a warning', async () => {
  const warnings: string[] = []
  const quiet = () => undefined
  const logger = { debug: quiet, info: quiet, warn: (line: string) => warnings.push(line), error: quiet }
  const addresses = ['user:pw@evil:7687']
  const servers = roles.map((role) => ({ role, addresses }))
  const query = [C.run(), C.pull(), S.success({ fields: ['x'] }), S.record(1), S.success({})]
  await using play = await startPlay([[C.route(), S.success({ rt: { ttl: 1000, db: 'films', servers } }), ...query]])
  addresses.push(`127.0.0.1:${play.port}`)
  await using driver = GraphDatabase.driver(`neo4j://127.0.0.1:${play.port}`, { logger })
  await using session = driver.session({ database: 'films' })
  expect(await session.run('Q').value()).toEqual([1])
  expect(warnings).toEqual([
    expect.stringContaining(`ignored in the routing table of 127.0.0.1:${play.port}: addresses that can't be read`),
  ])
})

it('an error that lists the servers that were tried stays short, however many a table names', async () => {
  // Loopback addresses on whose port 1 nothing listens.
  const dead = Array.from({ length: 1500 }, (_, i) => `127.0.${1 + (i >> 8)}.${i & 255}:1`)
  const own: string[] = []
  const servers = roles.map((role) => ({ role, addresses: role === 'WRITE' ? dead : own }))
  const answer = S.success({ rt: { ttl: 1000, db: 'films', servers } })
  await using play = await startPlay([[C.route(), answer]])
  own.push(`127.0.0.1:${play.port}`)
  await using driver = GraphDatabase.driver(`neo4j://127.0.0.1:${play.port}`, { maxTransactionRetryTime: 0 })
  await using session = driver.session({ database: 'films' })
  const error = await rejectionOf(session.run('Q'))
  expect((error as Error).message).toMatch(/and 990 more/)
  expect((error as Error).message.length).toBeLessThan(5000)
})

it('when all routers fail, one error lists the answer of each', async () => {
  await using play = await startPlay([[C.route(), tableOf('[::1')]])
  await using driver = GraphDatabase.driver(`neo4j://127.0.0.1:${play.port}`, { maxTransactionRetryTime: 0 })
  await using session = driver.session({ database: 'films' })
  const error = await rejectionOf(session.run('Q'))
  expect(error).toBeInstanceOf(RoutingServiceUnavailable)
  expect((error as Error).message).toMatch(/none of its addresses can be read: "\[::1"/)
})
