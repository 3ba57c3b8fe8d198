// The same services on a real Neo4j: `NEO4J_URI=… NEO4J_PASSWORD=… npm run test:neo4j`.

import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { basicAuth, GraphDatabase } from '@boltline/core'
import { expect, it } from 'vitest'
import { peopleService } from '../src/people-service.ts'

it('writes, reads and streams people', async () => {
  const { NEO4J_URI = 'neo4j://localhost:7687', NEO4J_USER = 'neo4j', NEO4J_PASSWORD = '' } = process.env
  await using driver = GraphDatabase.driver(NEO4J_URI, { auth: basicAuth(NEO4J_USER, NEO4J_PASSWORD) })
  const settings = { database: 'neo4j', bookmarkSecret: 'a secret for tests, of 32 bytes or more' }
  const server = peopleService(driver, settings).app.listen(0)
  await once(server, 'listening')
  try {
    const url = `http://localhost:${(server.address() as AddressInfo).port}`
    const created = await fetch(`${url}/people`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'Ada', city: 'Zürich' }),
    })
    expect(created.status).toBe(201)
    expect(await (await fetch(`${url}/people/Ada`)).json()).toEqual({ name: 'Ada', city: 'Zürich' })
    expect(await (await fetch(`${url}/people`)).text()).toContain('{"name":"Ada"}\n')
    expect((await fetch(`${url}/readyz`)).status).toBe(200)
  } finally {
    server.closeAllConnections()
    server.close()
  }
})
