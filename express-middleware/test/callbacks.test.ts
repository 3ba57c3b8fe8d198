import { type Driver, GraphDatabase } from '@boltline/core'
import { type ScriptedServer, startScripted } from '@boltline/embedded'
import request from 'supertest'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type BoltlineOptions, boltline } from '../src/index.ts'
import { application, lines, memoryLogger } from './lines.ts'

let server: ScriptedServer
let driver: Driver
const unhandled: unknown[] = []
const keep = (error: unknown) => unhandled.push(error)

beforeAll(async () => {
  server = await startScripted()
  driver = GraphDatabase.driver(server.uri, { maxTransactionRetryTime: 0 })
  process.on('unhandledRejection', keep)
  process.on('uncaughtException', keep)
})
afterAll(async () => {
  process.off('unhandledRejection', keep)
  process.off('uncaughtException', keep)
  await driver.close()
  await server.close()
})
beforeEach(() => {
  server.reset()
  server.when('Q').returns([{ x: 1 }])
  server.when('FAILS').fails('Neo.TransientError.Transaction.DeadlockDetected')
})
/** Node reports unhandled rejections behind the microtasks. */
afterEach(async () => {
  await new Promise((resolve) => setImmediate(resolve))
  expect(unhandled.splice(0)).toEqual([])
})

const failure = new Error('the table of tenants is out of reach')
const rejects = (): never => Promise.reject(failure) as never
const throws = (): never => {
  throw failure
}
const options = (callback: () => never): readonly [string, BoltlineOptions][] => [
  ['database', { database: callback }],
  ['impersonatedUser', { impersonatedUser: callback }],
  ['auth', { auth: callback }],
  ['accessMode', { accessMode: callback }],
  ['bookmarks.bindTo', { bookmarks: { secrets: ['x'.repeat(40)], cookie: true, bindTo: callback } }],
]

describe.each(lines)('a callback of the application on $name', (line) => {
  const ways = {
    query: (neo4j: Express.Request['neo4j']) => neo4j.query('Q'),
    write: (neo4j: Express.Request['neo4j']) => neo4j.write((tx) => tx.run('Q').consume()),
    session: async (neo4j: Express.Request['neo4j']) => neo4j.session().close(),
    stream: (neo4j: Express.Request['neo4j']) => neo4j.stream('Q').next(),
    bookmarks: async (neo4j: Express.Request['neo4j']) => neo4j.bookmarks,
    fetch: (neo4j: Express.Request['neo4j']) => neo4j.fetch('http://localhost:1'),
  }
  const answerOf = async (way: keyof typeof ways, given: BoltlineOptions) => {
    const logger = memoryLogger()
    const app = application(line, boltline(driver, { logger, ...given }), (to) =>
      to.get('/', async (req, res) => {
        await ways[way](req.neo4j)
        res.end()
      }),
    )
    const { status } = await request(app).get('/')
    return { status, logger }
  }

  it.each(options(rejects))(
    'that is %s and rejects fails the request with an error that says what to do',
    async (setting, given) => {
      for (const way of Object.keys(ways) as (keyof typeof ways)[]) {
        const { status, logger } = await answerOf(way, given)
        expect([way, status]).toEqual([way, 500])
        expect(logger.lines).toEqual([
          expect.stringContaining(
            `ConfigurationError: ${setting} must be returned at once, found a promise. Wait for it in a middleware`,
          ),
        ])
      }
    },
  )

  it.each(options(throws))('that is %s and throws fails the request with that error', async (_setting, given) => {
    const { status, logger } = await answerOf('query', given)
    expect(status).toBe(500)
    expect(logger.lines).toEqual([])
  })

  it('that is bindTo and rejects fails a request before its route, too, where tokens are checked', async () => {
    const api = boltline(driver, {
      logger: null,
      bookmarks: { secrets: ['x'.repeat(40)], onInvalid: 'reject', bindTo: rejects },
    })
    const app = application(line, api, (to) => to.get('/', (_req, res) => void res.end()))
    expect((await request(app).get('/').set('boltline-bookmark', 'x')).status).toBe(500)
    expect((await request(app).get('/')).status).toBe(200)
  })

  it.each([
    ['throws', throws],
    ['rejects', rejects],
  ])('that is the logger and %s stops nothing', async (_how, write) => {
    const warning = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    const logger = { debug: write, info: write, warn: write, error: write }
    const app = application(line, boltline(driver, { logger }), (to) => {
      to.get('/fails', async (req) => {
        await req.neo4j.query('FAILS')
      })
      to.get('/forgotten', (req, res) => {
        req.neo4j.session()
        res.end()
      })
    })
    expect((await request(app).get('/fails')).body).toMatchObject({ status: 503, code: 'try-again' })
    expect((await request(app).get('/forgotten')).status).toBe(200)
    expect(
      warning.mock.calls.filter(([, given]) => (given as { code?: string } | undefined)?.code === 'BOLTLINE_LOGGER')
        .length,
    ).toBe(1)
    warning.mockRestore()
  })

  it('that is onRetry and rejects ends the request with its error, and nothing else', async () => {
    server.when('ONCE').fails('Neo.TransientError.Transaction.DeadlockDetected').returns([])
    const retrying = GraphDatabase.driver(server.uri)
    const app = application(line, boltline(retrying, { logger: null }), (to) =>
      to.post('/', async (req, res) => {
        const outcome = await req.neo4j
          .write((tx) => tx.run('ONCE').consume(), { onRetry: rejects })
          .then(() => 'written')
          .catch((error: unknown) => error === failure)
        res.json(outcome)
      }),
    )
    expect((await request(app).post('/')).body).toBe(true)
    await retrying.close()
  })

  it('that is a check of readyz fails the check when it throws, rejects, or rejects too late', async () => {
    let later = (): void => undefined
    const late = () =>
      new Promise<void>((_resolve, reject) => {
        later = () => reject(failure)
      })
    const app = line.create()
    app.get(
      '/',
      boltline(driver).readyz({
        timeout: 100,
        cache: 0,
        checks: { read: false, write: false, throws, rejects, late },
      }) as never,
    )
    const { status, body } = await request(app).get('/')
    expect(status).toBe(503)
    expect(body.output).toBe('throws failed; rejects failed; late failed')
    later()
  })
})
