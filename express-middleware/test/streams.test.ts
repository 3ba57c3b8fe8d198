import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { pipeline as callbackPipeline } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type Driver, GraphDatabase } from '@boltline/core'
import { ManualClock, useClock } from '@boltline/core/testing'
import { type ScriptedServer, startScripted } from '@boltline/embedded'
import type { Request, Response } from 'express5'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { type BoltlineOptions, boltline, StreamIdleError } from '../src/index.ts'
import { application, inUse, type Line, type Listening, lines, listen, memoryLogger } from './lines.ts'

let server: ScriptedServer
let driver: Driver
const sockets: Socket[] = []

beforeEach(async () => {
  server = await startScripted()
  server.when('ROWS').streams(1_000_000, (i) => ({ i, text: 'x'.repeat(200) }))
  server.when('ONE').returns([{ x: 1 }])
  driver = GraphDatabase.driver(server.uri, { maxConnectionPoolSize: 4, connectionAcquisitionTimeout: 20_000 })
})
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await driver.close()
  await server.close()
})

/** A client that sends a request and reads nothing of the response. */
async function slowReader(listening: Listening, path: string): Promise<Socket> {
  const { hostname, port } = new URL(listening.url)
  const socket = connect(Number(port), hostname)
  sockets.push(socket)
  socket.on('error', () => undefined)
  socket.pause()
  await once(socket, 'connect')
  socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`)
  return socket
}

/** Waits until the response can buffer more, or is closed. */
async function drained(response: Response): Promise<void> {
  const done = new AbortController()
  const { signal } = done
  await Promise.race([once(response, 'drain', { signal }), once(response, 'close', { signal })])
  done.abort()
}

function service(line: Line, options: BoltlineOptions = {}) {
  const logger = memoryLogger()
  const api = boltline(driver, { logger, ...options })
  const outcomes: unknown[] = []
  const app = application(line, api, (to) => {
    to.get('/rows', async (req, res) => {
      const records = await req.neo4j.stream('ROWS').ready()
      async function* rows() {
        for await (const record of records) yield `${JSON.stringify(record)}\n`
      }
      await pipeline(rows, res)
    })
    to.get('/loop', async (req: Request, res: Response) => {
      try {
        for await (const record of req.neo4j.stream('ROWS')) {
          if (!res.write(JSON.stringify(record))) await drained(res)
        }
      } catch (error) {
        outcomes.push(error)
        throw error
      }
      res.end()
    })
    to.get('/one', async (req, res) => void res.json((await req.neo4j.query('ONE')).records))
  })
  return { app, api, logger, outcomes }
}

describe.each(lines)('streams on $name', (line) => {
  it('use at most half of the pool by default, so that slow readers leave the rest to other requests', async () => {
    const { app, api } = service(line)
    await using listening = await listen(app)
    for (let i = 0; i < 4; i++) await slowReader(listening, '/rows')
    await vi.waitFor(() => expect(api.metrics()).toMatchObject({ streams: 2, waitingStreams: 2 }))
    await vi.waitFor(() => expect(inUse(driver)).toBe(2))
    const answers = await Promise.all(Array.from({ length: 8 }, () => listening.call('/one')))
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200))
    expect(api.metrics()).toMatchObject({ streams: 2, waitingStreams: 2 })
    // A client that disconnects frees a slot for the next.
    sockets[0]?.destroy()
    await vi.waitFor(() => expect(api.metrics()).toMatchObject({ streams: 2, waitingStreams: 1 }))
    for (const socket of sockets) socket.destroy()
    await vi.waitFor(() => expect(api.metrics()).toMatchObject({ streams: 0, waitingStreams: 0, active: 0 }))
    await vi.waitFor(() => expect(inUse(driver)).toBe(0))
  })

  it('beyond maxStreams are answered with 503 and Retry-After after streamQueueTimeout', async () => {
    const { app, api, logger } = service(line, { maxStreams: 1, streamQueueTimeout: 10 })
    await using listening = await listen(app)
    await slowReader(listening, '/rows')
    await vi.waitFor(() => expect(api.metrics().streams).toBe(1))
    const { status, headers, body } = await listening.call('/rows')
    expect(status).toBe(503)
    expect(headers['retry-after']).toMatch(/^[12]$/)
    expect(JSON.parse(body)).toMatchObject({ code: 'too-many-streams' })
    expect(logger.lines).toEqual([
      expect.stringMatching(/GET \/rows was answered with 503, too-many-streams: StreamLimitError: 1 of at most 1/),
    ])
  })

  it('that fail before their first record are answered with a status, also where pipeline destroys the response', async () => {
    server.when('WRONG').fails('Neo.ClientError.Statement.SyntaxError')
    const logger = memoryLogger()
    const api = boltline(driver, { logger, maxStreams: 1, streamQueueTimeout: 10 })
    const app = line.create()
    const route = (path: string, handler: (req: Request, res: Response) => unknown) =>
      app.get(path, api.wrap(handler as never) as never)
    const rows = (req: Request, text: string) =>
      async function* () {
        for await (const record of req.neo4j.stream(text)) yield `${JSON.stringify(record)}\n`
      }
    app.use(api)
    route('/rows', (req, res) => pipeline(rows(req, 'ROWS'), res))
    route('/wrong', (req, res) => pipeline(rows(req, 'WRONG'), res))
    // No error handler answers here: the client must not wait for ever.
    route('/silent', (req, res) => void callbackPipeline(rows(req, 'WRONG'), res, () => undefined))
    app.use(api.errorHandler({ map: async (_error, usual) => new Promise((resolve) => setTimeout(resolve, 5, usual)) }))
    await using listening = await listen(app)
    const wrong = await listening.call('/wrong')
    expect([wrong.status, JSON.parse(wrong.body).code]).toEqual([500, 'internal-error'])
    await expect(listening.call('/silent')).rejects.toThrow(/socket hang up|ECONNRESET/)
    await slowReader(listening, '/rows')
    await vi.waitFor(() => expect(api.metrics().streams).toBe(1))
    const full = await listening.call('/rows')
    expect([full.status, JSON.parse(full.body).code]).toEqual([503, 'too-many-streams'])
    expect(full.headers['retry-after']).toMatch(/^[12]$/)
    expect(logger.lines.map((text) => text.match(/GET .*?:/)?.[0])).toEqual([
      'GET /wrong was answered with 500, internal-error:',
      'GET /rows was answered with 503, too-many-streams:',
    ])
  })

  it.each(['/rows', '/loop'])(
    'of %s that are idle are closed after streamIdleTimeout, and their connections are reused',
    async (path) => {
      const clock = new ManualClock(Date.now())
      onTestFinished(useClock(clock))
      const { app, api, logger, outcomes } = service(line, { streamIdleTimeout: 30_000, maxStreams: 4 })
      await using listening = await listen(app)
      const reader = await slowReader(listening, path)
      await vi.waitFor(() => expect(inUse(driver)).toBe(1))
      // The reader keeps requesting records until the buffers between service and client are full.
      await vi.waitFor(
        () => {
          clock.tick(30_000)
          expect(api.metrics().idleStreams).toBe(1)
        },
        { interval: 200 },
      )
      await vi.waitFor(() => expect(inUse(driver)).toBe(0))
      await vi.waitFor(() => expect(api.metrics()).toMatchObject({ streams: 0, active: 0, aborted: 0 }))
      expect(server.events.map(({ type }) => type)).toContain('reset')
      const received: Buffer[] = []
      const closed = once(reader, 'close')
      reader.on('data', (chunk) => received.push(chunk)).resume()
      await closed
      expect(Buffer.concat(received).toString().endsWith('0\r\n\r\n')).toBe(false)
      expect(logger.entries).toEqual([
        ['warn', expect.stringMatching(/GET \/(rows|loop): A stream stood still for 30000 ms \(streamIdleTimeout\)/)],
      ])
      if (path === '/loop') expect(outcomes).toEqual([expect.any(StreamIdleError)])
      expect((await listening.call('/one')).status).toBe(200)
    },
  )

  it('of clients that disconnect log one debug line without a stack', async () => {
    for (const path of ['/rows', '/loop']) {
      const { app, api, logger } = service(line)
      await using listening = await listen(app)
      const reader = await slowReader(listening, path)
      reader.resume()
      await once(reader, 'data')
      reader.destroy()
      await vi.waitFor(() => expect(api.metrics()).toMatchObject({ aborted: 1, active: 0, streams: 0 }))
      await vi.waitFor(() => expect(inUse(driver)).toBe(0))
      await new Promise((resolve) => setImmediate(resolve))
      expect(logger.entries).toEqual([
        ['debug', `boltline.express: GET ${path}: the client left in the middle of the answer`],
      ])
    }
  })

  it('that fail after the head was sent close the connection, also if another error handler would end the response', async () => {
    server.when('FAILS').streams(50, (i) => {
      if (i < 40) return { i }
      throw new Error('the disk is gone')
    })
    const logger = memoryLogger()
    const api = boltline(driver, { logger })
    const app = line.create()
    app.use(api)
    app.get(
      '/',
      api.wrap((async (req: Request, res: Response) => {
        for await (const record of req.neo4j.stream('FAILS')) res.write(JSON.stringify(record))
        res.end()
      }) as never) as never,
    )
    app.use(api.errorHandler())
    app.use((_error: unknown, _req: Request, res: Response, _next: unknown) => void res.end())
    await using listening = await listen(app)
    await expect(listening.call('/')).rejects.toThrow(/aborted/)
    expect(logger.entries).toEqual([
      ['error', expect.stringMatching(/GET \/ was cut off, /)],
      ['debug', 'boltline.express: the query that failed: FAILS'],
    ])
    await vi.waitFor(() => expect(api.metrics()).toMatchObject({ active: 0, aborted: 0, streams: 0 }))
    await vi.waitFor(() => expect(inUse(driver)).toBe(0))
  })

  it('that were left half-read free their slot as soon as their response is complete', async () => {
    server.when('SOME').streams(2_000, (i) => ({ i }))
    const api = boltline(driver, { logger: null, maxStreams: 1 })
    const app = application(line, api, (to) =>
      to.get('/first', async (req, res) => {
        const { value } = await req.neo4j.stream('SOME').next()
        res.json(value?.get('i'))
      }),
    )
    await using listening = await listen(app)
    for (let i = 0; i < 3; i++) expect((await listening.call('/first')).body).toBe('0')
    await vi.waitFor(() => expect(api.metrics()).toMatchObject({ streams: 0, waitingStreams: 0, forgottenSessions: 3 }))
  })

  it('reject invalid settings', () => {
    expect(() => boltline(driver, { maxStreams: 0 })).toThrow(/maxStreams must be a whole number from 1 on/)
    expect(() => boltline(driver, { streamIdleTimeout: -1 })).toThrow(
      /streamIdleTimeout must be a number of milliseconds/,
    )
    expect(() => boltline(driver, { streamQueueTimeout: '1s' as never })).toThrow(/streamQueueTimeout must be a number/)
  })
})
