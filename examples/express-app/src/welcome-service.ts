// The second service: it lets the first one write, then reads by itself. Each has a driver of its own, as processes have.

import type { Driver } from '@boltline/core'
import { boltline } from '@boltline/express'
import express from 'express'
import { NEIGHBOURS } from './queries.ts'
import { bookmarks, type Settings } from './settings.ts'

export function welcomeService(driver: Driver, peopleUrl: string, settings: Settings) {
  const neo4j = boltline(driver, {
    database: settings.database,
    bookmarks: bookmarks(settings),
    fetchOrigins: [peopleUrl],
  })
  const app = express()

  app.get('/livez', neo4j.livez())
  app.get('/readyz', neo4j.readyz())
  app.use(neo4j, express.json())

  app.post('/welcome', async (req, res) => {
    const { name, city } = req.body as { name: string; city: string }
    // Sends this request's bookmarks, and adds those of the other service's response.
    const created = await req.neo4j.fetch(`${peopleUrl}/people`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name, city }),
    })
    if (!created.ok) {
      res.status(created.status).json({ title: 'The person could not be created' })
      return
    }
    // So this read sees the new person on every server.
    const { records } = await req.neo4j.query<{ neighbours: number }>(NEIGHBOURS, { city }, { routing: 'READ' })
    res.json({ message: `Welcome, ${name}! You have ${records[0]?.get('neighbours')} neighbours in ${city}.` })
  })

  app.use(neo4j.errorHandler())
  return { app, neo4j }
}
