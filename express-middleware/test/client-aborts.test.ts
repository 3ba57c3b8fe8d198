import { once } from 'node:events'
import { connect } from 'node:net'
import { type Driver, GraphDatabase } from '@boltline/core'
import { startCluster, startScripted } from '@boltline/embedded'
import type { Request, Response } from 'express5'
import { describe, expect, it, vi } from 'vitest'
import { generator } from '../../tools/testing/random.mjs'
import { boltline, ClientGone } from '../src/index.ts'
import { application, inUse, lines, listen, memoryLogger } from './lines.ts'

const soak = process.env['BOLTLINE_SOAK'] === '1'
const requests = soak ? 10_000 : 1000
const seed = Number(process.env['BOLTLINE_SEED'] ?? Date.now() % 2 ** 31)

describe.each(lines)('a client that goes, on $name', (line) => {
  const waysToWork = ['query', 'read', 'write', 'session', 'stream'] as const

  it.each(waysToWork)('ends its %s on the server, and the connection is used again', async (way) => {
    await using server = await startScripted()
    server.when('SLOW').hangs()
    server.when('FAST').returns([{ x: 1 }])
    await using driver = GraphDatabase.driver(server.uri, { maxConnectionPoolSize: 1 })
    const logger = memoryLogger()
    const api = boltline(driver, { logger })
    const outcomes: unknown[] = []
    const app = application(line, api, (to) => {
      to.get('/slow', async (req, res) => {
        const { neo4j } = req
        const session = way === 'session' ? neo4j.session() : null
        const work = {
          query: () => neo4j.query('SLOW'),
          read: () => neo4j.read((tx) => tx.run('SLOW').consume()),
          write: () => neo4j.write((tx) => tx.run('SLOW').consume()),
          session: () => session?.run('SLOW').consume(),
          stream: () => neo4j.stream('SLOW').next(),
        }[way]
        try {
          await work()
        } catch (error) {
          outcomes.push(error, neo4j.signal.reason)
          throw error
        }
        res.end()
      })
      to.get('/fast', async (req, res) => {
        res.json((await req.neo4j.query('FAST')).records)
      })
    })
    await using listening = await listen(app)
    const leaving = new AbortController()
    const slow = listening.call('/slow', { signal: leaving.signal })
    await vi.waitFor(() => expect(server.calls.length).toBe(1))
    leaving.abort()
    await expect(slow).rejects.toThrow()
    await vi.waitFor(() => expect(outcomes.length).toBe(2))
    expect(outcomes[0]).toBeInstanceOf(ClientGone)
    expect(outcomes[1]).toBe(outcomes[0])
    expect((await listening.call('/fast')).body).toBe('[{"x":1}]')
    expect(driver.poolMetrics()[0]?.created).toBe(1)
    expect(server.events.filter(({ type }) => type === 'reset').length).toBe(1)
    await vi.waitFor(() => expect(api.metrics()).toMatchObject({ aborted: 1, active: 0, forgottenSessions: 0 }))
    expect(logger.lines).toEqual([])
  })

  it.each([new Error('too slow'), null, undefined])(
    'can be preceded by the signal of a call, which aborts the call with its reason %s',
    async (reason) => {
      await using server = await startScripted()
      server.when('SLOW').hangs()
      await using driver = GraphDatabase.driver(server.uri)
      const own = new AbortController()
      const { signal } = own
      const app = application(line, boltline(driver, { logger: null }), (to) =>
        to.get('/', async ({ neo4j }, res) => {
          const calls = [
            neo4j.read((tx) => tx.run('SLOW').consume(), { signal }),
            neo4j.write((tx) => tx.run('SLOW').consume(), { signal }),
            neo4j.query('SLOW', {}, { signal }),
            neo4j.session({ signal }).run('SLOW').consume(),
            neo4j.stream('SLOW', {}, { signal }).next(),
          ]
          const outcomes = await Promise.all(
            calls.map((call) =>
              call.then(
                () => 'done',
                (error: unknown) => error === signal.reason,
              ),
            ),
          )
          res.json(outcomes)
        }),
      )
      await using listening = await listen(app)
      const call = listening.call('/')
      await vi.waitFor(() => expect(server.calls.length).toBe(5))
      own.abort(reason)
      expect((await call).body).toBe('[true,true,true,true,true]')
      await vi.waitFor(() => expect(inUse(driver)).toBe(0))
    },
  )

  it('leaves no listener on a signal that outlives its requests', async () => {
    await using server = await startScripted()
    server.when('FAST').returns([])
    await using driver = GraphDatabase.driver(server.uri)
    const { signal } = new AbortController()
    const listeners = new Set<unknown>()
    const { addEventListener, removeEventListener } = signal
    signal.addEventListener = (type: string, listener: never, options: never) => {
      listeners.add(listener)
      addEventListener.call(signal, type, listener, options)
    }
    signal.removeEventListener = (type: string, listener: never, options: never) => {
      listeners.delete(listener)
      removeEventListener.call(signal, type, listener, options)
    }
    const api = boltline(driver, { logger: null })
    await using listening = await listen(
      application(line, api, (to) =>
        to.get('/', async ({ neo4j }, res) => {
          await neo4j.query('FAST', {}, { signal })
          await neo4j.read((tx) => tx.run('FAST').consume(), { signal })
          await using session = neo4j.session({ signal })
          await session.run('FAST').consume()
          res.json([])
        }),
      ),
    )
    for (let n = 0; n < 3; n++) expect((await listening.call('/')).status).toBe(200)
    await vi.waitFor(() => expect(api.metrics().active).toBe(0))
    expect(listeners.size).toBe(0)
  })

  it.each(['read', 'write', 'query'] as const)(
    'ends its %s at once, also while the function of the handler waits for something else',
    async (way) => {
      await using server = await startScripted()
      server.when('FAST').returns([{ x: 1 }])
      await using driver = GraphDatabase.driver(server.uri, { maxConnectionPoolSize: 1 })
      const api = boltline(driver, { logger: null })
      const outcomes: unknown[] = []
      const never = () => new Promise<never>(() => undefined)
      const app = application(line, api, (to) => {
        to.post('/stuck', async (req, res) => {
          const { neo4j } = req
          try {
            if (way === 'query') await neo4j.query('FAST', {}, { resultTransformer: never })
            else {
              await neo4j[way](async (tx) => {
                await tx.run('FAST').consume()
                await never()
              })
            }
          } catch (error) {
            outcomes.push(error)
          }
          res.end()
        })
      })
      await using listening = await listen(app)
      const leaving = new AbortController()
      const stuck = listening.call('/stuck', { method: 'POST', signal: leaving.signal })
      await vi.waitFor(() => expect(server.calls.length).toBe(1))
      leaving.abort()
      await expect(stuck).rejects.toThrow()
      await vi.waitFor(() => expect(outcomes.length).toBe(1))
      expect(outcomes[0]).toBeInstanceOf(ClientGone)
      await vi.waitFor(() => expect(api.metrics()).toMatchObject({ aborted: 1, active: 0, forgottenSessions: 0 }))
      await vi.waitFor(() => expect(inUse(driver)).toBe(0))
      expect(server.events.map(({ type }) => type)).not.toContain('commit')
    },
  )

  it('does not abort its queries with abort: false', async () => {
    await using server = await startScripted()
    server.when('WRITE').returns([])
    await using driver = GraphDatabase.driver(server.uri)
    const api = boltline(driver, { abort: false, logger: null })
    await using listening = await listen(
      application(line, api, (to) =>
        to.post('/', async (req, res) => {
          await req.neo4j.write(async (tx) => {
            await tx.run('WRITE').consume()
            await closed(res)
          })
          res.end()
        }),
      ),
    )
    const leaving = new AbortController()
    const write = listening.call('/', { method: 'POST', signal: leaving.signal })
    await vi.waitFor(() => expect(server.calls.length).toBe(1))
    leaving.abort()
    await expect(write).rejects.toThrow()
    await vi.waitFor(() => expect(server.events.map(({ type }) => type)).toContain('commit'))
    await vi.waitFor(() => expect(api.metrics()).toMatchObject({ aborted: 1, active: 0 }))
  })

  it('does not disturb the request behind it on the same connection', async () => {
    await using server = await startScripted()
    server.when('READ').returns([{ x: 1 }])
    await using driver = GraphDatabase.driver(server.uri)
    await using listening = await listen(
      application(line, boltline(driver, { logger: null }), (to) =>
        to.get('/', async (req, res) => {
          const { records } = await req.neo4j.query('READ')
          res.json({ records, gone: req.neo4j.signal.aborted })
        }),
      ),
    )
    const { hostname, port } = new URL(listening.url)
    const socket = connect(Number(port), hostname)
    const request = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'
    socket.write(request + request + request)
    let received = ''
    socket.on('data', (chunk) => {
      received += chunk
    })
    await vi.waitFor(() => expect(received.match(/"gone":false/g)?.length).toBe(3))
    socket.destroy()
  })

  it(`gives every connection back, whenever it goes (${requests} requests, seed ${seed})`, {
    timeout: 600_000,
  }, async () => {
    const random = generator(seed)
    const unhandled: unknown[] = []
    const listener = (error: unknown) => unhandled.push(error)
    process.on('unhandledRejection', listener)
    await using cluster = await startCluster({ readers: 2 })
    cluster.when('READ $n').reads((_log, { n }) => Array.from({ length: 3 }, () => ({ n })))
    cluster.when('WRITE $n').writes((log, { n }) => void log.push(n))
    await using driver = GraphDatabase.driver(cluster.uri, { maxConnectionPoolSize: 10 })
    const logger = memoryLogger()
    const api = boltline(driver, { logger, bookmarks: { trust: 'network', waitTimeout: 60_000 } })
    // A client that will disconnect gets no response before it does, so that a third of the clients always disconnects.
    const answer = async (req: Request, res: Response, n: unknown) => {
      if (req.headers['x-leaves'] === undefined) res.json({ n })
      else await closed(res)
    }
    const app = application(line, api, (to) => {
      to.get('/query/:n', async (req, res) => {
        const n = Number(req.params['n'])
        const { records } = await req.neo4j.query('READ $n', { n })
        await answer(req, res, records[0]?.get('n'))
      })
      to.get('/stream/:n', async (req, res) => {
        let last: unknown
        for await (const record of req.neo4j.stream('READ $n', { n: Number(req.params['n']) })) {
          last = record.get('n')
          await new Promise((resolve) => setImmediate(resolve))
        }
        await answer(req, res, last)
      })
      to.post('/write/:n', async (req, res) => {
        const n = Number(req.params['n'])
        await req.neo4j.write(async (tx) => {
          await tx.run('WRITE $n', { n }).consume()
          await new Promise((resolve) => setImmediate(resolve))
        })
        await answer(req, res, n)
      })
      to.post('/session/:n', async (req, res) => {
        const n = Number(req.params['n'])
        await using session = req.neo4j.session()
        await session.run('WRITE $n', { n }).consume()
        await answer(req, res, n)
      })
    })
    await using listening = await listen(app, 60)
    const ways = [
      ['GET', '/query'],
      ['GET', '/stream'],
      ['POST', '/write'],
      ['POST', '/session'],
    ] as const
    let answered = 0
    let aborted = 0
    const wrong: unknown[] = []
    const one = async (n: number) => {
      const [method, path] = ways[Math.floor(random() * ways.length)] as (typeof ways)[number]
      const leaving = new AbortController()
      const leaves = random() < 1 / 3
      const turns = Math.floor(random() * 40)
      const headers: Record<string, string> = leaves ? { 'x-leaves': '1' } : {}
      const call = listening.call(`${path}/${n}`, { method, headers, signal: leaving.signal })
      if (leaves) void afterTurns(turns).then(() => leaving.abort())
      try {
        const { status, body } = await call
        answered++
        if (status !== 200 || body !== `{"n":${n}}`) wrong.push([path, n, status, body])
      } catch (error) {
        aborted++
        if (!leaves) wrong.push([path, n, error])
      }
    }
    let next = 0
    const client = async () => {
      while (next < requests) await one(next++)
    }
    await Promise.all(Array.from({ length: 50 }, client))
    expect(wrong).toEqual([])
    expect(answered + aborted).toBe(requests)
    expect(aborted).toBeGreaterThan(requests / 4)
    expect(aborted).toBeLessThan(requests / 2)
    await vi.waitFor(() => expect(api.metrics().active).toBe(0), { timeout: 10_000 })
    await vi.waitFor(() => expect(inUse(driver)).toBe(0), { timeout: 10_000 })
    expect(waiting(driver)).toBe(0)
    expect(unhandled).toEqual([])
    expect(logger.lines.filter((text) => !text.includes('wrote after the head'))).toEqual([])
    // Everything still works, on every connection at once.
    const all = await Promise.all(Array.from({ length: 40 }, (_, n) => listening.call(`/query/${n}`)))
    expect(all.map(({ body }) => body)).toEqual(Array.from({ length: 40 }, (_, n) => `{"n":${n}}`))
    process.off('unhandledRejection', listener)
  })
})

async function closed(response: Response): Promise<void> {
  if (!response.closed) await once(response, 'close')
}

async function afterTurns(turns: number): Promise<void> {
  for (let i = 0; i < turns; i++) await new Promise((resolve) => setImmediate(resolve))
}

function waiting(driver: Driver): number {
  return driver.poolMetrics().reduce((sum, metrics) => sum + metrics.waiting, 0)
}
