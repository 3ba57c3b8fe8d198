import { BookmarkTokens } from '@boltline/core/web'
import request from 'supertest'
import { describe, expect, it, vi } from 'vitest'
import { type BookmarkOptions, boltline } from '../src/index.ts'
import { readsAndWrites, useDatabase } from './database.ts'
import { type App, application, type Line, lines, listen, memoryLogger, secret } from './lines.ts'

const header = 'boltline-bookmark'
const cookieName = '__Host-boltline-bookmark'
const database = useDatabase(readsAndWrites)

const routes = (app: App) => {
  app.post('/write', async (req, res) => {
    await req.neo4j.query('WRITE')
    res.json({ bookmarks: req.neo4j.bookmarks })
  })
  app.get('/read', async (req, res) => {
    await req.neo4j.query('READ')
    res.json({})
  })
  app.get('/late', async (req, res) => {
    res.write('head')
    await req.neo4j.write((tx) => tx.run('WRITE').consume())
    res.end()
  })
  app.get('/late-read', async (req, res) => {
    res.write('head')
    await req.neo4j.query('READ')
    res.end()
  })
  app.get('/stream', async (req, res) => {
    res.write(`${JSON.stringify({ row: 1 })}\n`)
    await req.neo4j.write((tx) => tx.run('WRITE').consume())
    res.end(`${JSON.stringify({ bookmark: req.neo4j.bookmarkToken() })}\n`)
  })
  app.get('/plain', (_req, res) => res.json({}))
}

function made(line: Line, options: BookmarkOptions = {}, more: (app: App) => void = () => undefined) {
  const logger = memoryLogger()
  const api = boltline(database.driver, { bookmarks: { secrets: [secret], ...options }, logger })
  const app = application(line, api, (to) => {
    routes(to)
    more(to)
  })
  return { api, app, logger }
}

const sent = () => database.server.calls.map(({ bookmarks }) => bookmarks)
const cookiesOf = (answer: request.Response) => [answer.headers['set-cookie'] ?? []].flat() as string[]

describe.each(lines)('bookmarks on $name', (line) => {
  it('go out with the answer of a write and come in with the next request', async () => {
    const { app } = made(line)
    const write = await request(app).post('/write')
    const token = write.headers[header] as string
    expect(token).toMatch(/^v1\./)
    expect(token).not.toContain(write.body.bookmarks[0])
    expect(write.headers).toMatchObject({ vary: 'Boltline-Bookmark', 'cache-control': 'private' })
    expect(write.headers).not.toHaveProperty('set-cookie')
    await request(app).get('/read').set(header, token)
    expect(sent()).toEqual([[], write.body.bookmarks])
  })

  it('of several services are united', async () => {
    const { app } = made(line)
    const tokens = [await request(app).post('/write'), await request(app).post('/write')].map(
      ({ headers }) => headers[header] as string,
    )
    await using listening = await listen(app)
    await listening.call('/read', { headers: { [header]: tokens.join(', ') } })
    expect(sent().at(-1)?.length).toBe(2)
  })

  it('travel in a cookie where that is switched on', async () => {
    const { app } = made(line, { cookie: true })
    const write = await request(app).post('/write')
    const [cookie] = cookiesOf(write)
    expect(cookie).toMatch(/^__Host-boltline-bookmark=v1\.[^;]+; Max-Age=300; Path=\/; HttpOnly; Secure; SameSite=Lax$/)
    expect(write.headers['vary']).toBe('Boltline-Bookmark, Cookie')
    await request(app)
      .get('/read')
      .set('Cookie', `other=1; ${cookie?.split(';')[0]}; last=2`)
    expect(sent().at(-1)).toEqual(write.body.bookmarks)
  })

  it('leave the cookies and the caching of the application alone', async () => {
    const { app } = made(line, { cookie: { name: 'seen', path: '/api', secure: false, sameSite: 'strict' } }, (to) =>
      to.post('/own', async (req, res) => {
        res.setHeader('Set-Cookie', 'own=1')
        res.setHeader('Cache-Control', 'no-cache')
        res.setHeader('Vary', 'Accept, boltline-bookmark')
        await req.neo4j.query('WRITE')
        res.writeHead(201, { 'X-Own': '1' })
        res.end()
      }),
    )
    const answer = await request(app).post('/own')
    expect(answer.status).toBe(201)
    expect(cookiesOf(answer).map((each) => each.split('=')[0])).toEqual(['own', 'seen'])
    expect(cookiesOf(answer)[1]).toMatch(/; Path=\/api; HttpOnly; SameSite=Strict$/)
    expect(answer.headers).toMatchObject({
      'cache-control': 'no-cache',
      vary: 'Accept, boltline-bookmark, Cookie',
      'x-own': '1',
    })
  })

  it('belong to a user and a database', async () => {
    const logger = memoryLogger()
    const api = boltline(database.driver, {
      database: (req) => req.headers['x-db'] as string,
      bookmarks: { secrets: [secret], bindTo: (req) => req.headers['x-user'] as string },
      logger,
    })
    const app = application(line, api, routes)
    const write = await request(app).post('/write').set({ 'x-db': 'movies', 'x-user': 'ada' })
    const token = write.headers[header] as string
    const as = (db: string, user: string) =>
      request(app)
        .get('/read')
        .set({ 'x-db': db, 'x-user': user, [header]: token })
    await as('movies', 'ada')
    await as('movies', 'bob')
    await as('books', 'ada')
    expect(sent().slice(1)).toEqual([write.body.bookmarks, [], []])
    expect(api.metrics().refusedTokens).toBe(2)
  })

  it.each([
    ['forged', () => `${new BookmarkTokens({ secrets: [`${secret}?`] }).seal(['FB:x'], {}).text}`],
    ['stale', () => new BookmarkTokens({ secrets: [secret], ttl: 0 }).seal(['FB:x'], {}).text],
    ['foreign', () => new BookmarkTokens({ secrets: [secret] }).seal(['FB:x'], { boundTo: 'another user' }).text],
    ['over-long', () => 'x'.repeat(2049)],
    ['bare', () => 'FB:kcwQ1aVvTgSWRTqZmTOxzSkAAZA='],
    ['broken', () => 'v1.....'],
  ])('that are %s are ignored, or rejected with 400, and never reach a server', async (_name, token) => {
    const ignoring = made(line, { cookie: true })
    for (const headers of [{ [header]: token() }, { Cookie: `${cookieName}=${token()}` }]) {
      const answer = await request(ignoring.app).get('/read').set(headers)
      expect(answer.status).toBe(200)
    }
    expect(sent()).toEqual([[], []])
    expect(ignoring.api.metrics().refusedTokens).toBe(2)
    const rejecting = made(line, { cookie: true, onInvalid: 'reject' })
    for (const path of ['/read', '/plain']) {
      const answer = await request(rejecting.app).get(path).set(header, token())
      expect(answer.status).toBe(400)
      expect(answer.headers['content-type']).toBe('application/problem+json')
      expect(answer.body).toMatchObject({ status: 400, code: 'invalid-bookmark' })
      expect(answer.headers).not.toHaveProperty('set-cookie')
    }
    const byCookie = await request(rejecting.app).get('/read').set('Cookie', `${cookieName}=${token()}`)
    expect(byCookie.status).toBe(400)
    expect(cookiesOf(byCookie)[0]).toMatch(/^__Host-boltline-bookmark=; Max-Age=0;/)
    expect(database.server.calls.length).toBe(2)
  })

  it('that are rejected are answered with 400 also without the error handler', async () => {
    const app = line.create()
    app.set('env', 'test')
    app.use(boltline(database.driver, { bookmarks: { secrets: [secret], onInvalid: 'reject' }, logger: null }))
    expect((await request(app).get('/read').set(header, 'x')).status).toBe(400)
  })

  it('outlive the rotation of the secret', async () => {
    const former = await request(made(line).app).post('/write')
    const { app } = made(line, { secrets: ['the new secret, of 32 bytes, too', secret] })
    await request(app)
      .get('/read')
      .set(header, former.headers[header] as string)
    expect(sent().at(-1)).toEqual(former.body.bookmarks)
  })

  it('are bare where the network is trusted', async () => {
    const { app } = made(line, { trust: 'network', secrets: null, header: 'X-Seen' })
    const write = await request(app).post('/write')
    expect(write.headers['x-seen']).toBe(write.body.bookmarks[0])
    await request(app).get('/read').set('X-Seen', 'FB:one,FB:two')
    expect(sent().at(-1)).toEqual(['FB:one', 'FB:two'])
  })

  it('survive a header of 17,000 bytes and cookies of 4 KiB', async () => {
    const { app, api } = made(line, { cookie: true })
    await using listening = await listen(app)
    const huge = await listening.call('/read', { headers: { [header]: 'x'.repeat(17_000) } })
    // Node's own limit for all headers together is 16 KiB.
    expect(huge.status).toBe(431)
    const large = await listening.call('/read', { headers: { [header]: 'x'.repeat(12_000) } })
    expect(large.status).toBe(200)
    const write = await listening.call('/write', { method: 'POST' })
    const own = String(write.headers['set-cookie']).split(';')[0] as string
    const cookies = [`a=${'x'.repeat(4096)}`, own, `b=${'y'.repeat(4096)}`].join('; ')
    expect((await listening.call('/read', { headers: { cookie: cookies } })).status).toBe(200)
    expect(sent().at(-1)?.length).toBe(1)
    const inCookie = await listening.call('/read', { headers: { cookie: `${cookieName}=${'z'.repeat(4096)}` } })
    expect(inCookie.status).toBe(200)
    expect(sent().at(-1)).toEqual([])
    expect(api.metrics().refusedTokens).toBe(2)
  })

  it('that exceed the limits are left out, counted and logged', async () => {
    const { app, api, logger } = made(line, { maxTokens: 1 }, (to) =>
      to.post('/two', async (req, res) => {
        req.neo4j.addBookmarks(['FB:older', 'FB:newer'])
        res.json({})
      }),
    )
    const answer = await request(app).post('/two')
    await request(app)
      .get('/read')
      .set(header, answer.headers[header] as string)
    expect(sent()).toEqual([['FB:newer']])
    expect(api.metrics().droppedBookmarks).toBe(1)
    expect(logger.lines).toEqual([expect.stringMatching(/1 of 2 bookmarks of POST \/two were left out/)])
  })
})

describe.each(lines)('a write after the head of the response was sent, on $name', (line) => {
  it('is counted and logged as a late bookmark, without values from the path', async () => {
    const { app, api, logger } = made(line, {}, (to) =>
      to.get('/late/:secret', async (req, res) => {
        res.write('head')
        await req.neo4j.write((tx) => tx.run('WRITE').consume())
        res.end()
      }),
    )
    await using listening = await listen(app)
    await listening.call('/late/hunter2')
    await vi.waitFor(() => expect(api.metrics()).toMatchObject({ lateBookmarks: 1, active: 0 }))
    expect(logger.lines).toEqual([
      expect.stringMatching(/GET \/late\/:secret wrote after the head of its answer had left/),
    ])
    await listening.call('/late-read')
    await vi.waitFor(() => expect(api.metrics()).toMatchObject({ lateBookmarks: 2, active: 0 }))
    expect(logger.lines.length).toBe(1)
  })

  it('is counted as a late bookmark also after the whole response', async () => {
    const { app, api, logger } = made(line, {}, (to) =>
      to.get('/after', async (req, res) => {
        res.json(req.neo4j.bookmarks)
        await new Promise((resolve) => res.once('close', resolve))
        await req.neo4j.write((tx) => tx.run('WRITE').consume())
      }),
    )
    await request(app).get('/after')
    await vi.waitFor(() => expect(api.metrics()).toMatchObject({ lateBookmarks: 1, active: 0 }))
    expect(logger.lines.length).toBe(1)
  })

  it('sends its bookmark in a trailer to a client that accepts trailers', async () => {
    const { app, api } = made(line)
    await using listening = await listen(app)
    const answer = await listening.call('/late', { headers: { te: 'trailers' } })
    expect(answer.headers['trailer']).toBe('Boltline-Bookmark')
    expect(answer.headers).not.toHaveProperty(header)
    await listening.call('/read', { headers: { [header]: answer.trailers[header] as string } })
    expect(sent().at(-1)?.length).toBe(1)
    const json = await listening.call('/read', { headers: { te: 'trailers' } })
    expect(json.headers).not.toHaveProperty('trailer')
    const head = await listening.call('/late', { method: 'HEAD', headers: { te: 'trailers' } })
    expect(head.status).toBe(200)
    await vi.waitFor(() => expect(api.metrics()).toMatchObject({ lateBookmarks: 1, active: 0 }))
  })

  it('sends its bookmark in the last record of a stream', async () => {
    const { app, api, logger } = made(line)
    const answer = await request(app).get('/stream')
    const { bookmark } = JSON.parse(answer.text.trim().split('\n').at(-1) as string)
    await request(app).get('/read').set(header, bookmark)
    expect(sent().at(-1)?.length).toBe(1)
    expect(api.metrics().lateBookmarks).toBe(0)
    expect(logger.lines).toEqual([])
  })
})
