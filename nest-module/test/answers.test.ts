// What callers get, and what the log says, where an error of the database ends their call.

import http from 'node:http'
import type { ScriptedServer } from '@boltline/embedded'
import {
  BoltlineExceptionFilter,
  type BoltlineExceptionFilterOptions,
  BoltlineModule,
  ClientParameters,
  provideBoltlineExceptionFilter,
  ReadTransaction,
} from '@boltline/nestjs'
import { Controller, Get, Module, Param, Query, Res } from '@nestjs/common'
import { describe, expect, it } from 'vitest'
import { platforms, Repository, type Served, scripted } from './fixture.ts'

const taken = 'Neo.ClientError.Schema.ConstraintValidationFailed'

@Controller('people')
class People extends Repository {
  @Get('taken/:id')
  taken(@Param('id') id: string): Promise<unknown> {
    return this.neo.all('TAKEN', { id })
  }

  @Get('wrong/:id')
  wrong(@Param('id') id: string): Promise<unknown> {
    return this.neo.all('WRONG', { id })
  }

  @Get('not-told')
  notTold(): Promise<unknown> {
    return this.neo.all('NOT TOLD')
  }

  @Get('left-out')
  leftOut(@Query('age') age?: string): Promise<unknown> {
    return this.neo.all('RETURN $filter AS f', { filter: { age } })
  }

  @Get('page')
  @ClientParameters('skip')
  page(@Query('skip') skip: string): Promise<unknown> {
    return this.neo.all('RETURN 1 AS x SKIP $skip', { skip, limit: 'of the service' } as object)
  }

  @Get('made/:skip')
  @ClientParameters('skip')
  made(@Param('skip') skip: string): Promise<unknown> {
    return this.neo.all('RETURN 1 AS x SKIP $skip', { skip: `${skip}0` })
  }

  @Get('unnamed/:skip')
  unnamed(@Param('skip') skip: string): Promise<unknown> {
    return this.neo.all('RETURN 1 AS x SKIP $skip', { skip })
  }

  @Get('rows')
  @ReadTransaction()
  async rows(@Res() response: { readonly raw?: http.ServerResponse }): Promise<void> {
    const raw = response.raw ?? (response as unknown as http.ServerResponse)
    for await (const row of this.neo.run('ROWS')) raw.write(`${JSON.stringify(row)}\n`)
    raw.end()
  }
}

async function people(): Promise<ScriptedServer> {
  const server = await scripted()
  server.when('TAKEN').fails(taken, { message: 'Node(17) already exists\nwith the id 4711' })
  server.when('WRONG').fails('Neo.ClientError.Statement.SyntaxError', { message: "Invalid input 'WRONG'" })
  server.when('RETURN 1 AS x SKIP $skip').fails('Neo.ClientError.Statement.ArgumentError', {
    message: "Type mismatch for parameter 'skip': expected Integer but was String",
  })
  server.when('ROWS').streams(3_000, (i) => {
    if (i === 2_500) throw new Error('the disk died')
    return { i }
  })
  return server
}

function parts(server: ScriptedServer, options?: BoltlineExceptionFilterOptions) {
  return {
    imports: [BoltlineModule.forRoot({ uri: server.uri })],
    controllers: [People],
    providers: [provideBoltlineExceptionFilter(options)],
  }
}

/** What a client saw of an answer: whether it was complete, and how much of it came. */
function answerOf(url: string): Promise<{ status: number | undefined; complete: boolean; body: string }> {
  return new Promise((resolve, reject) => {
    http
      .get(url, (answer) => {
        let body = ''
        answer.on('data', (data) => {
          body += data
        })
        answer.on('error', () => undefined)
        answer.on('close', () => resolve({ status: answer.statusCode, complete: answer.complete, body }))
      })
      .on('error', reject)
  })
}

const ours = (logged: Served['logged']) => logged.own.filter((line) => line.includes('[BoltlineExceptionFilter]'))

describe.each(platforms)('%s', (_name, serveBy) => {
  it('destroys the connection of an answer whose query fails after its head has left', async () => {
    const server = await people()
    const { url, logged } = await serveBy(parts(server))
    const { status, complete, body } = await answerOf(`${url}/people/rows`)
    expect({ status, complete }).toEqual({ status: 200, complete: false })
    expect(body.split('\n').length).toBeLessThan(2_502)
    expect(ours(logged)[0]).toMatch(/^error .* GET \/people\/rows was answered with 500, internal-error: /)
  })

  it('logs each answer with method, route, code and message, and at debug the query without its parameters', async () => {
    const { url, logged } = await serveBy(parts(await people()))
    expect((await fetch(`${url}/people/taken/secret-id`)).status).toBe(409)
    expect(ours(logged)).toEqual([
      `warn [BoltlineExceptionFilter] GET /people/taken/:id was answered with 409, constraint-violated: ConstraintError (${taken}): Node(17) already exists\\nwith the id 4711`,
      'debug [BoltlineExceptionFilter] The query of GET /people/taken/:id was: TAKEN',
    ])
    logged.lines.length = 0
    expect((await fetch(`${url}/people/wrong/secret-id`)).status).toBe(500)
    expect(ours(logged)[0]).toMatch(
      /^error .*GET \/people\/wrong\/:id was answered with 500, internal-error: CypherSyntaxError \(Neo\.ClientError\.Statement\.SyntaxError\): Invalid input 'WRONG'/,
    )
    expect(logged.lines.join('\n')).not.toContain('secret-id')
  })

  it('takes the blame for what the service sends: an undefined parameter, and a query that a scripted server was not told', async () => {
    const { url, logged } = await serveBy(parts(await people()))
    for (const [path, message] of [
      ['left-out', /ParameterError: .*filter\.age is undefined/],
      ['not-told', /has no answer for/],
    ] as const) {
      const answer = await fetch(`${url}/people/${path}`)
      expect([answer.status, await answer.json()]).toEqual([500, expect.objectContaining({ code: 'internal-error' })])
      expect(ours(logged).at(-2)).toMatch(/^error /)
      expect(ours(logged).at(-2)).toMatch(message)
    }
  })

  it('blames the client for a value that the route passes on unchanged, and no other', async () => {
    const { url } = await serveBy(parts(await people()))
    const statusOf = async (path: string) => (await fetch(`${url}/people/${path}`)).status
    expect(await statusOf('page?skip=many')).toBe(400)
    expect(await statusOf('made/1')).toBe(500)
    expect(await statusOf('unnamed/many')).toBe(500)
    const everywhere = await serveBy(parts(await people(), { clientParameters: ['skip'] }))
    expect((await fetch(`${everywhere.url}/people/unnamed/many`)).status).toBe(400)
  })

  it('answers 404 for a database that context chose and that is not there, and 500 for one of the service', async () => {
    for (const [options, status] of [
      [{ context: () => ({ database: 'tenant' }) }, 404],
      [{ database: 'tenant' }, 500],
    ] as const) {
      const server = await scripted()
      server.when('TAKEN').fails('Neo.ClientError.Database.DatabaseNotFound')
      const [imports] = [[BoltlineModule.forRoot({ uri: server.uri, startup: { mode: 'lazy' }, ...options })]]
      const { url } = await serveBy({ ...parts(server), imports })
      expect((await fetch(`${url}/people/taken/1`)).status).toBe(status)
    }
  })

  it('logs answers below 500 at debug where clientErrorLevel says so', async () => {
    const { url, logged } = await serveBy(parts(await people(), { clientErrorLevel: 'debug' }))
    expect((await fetch(`${url}/people/taken/1`)).status).toBe(409)
    expect(ours(logged).map((line) => line.split(' ')[0])).toEqual(['debug', 'debug'])
  })

  it('sends any status and body that map returns, also where map is async', async () => {
    const body = { errors: { email: ['is taken'] } }
    for (const map of [() => ({ status: 422, body }), async () => ({ status: 422, body })]) {
      const { url } = await serveBy(parts(await people(), { map }))
      const answer = await fetch(`${url}/people/taken/1`)
      expect([answer.status, answer.headers.get('content-type'), await answer.json()]).toEqual([
        422,
        expect.stringMatching(/^application\/json/),
        body,
      ])
    }
    const text = { status: 418, headers: { 'x-reason': 'tea' }, body: 'short and stout' }
    const { url } = await serveBy(parts(await people(), { map: () => text }))
    const answer = await fetch(`${url}/people/taken/1`)
    expect([answer.status, answer.headers.get('x-reason'), await answer.text()]).toEqual([418, 'tea', text.body])
  })

  it.each([
    [
      'throws',
      () => {
        throw new Error('of map')
      },
    ],
    [
      'rejects',
      async () => {
        throw new Error('of map')
      },
    ],
    ['returns no answer', () => 'no answer' as never],
    ['returns a body that is no JSON', async () => ({ status: 409, body: { n: 1n } })],
    ['returns a status that is none', () => ({ status: 42 })],
    ['returns a header that can not be sent', () => ({ status: 409, headers: { 'x-broken': 'a\nb' } })],
    ['resolves with a header that can not be sent', async () => ({ status: 409, headers: { 'x-broken': 'a\nb' } })],
  ])('sends the usual answer and logs the failure where map %s', async (_what, map) => {
    const { url, logged } = await serveBy(parts(await people(), { map }))
    const answer = await fetch(`${url}/people/taken/1`)
    expect([answer.status, await answer.json()]).toEqual([
      409,
      expect.objectContaining({ code: 'constraint-violated' }),
    ])
    expect(ours(logged).some((line) => /^error .*map of BoltlineExceptionFilter failed/.test(line))).toBe(true)
  })
})

describe('the filter as APP_FILTER', () => {
  it('takes its options from a factory with what that needs injected', async () => {
    class Messages {
      readonly text = 'from a service'
    }
    @Module({ providers: [Messages], exports: [Messages] })
    class MessagesModule {}
    const server = await people()
    const [, serveBy] = platforms[0]
    const { url } = await serveBy({
      imports: [BoltlineModule.forRoot({ uri: server.uri }), MessagesModule],
      controllers: [People],
      providers: [
        provideBoltlineExceptionFilter({
          inject: [Messages],
          useFactory: async ({ text }: Messages) => ({ map: () => ({ status: 409, body: { text } }) }),
        }),
      ],
    })
    const answer = await fetch(`${url}/people/taken/1`)
    expect([answer.status, await answer.json()]).toEqual([409, { text: 'from a service' }])
  })

  it('refuses unknown options by name', () => {
    expect(() => provideBoltlineExceptionFilter({ mapp: () => undefined } as never)).toThrow(
      /"mapp"; did you mean "map"/,
    )
    expect(() => new BoltlineExceptionFilter({ clientErrorLevel: 'loud' as never })).toThrow(/clientErrorLevel/)
  })
})
