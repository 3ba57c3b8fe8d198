import { type Driver, GraphDatabase } from '@boltline/core'
import { type EmbeddedGraph, startEmbedded } from '@boltline/embedded'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { start } from '../fixture.ts'

let graph: EmbeddedGraph
let driver: Driver
beforeAll(async () => {
  graph = await startEmbedded()
  driver = GraphDatabase.driver(graph.uri)
})
afterAll(async () => {
  await driver.close()
  await graph.close()
})

it('creates the schema of an application on the embedded graph, and finds it there the next time', async () => {
  const schema = {
    apply: 'create',
    constraints: [{ name: 'user_email', type: 'unique', label: 'User', properties: ['email'] }],
    indexes: [{ name: 'user_age', label: 'User', properties: ['age'] }],
  } as const
  const first = await start({ uri: graph.uri, schema })
  const { records } = await driver.executeQuery('SHOW INDEXES YIELD name ORDER BY name')
  expect(records.map((record) => record.get('name'))).toEqual(['user_age', 'user_email'])
  expect(first.logged.own).toContainEqual(expect.stringMatching(/Created in the database: user_email, user_age/))
  const second = await start({ uri: graph.uri, schema })
  expect(second.logged.own).not.toContainEqual(expect.stringMatching(/Created in the database/))
})
