import { AsyncLocalStorage } from 'node:async_hooks'
import { Driver } from '@boltline/core'
import { startCluster } from '@boltline/embedded'
import { BoltlineClient, BoltlineModule, ReadTransaction, Transactional, TransactionHost } from '@boltline/nestjs'
import { Body, Controller, Get, Headers, Injectable, Param, Post } from '@nestjs/common'
import { expect, it, onTestFinished } from 'vitest'
import { platforms, Repository, reasonOf, scripted, serve, start } from './fixture.ts'

const header = 'boltline-bookmark'

@Controller()
class Notes extends Repository {
  @Post('notes')
  @Transactional()
  async add(@Body() { id }: { id: string }): Promise<{ id: string }> {
    await this.neo.consume('CREATE (:Note {id: $id})', { id })
    return { id }
  }

  @Get('notes')
  @ReadTransaction()
  all(): Promise<{ id: string }[]> {
    return this.neo.all('MATCH (n:Note) RETURN n.id AS id')
  }

  @Get('echo/:id')
  @ReadTransaction()
  async echo(@Param('id') id: string, @Headers('x-caller') caller: string): Promise<object> {
    const before = this.host.current
    const { x } = await this.neo.one<{ x: string }>('RETURN $id AS x', { id })
    const again = await this.neo.one<{ x: string }>('RETURN $id AS x', { id: caller })
    const after = this.host.current
    if (before !== after) throw new Error('another scope')
    return { id: x, caller: again.x }
  }
}

it('answers 2,000 concurrent requests with a pool of ten, each in a scope of its own, and leaves no connection in use', async () => {
  const server = await scripted()
  server.when('RETURN $id AS x').returns(({ parameters }) => [{ x: (parameters as { id: string }).id }])
  const { app, url } = await serve(
    {
      imports: [BoltlineModule.forRoot({ uri: server.uri, driver: { maxConnectionPoolSize: 10 } })],
      controllers: [Notes],
    },
    2_000,
  )
  const answers = await Promise.all(
    Array.from({ length: 2_000 }, async (_, at) => {
      const answer = await fetch(`${url}/echo/${at}`, { headers: { 'x-caller': `caller-${at}` } })
      return answer.json()
    }),
  )
  expect(answers).toEqual(Array.from({ length: 2_000 }, (_, at) => ({ id: `${at}`, caller: `caller-${at}` })))
  const [pool] = app.get(Driver).poolMetrics()
  expect(pool).toMatchObject({ max: 10, inUse: 0, waiting: 0 })
  expect(pool?.created).toBeLessThanOrEqual(10)
  expect(server.calls.length).toBe(4_000)
}, 240_000)

/**
 * Followers lag: only a bookmark makes one wait for a write, or go elsewhere. For so long that a busy machine, too, reads before
 * they have caught up.
 */
async function notesOnCluster() {
  const cluster = await startCluster({ routers: 1, readers: 1, writers: 1, lag: 2_000 })
  onTestFinished(() => cluster.close())
  cluster.when('CREATE (:Note {id: $id})').writes((log, { id }) => void log.push(id))
  cluster.when('MATCH (n:Note) RETURN n.id AS id').reads((log) => log.map((id) => ({ id })))
  return cluster
}

async function addNote(url: string, id: string): Promise<Response> {
  const headers = { 'content-type': 'application/json' }
  return fetch(`${url}/notes`, { method: 'POST', headers, body: JSON.stringify({ id }) })
}

it('lets a client carry what it has seen from one service to another', async () => {
  const cluster = await notesOnCluster()
  const bookmarks = { secrets: ['a secret that both services know, of 32 bytes or more'] }
  const service = () =>
    serve({ imports: [BoltlineModule.forRoot({ uri: cluster.uri, bookmarks })], controllers: [Notes] })
  const [writer, reader] = [await service(), await service()]
  const added = await addNote(writer.url, 'n-1')
  const token = added.headers.get(header) ?? ''
  expect(token).toMatch(/^v1\./)
  const without = await fetch(`${reader.url}/notes`)
  expect(await without.json()).toEqual([])
  const carried = await fetch(`${reader.url}/notes`, { headers: { [header]: token } })
  expect(await carried.json()).toEqual([{ id: 'n-1' }])
  const forged = await fetch(`${reader.url}/notes`, { headers: { [header]: `${token}x` } })
  expect(forged.status).toBe(200)
})

it.each(platforms)('keeps the bookmarks of a request whose body was read, on %s', async (_name, serveBy) => {
  const cluster = await notesOnCluster()
  const bookmarks = { secrets: ['a secret that is long enough for a signature'] }
  const { url } = await serveBy({
    imports: [BoltlineModule.forRoot({ uri: cluster.uri, bookmarks })],
    controllers: [Notes],
  })
  const added = await addNote(url, 'n-1')
  expect(added.headers.get(header)).toMatch(/^v1\./)
})

it('refuses a bindTo that returns a promise, whose rejection ends nothing', async () => {
  const server = await scripted()
  server.when(/./).returns([])
  const bindTo = async () => {
    throw new Error('of bindTo')
  }
  const bookmarks = { secrets: ['a secret that is long enough for a signature'], bindTo: bindTo as never }
  const { url, logged } = await serve({
    imports: [BoltlineModule.forRoot({ uri: server.uri, bookmarks })],
    controllers: [Notes],
  })
  const carried = await fetch(`${url}/notes`, { headers: { [header]: 'v1.some.token' } })
  expect(carried.status).toBe(500)
  expect(logged.lines.some((line) => /bookmarks\.bindTo must return at once, found a promise/.test(line))).toBe(true)
  // Without a token the answer leaves, without its own one.
  const added = await addNote(url, 'n-1')
  expect([added.status, added.headers.get(header)]).toEqual([201, null])
  expect(logged.own.some((line) => /^warn .*An answer left without its bookmark/.test(line))).toBe(true)
})

it('refuses a forged token with 400 where that is wanted', async () => {
  const server = await scripted()
  server.when(/./).returns([])
  const bookmarks = { secrets: ['a secret that is long enough for a signature'], onInvalid: 'reject' as const }
  const { url } = await serve({
    imports: [BoltlineModule.forRoot({ uri: server.uri, bookmarks })],
    controllers: [Notes],
  })
  const forged = await fetch(`${url}/notes`, { headers: { [header]: 'v1.forged' } })
  expect(forged.status).toBe(400)
  expect(server.calls).toEqual([])
})

it('chains requests among each other unless bookmarks are of requests or off', async () => {
  for (const [bookmarks, seen] of [
    ['driver', 1],
    ['request', 0],
    ['off', 0],
  ] as const) {
    const cluster = await notesOnCluster()
    const { url } = await serve({
      imports: [BoltlineModule.forRoot({ uri: cluster.uri, bookmarks })],
      controllers: [Notes],
    })
    await addNote(url, 'n-1')
    const notes = (await (await fetch(`${url}/notes`)).json()) as unknown[]
    expect([bookmarks, notes.length]).toEqual([bookmarks, seen])
  }
})

it('asks the context once for each transaction where and in whose name it is', async () => {
  const tenants = new AsyncLocalStorage<string>()
  const server = await scripted()
  server.when(/./).returns([{ x: 1 }])
  const asked: unknown[] = []
  const { app } = await start({
    uri: server.uri,
    database: 'shared',
    context: async (info) => {
      asked.push(info)
      const tenant = tenants.getStore()
      return { database: tenant, impersonatedUser: tenant && `user-of-${tenant}`, metadata: { tenant: tenant ?? null } }
    },
  })
  const host = app.get(TransactionHost)
  const client = app.get(BoltlineClient)
  await tenants.run('a', () =>
    host.run({ initiator: 'Orders.place', mode: 'read' }, async () => {
      await client.one('RETURN 1 AS x')
      await client.one('RETURN 1 AS x')
      expect(host.current).toMatchObject({ database: 'a', impersonatedUser: 'user-of-a' })
    }),
  )
  await client.one('RETURN 1 AS x')
  expect(asked).toEqual([
    { connection: 'default', mode: 'READ', initiator: 'Orders.place' },
    { connection: 'default', mode: 'WRITE', initiator: 'RETURN 1 AS x' },
  ])
  expect(server.calls.map(({ database, impersonatedUser }) => [database, impersonatedUser ?? null])).toEqual([
    ['a', 'user-of-a'],
    ['a', 'user-of-a'],
    ['shared', null],
  ])
})

@Injectable()
class Rows {
  readonly neo: BoltlineClient

  constructor(neo: BoltlineClient) {
    this.neo = neo
  }
}

it('gives rows as plain objects, one, one or none, and the summary', async () => {
  const server = await scripted()
  server.when('two').returns([{ x: 1 }, { x: 2 }])
  server.when('one').returns([{ x: 1 }])
  server.when('none').returns([], { keys: ['x'], counters: { nodesCreated: 3 } })
  const { app } = await start({ uri: server.uri }, { providers: [Rows] })
  const { neo } = app.get(Rows)
  const host = app.get(TransactionHost)
  for (const run of [<T>(fn: () => Promise<T>) => fn(), <T>(fn: () => Promise<T>) => host.run({}, fn)]) {
    expect(await run(() => neo.all('two'))).toEqual([{ x: 1 }, { x: 2 }])
    expect(await run(() => neo.one('one'))).toEqual({ x: 1 })
    expect(await run(() => neo.oneOrNull('one'))).toEqual({ x: 1 })
    expect(await run(() => neo.oneOrNull('none'))).toBeNull()
    expect((await run(() => neo.consume('none'))).counters.nodesCreated).toBe(3)
    for (const fails of [() => neo.one('none'), () => neo.one('two'), () => neo.oneOrNull('two')]) {
      expect(await reasonOf(run(fails))).toMatchObject({ name: 'ResultNotSingleError' })
    }
  }
})

it.each([
  ['undefined', undefined],
  ['null', null],
  ['an empty object', {}],
  ['keys that are undefined or null', { database: undefined, impersonatedUser: null }],
])('takes the settings of the module where context returns %s', async (_what, returned) => {
  const server = await scripted()
  server.when(/./).returns([{ x: 1 }])
  const { app } = await start({ uri: server.uri, database: 'shared', context: async () => returned })
  await app.get(BoltlineClient).one('RETURN 1 AS x')
  await app.get(TransactionHost).run({}, () => app.get(BoltlineClient).one('RETURN 1 AS x'))
  expect(server.calls.map(({ database }) => database)).toEqual(['shared', 'shared'])
})

it.each([
  [{ databse: 'tenant' }, /context.*Unknown context option "databse"; did you mean "database"\?/],
  [{ database: 7 }, /context.*database must be a non-empty string, found 7/],
  [{ database: '' }, /context.*database must be a non-empty string, found an empty string/],
  [{ metadata: 'tenant' }, /context.*metadata must be an object, found a string/],
  ['tenant', /context.*must be a plain object, found a string/],
])('refuses %j from context before anything is sent', async (returned, message) => {
  const server = await scripted()
  server.when(/./).returns([{ x: 1 }])
  const { app } = await start({ uri: server.uri, context: () => returned as never })
  const plain = app.get(BoltlineClient).one('RETURN 1 AS x')
  const owned = app.get(TransactionHost).run({}, () => app.get(BoltlineClient).one('RETURN 1 AS x'))
  for (const failing of [plain, owned]) {
    expect(await reasonOf(failing)).toMatchObject({
      name: 'ConfigurationError',
      message: expect.stringMatching(message),
    })
  }
  expect(server.calls).toEqual([])
})
