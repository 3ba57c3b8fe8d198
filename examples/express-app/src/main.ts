// Starts both services in one process, to make trying them out easy, and stops them in order.

import { once } from 'node:events'
import type { Server } from 'node:http'
import { basicAuth, GraphDatabase } from '@boltline/core'
import { peopleService } from './people-service.ts'
import { welcomeService } from './welcome-service.ts'

const { NEO4J_URI = 'neo4j://localhost:7687', NEO4J_USER = 'neo4j', NEO4J_PASSWORD = '' } = process.env
const settings = {
  database: 'neo4j',
  bookmarkSecret: process.env.BOOKMARK_SECRET ?? 'for development only, 32 bytes or more',
}
const newDriver = () => GraphDatabase.driver(NEO4J_URI, { auth: basicAuth(NEO4J_USER, NEO4J_PASSWORD) })
const drivers = [newDriver(), newDriver()] as const

const people = peopleService(drivers[0], settings)
const welcome = welcomeService(drivers[1], 'http://localhost:3001', settings)
const servers: Server[] = [people.app.listen(3001), welcome.app.listen(3000)]
console.log('people on http://localhost:3001, welcome on http://localhost:3000')

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, async () => {
    // Not ready any more; no new requests; those under way finish; then the connections.
    await Promise.all([people.neo4j.close(), welcome.neo4j.close()])
    await Promise.all(
      servers.map((server) => {
        server.close()
        return once(server, 'close')
      }),
    )
    await Promise.all(drivers.map((driver) => driver.close()))
  })
}
