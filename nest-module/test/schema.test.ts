import type { ScriptedServer } from '@boltline/embedded'
import { BoltlineModule, type SchemaOptions } from '@boltline/nestjs'
import { expect, it } from 'vitest'
import { reasonOf, scripted, start } from './fixture.ts'

const schema: SchemaOptions = {
  constraints: [
    { name: 'user_email', type: 'unique', label: 'User', properties: ['email'] },
    { name: 'user_name', type: 'exists', label: 'User', properties: ['name'] },
    {
      name: 'knows_since',
      type: 'propertyType',
      relationshipType: 'KNOWS',
      properties: ['since'],
      propertyType: 'DATE',
    },
  ],
  indexes: [
    { name: 'user_age', label: 'User', properties: ['age', 'na`me'] },
    { name: 'user_text', type: 'fulltext', label: 'User', properties: ['bio'] },
  ],
}

async function database(edition: string, names: string[] = []): Promise<ScriptedServer> {
  const server = await scripted()
  server.when(/^CREATE|awaitIndexes/).returns([])
  server.when('CALL dbms.components() YIELD edition RETURN edition').returns([{ edition }])
  server.when('SHOW CONSTRAINTS YIELD name').returns(
    names.map((name) => ({ name })),
    { keys: ['name'] },
  )
  server.when('SHOW INDEXES YIELD name').returns([], { keys: ['name'] })
  return server
}

const created = (server: ScriptedServer) =>
  server.calls.map(({ query }) => query).filter((query) => query.startsWith('CREATE'))

it('creates what is missing, once, with what the features count on', async () => {
  const server = await database('enterprise', ['user_email'])
  const feature = BoltlineModule.forFeature({
    schema: { constraints: [{ name: 'order_id', type: 'key', label: 'Order', properties: ['id', 'year'] }] },
  })
  await start({ uri: server.uri, schema: { apply: 'create', ...schema } }, { imports: [feature] })
  expect(created(server)).toEqual([
    'CREATE CONSTRAINT user_name IF NOT EXISTS FOR (x:`User`) REQUIRE x.`name` IS NOT NULL',
    'CREATE CONSTRAINT knows_since IF NOT EXISTS FOR ()-[x:`KNOWS`]-() REQUIRE x.`since` IS :: DATE',
    'CREATE RANGE INDEX user_age IF NOT EXISTS FOR (x:`User`) ON (x.`age`, x.`na``me`)',
    'CREATE FULLTEXT INDEX user_text IF NOT EXISTS FOR (x:`User`) ON EACH [x.`bio`]',
    'CREATE CONSTRAINT order_id IF NOT EXISTS FOR (x:`Order`) REQUIRE (x.`id`, x.`year`) IS KEY',
  ])
})

it('leaves out what Community Edition lacks, and says so', async () => {
  const server = await database('community')
  const { logged } = await start({ uri: server.uri, schema: { apply: 'create', ...schema } })
  expect(created(server).filter((query) => query.includes('CONSTRAINT'))).toHaveLength(1)
  expect(logged.own.find((line) => line.startsWith('warn'))).toMatch(/Community.*user_name, knows_since/)
})

it('verifies without changing anything: the start fails and says what to run', async () => {
  const server = await database('enterprise', ['user_email', 'user_name', 'knows_since', 'user_age'])
  const error = await reasonOf(start({ uri: server.uri, schema: { apply: 'verify', ...schema } }))
  expect(String(error)).toMatch(/lacks user_text.*CREATE FULLTEXT INDEX user_text/s)
  expect(created(server)).toEqual([])
})

it('asks nothing where it is off', async () => {
  const server = await database('enterprise')
  await start({ uri: server.uri, schema })
  expect(server.calls).toEqual([])
})

it.each([
  [{ name: 'x y', type: 'unique', label: 'A', properties: ['a'] }, /name of letters/],
  [{ name: 'x', type: 'unique', properties: ['a'] }, /label or a relationshipType/],
  [{ name: 'x', type: 'unique', label: 'A', properties: [] }, /names of its properties/],
  [{ name: 'x', type: 'uniqe', label: 'A', properties: ['a'] }, /did you mean 'unique'/],
  [{ name: 'x', type: 'propertyType', label: 'A', properties: ['a'], propertyType: 'STRING; DROP' }, /type of Cypher/],
])('refuses a definition that can not be: %j', async (constraint, message) => {
  const options = { uri: 'bolt://127.0.0.1:1', startup: { mode: 'lazy' as const } }
  const error = await reasonOf(start({ ...options, schema: { constraints: [constraint as never] } }))
  expect(String(error)).toMatch(message)
})
