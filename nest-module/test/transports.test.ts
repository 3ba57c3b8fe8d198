// The same service and filter behind everything that Nest can serve by.

import type { ScriptedServer } from '@boltline/embedded'
import {
  BoltlineExceptionFilter,
  BoltlineModule,
  ReadTransaction,
  Transactional,
  TransactionInterceptor,
} from '@boltline/nestjs'
import {
  Controller,
  Get,
  Header,
  Injectable,
  type ModuleMetadata,
  Post,
  Res,
  UseFilters,
  UseInterceptors,
} from '@nestjs/common'
import { APP_FILTER, NestFactory } from '@nestjs/core'
import { EventEmitter2, EventEmitterModule, OnEvent } from '@nestjs/event-emitter'
import { Args, GraphQLModule, Mutation, Query, Resolver } from '@nestjs/graphql'
import { MercuriusDriver, type MercuriusDriverConfig } from '@nestjs/mercurius'
import { ClientProxyFactory, EventPattern, MessagePattern, Transport } from '@nestjs/microservices'
import { WsAdapter } from '@nestjs/platform-ws'
import { Cron, CronExpression, ScheduleModule } from '@nestjs/schedule'
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets'
import { concat, defer, firstValueFrom, NEVER, type Observable } from 'rxjs'
import { describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { freePort } from '../../tools/testing/free-port.mjs'
import { endings, Logged, moduleOf, Repository, reasonOf, scripted, serve, serveByFastify, start } from './fixture.ts'

const constraint = 'Neo.ClientError.Schema.ConstraintValidationFailed'
const secret = 'Node(17) already exists with label `User` and property `email` = ada@example.org'

@Injectable()
class Users extends Repository {
  @Transactional()
  async add(email: string): Promise<string> {
    await this.neo.consume('CREATE (:User {email: $email})', { email })
    return `${this.host.current.initiator} ${email}`
  }

  counts(): Promise<{ n: number }> {
    return this.neo.one<{ n: number }>('MATCH (u:User) RETURN count(u) AS n')
  }

  @ReadTransaction()
  async count(): Promise<number> {
    return (await this.neo.one<{ n: number }>('MATCH (u:User) RETURN count(u) AS n')).n
  }
}

/** The server says that `taken` exists already, and that it can't be reached when asked about `away`. */
async function users(): Promise<ScriptedServer> {
  const server = await scripted()
  server.when('CREATE (:User {email: $email})').returns([])
  server.when('CREATE (:User {email: $email})', { email: 'taken' }).fails(constraint, { message: secret })
  server.when('MATCH (u:User) RETURN count(u) AS n').returns([{ n: 7 }])
  return server
}

function parts(server: ScriptedServer, more: ModuleMetadata = {}): ModuleMetadata {
  return {
    ...more,
    imports: [BoltlineModule.forRoot({ uri: server.uri }), ...(more.imports ?? [])],
    providers: [Users, { provide: APP_FILTER, useClass: BoltlineExceptionFilter }, ...(more.providers ?? [])],
  }
}

describe('HTTP', () => {
  @Controller()
  class UsersController {
    readonly users: Users

    constructor(users: Users) {
      this.users = users
    }

    @Post('users')
    add(): Promise<string> {
      return this.users.add('ada')
    }

    @Post('taken')
    taken(): Promise<string> {
      return this.users.add('taken')
    }

    @Get('count')
    @UseInterceptors(TransactionInterceptor)
    async count(): Promise<{ count: number; inside: string | undefined }> {
      return { count: await this.users.count(), inside: this.users.host.currentOrUndefined?.initiator }
    }

    @Post('late')
    @UseInterceptors(TransactionInterceptor)
    @Header('content-type', 'text/plain')
    async late(@Res({ passthrough: true }) _response: unknown): Promise<string> {
      return (await this.users.add('taken').catch(() => 'swallowed')) satisfies string
    }
  }

  it.each(['express', 'fastify'])(
    '%s answers with problem details, and keeps to itself what the server said',
    async (platform) => {
      const server = await users()
      const { url } = await (platform === 'express' ? serve : serveByFastify)(
        parts(server, { controllers: [UsersController] }),
      )
      const added = await fetch(`${url}/users`, { method: 'POST' })
      expect([added.status, await added.text()]).toEqual([201, 'Users.add ada'])
      const taken = await fetch(`${url}/taken`, { method: 'POST' })
      const body = await taken.text()
      expect(taken.status).toBe(409)
      expect(taken.headers.get('content-type')).toMatch(/^application\/problem\+json/)
      expect(JSON.parse(body)).toMatchObject({ status: 409, code: 'constraint-violated', properties: ['email'] })
      expect(body).not.toMatch(/Node|User|ada|CREATE/)
    },
  )

  it.each(['express', 'fastify'])('%s answers after the commit of the interceptor', async (platform) => {
    const server = await users()
    const { url } = await (platform === 'express' ? serve : serveByFastify)(
      parts(server, { controllers: [UsersController] }),
    )
    const counted = await fetch(`${url}/count`)
    expect(await counted.json()).toEqual({ count: 7, inside: 'UsersController.count' })
    expect(endings(server)).toEqual(['begin', 'commit'])
    expect(server.calls.map(({ mode }) => mode)).toEqual(['READ'])
    const late = await fetch(`${url}/late`, { method: 'POST' })
    expect(late.status).toBe(409)
    expect(endings(server)).not.toContain('rollback')
    expect(endings(server).filter((ending) => ending === 'commit')).toHaveLength(1)
  })

  it('answers 503 with Retry-After while nothing listens', async () => {
    const { url } = await serve({
      imports: [
        BoltlineModule.forRoot({
          uri: `bolt://127.0.0.1:${await freePort()}`,
          startup: { mode: 'lazy' },
          driver: { maxTransactionRetryTime: 0 },
        }),
      ],
      controllers: [UsersController],
      providers: [Users, { provide: APP_FILTER, useValue: new BoltlineExceptionFilter() }],
    })
    const answer = await fetch(`${url}/users`, { method: 'POST' })
    expect(answer.status).toBe(503)
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(await answer.text()).not.toMatch(/127\.0\.0\.1/)
  })

  it('lets the application have answers of its own', async () => {
    const server = await users()
    const filter = new BoltlineExceptionFilter({
      map: (_error, usual) => (usual.kind === 'constraint-violated' ? { ...usual, status: 422 } : undefined),
    })
    const { url } = await serve({
      imports: [BoltlineModule.forRoot({ uri: server.uri })],
      controllers: [UsersController],
      providers: [Users, { provide: APP_FILTER, useValue: filter }],
    })
    expect((await fetch(`${url}/taken`, { method: 'POST' })).status).toBe(422)
  })
})

describe('GraphQL', () => {
  @Resolver()
  class UsersResolver {
    readonly users: Users

    constructor(users: Users) {
      this.users = users
    }

    @Query('count')
    @UseInterceptors(TransactionInterceptor)
    async count(): Promise<number> {
      expect(this.users.host.current).toMatchObject({ initiator: 'UsersResolver.count', mode: 'READ' })
      return this.users.count()
    }

    @Mutation('add')
    @UseInterceptors(TransactionInterceptor)
    async add(@Args('email') email: string): Promise<string> {
      return this.users.add(email)
    }
  }

  it('answers with an error whose extensions say what happened', async () => {
    const server = await users()
    const { url } = await serveByFastify(
      parts(server, {
        imports: [
          GraphQLModule.forRoot<MercuriusDriverConfig>({
            driver: MercuriusDriver,
            typeDefs: 'type Query { count: Int! } type Mutation { add(email: String!): String! }',
          }),
        ],
        providers: [UsersResolver],
      }),
    )
    const ask = async (query: string) => {
      const headers = { 'content-type': 'application/json' }
      const answer = await fetch(`${url}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query }) })
      return (await answer.json()) as { data: unknown; errors?: { message: string; extensions?: unknown }[] }
    }
    expect(await ask('{ count }')).toEqual({ data: { count: 7 } })
    expect((await ask('mutation { add(email: "ada") }')).data).toEqual({ add: 'UsersResolver.add ada' })
    const { errors } = await ask('mutation { add(email: "taken") }')
    expect(errors?.[0]?.extensions).toEqual({
      code: 'CONSTRAINT_VIOLATED',
      http: { status: 409 },
      properties: ['email'],
    })
    expect(JSON.stringify(errors)).not.toMatch(/Node|CREATE/)
  })
})

describe('Microservices', () => {
  @Controller()
  class UsersMessages {
    readonly users: Users
    static heard: string[] = []

    constructor(users: Users) {
      this.users = users
    }

    @MessagePattern('add')
    add(email: string): Promise<string> {
      return this.users.add(email)
    }

    @Transactional()
    @EventPattern('added')
    async added(email: string): Promise<void> {
      UsersMessages.heard.push(`${this.users.host.current.initiator} ${email}`)
    }
  }

  it('run their handlers in transactions and send errors with a code', async () => {
    const server = await users()
    const options = { host: '127.0.0.1', port: await freePort() }
    const app = await NestFactory.createMicroservice(moduleOf(parts(server, { controllers: [UsersMessages] })), {
      transport: Transport.TCP,
      options,
      logger: new Logged(),
    })
    onTestFinished(() => app.close())
    await app.listen()
    const client = ClientProxyFactory.create({ transport: Transport.TCP, options })
    onTestFinished(() => client.close())
    expect(await firstValueFrom(client.send('add', 'ada'))).toBe('Users.add ada')
    expect(await reasonOf(firstValueFrom(client.send('add', 'taken')))).toMatchObject({
      status: 'error',
      code: 'constraint-violated',
    })
    await firstValueFrom(client.emit('added', 'ada'), { defaultValue: null })
    await expect.poll(() => UsersMessages.heard).toEqual(['UsersMessages.added ada'])
  })
})

describe('WebSockets', () => {
  // Nest has no global filters for gateways.
  @UseFilters(BoltlineExceptionFilter)
  @WebSocketGateway()
  class UsersGateway {
    readonly users: Users

    constructor(users: Users) {
      this.users = users
    }

    /** Emits one count and then nothing more, and never completes. */
    @Transactional({ returns: 'observable' })
    @SubscribeMessage('watch')
    watch(): Observable<{ event: string; data: number }> {
      return concat(
        defer(async () => ({ event: 'counted', data: (await this.users.counts()).n })),
        NEVER,
      )
    }

    @Transactional()
    @SubscribeMessage('add')
    async add(_client: unknown, email: string): Promise<{ event: string; data: string }> {
      return { event: 'added', data: await this.users.add(email) }
    }
  }

  it('run their handlers in transactions and send an exception with a code', async () => {
    const server = await users()
    const app = await NestFactory.create(moduleOf(parts(server, { providers: [UsersGateway] })), {
      logger: new Logged(),
    })
    onTestFinished(() => app.close())
    app.useWebSocketAdapter(new WsAdapter(app))
    await app.listen(0, '127.0.0.1')
    const socket = new WebSocket((await app.getUrl()).replace('http', 'ws'))
    onTestFinished(() => socket.close())
    await new Promise((resolve) => socket.once('open', resolve))
    const ask = async (email: string) => {
      const answer = new Promise<string>((resolve) => socket.once('message', (data) => resolve(String(data))))
      socket.send(JSON.stringify({ event: 'add', data: email }))
      return JSON.parse(await answer)
    }
    expect(await ask('ada')).toEqual({ event: 'added', data: 'UsersGateway.add ada' })
    const counted = new Promise<string>((resolve) => socket.once('message', (data) => resolve(String(data))))
    socket.send(JSON.stringify({ event: 'watch' }))
    expect(JSON.parse(await counted)).toEqual({ event: 'counted', data: 7 })
    const failed = await ask('taken')
    expect(failed).toMatchObject({ event: 'exception', data: { status: 'error', code: 'constraint-violated' } })
    expect(JSON.stringify(failed)).not.toMatch(/Node|CREATE/)
    // Nest unsubscribes from what a client was watching when it disconnects: that transaction is rolled back.
    const before = endings(server).filter((ending) => ending === 'rollback').length
    socket.close()
    await expect.poll(() => endings(server).filter((ending) => ending === 'rollback').length).toBe(before + 1)
  })
})

describe('Without any request', () => {
  @Injectable()
  class Jobs {
    readonly users: Users
    readonly ran: string[] = []

    constructor(users: Users) {
      this.users = users
    }

    @OnEvent('user.wanted')
    @Transactional()
    async onWanted(email: string): Promise<void> {
      this.ran.push(await this.users.add(email))
    }

    @Transactional()
    @Cron(CronExpression.EVERY_SECOND)
    async tick(): Promise<void> {
      this.ran.push(this.users.host.current.initiator)
    }
  }

  it('events and cron jobs run in transactions', async () => {
    const server = await users()
    const { app } = await start(
      { uri: server.uri },
      { imports: [EventEmitterModule.forRoot(), ScheduleModule.forRoot()], providers: [Users, Jobs] },
    )
    await app.init()
    await app.get(EventEmitter2).emitAsync('user.wanted', 'ada')
    const { ran } = app.get(Jobs)
    expect(ran).toContain('Jobs.onWanted ada')
    await expect.poll(() => ran, { timeout: 30_000 }).toContain('Jobs.tick')
  })
})
