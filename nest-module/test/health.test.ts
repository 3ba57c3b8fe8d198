import { Driver } from '@boltline/core'
import { startCluster } from '@boltline/embedded'
import { BoltlineModule } from '@boltline/nestjs'
import { BoltlineHealthIndicator } from '@boltline/nestjs/terminus'
import { Controller, Get, type ModuleMetadata } from '@nestjs/common'
import { HealthCheckService, TerminusModule } from '@nestjs/terminus'
import { expect, it, onTestFinished } from 'vitest'
import { scripted, serve } from './fixture.ts'

const line = process.env['BOLTLINE_NEST_LINE'] ?? '12'

@Controller()
class Health {
  readonly health: HealthCheckService
  readonly neo4j: BoltlineHealthIndicator

  constructor(health: HealthCheckService, neo4j: BoltlineHealthIndicator) {
    this.health = health
    this.neo4j = neo4j
  }

  @Get('ready')
  ready() {
    return this.health.check([this.neo4j.check('neo4j', { cache: 0, timeout: 20_000 })])
  }

  @Get('writes')
  writes() {
    return this.health.check([() => this.neo4j.check('neo4j', { mode: 'write', cache: 0, timeout: 20_000 })])
  }

  @Get('live')
  live() {
    return this.health.check([this.neo4j.live('neo4j')])
  }

  @Get('unknown')
  unknown() {
    return this.health.check([this.neo4j.check('neo4j', { connection: 'unknown' })])
  }
}

interface Answer {
  readonly status: string
  readonly details: { readonly neo4j: Readonly<Record<string, unknown>> }
}

async function health(uri: string, options: object = {}) {
  const metadata: ModuleMetadata = {
    imports: [BoltlineModule.forRoot({ uri, ...options }), TerminusModule.forRoot({ logger: false })],
    controllers: [Health],
    providers: [BoltlineHealthIndicator],
  }
  const { app, url } = await serve(metadata)
  const ask = async (path: string): Promise<[number, Answer]> => {
    const answer = await fetch(`${url}/${path}`)
    return [answer.status, (await answer.json()) as Answer]
  }
  return { app, ask }
}

it('is up with the server, the protocol and the figures of the pool', async () => {
  const server = await scripted()
  const { ask } = await health(server.uri)
  const [status, { details }] = await ask('ready')
  expect(status).toBe(200)
  expect(details.neo4j).toMatchObject({
    status: 'up',
    read: 'ok',
    write: 'ok',
    server: expect.stringMatching(/^Neo4j\//),
    protocol: expect.stringMatching(/^\d+\.\d+$/),
    pool: { max: 100, inUse: 0, waiting: 0 },
  })
  expect(server.calls).toEqual([])
})

it('is degraded where reads work and writes do not', async () => {
  const cluster = await startCluster({ routers: 1, readers: 1, writers: 1 })
  onTestFinished(() => cluster.close())
  const { ask } = await health(cluster.uri, { startup: { mode: 'lazy' } })
  for (const writer of cluster.writers) await writer.die()
  const [status, answer] = await ask('ready')
  expect(status).toBe(200)
  expect(answer.details.neo4j).toMatchObject({ read: 'ok', write: expect.not.stringMatching(/^ok$/) })
  if (line === '12') expect([answer.status, answer.details.neo4j['status']]).toEqual(['degraded', 'degraded'])
  else expect([answer.status, answer.details.neo4j['degraded']]).toEqual(['ok', true])
  expect((await ask('writes'))[0]).toBe(503)
})

it('is down within its time, and says nothing of addresses', async () => {
  const server = await scripted()
  const { ask } = await health(server.uri, { startup: { mode: 'lazy' } })
  await server.close()
  const [status, answer] = await ask('ready')
  expect(status).toBe(503)
  expect(answer.details.neo4j).toMatchObject({ status: 'down', reason: 'database-unavailable' })
  expect(JSON.stringify(answer)).not.toContain('127.0.0.1')
  expect((await ask('live'))[0]).toBe(200)
})

it('is not alive with a driver that is closed', async () => {
  const server = await scripted()
  const { app, ask } = await health(server.uri)
  expect((await ask('live'))[0]).toBe(200)
  await app.get(Driver).close()
  expect((await ask('live'))[0]).toBe(503)
  expect((await ask('ready'))[0]).toBe(503)
})

it('says how to register a connection that is asked for and not there', async () => {
  const server = await scripted()
  const { ask } = await health(server.uri)
  const [status] = await ask('unknown')
  expect(status).toBe(500)
})
