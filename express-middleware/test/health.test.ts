import { type Driver, GraphDatabase } from '@boltline/core'
import { startCluster, startScripted } from '@boltline/embedded'
import request from 'supertest'
import { describe, expect, it, vi } from 'vitest'
import { boltline, type ReadyzOptions } from '../src/index.ts'
import { application, inUse, lines, listen, memoryLogger } from './lines.ts'

describe.each(lines)('health on $name', (line) => {
  const made = (driver: Driver, options: ReadyzOptions = { cache: 0 }, mayGoOn = Promise.resolve()) => {
    const logger = memoryLogger()
    const api = boltline(driver, { logger, database: 'neo4j' })
    const app = application(line, api, (to) => {
      to.get('/livez', api.livez())
      to.get('/readyz', api.readyz(options))
      to.get('/read', async (req, res) => {
        await req.neo4j.query('READ')
        await mayGoOn
        res.end()
      })
    })
    return { api, app, logger }
  }

  it('livez answers 200 without querying the database, also when it is down', async () => {
    await using server = await startScripted()
    await using driver = GraphDatabase.driver(server.uri)
    await server.close()
    const answer = await request(made(driver).app).get('/livez')
    expect(answer.status).toBe(200)
    expect(answer.headers).toMatchObject({ 'content-type': 'application/health+json', 'cache-control': 'no-store' })
    expect(JSON.parse(answer.text)).toEqual({ status: 'pass' })
    expect(driver.poolMetrics()[0]?.created).toBe(0)
  })

  it('readyz is ready, degraded, not ready and ready again with the cluster', async () => {
    await using cluster = await startCluster({ readers: 1 })
    await using driver = GraphDatabase.driver(cluster.uri)
    const { app, logger } = made(driver, { cache: 0, timeout: 5000 })
    const now = async () => {
      const { status, text } = await request(app).get('/readyz')
      return { code: status, ...JSON.parse(text) }
    }
    expect(await now()).toMatchObject({ code: 200, status: 'pass', degraded: false })
    await cluster.leader?.die()
    cluster.loseLeader()
    const degraded = await now()
    expect(degraded).toMatchObject({
      code: 200,
      status: 'warn',
      degraded: true,
      checks: { 'neo4j:read': [{ status: 'pass' }], 'neo4j:write': [{ status: 'warn' }] },
    })
    expect(degraded.checks).not.toHaveProperty('neo4j:connections')
    for (const member of cluster.members) await member.die()
    const down = await now()
    expect(down).toMatchObject({
      code: 503,
      status: 'fail',
      checks: { 'neo4j:read': [{ output: 'database-unavailable' }] },
    })
    expect(JSON.stringify([degraded, down])).not.toMatch(/127\.0\.0\.1|Unavailable/)
    for (const member of cluster.members) await member.start()
    cluster.switchLeader()
    await vi.waitFor(async () => expect((await now()).status).toBe('pass'))
    expect(logger.lines[0]).toMatch(/the database is degraded: /)
    expect(logger.lines[1]).toMatch(/the database is down: /)
    expect(logger.lines.at(-1)).toMatch(/the database is up$/)
  })

  it('readyz answers within its timeout when the database does not, and leaks no connection', async () => {
    await using cluster = await startCluster({ readers: 1 })
    await using driver = GraphDatabase.driver(cluster.uri)
    const { app } = made(driver, { timeout: 40, cache: 0 })
    await driver.verifyConnectivity()
    for (const member of cluster.members) member.hang()
    for (let i = 0; i < 3; i++) {
      const answer = await request(app).get('/readyz')
      expect(answer.status).toBe(503)
      expect(JSON.parse(answer.text).checks['neo4j:read'][0].output).toBe('no-answer')
    }
    await vi.waitFor(() => expect(inUse(driver)).toBe(0))
  })

  it('readyz shares one probe between concurrent requests, and shows the pool only with pool: true', async () => {
    await using server = await startScripted()
    await using driver = GraphDatabase.driver(server.uri, { maxConnectionPoolSize: 9 })
    const { app } = made(driver, { cache: 60_000, checks: ['read', 'pool'] })
    await using listening = await listen(app)
    const answers = await Promise.all(Array.from({ length: 50 }, () => listening.call('/readyz')))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    expect(server.events.filter(({ type }) => type === 'begin').length).toBe(1)
    expect(JSON.parse(answers[0]?.body ?? '').checks).toMatchObject({
      'neo4j:read': [{ status: 'pass' }],
      'neo4j:connections': [{ observedUnit: 'connections', max: 9 }],
    })
    expect(JSON.parse(answers[0]?.body ?? '').checks).not.toHaveProperty('neo4j:write')
  })

  it('readyz runs custom checks within its timeout, and does not reveal why one fails', async () => {
    await using server = await startScripted()
    await using driver = GraphDatabase.driver(server.uri)
    let healthy = true
    let asked = 0
    const checks = {
      write: false,
      'queue:depth': () => {
        asked++
        if (!healthy) throw new Error('secret reason')
      },
      'cache:ping': () => healthy,
      'slow:ping': (signal: AbortSignal) =>
        healthy
          ? true
          : new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    }
    const fine = await request(made(driver, { cache: 0, timeout: 20_000, checks }).app).get('/readyz')
    expect(fine.status).toBe(200)
    expect(Object.keys(JSON.parse(fine.text).checks)).toEqual(['neo4j:read', 'queue:depth', 'cache:ping', 'slow:ping'])
    healthy = false
    const bad = await request(made(driver, { cache: 0, timeout: 30, checks: { ...checks, read: false } }).app).get(
      '/readyz',
    )
    expect(bad.status).toBe(503)
    expect(JSON.parse(bad.text)).toMatchObject({
      status: 'fail',
      output: 'queue:depth failed; cache:ping failed; slow:ping failed',
      checks: { 'queue:depth': [{ output: 'failed' }], 'slow:ping': [{ output: 'no-answer' }] },
    })
    expect(bad.text).not.toContain('secret')
    expect(asked).toBe(2)
    const api = boltline(driver, { logger: null })
    expect(() => api.readyz({ checks: ['all'] as never })).toThrow(/'read', 'write' and 'pool', found "all"/)
    expect(() => api.readyz({ checks: { cache: true } })).toThrow(/checks.cache must be a function/)
    expect(() => api.readyz({ checks: { read: 1 as never } })).toThrow(/checks.read must be true or false/)
  })

  it('close makes readyz answer 503, and waits for active requests', async () => {
    await using server = await startScripted()
    server.when('READ').returns([])
    await using driver = GraphDatabase.driver(server.uri)
    let goOn: () => void = () => undefined
    const mayGoOn = new Promise<void>((resolve) => {
      goOn = resolve
    })
    const { app, api } = made(driver, { cache: 0 }, mayGoOn)
    await using listening = await listen(app)
    expect((await listening.call('/readyz')).status).toBe(200)
    const reading = listening.call('/read')
    await vi.waitFor(() => expect(api.metrics().active).toBe(1))
    let over = false
    const closing = api.close().then(() => {
      over = true
    })
    const goodbye = await listening.call('/readyz')
    expect([goodbye.status, JSON.parse(goodbye.body).output]).toEqual([503, 'the service is stopping'])
    expect((await listening.call('/livez')).status).toBe(200)
    expect(over).toBe(false)
    goOn()
    expect((await reading).status).toBe(200)
    await closing
    expect(api.metrics().active).toBe(0)
    expect(driver.closed).toBe(false)
  })

  it('close resolves after its timeout while a request is still active', async () => {
    await using server = await startScripted()
    server.when('READ').hangs()
    await using driver = GraphDatabase.driver(server.uri)
    const { app, api } = made(driver)
    await using listening = await listen(app)
    const reading = listening.call('/read').catch((error: Error) => error)
    await vi.waitFor(() => expect(server.calls.length).toBe(1))
    await api.close({ timeout: 10 })
    expect(api.metrics().active).toBe(1)
    listening.server.closeAllConnections()
    await reading
    await api.close()
    expect(api.metrics().active).toBe(0)
  })
})
