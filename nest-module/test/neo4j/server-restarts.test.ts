import { BoltlineClient, BoltlineExceptionFilter, BoltlineModule, ReadTransaction } from '@boltline/nestjs'
import { BoltlineHealthIndicator } from '@boltline/nestjs/terminus'
import { Controller, Get } from '@nestjs/common'
import { APP_FILTER } from '@nestjs/core'
import { HealthCheckService, TerminusModule } from '@nestjs/terminus'
import { expect, inject, it } from 'vitest'
import { startNeo4j } from '../../../tools/neo4j/start.mjs'
import { serve } from '../fixture.ts'

@Controller()
class Shop {
  readonly neo: BoltlineClient
  readonly health: HealthCheckService
  readonly neo4j: BoltlineHealthIndicator

  constructor(neo: BoltlineClient, health: HealthCheckService, neo4j: BoltlineHealthIndicator) {
    this.neo = neo
    this.health = health
    this.neo4j = neo4j
  }

  @Get('orders')
  @ReadTransaction()
  orders(): Promise<object[]> {
    return this.neo.all('MATCH (o:Order) RETURN o.id AS id')
  }

  @Get('ready')
  ready() {
    return this.health.check([this.neo4j.check('neo4j', { cache: 100, timeout: 2_000 })])
  }
}

interface Answer {
  readonly status: number
  readonly body: string
  readonly retryAfter: string | null
}

it('answers 503 while the server is away, hangs nowhere, and goes on by itself when it is back', async () => {
  const { version } = inject('neo4j')
  const auth = { user: 'neo4j', password: 'boltline-tests' }
  await using server = await startNeo4j({ version: version === 'given' ? '2026.09' : version, auth, quick: true })
  const { url, app } = await serve({
    imports: [
      BoltlineModule.forRoot({
        uri: server.uri,
        auth: [server.user, server.password],
        driver: { maxTransactionRetryTime: 500, connectionAcquisitionTimeout: 5_000, maxConnectionPoolSize: 10 },
      }),
      TerminusModule.forRoot({ logger: false }),
    ],
    controllers: [Shop],
    providers: [BoltlineHealthIndicator, { provide: APP_FILTER, useClass: BoltlineExceptionFilter }],
  })
  await app.get(BoltlineClient).consume('CREATE (:Order {id: 1})')

  // Beyond the driver's own limits; a request that takes longer hangs, and fails the test.
  const ask = async (path: string): Promise<Answer> => {
    const answer = await fetch(`${url}/${path}`, { signal: AbortSignal.timeout(30_000) })
    return { status: answer.status, body: await answer.text(), retryAfter: answer.headers.get('retry-after') }
  }
  const ready = async () => (await ask('ready')).status
  const answers: Answer[] = []
  let asking = true
  const callers = Array.from({ length: 8 }, async () => {
    while (asking) answers.push(await ask('orders'))
  })
  const away = () => answers.filter(({ status }) => status === 503)

  expect(await ready()).toBe(200)
  await expect.poll(() => answers.length, { timeout: 30_000 }).toBeGreaterThan(8)
  await server.kill()
  await expect.poll(ready, { timeout: 30_000 }).toBe(503)
  await expect.poll(() => away().length, { timeout: 30_000 }).toBeGreaterThan(8)
  await server.restart()
  await expect.poll(ready, { timeout: 60_000, interval: 200 }).toBe(200)
  await expect.poll(async () => (await ask('orders')).status, { timeout: 30_000 }).toBe(200)
  asking = false
  await Promise.all(callers)

  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 503]))
  for (const { status, body } of answers) if (status === 200) expect(body).toBe('[{"id":1}]')
  for (const { body, retryAfter } of away()) {
    expect(Number(retryAfter)).toBeGreaterThan(0)
    expect(body).not.toContain(String(server.port))
  }
  expect((await ask('orders')).body).toBe('[{"id":1}]')
}, 600_000)
