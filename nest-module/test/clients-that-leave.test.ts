// A client that leaves before its answer is complete ends the work that is done for it, on every platform.

import { once } from 'node:events'
import http from 'node:http'
import { Readable } from 'node:stream'
import type { ScriptedServer } from '@boltline/embedded'
import {
  BoltlineClient,
  BoltlineExceptionFilter,
  BoltlineModule,
  type BoltlineModuleOptions,
  ReadTransaction,
  Transactional,
  TransactionHost,
  TransactionInterceptor,
} from '@boltline/nestjs'
import { Body, Controller, Get, type ModuleMetadata, Post, Sse, StreamableFile, UseInterceptors } from '@nestjs/common'
import { APP_FILTER } from '@nestjs/core'
import { GraphQLModule, Query, Resolver } from '@nestjs/graphql'
import { MercuriusDriver, type MercuriusDriverConfig } from '@nestjs/mercurius'
import { defer, EMPTY, type Observable, repeat } from 'rxjs'
import { describe, expect, it } from 'vitest'
import {
  endings,
  Gate,
  platforms,
  Repository,
  reasonOf,
  type Served,
  scripted,
  serveByFastify,
  start,
} from './fixture.ts'

/** What handlers of the tests met, by what they did. */
const met = new Map<string, unknown>()
const gates = new Map<string, Gate>()

function gate(name: string): Gate {
  const known = gates.get(name) ?? new Gate()
  gates.set(name, known)
  return known
}

@Controller()
class Slow extends Repository {
  @Get('query')
  query(): Promise<unknown> {
    return this.neo.all('SLOW')
  }

  @Post('body')
  body(@Body() { text }: { text: string }): Promise<unknown> {
    return this.neo.all(text)
  }

  @Post('transaction')
  @Transactional()
  async transaction(): Promise<void> {
    this.host.afterRollback(() => this.neo.consume('AFTER'))
    await this.neo.consume('SLOW')
  }

  @Post('waiting')
  async waiting(): Promise<void> {
    // The method waits for something else than the database.
    const call = this.host.run({ initiator: 'Slow.waiting' }, async () => {
      await this.neo.consume('QUICK')
      met.set('inside', true)
      await gate('waiting').opened
    })
    met.set('waiting', await reasonOf(call))
  }

  @Post('kept')
  @Transactional({ abort: false })
  kept(): Promise<void> {
    return this.inTwoSteps('kept')
  }

  @Post('tied')
  @Transactional()
  tied(): Promise<void> {
    return this.inTwoSteps('tied')
  }

  async inTwoSteps(name: string): Promise<void> {
    await this.neo.consume('QUICK')
    met.set(name, 'inside')
    await gate(name).opened
    await this.neo.consume('QUICK')
  }

  @Get('kept-query')
  async keptQuery(): Promise<void> {
    met.set('kept-query', await this.neo.all('SLOW', {}, { abort: false }).catch((error: unknown) => error))
  }

  @Get('background')
  async background(): Promise<string> {
    void gate('background').opened.then(async () => met.set('background', await this.neo.one('QUICK')))
    return 'answered'
  }

  @Get('whole')
  @UseInterceptors(TransactionInterceptor)
  whole(): Promise<unknown> {
    return this.neo.all('SLOW')
  }

  @Get('rows')
  rows(): StreamableFile {
    return new StreamableFile(Readable.from(this.lines()))
  }

  @ReadTransaction()
  async *lines(): AsyncGenerator<string> {
    for await (const row of this.neo.run('ROWS')) yield `${JSON.stringify(row)}\n`
  }

  @Sse('events')
  events(): Observable<{ data: object }> {
    return defer(() => this.neo.one('QUICK').then((data) => ({ data }))).pipe(repeat({ delay: 1 }))
  }

  @Sse('slow-events')
  slowEvents(): Observable<{ data: object }> {
    return defer(async () => ({ data: await this.neo.one<object>('SLOW') }))
  }

  @Sse('transaction-events')
  @Transactional({ returns: 'observable' })
  transactionEvents(): Observable<{ data: object }> {
    return defer(() => this.neo.one('QUICK').then((data) => ({ data }))).pipe(repeat({ delay: 1 }))
  }
}

async function slow(): Promise<ScriptedServer> {
  const server = await scripted()
  server.when('SLOW').hangs()
  server.when('QUICK').returns([{ x: 1 }])
  server.when('AFTER').returns([])
  server.when('ROWS').streams(1_000_000, (i) => ({ i, text: 'x'.repeat(200) }))
  return server
}

function parts(server: ScriptedServer, options: Partial<BoltlineModuleOptions> = {}): ModuleMetadata {
  return {
    imports: [BoltlineModule.forRoot({ uri: server.uri, ...options })],
    controllers: [Slow],
    providers: [{ provide: APP_FILTER, useClass: BoltlineExceptionFilter }],
  }
}

/** A client that has sent its request and can leave. */
function call(
  url: string,
  method = 'GET',
  body?: object,
): { leave: () => void; answer: Promise<http.IncomingMessage> } {
  const headers = body === undefined ? {} : { 'content-type': 'application/json' }
  const request = http.request(url, { method, headers })
  const answer = once(request, 'response').then(([response]) => response as http.IncomingMessage)
  answer.catch(() => undefined)
  request.on('error', () => undefined)
  request.end(body && JSON.stringify(body))
  return { leave: () => request.destroy(), answer }
}

const asked = (server: ScriptedServer, query: string) =>
  expect.poll(() => server.calls.map((each) => each.query)).toContain(query)
const interrupted = (server: ScriptedServer) =>
  expect.poll(() => server.events.filter(({ type }) => type === 'reset' || type === 'closed').length).toBe(1)
const loud = (logged: Served['logged']) => logged.lines.filter((line) => /^(error|warn)/.test(line))
const left = (logged: Served['logged']) => logged.own.filter((line) => line.includes('the client has left'))

describe.each(platforms)('%s', (_name, serveBy) => {
  it.each([
    ['a query', 'GET', '/query', undefined],
    ['a query after a body was read', 'POST', '/body', { text: 'SLOW' }],
    ['a query of TransactionInterceptor', 'GET', '/whole', undefined],
    ['a query of server-sent events', 'GET', '/slow-events', undefined],
  ])(
    'interrupts %s whose client leaves, with one line at debug and nothing louder',
    async (_what, method, path, body) => {
      const server = await slow()
      const { url, logged } = await serveBy(parts(server))
      const client = call(url + path, method, body)
      await asked(server, 'SLOW')
      client.leave()
      await interrupted(server)
      await expect
        .poll(() => left(logged))
        .toEqual([`debug [BoltlineRequest] ${method} ${path}: the client has left before its answer was complete`])
      expect(loud(logged)).toEqual([])
    },
  )

  it('logs nothing louder than debug where no filter of this package is in use', async () => {
    const server = await slow()
    const { providers: _, ...unfiltered } = parts(server)
    const { url, logged } = await serveBy(unfiltered)
    const client = call(`${url}/query`)
    await asked(server, 'SLOW')
    client.leave()
    await interrupted(server)
    await expect.poll(() => left(logged)).toHaveLength(1)
    // The handler has ended by the time of the next answer.
    await (await call(`${url}/background`).answer).resume()
    expect(loud(logged)).toEqual([])
  })

  it('rolls back a transaction whose client leaves, and then runs its hooks to their end', async () => {
    const server = await slow()
    const { url, logged } = await serveBy(parts(server))
    const client = call(`${url}/transaction`, 'POST')
    await asked(server, 'SLOW')
    client.leave()
    await asked(server, 'AFTER')
    await expect.poll(() => endings(server)).toEqual(['begin', 'begin', 'commit'])
    expect(loud(logged)).toEqual([])
  })

  it('ends a transaction at once that waits for something else than the database', async () => {
    met.clear()
    const server = await slow()
    const { url } = await serveBy(parts(server))
    const client = call(`${url}/waiting`, 'POST')
    await expect.poll(() => met.get('inside')).toBe(true)
    client.leave()
    await expect.poll(() => met.get('waiting')).toMatchObject({ name: 'ClientGone' })
    expect(endings(server)).not.toContain('commit')
  })

  it('lets work go on where the decorator, the query or the module says so', async () => {
    met.clear()
    gates.clear()
    for (const [name, options] of [
      ['kept', {}],
      ['tied', { abort: false }],
    ] as const) {
      const server = await slow()
      const { url, logged } = await serveBy(parts(server, options))
      const client = call(`${url}/${name}`, 'POST')
      await expect.poll(() => met.get(name)).toBe('inside')
      client.leave()
      await expect.poll(() => left(logged)).toHaveLength(1)
      gate(name).open()
      await expect.poll(() => endings(server)).toEqual(['begin', 'commit'])
    }
    const server = await scripted()
    server
      .when('SLOW')
      .delays(100)
      .returns([{ x: 1 }])
    const { url, logged } = await serveBy(parts(server))
    const client = call(`${url}/kept-query`)
    await asked(server, 'SLOW')
    client.leave()
    await expect.poll(() => left(logged)).toHaveLength(1)
    await expect.poll(() => met.get('kept-query')).toEqual([{ x: 1 }])
  })

  it('lets work in the background go on after its answer is complete', async () => {
    met.clear()
    gates.clear()
    const server = await slow()
    const { url, logged } = await serveBy(parts(server))
    const client = call(`${url}/background`)
    const answer = await client.answer
    answer.resume()
    await once(answer, 'end')
    client.leave()
    gate('background').open()
    await expect.poll(() => met.get('background')).toEqual({ x: 1 })
    expect(left(logged)).toEqual([])
  })

  it('ends a streamed answer whose client leaves, with one line at debug and no stack', async () => {
    const server = await slow()
    const { app, url, logged } = await serveBy(parts(server))
    const client = call(`${url}/rows`)
    const answer = await client.answer
    await once(answer, 'data')
    client.leave()
    await expect.poll(() => left(logged)).toHaveLength(1)
    await expect.poll(() => endings(server).concat(server.events.map(({ type }) => type))).toContain('reset')
    await app.close()
    expect(loud(logged)).toEqual([])
  })

  it.each(['/events', '/transaction-events'])('ends the events of %s when their client leaves', async (path) => {
    const server = await slow()
    const { app, url, logged } = await serveBy(parts(server))
    const client = call(url + path)
    const answer = await client.answer
    await once(answer, 'data')
    client.leave()
    await expect.poll(() => left(logged)).toHaveLength(1)
    // A shutdown waits for open work; there is none.
    await app.close()
    expect(loud(logged)).toEqual([])
  })
})

describe('GraphQL', () => {
  @Resolver()
  class SlowResolver {
    readonly neo: BoltlineClient

    constructor(neo: BoltlineClient) {
      this.neo = neo
    }

    @Query('slow')
    slow(): Promise<unknown> {
      return this.neo.one('SLOW')
    }
  }

  it('interrupts the query of a field whose client leaves, with nothing louder than debug', async () => {
    const server = await slow()
    const { imports, providers } = parts(server)
    const { url, logged } = await serveByFastify({
      imports: [
        ...(imports ?? []),
        GraphQLModule.forRoot<MercuriusDriverConfig>({ driver: MercuriusDriver, typeDefs: 'type Query { slow: Int }' }),
      ],
      providers: [...(providers ?? []), SlowResolver],
    })
    const client = call(`${url}/graphql`, 'POST', { query: '{ slow }' })
    await asked(server, 'SLOW')
    client.leave()
    await interrupted(server)
    await expect.poll(() => left(logged)).toHaveLength(1)
    expect(loud(logged)).toEqual([])
  })
})

describe('a signal of a call', () => {
  it('of the decorator ends the transaction of that call alone', async () => {
    class Orders extends Repository {
      @Transactional({ signal: (_what: string, options?: { signal?: AbortSignal }) => options?.signal })
      async place(what: string, _options?: { signal?: AbortSignal }): Promise<void> {
        await this.neo.consume(what)
      }
    }
    Reflect.defineMetadata('design:paramtypes', [BoltlineClient, TransactionHost], Orders)
    const server = await slow()
    const { app } = await start({ uri: server.uri }, { providers: [Orders] })
    const orders = app.get(Orders)
    const controller = new AbortController()
    const reason = new Error('enough')
    const call = reasonOf(orders.place('SLOW', { signal: controller.signal }))
    await asked(server, 'SLOW')
    const other = orders.place('QUICK')
    controller.abort(reason)
    expect(await call).toBe(reason)
    await other
    expect(endings(server).filter((ending) => ending === 'commit')).toHaveLength(1)
  })

  it('of a query inside of a transaction ends the transaction', async () => {
    const server = await slow()
    const { app } = await start({ uri: server.uri })
    const [host, neo] = [app.get(TransactionHost), app.get(BoltlineClient)]
    const controller = new AbortController()
    const reason = new Error('enough')
    const call = reasonOf(host.run({}, () => neo.all('SLOW', {}, { signal: controller.signal })))
    await asked(server, 'SLOW')
    controller.abort(reason)
    expect(await call).toBe(reason)
    await interrupted(server)
    // One that has aborted already keeps the query from being sent.
    const late = reasonOf(host.run({}, () => neo.all('QUICK', {}, { signal: controller.signal })))
    expect(await late).toBe(reason)
    expect(server.calls.map(({ query }) => query)).not.toContain('QUICK')
  })

  it('ends the wait for a context that does not answer', async () => {
    const server = await slow()
    const { app } = await start({ uri: server.uri, context: () => new Promise(() => undefined) })
    const reason = new Error('enough')
    const signal = AbortSignal.abort(reason)
    expect(await reasonOf(app.get(BoltlineClient).one('QUICK', {}, { signal }))).toBe(reason)
    expect(await reasonOf(app.get(TransactionHost).run({ signal }, async () => EMPTY))).toBe(reason)
  })
})
