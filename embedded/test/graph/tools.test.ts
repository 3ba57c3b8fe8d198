import { describe, expect, it } from 'vitest'
import { useGraph } from './fixture.ts'

const fixture = useGraph()
const { rows } = fixture

describe('The embedded graph behind tools', () => {
  it('Metadata queries of tools return the server and its database', async () => {
    expect(
      await rows('CALL dbms.components() YIELD name, versions, edition RETURN name, versions[0] AS version, edition'),
    ).toEqual([{ name: 'Neo4j Kernel', version: '5.26.0', edition: 'community' }])
    expect(await rows('CALL dbms.components()')).toEqual([
      { name: 'Neo4j Kernel', versions: ['5.26.0'], edition: 'community' },
    ])
    expect(await rows('CALL db.ping()')).toEqual([{ success: true }])
    expect(
      await rows("SHOW DATABASES YIELD name, currentStatus AS status WHERE name = 'neo4j' RETURN name, status"),
    ).toEqual([{ name: 'neo4j', status: 'online' }])
    const [database] = await rows('SHOW DATABASES')
    expect(database).toMatchObject({
      name: 'neo4j',
      default: true,
      address: `${fixture.graph.host}:${fixture.graph.port}`,
    })
    expect(await rows('SHOW DEFAULT DATABASE YIELD name')).toEqual([{ name: 'neo4j' }])
    expect((await rows('SHOW PROCEDURES YIELD name ORDER BY name LIMIT 2')).length).toBe(2)
  })

  it('Metadata queries of tools return the labels, types, property keys and schema of the graph', async () => {
    await rows('CREATE (:A {x: 1})-[:R {y: 2}]->(:B)')
    expect(await rows('CALL db.labels() YIELD label RETURN label ORDER BY label')).toEqual([
      { label: 'A' },
      { label: 'B' },
    ])
    expect(await rows('CALL db.relationshipTypes()')).toEqual([{ relationshipType: 'R' }])
    expect(
      await rows('CALL db.propertyKeys() YIELD propertyKey AS k WITH k ORDER BY k RETURN collect(k) AS keys'),
    ).toEqual([{ keys: ['x', 'y'] }])
    expect(await rows('SHOW INDEXES YIELD name, populationPercent')).toEqual([])
    await rows('CREATE INDEX i FOR (a:A) ON (a.x)')
    for (const call of ['CALL db.awaitIndexes(60)', 'CALL db.awaitIndexes()', 'CALL db.awaitIndexes'])
      expect(await fixture.driver.executeQuery(call)).toMatchObject({ keys: [], records: [] })
    await expect(rows("CALL db.awaitIndexes('long')")).rejects.toThrow()
    expect(await rows('SHOW INDEXES YIELD *')).toMatchObject([
      { name: 'i', type: 'RANGE', state: 'ONLINE', entityType: 'NODE', populationPercent: 100, owningConstraint: null },
    ])
  })
})
