import request from 'supertest'
import { describe, expect, it } from 'vitest'
import { boltline } from '../src/index.ts'
import { readsAndWrites, useDatabase } from './database.ts'
import { type App, lines, memoryLogger } from './lines.ts'

const database = useDatabase(readsAndWrites)

describe.each(lines)('req.neo4j on $name', (line) => {
  const route = (app: App, api: ReturnType<typeof boltline>) =>
    app.get(
      '/',
      api.wrap((async (req: Express.Request, res: { json(body: unknown): void }) => {
        await req.neo4j.query('READ')
        res.json(req.neo4j.bookmarks.rawValues.length)
      }) as never) as never,
    )

  it('belongs to one middleware, which may run twice for a request', async () => {
    const api = boltline(database.driver, { logger: null })
    const app = line.create()
    let first: unknown
    app.use(api, (req: Express.Request, _res: unknown, next: () => void) => {
      first = req.neo4j
      next()
    })
    const inner = line.create()
    inner.use(api, (req: Express.Request, _res: unknown, next: () => void) => {
      expect(req.neo4j).toBe(first)
      next()
    })
    route(inner, api)
    app.use(inner)
    expect((await request(app).get('/')).status).toBe(200)
  })

  it('cannot belong to two middlewares: the second fails the request with a ConfigurationError', async () => {
    const logger = memoryLogger()
    const app = line.create()
    const [one, two] = [boltline(database.driver, { logger }), boltline(database.driver, { database: 'other', logger })]
    app.use(one, two)
    route(app, one)
    app.use(one.errorHandler())
    expect((await request(app).get('/')).status).toBe(500)
    expect(logger.lines).toEqual([
      expect.stringMatching(
        /ConfigurationError: Two boltline\(\) middlewares ran for one request, and both would be req\.neo4j/,
      ),
    ])
    expect(database.server.calls).toEqual([])
  })

  it('is not replaced if another middleware has set it', async () => {
    const logger = memoryLogger()
    const api = boltline(database.driver, { logger })
    const app = line.create()
    app.use((req: { neo4j: unknown }, _res: unknown, next: () => void) => {
      req.neo4j = { mine: true }
      next()
    }, api)
    route(app, api)
    app.use(api.errorHandler())
    expect((await request(app).get('/')).status).toBe(500)
    expect(logger.lines).toEqual([
      expect.stringMatching(/can't set req\.neo4j: something else has set it before, to an object/),
    ])
  })

  it('belongs to the middleware of its route if two middlewares serve different routes', async () => {
    const app = line.create()
    for (const name of ['films', 'people']) {
      const api = boltline(database.driver, { database: name, logger: null })
      const router = line.create()
      router.use(api)
      route(router, api)
      app.use(`/${name}`, router)
    }
    expect((await request(app).get('/films')).status).toBe(200)
    expect((await request(app).get('/people')).status).toBe(200)
    expect(database.server.calls.map((call) => call.database)).toEqual(['films', 'people'])
  })
})
