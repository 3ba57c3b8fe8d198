import { type Driver, GraphDatabase } from '@boltline/core'
import type { Request, Response } from 'express5'
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest'
import { startNeo4j } from '../../../tools/neo4j/start.mjs'
import { boltline } from '../../src/index.ts'
import { application, inUse, lines, listen, memoryLogger, secret } from '../lines.ts'

const server = inject('neo4j')
const auth = [server.user, server.password] as const
const patience = { timeout: 20_000, interval: 50 }
let driver: Driver
let watcher: Driver

beforeAll(() => {
  driver = GraphDatabase.driver(server.boltUri, { auth, maxConnectionPoolSize: 1 })
  watcher = GraphDatabase.driver(server.boltUri, { auth })
})
afterAll(async () => {
  await watcher.executeQuery('DROP CONSTRAINT express_test IF EXISTS')
  await watcher.executeQuery('MATCH (n:ExpressTest) DETACH DELETE n')
  await driver.close()
  await watcher.close()
})

async function running(mark: string): Promise<number> {
  const { records } = await watcher.executeQuery(
    'SHOW TRANSACTIONS YIELD currentQuery WHERE currentQuery CONTAINS $mark AND NOT currentQuery CONTAINS "SHOW" RETURN count(*) AS n',
    { mark },
  )
  return records[0]?.get('n')
}

const slow = (mark: string) => `UNWIND range(1, 1000000000) AS i WITH i WHERE i % 7 = 8 RETURN count(i) AS ${mark}`

describe.each(lines)('$name on a real server', (line) => {
  it.each(['query', 'read', 'write', 'session', 'stream'] as const)(
    'ends the %s of a client that goes, and uses the connection again',
    async (way) => {
      const mark = `gone_${way}_${line.name.slice(-1)}`
      const logger = memoryLogger()
      const api = boltline(driver, { logger })
      const app = application(line, api, (to) => {
        to.get('/slow', async ({ neo4j }, res) => {
          if (way === 'query') await neo4j.query(slow(mark))
          if (way === 'read') await neo4j.read((tx) => tx.run(slow(mark)).consume())
          if (way === 'write') await neo4j.write((tx) => tx.run(slow(mark)).consume())
          if (way === 'stream') await neo4j.stream(slow(mark)).next()
          if (way === 'session') await neo4j.session().run(slow(mark)).consume()
          res.end()
        })
        to.get('/fast', async ({ neo4j }, res) => {
          res.json((await neo4j.query('RETURN 1 AS x')).records)
        })
      })
      await using listening = await listen(app)
      const leaving = new AbortController()
      const call = listening.call('/slow', { signal: leaving.signal }).catch((error: Error) => error)
      await vi.waitFor(async () => expect(await running(mark)).toBe(1), patience)
      leaving.abort()
      expect(await call).toBeInstanceOf(Error)
      await vi.waitFor(async () => expect(await running(mark)).toBe(0), patience)
      expect((await listening.call('/fast')).body).toBe('[{"x":1}]')
      expect(driver.poolMetrics()[0]).toMatchObject({ created: 1 })
      await vi.waitFor(() => expect(inUse(driver)).toBe(0))
      await vi.waitFor(() => expect(api.metrics()).toMatchObject({ aborted: 1, active: 0 }))
      expect(logger.lines).toEqual([])
    },
  )

  it('answers for what the server says, and gives nothing away', async () => {
    await watcher.executeQuery(
      'CREATE CONSTRAINT express_test IF NOT EXISTS FOR (n:ExpressTest) REQUIRE n.id IS UNIQUE',
    )
    await watcher.executeQuery('MERGE (:ExpressTest {id: "ada@example.org"})')
    const app = application(line, boltline(driver, { logger: null }), (to) =>
      to.post('/:what', async (req, res) => {
        const queries: Record<string, [string, object?, object?]> = {
          constraint: ['CREATE (:ExpressTest {id: $id})', { id: 'ada@example.org' }],
          syntax: ['CREATE ('],
          value: ['RETURN 1 / $x', { x: 0 }],
          late: [slow('too_late'), {}, { timeout: 50 }],
          missing: ['RETURN $missing'],
        }
        await req.neo4j.query(...(queries[String(req.params['what'])] ?? ['']))
        res.end()
      }),
    )
    await using listening = await listen(app)
    const outcomes: Record<string, unknown> = {}
    for (const what of ['constraint', 'syntax', 'value', 'late', 'missing']) {
      const { status, body } = await listening.call(`/${what}`, { method: 'POST' })
      expect(body).not.toMatch(/ada@|ExpressTest|UNWIND|CREATE|Neo\.|127\.0|localhost/)
      outcomes[what] = [status, JSON.parse(body).code]
    }
    expect(outcomes).toEqual({
      constraint: [409, 'constraint-violated'],
      syntax: [500, 'internal-error'],
      value: [500, 'internal-error'],
      late: [504, 'timed-out'],
      missing: [500, 'internal-error'],
    })
  })

  it("answers 400 for a value of the client that the server refuses, where the route says that it is the client's", async () => {
    const api = boltline(driver, { logger: null })
    const app = application(line, api, (to) => {
      to.post('/named', async ({ neo4j, body }, res) => {
        await neo4j.query('RETURN date($day) AS day, $many + 1 AS more', body)
        res.end()
      })
    })
    const named = line.create()
    named.use(line.json(), api)
    named.post(
      '/',
      api.wrap((async ({ neo4j, body }: Request, res: Response) => {
        await neo4j.query('UNWIND [1] AS one RETURN date($day) AS day LIMIT $many', {
          day: body.day,
          many: Math.trunc(body.many),
        })
        res.end()
      }) as never) as never,
    )
    named.use(api.errorHandler({ clientParameters: ['day', 'many'] }))
    await using plain = await listen(app)
    await using listening = await listen(named)
    const post = async (to: typeof plain, path: string, body: object) => {
      const answer = await to.call(path, { method: 'POST', body })
      return [answer.status, answer.body === '' ? null : JSON.parse(answer.body).parameter]
    }
    expect(await post(plain, '/named', { day: '2026-02-31', many: 1 })).toEqual([500, undefined])
    expect(await post(listening, '/', { day: '2026-02-31', many: 1 })).toEqual([400, 'day'])
    expect(await post(listening, '/', { day: '2026-02-28', many: -2 })).toEqual([400, 'many'])
    // The route has made the value: -2 of -2.5.
    expect(await post(listening, '/', { day: '2026-02-28', many: -2.5 })).toEqual([500, undefined])
    expect(await post(listening, '/', { day: '2026-02-28', many: 1 })).toEqual([200, null])
  })

  it('carries bookmarks that the server takes', async () => {
    const app = application(
      line,
      boltline(driver, { bookmarks: { secrets: [secret], onInvalid: 'reject' }, logger: null }),
      (to) =>
        to.all('/', async (req, res) => {
          const text = req.method === 'POST' ? 'CREATE (n:ExpressTest {n: 1}) RETURN n.n AS n' : 'RETURN 1 AS n'
          const { records } = await req.neo4j.query(text)
          res.json({ n: records[0]?.get('n'), seen: req.neo4j.bookmarks.rawValues.length })
        }),
    )
    await using listening = await listen(app)
    const write = await listening.call('/', { method: 'POST' })
    const token = write.headers['boltline-bookmark'] as string
    const read = await listening.call('/', { headers: { 'boltline-bookmark': token } })
    expect([write.body, read.status, read.body]).toEqual(['{"n":1,"seen":1}', 200, '{"n":1,"seen":1}'])
  })
})

it('is ready, not ready while the server is killed, and ready again, without a restart of the application', async () => {
  const own = await startNeo4j({
    version: server.version === 'given' ? '2026.09' : server.version,
    auth: { user: 'neo4j', password: 'boltline-tests' },
    quick: true,
  })
  await using lost = GraphDatabase.driver(own.uri, {
    auth: [own.user, own.password],
    maxTransactionRetryTime: 0,
    connectionTimeout: 5000,
  })
  const api = boltline(lost, { logger: null })
  const [line] = lines.slice(-1)
  const app = application(line as (typeof lines)[number], api, (to) => {
    to.get('/livez', api.livez())
    to.get('/readyz', api.readyz({ cache: 0, timeout: 5000 }))
    to.get('/', async (req, res) => {
      await req.neo4j.query('RETURN 1')
      res.end()
    })
  })
  await using listening = await listen(app)
  const now = async () =>
    Promise.all(['/readyz', '/', '/livez'].map(async (path) => (await listening.call(path)).status))
  try {
    expect(await now()).toEqual([200, 200, 200])
    await own.kill()
    expect(await now()).toEqual([503, 503, 200])
    await own.restart()
    await vi.waitFor(async () => expect(await now()).toEqual([200, 200, 200]), { timeout: 60_000, interval: 200 })
    await vi.waitFor(() => expect(inUse(lost)).toBe(0))
  } finally {
    await own.stop()
  }
}, 600_000)
