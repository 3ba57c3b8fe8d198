// The first service: people.

import { pipeline } from 'node:stream/promises'
import type { Driver } from '@boltline/core'
import { boltline } from '@boltline/express'
import express from 'express'
import { CREATE_PERSON, PEOPLE, PERSON, SETTLE } from './queries.ts'
import { bookmarks, type Settings } from './settings.ts'

export function peopleService(driver: Driver, settings: Settings) {
  const neo4j = boltline(driver, { database: settings.database, bookmarks: bookmarks(settings) })
  const app = express()

  app.get('/livez', neo4j.livez())
  app.get('/readyz', neo4j.readyz())
  app.use(neo4j, express.json())

  // One transaction for the route. The response is sent after the commit, with the bookmark of the transaction.
  app.post(
    '/people',
    neo4j.transactional(async (tx, req: express.Request, res: express.Response) => {
      const { name, city } = req.body as { name: string; city: string }
      await tx.run(CREATE_PERSON, { name })
      await tx.run(SETTLE, { name, city })
      res.status(201)
      return { name, city }
    }),
  )

  // A GET reads from a follower, one that has what this client has seen.
  app.get('/people/:name', async (req, res) => {
    const { records } = await req.neo4j.query<{ name: string; city: string }>(PERSON, { name: req.params.name })
    const [person] = records
    if (person === undefined) res.sendStatus(404)
    else res.json(person)
  })

  // Streams any number of rows as lines of JSON, at the pace of the client; aborted when the client disconnects or is idle.
  app.get('/people', async (req, res) => {
    // A failure before the first record is answered with an error status; after it, the connection is closed.
    const people = await req.neo4j.stream(PEOPLE).ready()
    async function* lines() {
      for await (const record of people) yield `${JSON.stringify(record)}\n`
    }
    await pipeline(lines, res.type('application/x-ndjson'))
  })

  app.use(neo4j.errorHandler())
  return { app, neo4j }
}
