import { Router as router4 } from 'express4'
import { Router as router5 } from 'express5'
import request from 'supertest'
import { describe, expect, it } from 'vitest'
import { answerOf, boltline, type ErrorHandlerOptions } from '../src/index.ts'
import { useDatabase } from './database.ts'
import { type App, lines, listen, memoryLogger } from './lines.ts'

const taken =
  "Node(70) already exists with label `User` and properties `email` = 'ada@example.org', `tenant` = 'x\n[error] forged'"
const database = useDatabase(
  (server) => {
    server
      .when('CREATE (:User {email: $email})')
      .fails('Neo.ClientError.Schema.ConstraintValidationFailed', { message: taken })
    server
      .when('RETURN date($day)')
      .fails('Neo.ClientError.Statement.ArgumentError', { message: "Invalid argument: cannot process '2026-02-31'." })
    server.when('DEADLOCK').fails('Neo.TransientError.Transaction.DeadlockDetected')
  },
  { maxTransactionRetryTime: 0 },
)

const create = async (
  req: { neo4j: { query: (text: string, parameters: object) => Promise<unknown> } },
  res: { end(): void },
) => {
  await req.neo4j.query('CREATE (:User {email: $email})', { email: 'ada@example.org' })
  res.end()
}

describe.each(lines)('the answer of $name', (line) => {
  const made = (options: ErrorHandlerOptions | null, routes: (app: App, wrap: (handler: never) => never) => void) => {
    const logger = memoryLogger()
    const api = boltline(database.driver, { logger })
    const app = line.create()
    app.set('env', 'test')
    app.use(line.json(), api)
    routes(app, (handler) => api.wrap(handler))
    app.use(api.errorHandler(options))
    return { app, logger, api }
  }
  const users = (app: App, wrap: (handler: never) => never) => void app.post('/users/:id', wrap(create as never))

  it('to a conflict names the properties, and neither the value nor the label', async () => {
    const { app, logger } = made(null, users)
    const { status, text, body } = await request(app).post('/users/4711')
    expect(status).toBe(409)
    expect(body).toMatchObject({ code: 'constraint-violated', properties: ['email', 'tenant'] })
    expect(text).not.toMatch(/ada|User|70|forged/)
    expect(logger.entries).toEqual([
      [
        'warn',
        `boltline.express: POST /users/:id was answered with 409, constraint-violated: ConstraintError (Neo.ClientError.Schema.ConstraintValidationFailed): ${taken.replace('\n', '\\n')}`,
      ],
      ['debug', 'boltline.express: the query that failed: CREATE (:User {email: $email})'],
    ])
  })

  it('is logged at clientErrorLevel below 500, and always as an error from 500 on', async () => {
    const { app, logger } = made({ clientErrorLevel: 'debug' }, (to, wrap) => {
      users(to, wrap)
      to.get('/deadlock', wrap((async (req: Parameters<typeof create>[0]) => req.neo4j.query('DEADLOCK', {})) as never))
    })
    await request(app).post('/users/1')
    expect(logger.lines).toEqual([])
    expect(logger.entries[0]?.[0]).toBe('debug')
    expect((await request(app).get('/deadlock')).status).toBe(503)
    expect(logger.entries[2]).toEqual([
      'error',
      expect.stringMatching(/GET \/deadlock was answered with 503, try-again/),
    ])
  })

  it('is the result of map, with any status, headers and body', async () => {
    const { app, logger } = made(
      {
        map: (error, usual, req) => ({
          status: 422,
          headers: { 'x-path': req.url ?? '' },
          body: {
            errors: Object.fromEntries((usual.body.properties ?? []).map((name) => [name, ['is taken']])),
            error: String(error).length > 0,
          },
        }),
      },
      users,
    )
    const answer = await request(app).post('/users/1')
    expect(answer.status).toBe(422)
    expect(answer.headers).toMatchObject({
      'content-type': 'application/json',
      'x-path': '/users/1',
      'cache-control': 'no-store',
    })
    expect(answer.body).toEqual({ errors: { email: ['is taken'], tenant: ['is taken'] }, error: true })
    expect(logger.lines).toEqual([expect.stringContaining('was answered with 422: ConstraintError')])
  })

  it('may be a promise of map or a text, and is the default one if map returns undefined', async () => {
    const maps: NonNullable<ErrorHandlerOptions['map']>[] = [
      async () => ({ status: 409, body: 'taken' }),
      async () => undefined,
      async () => answerOf('no-free-connection'),
      () => ({ status: 204 }),
    ]
    const outcomes = []
    for (const map of maps) {
      const { status, text, headers } = await request(made({ map }, users).app).post('/users/1')
      outcomes.push([status, headers['content-type'], text.slice(0, 5)])
    }
    expect(outcomes).toEqual([
      [409, 'text/plain; charset=utf-8', 'taken'],
      [409, 'application/problem+json', '{"typ'],
      [503, 'application/problem+json', '{"typ'],
      [204, undefined, ''],
    ])
  })

  it.each<[string, NonNullable<ErrorHandlerOptions['map']>]>([
    [
      'throws',
      () => {
        throw new Error('the map')
      },
    ],
    ['rejects', async () => Promise.reject(new Error('the map'))],
    ['returns what cannot be sent', () => ({ status: 0, body: 'the map' })],
  ])('is the usual one where map %s, which is logged', async (_how, map) => {
    const { app, logger } = made({ map }, users)
    const { status, body } = await request(app).post('/users/1')
    expect([status, body.code]).toEqual([409, 'constraint-violated'])
    expect(logger.entries[0]).toEqual([
      'error',
      expect.stringMatching(/map failed for POST \/users\/:id: .*(the map|status)/s),
    ])
  })

  it('is not made twice where the handler has answered while map was working', async () => {
    let answered = (): void => undefined
    const waits = new Promise<void>((resolve) => {
      answered = resolve
    })
    const { app } = made({ map: async (_error, usual) => waits.then(() => usual) }, (to, wrap) => {
      to.get(
        '/',
        wrap((async (req: Parameters<typeof create>[0], res: { end: (text: string) => void }) => {
          setImmediate(() => {
            res.end('mine')
            answered()
          })
          await req.neo4j.query('DEADLOCK', {})
        }) as never),
      )
    })
    expect((await request(app).get('/')).text).toBe('mine')
  })

  const day = (
    app: { get(path: string, ...handlers: never[]): unknown },
    wrap: (handler: never) => never,
    ...more: unknown[]
  ) =>
    app.get(
      '/days/:day',
      wrap((async (
        req: { params: { day: string }; neo4j: { query: (text: string, parameters: object) => Promise<unknown> } },
        res: { end(): void },
      ) => {
        await req.neo4j.query('RETURN date($day)', { day: req.params.day })
        res.end()
      }) as never),
      ...(more as never[]),
    )

  it("to a value that the database refuses is 500, unless the route says that it is the client's", async () => {
    const plain = made(null, (to, wrap) => void day(to, wrap))
    expect((await request(plain.app).get('/days/2026-02-31')).status).toBe(500)
    expect(plain.logger.lines[0]).toMatch(
      /GET \/days\/:day was answered with 500, internal-error: ClientError.*cannot process '2026-02-31'.*\n {4}at /s,
    )
    const named = made({ clientParameters: ['day'] }, (to, wrap) => void day(to, wrap))
    const { status, body } = await request(named.app).get('/days/2026-02-31')
    expect([status, body.code, body.parameter]).toEqual([400, 'invalid-value', 'day'])
  })

  it("follows the options of the route's own error handler, and its log the router of the route", async () => {
    const { app, logger, api } = made(null, () => undefined)
    const router = line.name === 'Express 4' ? router4() : router5()
    day(router as never, (handler) => api.wrap(handler), api.errorHandler({ clientParameters: ['day'] }))
    const outer = line.create()
    outer.use(api)
    outer.use('/calendar', router, app)
    const { status } = await request(outer).get('/calendar/days/2026-02-31')
    expect(status).toBe(400)
    expect(logger.lines).toEqual([
      expect.stringContaining('GET /calendar/days/:day was answered with 400, invalid-value'),
    ])
  })

  it('to a query that the scripted server has no answer for is 500, with the message in the log', async () => {
    const { app, logger } = made(null, (to, wrap) => {
      to.get('/', wrap((async (req: Parameters<typeof create>[0]) => req.neo4j.query('UNTOLD', {})) as never))
    })
    expect((await request(app).get('/')).status).toBe(500)
    expect(logger.lines[0]).toMatch(/has no answer for/)
  })

  it("to a parameter that can't be sent is 500 with its path in the log, in whatever kind of work", async () => {
    const ways = {
      query: (neo4j: Express.Request['neo4j']) => neo4j.query('Q $f', { f: { age: undefined } }),
      read: (neo4j: Express.Request['neo4j']) =>
        neo4j.read((tx) => tx.run('Q $f', { f: { age: undefined } }).consume()),
      session: (neo4j: Express.Request['neo4j']) =>
        neo4j
          .session()
          .run('Q $f', { f: { age: undefined } })
          .consume(),
      stream: (neo4j: Express.Request['neo4j']) => neo4j.stream('Q $f', { f: { age: undefined } }).next(),
    }
    for (const [way, work] of Object.entries(ways)) {
      const { app, logger } = made(null, (to, wrap) => {
        to.get('/', wrap((async (req: Express.Request) => work(req.neo4j)) as never))
      })
      expect([way, (await request(app).get('/')).status]).toEqual([way, 500])
      expect(logger.lines[0]).toMatch(
        /GET \/ was answered with 500, internal-error: ParameterError: parameters\.f\.age is undefined/,
      )
      expect(logger.entries.at(-1)).toEqual(['debug', 'boltline.express: the query that failed: Q $f'])
    }
  })

  it('cannot be configured with invalid options', () => {
    const { api } = made(null, () => undefined)
    expect(() => api.errorHandler({ mapp: () => undefined } as never)).toThrow(
      /Unknown errorHandler option "mapp"; did you mean "map"/,
    )
    expect(() => api.errorHandler({ map: 1 as never })).toThrow(/map must be a function, found 1/)
    expect(() => api.errorHandler({ clientParameters: 'day' as never })).toThrow(
      /clientParameters must be an array of names/,
    )
    expect(() => api.errorHandler({ clientErrorLevel: 'error' as never })).toThrow(
      /clientErrorLevel must be one of 'warn', 'debug'/,
    )
  })

  it('is sent also with logger: null, and is logged by the logger of the driver by default', async () => {
    const silent = line.create()
    const api = boltline(database.driver, { logger: null })
    silent.use(api)
    silent.get('/', api.wrap((async (req: Express.Request) => req.neo4j.query('DEADLOCK')) as never) as never)
    silent.use(api.errorHandler())
    await using listening = await listen(silent)
    expect((await listening.call('/')).status).toBe(503)
  })
})
