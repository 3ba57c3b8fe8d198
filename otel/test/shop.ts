/** A shop on a scripted server: an application that produces every span and metric there is. */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Driver, GraphDatabase, isNeo4jError } from '@boltline/core'
import { query, startCluster, startPlay, startScripted } from '@boltline/embedded'
import { type Span, SpanKind, SpanStatusCode, type Tracer } from '@opentelemetry/api'

export const queries = {
  product: 'MATCH (p:Product {name: $name}) RETURN p.price AS price',
  order: 'MATCH (c:Customer {id: $customer}) CREATE (c)-[:PLACED]->(:Order {no: $no})',
  audit: "CREATE (:Audit {what: 'order', level: 3})",
  report: 'MATCH (o:Order) RETURN o.no AS no',
  broken: 'MATCH (o:Order) RETRUN o',
  lost: 'MATCH (l:Lost) RETURN l',
  stock: 'MATCH (s:Stock) RETURN s.count AS count',
} as const

export const deadlock = 'Neo.TransientError.Transaction.DeadlockDetected'
const syntaxError = 'Neo.ClientError.Statement.SyntaxError'

/** The shop, its databases and its HTTP server. */
export interface Shop extends AsyncDisposable {
  readonly origin: string
  readonly driver: Driver
  /** One of every kind of request, several at once. */
  burst(): Promise<void>
}

/** Opens the shop. `tracer` makes the spans of its HTTP requests. */
export async function openShop(tracer: Tracer): Promise<Shop> {
  const server = await startScripted()
  server.when(queries.product).returns([{ price: 7 }])
  server.when(queries.order).fails(deadlock).returns([])
  server.when(queries.audit).returns([])
  server.when(queries.report).streams(2500, (no) => ({ no }))
  server.when(queries.broken).fails(syntaxError, { message: 'Invalid input: expected "RETURN"', gqlStatus: '42I06' })
  server.when(queries.lost).drops()
  const cluster = await startCluster({ routers: 1, readers: 2, writers: 1, seed: 7 })
  cluster.when(queries.stock).reads(() => [{ count: 3 }])
  const config = { maxConnectionPoolSize: 2, connectionAcquisitionTimeout: 2_000 }
  const driver = GraphDatabase.driver(server.uri, config)
  const warehouse = GraphDatabase.driver(cluster.uri)
  const http = createServer((request, response) => answer(tracer, { driver, warehouse }, request, response))
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
  return {
    origin,
    driver,
    burst: () => burst(origin, driver),
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => http.close(resolve))
      await Promise.all([driver.close(), warehouse.close()])
      await Promise.all([server.close(), cluster.close()])
    },
  }
}

interface Databases {
  readonly driver: Driver
  readonly warehouse: Driver
}

const routes: Readonly<Record<string, (databases: Databases) => Promise<unknown>>> = {
  'GET /product': async ({ driver }) => {
    const { records } = await driver.executeQuery(
      queries.product,
      { name: 'cup' },
      { routing: 'READ', database: 'shop' },
    )
    return records
  },
  'POST /orders': async ({ driver }) => {
    await using session = driver.session({ database: 'shop' })
    return await session.executeWrite(async (tx) => {
      await tx.run(queries.order, { customer: 1, no: 2 }).consume()
      await tx.run(queries.audit).consume()
      return { ordered: true }
    })
  },
  'GET /report': async ({ driver }) => {
    await using session = driver.session({ database: 'shop' })
    for await (const record of session.run(queries.report)) return record
    return null
  },
  'GET /audit': async ({ driver }) => {
    await using session = driver.session({ database: 'shop' })
    await using transaction = await session.beginTransaction()
    await transaction.run(queries.audit)
    await transaction.rollback()
    return {}
  },
  'GET /lost': async ({ driver }) => {
    await using session = driver.session({ database: 'shop' })
    // Awaited here, because the session is closed before a returned promise is looked at.
    return await session.run(queries.lost).consume()
  },
  'GET /broken': ({ driver }) => driver.executeQuery(queries.broken, {}, { database: 'shop' }),
  'GET /stock': async ({ warehouse }) => {
    const { records } = await warehouse.executeQuery(queries.stock, {}, { routing: 'READ' })
    return records
  },
}

function answer(tracer: Tracer, databases: Databases, request: IncomingMessage, response: ServerResponse): void {
  const name = `${request.method} ${request.url}`
  const route = routes[name]
  tracer.startActiveSpan(name, { kind: SpanKind.SERVER }, async (span: Span) => {
    try {
      const body = await route?.(databases)
      response.writeHead(route === undefined ? 404 : 200, { 'content-type': 'application/json' })
      response.end(JSON.stringify(body ?? null))
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR })
      response.writeHead(isNeo4jError(error) ? 500 : 503).end()
    } finally {
      span.end()
    }
  })
}

async function burst(origin: string, driver: Driver): Promise<void> {
  const fetched = async (name: string) => {
    const [method = 'GET', path = '/'] = name.split(' ')
    const response = await fetch(origin + path, { method })
    await response.text()
  }
  for (const name of Object.keys(routes)) await fetched(name)
  await Promise.all(Array.from({ length: 20 }, () => fetched('GET /product')))
  await exhaust(driver)
}

/** Takes every connection, so that a caller waits in vain. */
async function exhaust(driver: Driver): Promise<void> {
  const sessions = [driver.session(), driver.session()]
  const transactions = await Promise.all(sessions.map((session) => session.beginTransaction()))
  const inVain = driver.executeQuery(queries.product, { name: 'cup' }, { database: 'shop' })
  await inVain.catch((error) => {
    if (error.name !== 'ConnectionAcquisitionTimeoutError') throw error
  })
  for (const transaction of transactions) await transaction.rollback()
  for (const session of sessions) await session.close()
}

/** A notification, and a bookmark to wait for: the shop's server has no occasion for them. */
export async function remark(): Promise<void> {
  const notification = {
    code: 'Neo.ClientNotification.X',
    title: 't',
    description: 'd',
    severity: 'WARNING',
    category: 'HINT',
  }
  await using play = await startPlay([query(['n'], [[1]], { notifications: [notification] })], { version: '5.4' })
  await using driver = GraphDatabase.driver(play.uri)
  await using session = driver.session()
  await session.run('MATCH (n) RETURN 1 AS n').consume()
}
