// Streams to HTTP clients that read slowly, or not at all, and streams that fail.

import http from 'node:http'
import net from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Driver } from '@boltline/core'
import type { ScriptedServer } from '@boltline/embedded'
import { BoltlineExceptionFilter, BoltlineModule, type BoltlineModuleOptions, ReadTransaction } from '@boltline/nestjs'
import { Controller, Get, type ModuleMetadata, Res, Sse, StreamableFile } from '@nestjs/common'
import { APP_FILTER } from '@nestjs/core'
import { concat, defer, from, type Observable, throwError } from 'rxjs'
import { describe, expect, it, onTestFinished } from 'vitest'
import { platforms, Repository, type Served, scripted, start } from './fixture.ts'

@Controller()
class Rows extends Repository {
  @ReadTransaction()
  async *lines(query: string): AsyncGenerator<string> {
    for await (const row of this.neo.run(query)) yield `${JSON.stringify(row)}\n`
  }

  @Get('rows')
  rows(): StreamableFile {
    return new StreamableFile(Readable.from(this.lines('ROWS')))
  }

  @Get('failing')
  failing(): StreamableFile {
    return new StreamableFile(Readable.from(this.lines('FAILING')), { length: 1_000_000 })
  }

  @Get('refused')
  refused(): StreamableFile {
    return new StreamableFile(Readable.from(this.lines('REFUSED')), { type: 'text/csv', disposition: 'attachment' })
  }

  @Get('piped')
  async piped(@Res() response: { readonly raw?: http.ServerResponse }): Promise<void> {
    const raw = response.raw ?? (response as unknown as http.ServerResponse)
    const { neo } = this
    await this.host.run({ mode: 'read', initiator: 'Rows.piped' }, () =>
      pipeline(async function* () {
        for await (const row of neo.run('ROWS')) yield `${JSON.stringify(row)}\n`
      }, raw),
    )
  }

  @Get('written')
  async written(@Res() response: { readonly raw?: http.ServerResponse; hijack?(): void }): Promise<void> {
    // Fastify wants to know of answers that are written past it.
    response.hijack?.()
    const raw = response.raw ?? (response as unknown as http.ServerResponse)
    raw.write('the first row\n')
    await this.neo.all('REFUSED')
  }

  @Sse('events')
  events(): Observable<{ data: object }> {
    const failing = defer(() => this.neo.all('REFUSED')).pipe(() => throwError(() => new Error('not reached')))
    const refused = defer(() => from(this.neo.all<object>('REFUSED').then((data) => ({ data }))))
    return concat(
      defer(() => this.neo.one<object>('ONE').then((data) => ({ data }))),
      refused,
      failing,
    )
  }

  @Get('one')
  one(): Promise<unknown> {
    return this.neo.one('ONE')
  }
}

async function rows(): Promise<ScriptedServer> {
  const server = await scripted()
  server.when('ROWS').streams(5_000_000, (i) => ({ i, text: 'x'.repeat(500) }))
  server.when('FEW').streams(3, (i) => ({ i }))
  server.when('FAILING').streams(5_000, (i) => {
    if (i === 4_000) throw new Error('the disk died')
    return { i }
  })
  server.when('REFUSED').fails('Neo.ClientError.Statement.SyntaxError', { message: 'no Cypher' })
  server.when('ONE').returns([{ x: 1 }])
  return server
}

function parts(server: ScriptedServer, options: Partial<BoltlineModuleOptions> = {}): ModuleMetadata {
  return {
    imports: [BoltlineModule.forRoot({ uri: server.uri, driver: { maxConnectionPoolSize: 4 }, ...options })],
    controllers: [Rows],
    providers: [{ provide: APP_FILTER, useClass: BoltlineExceptionFilter }],
  }
}

/** A client that asks and then reads nothing. */
function deafClient(url: string, path: string): net.Socket {
  const { hostname, port } = new URL(url)
  const socket = net.connect(Number(port), hostname)
  onTestFinished(() => void socket.destroy())
  socket.on('error', () => undefined)
  socket.pause()
  socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`)
  return socket
}

function answerOf(
  url: string,
): Promise<{ status: number | undefined; type: unknown; complete: boolean; body: string }> {
  return new Promise((resolve, reject) => {
    http
      .get(url, (answer) => {
        let body = ''
        answer.on('data', (data) => {
          body += data
        })
        answer.on('error', () => undefined)
        const { statusCode: status, headers } = answer
        answer.on('close', () => resolve({ status, type: headers['content-type'], complete: answer.complete, body }))
      })
      .on('error', reject)
  })
}

const asked = (server: ScriptedServer, query: string, times: number) =>
  expect.poll(() => server.calls.filter((each) => each.query === query).length).toBe(times)
const inUse = (app: Served['app']) => app.get(Driver).poolMetrics()[0]?.inUse

describe.each(platforms)('%s', (name, serveBy) => {
  it('leaves half of the pool to others while clients read their streams slowly', async () => {
    const server = await rows()
    const { app, url } = await serveBy(parts(server, { streamQueueTimeout: 50 }))
    for (const _ of [1, 2]) deafClient(url, '/rows')
    await asked(server, 'ROWS', 2)
    const further = await answerOf(`${url}/rows`)
    expect([further.status, JSON.parse(further.body).code]).toEqual([503, 'too-many-streams'])
    expect((await answerOf(`${url}/one`)).status).toBe(200)
    expect(inUse(app)).toBe(2)
  })

  it.each(['/rows', '/piped'])(
    'cuts the answer of %s when its client takes nothing, and gives the connection back',
    async (path) => {
      const server = await rows()
      const { app, url, logged } = await serveBy(parts(server, { streamIdleTimeout: 200 }))
      const socket = deafClient(url, path)
      await asked(server, 'ROWS', 1)
      await expect.poll(() => inUse(app)).toBe(0)
      expect(logged.own.filter((line) => line.includes('streamIdleTimeout'))).toEqual([
        expect.stringMatching(new RegExp(`^warn .* GET ${path}, Rows\\.\\w+: .* 200 ms \\(streamIdleTimeout\\)`)),
      ])
      expect(logged.own.filter((line) => line.startsWith('error'))).toEqual([])
      const closed = new Promise((resolve) => socket.once('close', resolve))
      socket.resume()
      await closed
    },
  )

  it('cuts an answer whose stream fails midway', async () => {
    const { url } = await serveBy(parts(await rows()))
    const answer = await answerOf(`${url}/failing`)
    expect([answer.status, answer.complete]).toEqual([200, false])
    expect(answer.body).toContain('"i":1')
  })

  it('cuts an answer that was written by hand, also where no filter of this package is in use', async () => {
    for (const providers of [[{ provide: APP_FILTER, useClass: BoltlineExceptionFilter }], []]) {
      const { url } = await serveBy({ ...parts(await rows()), providers })
      const answer = await answerOf(`${url}/written`)
      expect([answer.status, answer.complete, answer.body]).toEqual([200, false, 'the first row\n'])
    }
  })

  it('cuts events that end in an error of the database, and sends nothing of the error', async () => {
    const { url, logged } = await serveBy(parts(await rows()))
    const answer = await answerOf(`${url}/events`)
    expect([answer.status, answer.complete]).toEqual([200, false])
    expect(answer.body).not.toMatch(/no Cypher|event: error/)
    expect(logged.own.some((line) => /^error .*GET \/events: the events ended in an error/.test(line))).toBe(true)
  })

  it('answers 500 where the query of a stream fails before its first bytes', async () => {
    const { url, logged } = await serveBy(parts(await rows()))
    const answer = await answerOf(`${url}/refused`)
    expect([answer.status, answer.type, answer.complete]).toEqual([
      500,
      expect.stringMatching(/^application\/problem\+json/),
      true,
    ])
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'internal-error' })
    const unfiltered = await serveBy({ ...parts(await rows()), providers: [] })
    const usual = await fetch(`${unfiltered.url}/refused`)
    expect([usual.status, ((await usual.json()) as { statusCode: number }).statusCode]).toEqual([500, 500])
    if (name === 'Express') expect(usual.headers.get('content-disposition')).toBeNull()
    expect(logged.own.some((line) => /GET \/refused was answered with 500.*no Cypher/.test(line))).toBe(true)
  })
})

it('a stream outside of requests has no limit of its own', async () => {
  const server = await rows()
  const { app } = await start(
    { uri: server.uri, driver: { maxConnectionPoolSize: 2 }, streamIdleTimeout: 1, streamQueueTimeout: 1 },
    { providers: [Rows] },
  )
  const service = app.get(Rows)
  const both = [service.lines('FEW'), service.lines('FEW')]
  for (const lines of both) expect((await lines.next()).done).toBe(false)
  await new Promise((resolve) => setTimeout(resolve, 20))
  for (const lines of both) {
    expect((await lines.next()).done).toBe(false)
    await lines.return(undefined)
  }
})

it('refuses wrong limits of streams by name', async () => {
  for (const options of [{ streamIdleTimeout: -1 }, { maxStreams: 0 }, { streamQueueTimeout: 'long' as never }]) {
    const failing = start({ uri: 'bolt://127.0.0.1:1', ...options })
    await expect(failing).rejects.toThrow(Object.keys(options)[0])
  }
})
