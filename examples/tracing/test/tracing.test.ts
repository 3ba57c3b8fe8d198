// The program as it is started, with a scripted server for a database and a web server for Zipkin. A deadlock is on purpose.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { type ScriptedServer, startScripted } from '@boltline/embedded'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { freePort } from '../../../tools/testing/free-port.mjs'
import { PLACE, TAKE } from '../src/queries.ts'

interface Span {
  readonly id: string
  readonly parentId?: string
  readonly name: string
  readonly traceId: string
  readonly tags: Readonly<Record<string, string>>
}

const spans: Span[] = []
let zipkin: Server
let database: ScriptedServer
let program: ChildProcess
let url: string
let metricsUrl: string

const portOf = (server: Server) => (server.address() as AddressInfo).port

beforeAll(async () => {
  zipkin = createServer(async (request, response) => {
    spans.push(...((await json(request)) as Span[]))
    response.writeHead(202).end()
  }).listen(0)
  await once(zipkin, 'listening')
  database = await startScripted()
  database.when(TAKE).returns([{ left: 99 }])
  database.when(PLACE).fails('Neo.TransientError.Transaction.DeadlockDetected').returns([])
  const [port, metricsPort] = [await freePort(), await freePort()]
  url = `http://localhost:${port}`
  metricsUrl = `http://localhost:${metricsPort}/metrics`
  program = spawn(process.execPath, ['--import', './dist/instrumentation.js', 'dist/main.js'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      NEO4J_URI: database.uri,
      PORT: String(port),
      METRICS_PORT: String(metricsPort),
      ZIPKIN_URL: `http://localhost:${portOf(zipkin)}/api/v2/spans`,
      // Sent soon, so that the test needn't wait.
      OTEL_BSP_SCHEDULE_DELAY: '50',
    },
  })
  await once(program.stdout!, 'data')
}, 60_000)
afterAll(async () => {
  program.kill('SIGTERM')
  await once(program, 'exit')
  await database.close()
  zipkin.close()
})

const named = (name: string) => spans.filter((span) => span.name === name)
const below = (parent: Span | undefined) =>
  spans.filter(({ parentId }) => parent !== undefined && parentId === parent.id)

it('shows a request from HTTP down to each query, with the retry', async () => {
  const answer = await fetch(`${url}/orders`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ sku: 'bike' }),
  })
  expect(await answer.json()).toEqual({ left: 99 })
  const request = await vi.waitFor(() => {
    const found = spans.find((span) => span.name.toUpperCase().startsWith('POST') && span.parentId === undefined)
    expect(found).toBeDefined()
    return found
  }, 10_000)
  const [unit] = below(request)
  expect(unit?.tags['db.operation.name']).toBe('executeWrite')
  const attempts = below(unit)
  expect(attempts.map(({ tags }) => tags['error.type'])).toEqual([
    'Neo.TransientError.Transaction.DeadlockDetected',
    undefined,
  ])
  const inside = below(attempts[1]).map(({ name }) => name)
  expect(inside.sort()).toEqual(['MATCH Product CREATE Order OF', 'MERGE Product SET', 'price'])
  expect(named('price')).toHaveLength(2)
})

it('lets the database name the trace, and shows the one parameter that may be seen', () => {
  const [request] = spans.filter(({ parentId }) => parentId === undefined)
  expect(database.calls.at(-1)?.metadata['traceparent']).toContain(request?.traceId)
  const queries = spans.filter(({ tags }) => tags['db.query.text'] !== undefined)
  expect(queries.every(({ tags }) => tags['db.query.parameter.sku'] === 'bike')).toBe(true)
  expect(JSON.stringify(queries)).not.toContain('db.query.parameter.price')
})

it('has the figures of queries, retries and pools for Prometheus', async () => {
  const page = await (await fetch(metricsUrl)).text()
  expect(page).toMatch(/^db_client_operation_duration(_seconds)?_count\{.*db_query_summary="MERGE Product.*\} [1-9]/m)
  expect(page).toMatch(/^neo4j_client_retries(_total)?\{.*\} 1/m)
  expect(page).toMatch(/^db_client_connection_count\{/m)
})
