import { type Driver, GraphDatabase } from '@boltline/core'
import { ManualClock, useClock } from '@boltline/core/testing'
import { type ScriptedServer, startCluster, startScripted } from '@boltline/embedded'
import request from 'supertest'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { type BoltlineOptions, boltline } from '../src/index.ts'
import { type App, application, inUse, lines, listen, memoryLogger, secret } from './lines.ts'

const query = 'MATCH (u:User {email: "ada@example.org"}) RETURN u'
let server: ScriptedServer
let driver: Driver

beforeAll(async () => {
  server = await startScripted()
  driver = GraphDatabase.driver(server.uri, { maxTransactionRetryTime: 0 })
})
afterAll(async () => {
  await driver.close()
  await server.close()
})
beforeEach(() => server.reset())

const routes = (app: App) => {
  app.get('/query', async (req, res) => {
    await req.neo4j.query(query, { secret: 'hunter2' } as object)
    res.json({})
  })
  app.get('/parameter', async (req, res) => {
    await req.neo4j.query('RETURN $x', { x: undefined })
    res.json({})
  })
  app.post('/write', async (req, res) => {
    await req.neo4j.write((tx) => tx.run(query).consume())
    res.json({})
  })
  app.get('/own', () => {
    throw Object.assign(new Error('teapot'), { status: 418 })
  })
}

describe.each(lines)('the error handler of $name', (line) => {
  const made = (options: BoltlineOptions = {}, to = driver) => {
    const logger = memoryLogger()
    return { logger, app: application(line, boltline(to, { logger, ...options }), routes) }
  }

  it.each([
    ['Neo.ClientError.Schema.ConstraintValidationFailed', 409, 'constraint-violated', false],
    ['Neo.ClientError.Statement.TypeError', 500, 'internal-error', false],
    ['Neo.TransientError.Transaction.DeadlockDetected', 503, 'try-again', true],
    ['Neo.TransientError.General.DatabaseUnavailable', 503, 'database-unavailable', true],
    ['Neo.ClientError.Transaction.TransactionTimedOut', 504, 'timed-out', false],
    ['Neo.ClientError.Security.Unauthorized', 500, 'service-misconfigured', false],
    ['Neo.ClientError.Security.Forbidden', 500, 'service-misconfigured', false],
    ['Neo.ClientError.Statement.SyntaxError', 500, 'internal-error', false],
  ])('answers %s with %i, and gives nothing away', async (code, status, kind, again) => {
    server.when(query).fails(code, { message: `no good: ${query} at ${server.host}:${server.port}` })
    const { app, logger } = made()
    const answer = await request(app).get('/query')
    expect(answer.status).toBe(status)
    expect(answer.headers['content-type']).toBe('application/problem+json')
    expect(answer.headers['cache-control']).toBe('no-store')
    expect(answer.body).toMatchObject({ type: 'about:blank', status, code: kind })
    expect(Number(answer.headers['retry-after']) >= 1).toBe(again)
    expect(JSON.stringify([answer.text, answer.headers])).not.toMatch(/MATCH|ada@|hunter2|127\.0\.0\.1:|Neo\.|\.ts/)
    expect(logger.entries).toEqual([
      [status >= 500 ? 'error' : 'warn', expect.stringContaining(`GET /query was answered with ${status}, ${kind}: `)],
      ['debug', `boltline.express: the query that failed: ${query}`],
    ])
    expect(logger.lines[0]).toContain(`(${code}): no good: ${query} at`)
    expect(logger.lines.join()).not.toContain('hunter2')
    await vi.waitFor(() => expect(inUse(driver)).toBe(0))
  })

  it('answers for a parameter that cannot be sent, and leaves other errors to Express', async () => {
    const { app } = made()
    expect((await request(app).get('/parameter')).body).toMatchObject({ status: 500, code: 'internal-error' })
    expect((await request(app).get('/own')).status).toBe(418)
    expect((await request(app).get('/nowhere')).status).toBe(404)
  })

  it('says honestly that the outcome of a COMMIT is not known', async () => {
    server.when(query).returns([])
    server.onCommit().drops()
    const answer = await request(made().app).post('/write')
    expect(answer.body).toMatchObject({ status: 500, code: 'outcome-unknown' })
    expect(answer.body.detail).toMatch(/may or may not have been made/)
    expect(answer.headers).not.toHaveProperty('retry-after')
  })

  it('does work once whose bookmark manager fails behind the commit, whatever that failure says of itself', async () => {
    server.when(query).returns([])
    const cause = Object.assign(new Error('the store is out of reach'), { isRetryable: true })
    const bookmarkManager = { getBookmarks: () => [], updateBookmarks: () => Promise.reject(cause) }
    await using retrying = GraphDatabase.driver(server.uri)
    const app = application(line, boltline(retrying, { logger: null }), (own) => {
      own.post('/query', async (req, res) => {
        await req.neo4j.query(query, {}, { bookmarkManager })
        res.json({})
      })
      own.post('/session', async (req, res) => {
        await using session = req.neo4j.session({ bookmarkManager })
        await session.executeWrite((tx) => tx.run(query).consume())
        res.json({})
      })
    })
    for (const path of ['/query', '/session']) {
      const before = server.calls.length
      const answer = await request(app).post(path)
      expect(answer.status).toBe(500)
      expect(answer.headers).not.toHaveProperty('retry-after')
      expect(server.calls.length - before).toBe(1)
    }
  })

  it('answers 503 while no server is there', async () => {
    await using away = await startScripted()
    await using lost = GraphDatabase.driver(away.uri, { maxTransactionRetryTime: 0, connectionTimeout: 1000 })
    await away.close()
    const answer = await request(made({}, lost).app).get('/query')
    expect(answer.body).toMatchObject({ status: 503, code: 'database-unavailable' })
    expect(answer.headers['retry-after']).toMatch(/^([5-9]|10)$/)
  })

  it('answers 503 when no connection becomes free', async () => {
    await using busy = await startScripted()
    const clock = new ManualClock(Date.now())
    onTestFinished(useClock(clock))
    await using small = GraphDatabase.driver(busy.uri, { maxConnectionPoolSize: 1, connectionAcquisitionTimeout: 30 })
    await using session = small.session()
    await session.beginTransaction()
    // Sent when it is awaited, and then it waits.
    const waits = vi.waitFor(() => expect(small.poolMetrics()[0]?.waiting).toBe(1)).then(() => clock.tick(30))
    const answer = await request(made({}, small).app).get('/query')
    await waits
    expect(answer.body).toMatchObject({ status: 503, code: 'no-free-connection' })
  })

  it('blames the client for what the client has chosen', async () => {
    server.when(query).fails('Neo.ClientError.Security.Forbidden')
    const own = made({ impersonatedUser: (req) => req.headers['x-user'] as string })
    expect((await request(own.app).get('/query').set('x-user', 'ada')).status).toBe(403)
    server.when(query).fails('Neo.ClientError.Database.DatabaseNotFound')
    const tenants = made({ database: (req) => req.headers['x-db'] as string })
    expect((await request(tenants.app).get('/query').set('x-db', 'none')).status).toBe(404)
  })

  it('takes the bookmarks from a client whose server does not come to them', async () => {
    await using cluster = await startCluster({ readers: 1 })
    cluster.when(query).reads(() => [])
    await using reader = GraphDatabase.driver(cluster.uri)
    const { app, logger } = made(
      { bookmarks: { secrets: [secret], cookie: { name: 'seen' }, waitTimeout: 30 } },
      reader,
    )
    const future = application(
      line,
      boltline(driver, { bookmarks: { secrets: [secret], cookie: { name: 'seen' } }, logger: null }),
      (to) =>
        to.get('/', (req, res) => {
          req.neo4j.addBookmarks(['cluster:1000'])
          res.end()
        }),
    )
    const cookie = String((await request(future).get('/')).headers['set-cookie']).split(';')[0] as string
    const answer = await request(app).get('/query').set('Cookie', cookie)
    expect(answer.body).toMatchObject({ status: 503, code: 'bookmark-not-reached' })
    expect(String(answer.headers['set-cookie'])).toMatch(/^seen=; Max-Age=0;/)
    expect(answer.headers).not.toHaveProperty('boltline-bookmark')
    expect(logger.lines).toEqual([expect.stringMatching(/503, bookmark-not-reached: BookmarkTimeoutError/)])
    expect((await request(app).get('/query')).status).toBe(200)
  })

  it('cuts an answer off that had begun', async () => {
    server.when(query).fails('Neo.ClientError.Statement.SyntaxError')
    const logger = memoryLogger()
    const app = application(line, boltline(driver, { logger }), (to) =>
      to.get('/', async (req, res) => {
        res.write('half')
        await req.neo4j.query(query)
        res.end()
      }),
    )
    await using listening = await listen(app)
    await expect(listening.call('/')).rejects.toThrow(/aborted/)
    expect(logger.lines.length).toBe(1)
  })
})
