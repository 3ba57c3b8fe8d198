import neo4j, { type Driver } from 'neo4j-driver'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type EmbeddedGraph, startEmbedded } from '../../src/index.ts'

let graph: EmbeddedGraph
beforeAll(async () => {
  graph = await startEmbedded({ auth: ['neo4j', 'secret'] })
})
afterAll(() => graph.close())

describe.each(['bolt', 'neo4j'])('The official JavaScript driver over %s://', (scheme) => {
  let driver: Driver
  beforeAll(() => {
    driver = neo4j.driver(graph.uri.replace('bolt', scheme), neo4j.auth.basic('neo4j', 'secret'))
  })
  afterAll(() => driver.close())

  it('The official JavaScript driver connects to the embedded graph only with the correct password', async () => {
    expect((await driver.getServerInfo()).agent).toBe('Neo4j/5.26.0')
    const stranger = neo4j.driver(graph.uri, neo4j.auth.basic('neo4j', 'guess'))
    await expect(stranger.getServerInfo()).rejects.toMatchObject({ code: 'Neo.ClientError.Security.Unauthorized' })
    await stranger.close()
  })

  it('The official JavaScript driver reads the correct values in transactions of the embedded graph', async () => {
    await graph.reset()
    const session = driver.session()
    // This driver sends JavaScript numbers as FLOATs.
    const created = await session.executeWrite((tx) =>
      tx.run('CREATE (a:Reading {float: $f, integer: $i, day: $d}) RETURN a', {
        f: 20,
        i: neo4j.int('9007199254740993'),
        d: new neo4j.types.Date(2024, 2, 29),
      }),
    )
    expect(created.summary.counters.updates()).toMatchObject({ nodesCreated: 1, propertiesSet: 3, labelsAdded: 1 })
    const read = await session.executeRead((tx) =>
      tx.run('MATCH (a:Reading) RETURN a, a.float / 8 AS x, a.integer + 1 AS y'),
    )
    const [record] = read.records
    const node = record?.get('a')
    expect(node.properties.float).toBe(20)
    expect(node.properties.integer.toString()).toBe('9007199254740993')
    expect(node.properties.day.toString()).toBe('2024-02-29')
    expect(record?.get('x')).toBe(2.5)
    expect(record?.get('y').toString()).toBe('9007199254740994')
    const tx = session.beginTransaction()
    await tx.run('MATCH (a) DETACH DELETE a')
    await tx.rollback()
    const { records } = await driver.executeQuery('MATCH (a:Reading) WHERE a.float = $f RETURN count(*) AS n', {
      f: 20,
    })
    expect(records[0]?.get('n').toNumber()).toBe(1)
    await expect(session.run('RETURN 1 / 0')).rejects.toMatchObject({
      code: 'Neo.ClientError.Statement.ArithmeticError',
    })
    await session.close()
  })

  it('The official JavaScript driver streams many rows from the embedded graph', async () => {
    const session = driver.session({ fetchSize: 100 })
    let sum = 0
    for await (const record of session.run('UNWIND range(1, 3000) AS i RETURN i')) sum += record.get('i').toNumber()
    expect(sum).toBe((3000 * 3001) / 2)
    await session.close()
  })
})
