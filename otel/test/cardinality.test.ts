import { GraphDatabase } from '@boltline/core'
import { startCluster, startScripted } from '@boltline/embedded'
import { expect, it } from 'vitest'
import { startSdk } from './sdk.ts'

const pools = 'db.client.connection.limit'

it('Metrics distinguish at most 500 summaries and 100 databases, and map further ones to _OTHER', async () => {
  await using server = await startScripted()
  server.when(() => true).returns([])
  await using sdk = startSdk({ detail: 'operation' })
  await using driver = GraphDatabase.driver(server.uri)
  for (let n = 0; n < 520; n++) {
    await driver.executeQuery(`MATCH (n:Label${n}) RETURN n`, {}, { database: `tenant${n % 110}` })
  }
  const durations = (await sdk.metrics()).find(({ name }) => name === 'db.client.operation.duration')
  const distinct = (key: string) => new Set(durations?.points.map(({ attributes }) => attributes[key]))
  expect(distinct('db.query.summary').size).toBe(501)
  expect(distinct('db.query.summary')).toContain('_OTHER')
  expect(distinct('db.namespace').size).toBe(101)
})

it('Pool metrics have a name for each pool of two drivers, and report 0 once a pool is removed', async () => {
  await using server = await startScripted()
  server.when('RETURN 1').returns([{ n: 1 }])
  await using sdk = startSdk()
  const reported = async () => {
    const limits = (await sdk.metrics()).find(({ name }) => name === pools)
    const named = limits?.points.map(({ attributes, value }) => [attributes['db.client.connection.pool.name'], value])
    return Object.fromEntries(named ?? [])
  }
  const address = server.uri.slice('bolt://'.length)
  for (let round = 0; round < 20; round++) {
    const one = GraphDatabase.driver(server.uri, { maxConnectionPoolSize: 3 })
    const two = GraphDatabase.driver(server.uri, { maxConnectionPoolSize: 5 })
    await one.executeQuery('RETURN 1')
    await two.executeQuery('RETURN 1')
    expect(await reported()).toEqual({ [address]: 3, [`${address}#2`]: 5 })
    await one.close()
    expect(await reported()).toEqual({ [address]: 0, [`${address}#2`]: 5 })
    await two.close()
    expect(await reported()).toEqual({ [address]: 0, [`${address}#2`]: 0 })
  }
})

it('The size of a routing table is reported while a driver uses it, and 0 afterwards', async () => {
  await using cluster = await startCluster({ routers: 1, readers: 2, writers: 1, seed: 7 })
  cluster.when('RETURN 1').reads(() => [{ n: 1 }])
  await using sdk = startSdk()
  const driver = GraphDatabase.driver(cluster.uri)
  await driver.executeQuery('RETURN 1', {}, { routing: 'READ' })
  const servers = async () => {
    const sizes = (await sdk.metrics()).find(({ name }) => name === 'neo4j.client.routing.table.size')
    return Object.fromEntries(
      sizes?.points.map(({ attributes, value }) => [attributes['neo4j.routing.role'], value]) ?? [],
    )
  }
  expect(await servers()).toEqual({ router: 1, reader: 2, writer: 1 })
  await driver.close()
  expect(await servers()).toEqual({ router: 0, reader: 0, writer: 0 })
})
