// Both services over HTTP, each with a driver of its own, on a stand-in for a cluster whose followers lag behind. What the
// test's server answers to each query stands below; that the queries are right is for a real Neo4j to say (real.test.ts).

import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { type Driver, GraphDatabase } from '@boltline/core'
import { type Cluster, startCluster } from '@boltline/embedded'
import type { Express } from 'express'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { peopleService } from '../src/people-service.ts'
import { CREATE_PERSON, NEIGHBOURS, PEOPLE, PERSON, SETTLE } from '../src/queries.ts'
import { welcomeService } from '../src/welcome-service.ts'

const settings = { database: 'neo4j', bookmarkSecret: 'a secret for tests, of 32 bytes or more' }

let cluster: Cluster
let cleanUp: (() => Promise<unknown>)[]
let peopleUrl: string
let welcomeUrl: string

async function listen(app: Express): Promise<string> {
  const server = app.listen(0)
  await once(server, 'listening')
  cleanUp.unshift(async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  })
  return `http://localhost:${(server.address() as AddressInfo).port}`
}

function newDriver(): Driver {
  const driver = GraphDatabase.driver(cluster.uri)
  cleanUp.push(() => driver.close())
  return driver
}

beforeEach(async () => {
  cleanUp = []
  cluster = await startCluster({ routers: 1, readers: 2, writers: 1, lag: 100 })
  cluster.when(CREATE_PERSON).writes((log, { name }) => void log.push(name))
  cluster.when(SETTLE).writes(() => undefined)
  cluster.when(PERSON).reads((log, { name }) => (log.includes(name) ? [{ name, city: 'Zürich' }] : []))
  cluster.when(PEOPLE).reads((log) => log.map((name) => ({ name })))
  cluster.when(NEIGHBOURS).reads((log) => [{ neighbours: log.length - 1 }])
  peopleUrl = await listen(peopleService(newDriver(), settings).app)
  welcomeUrl = await listen(welcomeService(newDriver(), peopleUrl, settings).app)
})
afterEach(async () => {
  for (const clean of cleanUp) await clean()
  await cluster.close()
})

const post = (url: string, body: object) =>
  fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })

describe('The people service', () => {
  it('lets a client that sends its bookmark back read what it has written', async () => {
    const created = await post(`${peopleUrl}/people`, { name: 'Ada', city: 'Zürich' })
    expect(created.status).toBe(201)
    const bookmark = created.headers.get('boltline-bookmark') ?? ''
    const found = await fetch(`${peopleUrl}/people/Ada`, { headers: { 'boltline-bookmark': bookmark } })
    expect(await found.json()).toEqual({ name: 'Ada', city: 'Zürich' })
  })

  it('streams all people, a line each', async () => {
    const created = await post(`${peopleUrl}/people`, { name: 'Ada', city: 'Zürich' })
    const bookmark = created.headers.get('boltline-bookmark') ?? ''
    const everybody = await fetch(`${peopleUrl}/people`, { headers: { 'boltline-bookmark': bookmark } })
    expect(await everybody.text()).toBe('{"name":"Ada"}\n')
  })

  it('answers 404 for an unknown person', async () => {
    expect((await fetch(`${peopleUrl}/people/unknown`)).status).toBe(404)
  })
})

describe('The welcome service', () => {
  it('sees what the people service has written for it, though the followers lag', async () => {
    for (let i = 0; i < 5; i++) {
      const answer = await post(`${welcomeUrl}/welcome`, { name: `Person ${i}`, city: 'Zürich' })
      expect(await answer.json()).toEqual({
        message: `Welcome, Person ${i}! You have ${i} neighbours in Zürich.`,
      })
    }
  })
})

describe('Both services', () => {
  it('are alive, and ready', async () => {
    for (const url of [peopleUrl, welcomeUrl]) {
      expect((await fetch(`${url}/livez`)).status).toBe(200)
      expect((await fetch(`${url}/readyz`)).status).toBe(200)
    }
  })
})
