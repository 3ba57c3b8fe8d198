import { startScripted } from '@boltline/embedded'
import { describe, expect, it } from 'vitest'
import { BoltProtocolError, GraphDatabase } from '../../src/index.ts'

describe('A server that introduces itself', () => {
  it.each([
    'Neo4j/5.26.0',
    'Neo4j/2026.09.0',
    'Neo4j/dev',
    'Neo4j/v5.11.0 compatible graph database server - Memgraph',
  ])('as %j is talked to', async (agent) => {
    await using server = await startScripted({ agent })
    await using driver = GraphDatabase.driver(server.uri)
    expect((await driver.getServerInfo()).agent).toBe(agent)
  })

  it.each(['Neo3j/4.4.0', 'neo4j/5.26.0', 'FooBar 1.0'])('as %j is refused by name', async (agent) => {
    await using server = await startScripted({ agent })
    await using driver = GraphDatabase.driver(server.uri)
    const refusal = driver.verifyConnectivity()
    await expect(refusal).rejects.toBeInstanceOf(BoltProtocolError)
    await expect(refusal).rejects.toThrow(`calls itself ${JSON.stringify(agent)}`)
  })
})
