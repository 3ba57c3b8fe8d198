import { type Driver, GraphDatabase } from '@boltline/core'
import { type EmbeddedGraph, runInRollback, startEmbedded } from '@boltline/embedded'
import request from 'supertest'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { boltline } from '../../src/index.ts'
import { application, inUse, lines } from '../lines.ts'

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

it.each(lines)('runInRollback undoes what requests to an application on $name have written', async (line) => {
  const neo4j = boltline(driver, { logger: null })
  const app = application(line, neo4j, (routes) => {
    routes.get('/readyz', neo4j.readyz())
    routes.post('/people', async (req, res) => {
      await req.neo4j.write((tx) => tx.run('CREATE (:Person {name: $name})', { name: req.body.name }).consume())
      res.sendStatus(201)
    })
    routes.get('/people', async (req, res) => {
      const names: string[] = []
      const people = req.neo4j.stream('MATCH (p:Person) RETURN p.name AS name ORDER BY name')
      for await (const record of people) names.push(record.get('name'))
      res.json(names)
    })
  })
  await runInRollback(driver, async () => {
    await request(app).get('/readyz').expect(200)
    await request(app).post('/people').send({ name: 'Grace' }).expect(201)
    await request(app).post('/people').send({ name: 'Ada' }).expect(201)
    await request(app).get('/people').expect(200, ['Ada', 'Grace'])
  })
  await request(app).get('/people').expect(200, [])
  expect(inUse(driver)).toBe(0)
})
