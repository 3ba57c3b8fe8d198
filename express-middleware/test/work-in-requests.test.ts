import {
  AuthConfigurationError,
  basicAuth,
  customAuth,
  type Driver,
  GraphDatabase,
  ServiceUnavailable,
} from '@boltline/core'
import { type ScriptedServer, startScripted } from '@boltline/embedded'
import request from 'supertest'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type BoltlineContext, type BoltlineOptions, boltline, boltlineContext } from '../src/index.ts'
import { type App, application, inUse, lines, listen } from './lines.ts'

let server: ScriptedServer
let driver: Driver

beforeAll(async () => {
  server = await startScripted()
  driver = GraphDatabase.driver(server.uri, { maxConnectionPoolSize: 20 })
})
afterAll(async () => {
  await driver.close()
  await server.close()
})
beforeEach(() => {
  server.reset()
  server.when('RETURN 1 AS x').returns([{ x: 1 }])
  server.when('CREATE (n)').returns([])
})

async function inSession({ neo4j }: { readonly neo4j: BoltlineContext }): Promise<void> {
  await using session = neo4j.session()
  await session.run('RETURN 1 AS x').consume()
}

describe.each(lines)('$name', (line) => {
  const app = (routes: (app: App) => void, options?: BoltlineOptions) =>
    application(line, boltline(driver, { logger: null, ...options }), routes)

  it('answers with the records of a query', async () => {
    const answer = await request(
      app((routes) =>
        routes.get('/', async (req, res) => {
          const { records } = await req.neo4j.query('RETURN 1 AS x', {})
          res.json(records)
        }),
      ),
    ).get('/')
    expect(answer.body).toEqual([{ x: 1 }])
    expect(inUse(driver)).toBe(0)
  })

  it('takes null for options, and for each of them, as not given', async () => {
    const nothing = { routing: null, database: null, timeout: null, signal: null, resultTransformer: null }
    const answer = await request(
      app((routes) =>
        routes.get('/', async (req, res) => {
          const { neo4j } = req
          const { records } = await neo4j.query('RETURN 1 AS x', null, null)
          await neo4j.query('RETURN 1 AS x', null, nothing)
          await using session = neo4j.session(null)
          await session.run('RETURN 1 AS x', null, null).consume()
          await neo4j.read((tx) => tx.run('RETURN 1 AS x', null).consume(), null)
          await neo4j.write((tx) => tx.run('RETURN 1 AS x', null).consume(), null)
          for await (const record of neo4j.stream('RETURN 1 AS x', null, null)) records.push(record)
          expect((await neo4j.fetch('data:text/plain,hello', null)).status).toBe(200)
          res.json(records)
        }),
      ),
    ).get('/')
    expect(answer.body).toEqual([{ x: 1 }, { x: 1 }])
    const modes = server.calls.map(({ mode }) => mode)
    expect(modes).toEqual(['READ', 'READ', 'READ', 'READ', 'WRITE', 'READ'])
  })

  it('routes queries by the HTTP method unless the call or the application sets an access mode', async () => {
    const routes = (to: App) => {
      to.all('/query', async (req, res) => {
        await req.neo4j.query('RETURN 1 AS x')
        res.end()
      })
      to.all('/says', async (req, res) => {
        await req.neo4j.query('RETURN 1 AS x', {}, { routing: req.method === 'GET' ? 'WRITE' : 'READ' })
        await inSession(req)
        await req.neo4j.write((tx) => tx.run('RETURN 1 AS x').consume())
        await req.neo4j.read((tx) => tx.run('RETURN 1 AS x').consume())
        for await (const record of req.neo4j.stream('RETURN 1 AS x')) expect(record.get('x')).toBe(1)
        res.end()
      })
    }
    const modes = () => server.calls.map(({ mode }) => mode)
    const plain = request(app(routes))
    for (const method of ['get', 'head', 'options', 'post', 'put', 'patch', 'delete'] as const)
      await plain[method]('/query')
    expect(modes()).toEqual(['READ', 'READ', 'READ', 'WRITE', 'WRITE', 'WRITE', 'WRITE'])
    server.reset()
    server.when('RETURN 1 AS x').returns([{ x: 1 }])
    await plain.get('/says')
    expect(modes()).toEqual(['WRITE', 'READ', 'WRITE', 'READ', 'READ'])
    await plain.post('/says')
    expect(modes().slice(5)).toEqual(['READ', 'WRITE', 'WRITE', 'READ', 'WRITE'])
    const reads = request(app(routes, { accessMode: 'READ' }))
    await reads.post('/query')
    const search = request(app(routes, { accessMode: (req) => (req.url?.startsWith('/query') ? 'READ' : 'by-method') }))
    await search.post('/query')
    expect(modes().slice(10)).toEqual(['READ', 'READ'])
  })

  it('resolves database, user and credentials for each request', async () => {
    const tenants = app(
      (routes) =>
        routes.get('/:tenant', async (req, res) => {
          await req.neo4j.query('RETURN 1 AS x')
          await req.neo4j.read((tx) => tx.run('RETURN 1 AS x').consume())
          await req.neo4j.query('RETURN 1 AS x', {}, { database: 'common', impersonatedUser: 'other' })
          res.end()
        }),
      {
        database: (req) => req.headers['x-tenant'] as string,
        impersonatedUser: (req) => req.headers['x-user'] as string | undefined,
        auth: (req) => (req.headers['x-user'] === 'ada' ? basicAuth('ada', 'secret') : null),
      },
    )
    await request(tenants).get('/a').set({ 'x-tenant': 'movies', 'x-user': 'ada' })
    await request(tenants).get('/b').set({ 'x-tenant': 'books' })
    const who = server.calls.map(({ database, impersonatedUser, user }) => [database, impersonatedUser, user])
    expect(who).toEqual([
      ['movies', 'ada', 'ada'],
      ['movies', 'ada', 'ada'],
      ['common', 'other', 'ada'],
      ['books', null, null],
      ['books', null, null],
      ['common', 'other', null],
    ])
  })

  it('chains the bookmarks of sequential calls and merges those of concurrent calls', async () => {
    const seen: (readonly string[])[] = []
    await request(
      app((routes) =>
        routes.post('/', async (req, res) => {
          await req.neo4j.query('CREATE (n)')
          await Promise.all([1, 2, 3].map(() => req.neo4j.write((tx) => tx.run('CREATE (n)').consume())))
          seen.push(req.neo4j.bookmarks.rawValues)
          req.neo4j.addBookmarks(['from elsewhere'])
          await inSession(req)
          await req.neo4j.query('RETURN 1 AS x', {}, { database: 'other' })
          await req.neo4j.query('RETURN 1 AS x', {}, { database: 'other' })
          res.end()
        }),
      ),
    ).post('/')
    const [first, ...rest] = server.calls.map(({ bookmarks }) => bookmarks)
    expect(first).toEqual([])
    for (const known of rest.slice(0, 3)) expect(known).not.toEqual([])
    expect(seen[0]).not.toEqual([])
    expect(new Set(rest[3])).toEqual(new Set([...(seen[0] ?? []), 'from elsewhere']))
    // A bookmark of one database means nothing to another.
    expect(rest[4]).toEqual([])
    expect(rest[5]?.length).toBe(1)
  })

  it('shares nothing between requests', async () => {
    const plain = request(
      app((routes) =>
        routes.post('/', async (req, res) => {
          await req.neo4j.query('CREATE (n)')
          res.end()
        }),
      ),
    )
    await plain.post('/')
    await plain.post('/')
    expect(server.calls.map(({ bookmarks }) => bookmarks)).toEqual([[], []])
  })

  it('gives code without req its context by boltlineContext()', async () => {
    const repository = async () => boltlineContext().query('RETURN 1 AS x')
    const routes = (to: App) =>
      to.post('/', async (req, res) => {
        expect(boltlineContext()).toBe(req.neo4j)
        await new Promise((resolve) => setTimeout(resolve, 1))
        const { records } = await repository()
        res.json(records)
      })
    const answer = await request(app(routes)).post('/').send({ some: 'body' })
    expect(answer.body).toEqual([{ x: 1 }])
    const without = await request(app(routes, { asyncContext: false }))
      .post('/')
      .send({})
    expect(without.status).toBe(500)
    expect(() => boltlineContext()).toThrow(/outside of a request/)
  })

  it('opens nothing for a request that does not use req.neo4j', async () => {
    const session = vi.spyOn(driver, 'session')
    const before = driver.poolMetrics()
    const plain = app((routes) => routes.get('/', (_req, res) => res.json({ plain: true })), {
      bookmarks: { secrets: ['a secret of at least 32 bytes!!!'], cookie: true },
    })
    const bare = line.create()
    bare.get('/', (_req, res) => res.json({ plain: true }))
    const [ours, theirs] = [await request(plain).get('/'), await request(bare).get('/')]
    const names = (headers: object) => Object.keys(headers).filter((name) => name !== 'date')
    expect(names(ours.headers)).toEqual(names(theirs.headers))
    expect(session).not.toHaveBeenCalled()
    expect(driver.poolMetrics()).toEqual(before)
    session.mockRestore()
  })

  it('applies transactionTimeout to every transaction, and a timeout of the call takes precedence', async () => {
    await request(
      app(
        (routes) =>
          routes.get('/', async (req, res) => {
            await req.neo4j.query('RETURN 1 AS x')
            await req.neo4j.read((tx) => tx.run('RETURN 1 AS x').consume())
            await inSession(req)
            await req.neo4j.query('RETURN 1 AS x', {}, { timeout: 5 })
            for await (const record of req.neo4j.stream('RETURN 1 AS x')) expect(record.get('x')).toBe(1)
            res.end()
          }),
        { transactionTimeout: 3000 },
      ),
    ).get('/')
    expect(server.calls.map(({ timeout }) => timeout)).toEqual([3000, 3000, 3000, 5, 3000])
  })

  it('rejects unknown options of calls by name', async () => {
    const answers: unknown[] = []
    await request(
      app((routes) =>
        routes.get('/', async (req, res) => {
          await req.neo4j
            .query('RETURN 1 AS x', {}, { timeOut: 5 } as never)
            .catch((error: Error) => answers.push(error.message))
          res.end()
        }),
      ),
    ).get('/')
    expect(answers).toEqual([expect.stringMatching(/"timeOut"; did you mean "timeout"/)])
  })
})

describe.each(lines)('work whose commit was acknowledged, on $name', (line) => {
  it.each(['query', 'write', 'session'] as const)(
    'is not retried by %s when a bookmark manager fails afterwards, and the client gets committed-with-error',
    async (way) => {
      server.when('CREATE (:Thing)').returns([])
      const bookmarkManager = {
        getBookmarks: () => [],
        updateBookmarks: () => {
          throw new ServiceUnavailable('the store of bookmarks is down')
        },
      }
      const app = application(line, boltline(driver, { logger: null }), (to) =>
        to.post('/', async ({ neo4j }, res) => {
          if (way === 'query') await neo4j.query('CREATE (:Thing)', {}, { bookmarkManager })
          else {
            await using session = neo4j.session({ bookmarkManager })
            if (way === 'session') await session.run('CREATE (:Thing)').consume()
            else await session.executeWrite((tx) => tx.run('CREATE (:Thing)').consume())
          }
          res.end()
        }),
      )
      const { status, body, headers } = await request(app).post('/')
      expect([status, body.code]).toEqual([500, 'committed-with-error'])
      expect(headers).not.toHaveProperty('retry-after')
      expect(server.calls.length).toBe(1)
    },
  )
})

describe.each(lines)('a session that the handler opens, on $name', (line) => {
  it('is closed at the end of the request if left open, with a warning that says where it was opened', async () => {
    const warnings: Error[] = []
    const listener = (warning: Error) => warnings.push(warning)
    process.on('warning', listener)
    const api = boltline(driver, { logger: null })
    const opened: { readonly closed: boolean }[] = []
    await using listening = await listen(
      application(line, api, (routes) => {
        routes.get('/forgets/:what', async (req, res) => {
          const session = req.neo4j.session()
          opened.push(session)
          await session.beginTransaction()
          res.end()
        })
        routes.get('/closes', async (req, res) => {
          await using session = req.neo4j.session()
          opened.push(session)
          await session.run('RETURN 1 AS x').consume()
          res.end()
        })
      }),
    )
    await listening.call('/closes')
    await listening.call('/forgets/secrets')
    await vi.waitFor(() => expect(opened.map(({ closed }) => closed)).toEqual([true, true]))
    await vi.waitFor(() => expect(inUse(driver)).toBe(0))
    await vi.waitFor(() => expect(warnings.length).toBe(1))
    expect(warnings[0]?.message).toMatch(
      /GET \/forgets\/:what was open when the request was over.*\n.*work-in-requests\.test\.ts:\d+/,
    )
    expect(warnings[0]).toMatchObject({ name: 'ResourceWarning', code: 'BOLTLINE_RESOURCE' })
    expect(api.metrics()).toMatchObject({ forgottenSessions: 1, active: 0 })
    process.off('warning', listener)
  })

  it('cannot be opened when the request is over, while a query still can', async () => {
    const outcomes: unknown[] = []
    await using listening = await listen(
      application(line, boltline(driver, { logger: null }), (routes) =>
        routes.get('/', async (req, res) => {
          res.end()
          await new Promise((resolve) => res.once('close', resolve))
          try {
            req.neo4j.session()
          } catch (error) {
            outcomes.push((error as Error).message)
          }
          outcomes.push((await req.neo4j.query('RETURN 1 AS x')).records.length)
        }),
      ),
    )
    await listening.call('/')
    await vi.waitFor(() => expect(outcomes).toEqual([expect.stringMatching(/^The request is over/), 1]))
  })
})

describe.each(lines)('a transactional handler, on $name', (line) => {
  it('answers once its transaction is committed', async () => {
    const api = boltline(driver, { logger: null })
    const answers = application(line, api, (routes) => {
      routes.use(
        '/created',
        api.transactional(async (tx, _req, res) => {
          await tx.run('CREATE (n)').consume()
          res.statusCode = 201
          return { commits: server.events.filter(({ type }) => type === 'commit').length }
        }),
      )
      routes.use(
        '/quiet',
        api.transactional(async (tx) => {
          await tx.run('CREATE (n)').consume()
        }),
      )
      routes.use(
        '/hasty',
        api.transactional(async (tx, _req, res) => {
          await tx.run('CREATE (n)').consume()
          res.json({ early: true })
        }),
      )
    })
    const created = await request(answers).post('/created')
    expect([created.status, created.body]).toEqual([201, { commits: 0 }])
    const quiet = await request(answers).post('/quiet')
    expect([quiet.status, quiet.text]).toEqual([204, ''])
    await request(answers)
      .post('/hasty')
      .then(
        () => undefined,
        () => undefined,
      )
    await vi.waitFor(() =>
      expect(server.events.flatMap(({ type }) => (type === 'commit' || type === 'rollback' ? [type] : []))).toEqual([
        'commit',
        'commit',
        'rollback',
      ]),
    )
  })

  it('is retried after a deadlock, and rolled back when it throws', async () => {
    server.when('LOCK').fails('Neo.TransientError.Transaction.DeadlockDetected').returns([])
    const api = boltline(driver, { logger: null })
    const answers = application(line, api, (routes) => {
      routes.use(
        '/again',
        api.transactional((tx) =>
          tx
            .run('LOCK')
            .consume()
            .then(() => ({ done: true })),
        ),
      )
      routes.use(
        '/throws',
        api.transactional(async (tx) => {
          await tx.run('CREATE (n)').consume()
          throw Object.assign(new Error('no such thing'), { status: 404 })
        }),
      )
    })
    expect((await request(answers).post('/again')).body).toEqual({ done: true })
    expect(server.calls.length).toBe(2)
    expect((await request(answers).post('/throws')).status).toBe(404)
    expect(server.events.filter(({ type }) => type === 'rollback').length).toBe(1)
  })
})

it('boltline() rejects invalid settings when it is called', () => {
  const made = (options: unknown) => () => boltline(driver, options as BoltlineOptions)
  expect(() => boltline({} as Driver)).toThrow(/takes a driver first, found an object/)
  expect(made({ databse: 'x' })).toThrow(/"databse"; did you mean "database"/)
  expect(made({ accessMode: 'write' })).toThrow(/accessMode/)
  expect(made({ bookmarks: {} })).toThrow(/need secrets/)
  expect(made({ bookmarks: { secrets: ['hunter2'] } })).toThrow(/^(?!.*hunter2)/)
  expect(made({ bookmarks: { trust: 'network', cookie: true } })).toThrow(/browsers/)
  const secrets = ['x'.repeat(32)]
  expect(made({ bookmarks: { secrets, header: false } })).toThrow(/neither header nor cookie/)
  expect(made({ bookmarks: { secrets, header: 'A B' } })).toThrow(/name of a header/)
  expect(made({ bookmarks: { secrets, cookie: { name: '__Host-x', secure: false } } })).toThrow(/__Host-/)
  expect(made({ bookmarks: { secrets, cookie: { path: '/;x' } } })).toThrow(/semicolons/)
  expect(made({ bookmarks: { secrets, onInvalid: 'drop' } })).toThrow(/onInvalid/)
  expect(made({ fetchOrigins: ['example.org'] })).toThrow(/fetchOrigins\[0\]/)
  expect(made({ fetchOrigins: ['https://example.org/path'] })).toThrow(/fetchOrigins\[0\]/)
  expect(made({ logger: { warn: () => undefined } })).toThrow(/debug is missing/)
  expect(made({ transactionTimeout: -1 })).toThrow(/transactionTimeout/)
  expect(made(null)).not.toThrow()
})

it.each<[string, object, RegExp]>([
  ['a number', { auth: 42 }, /a number|42/],
  ['a pair without a password', { auth: ['neo4j'] }, /auth/i],
  ['the scheme none', { auth: customAuth(null, null, null, 'none') }, /"none"/],
])('refuses %s as fixed credentials when the middleware is made', (_what, options, message) => {
  expect(() => boltline(driver, options)).toThrow(message)
  expect(() => boltline(driver, options)).toThrow(AuthConfigurationError)
})

it('boltline() accepts as fixed credentials everything that a session accepts', async () => {
  for (const line of lines) {
    const routes = (to: App) => {
      to.get('/', async (req, res) => {
        await req.neo4j.query('RETURN 1 AS x')
        res.end()
      })
    }
    const made = application(
      line,
      boltline(driver, { logger: null, auth: { user: 'ada', password: 'secret' } }),
      routes,
    )
    await request(made).get('/').expect(200)
  }
  expect(server.calls.map(({ user }) => user)).toEqual(lines.map(() => 'ada'))
})
