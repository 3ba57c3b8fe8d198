/** What TypeScript has to make of the middleware with the typings of Express 4 and of Express 5. Compiled, never run. */

import { type BoltRecord, basicAuth, type Driver, type EagerResult } from '@boltline/core'
import express4 from 'express4'
import express5 from 'express5'
import { type BoltlineContext, boltline, type boltlineContext, type RecordStream } from '../../src/index.ts'

declare const driver: Driver
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const same = <A, B>(_same: Same<A, B>) => undefined

const api = boltline(driver)

const four = express4()
four.use(api)
four.use('/sub', api)
four.get('/livez', api.livez())
four.get('/readyz', api.readyz({ checks: { pool: true, cache: async (signal) => !signal.aborted } }))
four.use(api.errorHandler())
four.get(
  '/people/:id',
  api.wrap(async (req, res) => {
    same<typeof req.neo4j, BoltlineContext>(true)
    const result = await req.neo4j.query<{ name: string }>('RETURN 1', { id: req.params.id })
    same<typeof result, EagerResult<{ name: string }>>(true)
    res.json(result.records)
  }),
)
four.post(
  '/people',
  api.transactional(async (tx, req: express4.Request, res: express4.Response) => {
    await tx.run('RETURN $name', { name: req.body.name })
    res.status(201)
    return { done: true }
  }),
)

const five = express5()
five.use(api)
five.get('/livez', api.livez())
five.get('/readyz', api.readyz({ checks: ['read', 'pool'], timeout: 100, cache: 0 }))
five.use(api.errorHandler())
// What the handler gets is inferred from the route.
five.get(
  '/people/:id',
  api.wrap(async (req, res) => {
    const read = await req.neo4j.read(async (tx) => (await tx.run('RETURN 1')).value())
    same<typeof read, unknown[]>(true)
    const { id } = req.params
    same<typeof id, string>(true)
    res.json({ id, read })
  }),
)
five.get('/plain', async (req, res) => {
  const count = await req.neo4j.write(async () => 1, { timeout: 5, onRetry: () => undefined })
  same<typeof count, number>(true)
  for await (const record of req.neo4j.stream<{ name: string }>('RETURN 1')) {
    same<typeof record, BoltRecord<{ name: string }>>(true)
  }
  const total = await req.neo4j.query('RETURN 1', null, {
    resultTransformer: async (result) => (await result.keys()).length,
  })
  same<typeof total, number>(true)
  const answer = await req.neo4j.fetch(new URL('https://example.org'), { signal: req.neo4j.signal })
  same<typeof answer, Response>(true)
  req.neo4j.addBookmarks(req.neo4j.bookmarks)
  req.neo4j.addBookmarks(['a'])
  await using session = req.neo4j.session({ database: 'movies' })
  await session.run('RETURN 1')
  same<ReturnType<typeof boltlineContext>, BoltlineContext>(true)
  res.end(req.neo4j.bookmarkToken())
})

// Functions of the request see Express's requests where they say so.
boltline(driver, { database: (req: express5.Request) => req.params['tenant'] as string })
boltline(driver, {
  database: (req) => req.headers.host,
  impersonatedUser: (req) => req.url,
  accessMode: (req) => (req.method === 'POST' ? 'READ' : 'by-method'),
  auth: () => basicAuth('a', 'b'),
  bookmarks: { secrets: ['x'], cookie: { sameSite: 'strict' }, bindTo: (req) => req.socket.remoteAddress },
})
boltline(driver, { bookmarks: false, logger: null, fetchOrigins: ['https://a.example', new URL('https://b.example')] })

boltline(driver, { maxStreams: 5, streamIdleTimeout: Number.POSITIVE_INFINITY, streamQueueTimeout: null })

// An error handler for all routes, and one for a single route; what map returns may be any answer.
five.use(api.errorHandler({ map: async (error, usual, req) => ({ ...usual, body: { error, url: req.url } }) }))
five.use(api.errorHandler({ map: (_error, usual, req: express5.Request) => (req.body ? undefined : usual) }))
four.use(api.errorHandler({ map: () => ({ status: 204 }), clientErrorLevel: 'debug' }))
five.get(
  '/stream',
  async (req, res) => {
    const records = await req.neo4j.stream<{ name: string }>('RETURN 1').ready()
    same<typeof records, RecordStream<{ name: string }>>(true)
    for await (const record of records) same<typeof record, BoltRecord<{ name: string }>>(true)
    res.end()
  },
  api.errorHandler({ clientParameters: ['name'] }),
)
// @ts-expect-error no status
api.errorHandler({ map: () => ({ body: 'x' }) })
// @ts-expect-error no such level
api.errorHandler({ clientErrorLevel: 'error' })

// @ts-expect-error misspelled
boltline(driver, { bookmark: false })
// @ts-expect-error no such word
boltline(driver, { accessMode: 'write' })
// @ts-expect-error no such check
api.readyz({ checks: ['everything'] })
