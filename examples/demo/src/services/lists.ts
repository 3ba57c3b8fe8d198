/**
 * Two services on a cluster whose followers lag: what is written through one is read through the other. The cluster is
 * a stand-in (`startCluster`), because a real one takes more than a demo may ask for; the two services are real.
 */

import { type Driver, GraphDatabase } from '@boltline/core'
import { type Cluster, startCluster } from '@boltline/embedded'
import { boltline } from '@boltline/express'
import express from 'express'
import { tracedRequests } from '../telemetry/traced-requests.ts'
import { closeServer, listen } from './service.ts'

/** How far the followers are behind (ms). */
export const lag = 300

const add = 'CREATE (:Entry {film: $film})'
const count = 'MATCH (e:Entry {film: $film}) RETURN count(e) AS entries'

/** One of the two services. */
export interface ListService {
  readonly name: string
  readonly url: string
  readonly driver: Driver
}

export interface ListServices {
  /** Where entries are written. */
  readonly writer: ListService
  /** Where they are read. */
  readonly reader: ListService
  close(): Promise<void>
}

export async function startLists(secret: string): Promise<ListServices> {
  const cluster = await startCluster({ routers: 1, readers: 2, writers: 1, lag })
  cluster.when(add).writes((log, { film }) => void log.push(film))
  cluster.when(count).reads((log, { film }) => [{ entries: log.filter((entry) => entry === film).length }])
  const [writer, reader] = await Promise.all([
    startOne('lists A (Express)', cluster, secret),
    startOne('lists B (Express)', cluster, secret),
  ])
  return {
    writer,
    reader,
    close: async () => {
      await writer.close()
      await reader.close()
      await cluster.close()
    },
  }
}

async function startOne(name: string, cluster: Cluster, secret: string) {
  const driver = GraphDatabase.driver(cluster.uri, { maxConnectionPoolSize: 10 })
  const neo4j = boltline(driver, { bookmarks: { secrets: [secret] } })
  const app = express()
  app.use(tracedRequests(name))
  app.use(neo4j)
  app.post('/entries/:film', async (request, response) => {
    await request.neo4j.query(add, { film: Number(request.params.film) })
    response.sendStatus(201)
  })
  app.get('/entries/:film', async (request, response) => {
    const { records } = await request.neo4j.query<{ entries: number }>(count, { film: Number(request.params.film) })
    response.json(records[0])
  })
  app.use(neo4j.errorHandler())
  const { url, server } = await listen(app)
  return {
    name,
    url,
    driver,
    close: async () => {
      await closeServer(server)
      await neo4j.close()
      await driver.close()
    },
  }
}
