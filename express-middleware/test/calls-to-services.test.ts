import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http'
import request from 'supertest'
import { describe, expect, it, vi } from 'vitest'
import { boltline } from '../src/index.ts'
import { readsAndWrites, useDatabase } from './database.ts'
import { type App, application, type Listening, lines, listen, secret } from './lines.ts'

const header = 'boltline-bookmark'
const database = useDatabase(readsAndWrites)

const bookmarks = { secrets: [secret] }

describe.each(lines)('req.neo4j.fetch on $name', (line) => {
  /** A service that writes, behind the middleware. */
  const other = () =>
    listen(
      application(line, boltline(database.driver, { bookmarks, logger: null }), (to) =>
        to.post('/write', async (req, res) => {
          const before = req.neo4j.bookmarks
          await req.neo4j.query('WRITE')
          res.json({ before, after: req.neo4j.bookmarks })
        }),
      ),
    )
  const caller = (fetchOrigins: readonly string[], routes: (to: App) => void) => {
    const api = boltline(database.driver, { bookmarks, fetchOrigins, logger: null })
    return { api, app: application(line, api, routes) }
  }
  const asks = (service: Listening) => (to: App) =>
    to.post('/', async (req, res) => {
      await req.neo4j.query('WRITE')
      const mine = req.neo4j.bookmarks
      const answer = await req.neo4j.fetch(`${service.url}/write`, { method: 'POST' })
      const theirs = await answer.json()
      await req.neo4j.query('READ')
      res.json({ mine, theirs })
    })

  it('sends the bookmarks of the request and adds those of the response', async () => {
    await using service = await other()
    const { app } = caller([service.url], asks(service))
    const { body } = await request(app).post('/')
    expect(body.mine.length).toBe(1)
    expect(body.theirs.before).toEqual(body.mine)
    expect(database.server.calls.at(-1)?.bookmarks).toEqual(expect.arrayContaining(body.theirs.after))
  })

  it('sends no bookmarks to origins that are not in fetchOrigins', async () => {
    await using service = await other()
    const { app } = caller(['https://example.org'], asks(service))
    const { body } = await request(app).post('/')
    expect(body.theirs.before).toEqual([])
    expect(database.server.calls.at(-1)?.bookmarks).toEqual(body.mine)
  })

  it('does not follow a redirect with a bookmark, and rejects unsigned bookmarks of a response', async () => {
    const asked: IncomingHttpHeaders[] = []
    const plain: RequestListener = (req, res) => {
      asked.push(req.headers)
      if (req.url === '/away') res.writeHead(302, { location: '/elsewhere' })
      else res.writeHead(200, { [header]: 'v1.forged' })
      res.end('{}')
    }
    const stranger = createServer(plain)
    await using listening = await listen(stranger.listeners('request')[0] as App)
    const { api, app } = caller([listening.url], (to) =>
      to.post('/:path', async (req, res) => {
        await req.neo4j.query('WRITE')
        const outcome = await req.neo4j.fetch(new URL(String(req.params['path']), listening.url)).then(
          ({ status }) => status,
          (error: Error) => error.name,
        )
        res.json({ outcome, seen: req.neo4j.bookmarks })
      }),
    )
    expect((await request(app).post('/away')).body.outcome).toBe('TypeError')
    expect(asked.map((headers) => typeof headers[header])).toEqual(['string'])
    const forged = await request(app).post('/forged')
    expect(forged.body).toMatchObject({ outcome: 200, seen: [expect.stringMatching(/^boltline:/)] })
    expect(api.metrics().refusedTokens).toBe(1)
  })

  it('is aborted when the client disconnects', async () => {
    let arrived = 0
    await using listening = await listen(((_req, _res) => {
      arrived++
    }) as RequestListener as App)
    const outcomes: string[] = []
    const { app } = caller([], (to) =>
      to.get('/', async (req) => {
        await req.neo4j.fetch(listening.url).catch((error: Error) => outcomes.push(error.name))
      }),
    )
    await using front = await listen(app)
    const leaving = new AbortController()
    const call = front.call('/', { signal: leaving.signal })
    await vi.waitFor(() => expect(arrived).toBe(1))
    leaving.abort()
    await expect(call).rejects.toThrow()
    await vi.waitFor(() => expect(outcomes).toEqual(['ClientGone']))
  })
})
