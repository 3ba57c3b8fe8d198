/** The reviews API, in Express: a session per use, a stream that ends with its reader, HTTP answers for driver errors. */

import { GraphDatabase } from '@boltline/core'
import { boltline } from '@boltline/express'
import express from 'express'
import { tracedRequests } from '../telemetry/traced-requests.ts'
import { closeServer, type Database, listen, type Service } from './service.ts'

const name = 'reviews (Express)'

/** Starts the API on a free port of this machine. */
export async function startReviews({ uri, auth }: Database, secret: string): Promise<Service> {
  const driver = GraphDatabase.driver(uri, { ...(auth !== undefined && { auth }), maxConnectionPoolSize: 10 })
  const neo4j = boltline(driver, { bookmarks: { secrets: [secret] } })
  const app = express()
  app.use(tracedRequests(name))
  app.get('/livez', neo4j.livez())
  app.get('/readyz', neo4j.readyz({ timeout: 2_000, cache: 500 }))
  app.use(neo4j)
  app.use(express.json())

  app.post('/films/:id/reviews', async (request, response) => {
    const { stars, text } = request.body as { stars: number; text: string }
    const { records } = await request.neo4j.query(
      'MATCH (f:Film {id: $id}) CREATE (r:Review {stars: $stars, text: $text})-[:OF]->(f) RETURN f.title AS title',
      { id: Number(request.params.id), stars, text },
    )
    if (records.length === 0) response.status(404).json({ title: 'no such film' })
    else response.status(201).json(records[0])
  })

  app.get('/films/:id/reviews', async (request, response) => {
    const { records } = await request.neo4j.query(
      'MATCH (r:Review)-[:OF]->(:Film {id: $id}) RETURN r.stars AS stars, r.text AS text',
      { id: Number(request.params.id) },
    )
    response.json(records)
  })

  // All actors, as lines of JSON. A client that leaves early ends the query, too.
  app.get('/cast', async (request, response) => {
    response.type('application/x-ndjson')
    const rows = request.neo4j.stream(
      'MATCH (p:Person)-[a:ACTED_IN]->(f:Film) RETURN p.name AS name, a.role AS role, f.title AS film',
    )
    for await (const row of rows) {
      if (!response.write(`${JSON.stringify(row)}\n`)) await drained(response)
    }
    response.end()
  })

  app.use(neo4j.errorHandler())
  const { url, server } = await listen(app)
  return {
    name,
    url,
    driver,
    readiness: '/readyz',
    close: async () => {
      await closeServer(server)
      await neo4j.close()
      await driver.close()
    },
  }
}

/** Waits until the response can buffer more, or the client has disconnected. */
function drained(response: express.Response): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done).off('close', done)
      resolve()
    }
    response.on('drain', done).on('close', done)
  })
}
