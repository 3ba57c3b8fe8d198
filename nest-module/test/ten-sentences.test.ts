// What this package promises over everything that was there before it, sentence by sentence, in real Nest applications.

import {
  ConfigurationError,
  Driver,
  GraphDatabase,
  IncompleteCommit,
  isNeo4jError,
  TransientError,
} from '@boltline/core'
import { httpAnswer } from '@boltline/core/web'
import {
  AccessModeError,
  BoltlineClient,
  BoltlineExceptionFilter,
  BoltlineModule,
  InjectBoltline,
  InjectDriver,
  NoTransactionError,
  ReadTransaction,
  ScopeMismatchError,
  ShuttingDownError,
  StreamEscapesTransactionError,
  Transactional,
  TransactionHost,
  TransactionScopeEndedError,
  UnexpectedRollbackError,
  WriteTransaction,
} from '@boltline/nestjs'
import { BoltlineHealthIndicator } from '@boltline/nestjs/terminus'
import { noopTransactionHost, withTransactionHost } from '@boltline/nestjs/testing'
import { Controller, Get, HttpException, Injectable, Post } from '@nestjs/common'
import { APP_FILTER } from '@nestjs/core'
import { HealthCheckService, TerminusModule } from '@nestjs/terminus'
import { Observable, of } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { boot, endings, Gate, hurry, Repository, reasonOf, scripted, serve, start } from './fixture.ts'

const deadlock = 'Neo.TransientError.Transaction.DeadlockDetected'
const constraint = 'Neo.ClientError.Schema.ConstraintValidationFailed'

describe('1. One package gives named drivers, the decorator, health, exception mapping, a testing kit and the schema', () => {
  @Controller()
  class Shop {
    readonly neo: BoltlineClient
    readonly audit: BoltlineClient
    readonly health: HealthCheckService
    readonly neo4j: BoltlineHealthIndicator

    constructor(
      neo: BoltlineClient,
      @InjectBoltline('audit') audit: BoltlineClient,
      health: HealthCheckService,
      neo4j: BoltlineHealthIndicator,
    ) {
      this.neo = neo
      this.audit = audit
      this.health = health
      this.neo4j = neo4j
    }

    @Post('orders')
    @Transactional()
    async order(): Promise<{ id: string }> {
      await this.audit.consume('CREATE (:Entry)')
      return this.neo.one('CREATE (o:Order) RETURN o.id AS id')
    }

    @Get('health')
    ready() {
      return this.health.check([this.neo4j.check('neo4j'), () => this.neo4j.check('audit', { connection: 'audit' })])
    }
  }

  it('all of them in one application', async () => {
    const server = await scripted()
    const audit = await scripted()
    server.when('SHOW CONSTRAINTS YIELD name').returns([], { keys: ['name'] })
    server.when('SHOW INDEXES YIELD name').returns([], { keys: ['name'] })
    server.when(/^CREATE CONSTRAINT/).returns([])
    server.when(/^CALL db.awaitIndexes/).returns([])
    server
      .when('CREATE (o:Order) RETURN o.id AS id')
      .returns([{ id: 'o-1' }])
      .fails(constraint)
    audit.when('CREATE (:Entry)').returns([])
    const { url } = await serve({
      imports: [
        BoltlineModule.forRoot({ uri: server.uri, schema: { apply: 'create' } }),
        BoltlineModule.forRoot({ name: 'audit', uri: audit.uri }),
        BoltlineModule.forFeature({
          schema: { constraints: [{ name: 'order_id', type: 'unique', label: 'Order', properties: ['id'] }] },
        }),
        TerminusModule,
      ],
      controllers: [Shop],
      providers: [BoltlineHealthIndicator, { provide: APP_FILTER, useClass: BoltlineExceptionFilter }],
    })
    const created = await fetch(`${url}/orders`, { method: 'POST' })
    expect([created.status, await created.json()]).toEqual([201, { id: 'o-1' }])
    const conflict = await fetch(`${url}/orders`, { method: 'POST' })
    expect(conflict.status).toBe(409)
    expect(conflict.headers.get('content-type')).toMatch(/^application\/problem\+json/)
    const health = await fetch(`${url}/health`)
    expect([health.status, Object.keys(((await health.json()) as { details: object }).details)]).toEqual([
      200,
      ['neo4j', 'audit'],
    ])
    expect(server.calls.map(({ query }) => query)).toContain(
      'CREATE CONSTRAINT order_id IF NOT EXISTS FOR (x:`Order`) REQUIRE (x.`id`) IS UNIQUE',
    )
    const shop = withTransactionHost(
      new Shop(
        { one: async () => ({ id: 'fake' }) } as never,
        { consume: async () => null } as never,
        {} as never,
        {} as never,
      ),
      noopTransactionHost(),
    )
    expect(await shop.order()).toEqual({ id: 'fake' })
  })
})

describe("2. A wrapped retryable error is still retried; after the budget the application's own error surfaces", () => {
  @Injectable()
  class Accounts {
    readonly neo: BoltlineClient

    constructor(neo: BoltlineClient) {
      this.neo = neo
    }

    @Transactional()
    async pay(): Promise<string> {
      try {
        await this.neo.consume('SET balance')
        return 'paid'
      } catch (cause) {
        throw new HttpException('payment failed', 418, { cause: new AggregateError([cause], 'inner') })
      }
    }
  }

  it('retried, however deep it is wrapped', async () => {
    hurry()
    const server = await scripted()
    server.when('SET balance').fails(deadlock, { times: 2 }).returns([])
    const { app } = await start({ uri: server.uri }, { providers: [Accounts] })
    expect(await app.get(Accounts).pay()).toBe('paid')
    expect(server.calls.length).toBe(3)
  })

  it('the error that the application threw, as it threw it', async () => {
    hurry()
    const server = await scripted()
    server.when('SET balance').fails(deadlock)
    const { app, logged } = await start(
      { uri: server.uri, driver: { maxTransactionRetryTime: 3_000 } },
      { providers: [Accounts] },
    )
    const error = await reasonOf(app.get(Accounts).pay())
    expect(error).toBeInstanceOf(HttpException)
    expect((error as HttpException).getStatus()).toBe(418)
    expect(server.calls.length).toBeGreaterThan(1)
    expect(logged.own.filter((line) => line.includes('failed for good'))).toHaveLength(1)
  })

  it('not for a failure of another database, which repeating this work would not mend', async () => {
    const server = await scripted()
    const { app } = await start({ uri: server.uri })
    let runs = 0
    const work = app.get(TransactionHost).run({}, () => {
      runs += 1
      throw new TransientError('another database', { code: deadlock })
    })
    expect(await reasonOf(work)).toBeInstanceOf(TransientError)
    expect(runs).toBe(1)
  })
})

describe('3. Only the owner of the transaction retries, in a fresh scope, with the hooks of the failed attempt discarded', () => {
  it('a method that takes part never repeats by itself', async () => {
    hurry()
    const server = await scripted()
    server.when('outer').returns([])
    server.when('inner').fails(deadlock, { times: 2 }).returns([])
    const { app } = await start({ uri: server.uri })
    const host = app.get(TransactionHost)
    const client = app.get(BoltlineClient)
    const hooks: string[] = []
    const told: [boolean, number][] = []
    const scopes = new Set<unknown>()
    await host.run({ onRetry: (error, attempt) => told.push([isNeo4jError(error), attempt]) }, async () => {
      const { attempt } = host.current
      scopes.add(host.current)
      host.afterCommit(() => hooks.push(`committed by ${attempt}`))
      host.afterRollback(() => hooks.push(`rolled back by ${attempt}`))
      await client.consume('outer')
      await host.run({ retry: true }, () => client.consume('inner'))
    })
    expect(server.calls.map(({ query }) => query)).toEqual(['outer', 'inner', 'outer', 'inner', 'outer', 'inner'])
    expect(told).toEqual([
      [true, 1],
      [true, 2],
    ])
    expect(scopes.size).toBe(3)
    expect(hooks).toEqual(['committed by 3'])
  })

  it('retry: false runs once', async () => {
    const server = await scripted()
    server.when('once').fails(deadlock)
    const { app } = await start({ uri: server.uri })
    const client = app.get(BoltlineClient)
    const work = app.get(TransactionHost).run({ retry: false }, () => client.consume('once'))
    expect(await reasonOf(work)).toBeInstanceOf(TransientError)
    expect(server.calls.length).toBe(1)
  })
})

describe("4. A swallowed failure in a method that takes part can't be committed silently", () => {
  async function parts() {
    const server = await scripted()
    server.when('fine').returns([])
    server.when('broken').fails(constraint)
    const { app } = await start({ uri: server.uri })
    return { server, host: app.get(TransactionHost), client: app.get(BoltlineClient) }
  }

  it('an error of the application', async () => {
    const { server, host, client } = await parts()
    const inner = new Error('inner')
    const outcome = host.run({ initiator: 'Orders.place' }, async () => {
      await client.consume('fine')
      await host.run({}, () => Promise.reject(inner)).catch(() => undefined)
    })
    const error = await reasonOf(outcome)
    expect(error).toBeInstanceOf(UnexpectedRollbackError)
    expect(error).toMatchObject({ cause: inner, message: expect.stringContaining('Orders.place') })
    expect(endings(server)).toEqual(['begin', 'rollback'])
  })

  it('an error of the server, which comes out as it is', async () => {
    const { server, host, client } = await parts()
    const outcome = host.run({}, async () => {
      await client.consume('broken').catch(() => undefined)
    })
    expect(await reasonOf(outcome)).toMatchObject({ code: constraint })
    expect(endings(server)).not.toContain('commit')
  })

  it('but one that the method expects, by noRollbackFor', async () => {
    const { server, host, client } = await parts()
    await host.run({}, async () => {
      await client.consume('fine')
      const expected = host.run({ noRollbackFor: [RangeError] }, () => Promise.reject(new RangeError('expected')))
      await expected.catch(() => undefined)
    })
    const despite = host.run({ noRollbackFor: (error) => error instanceof RangeError }, async () => {
      await client.consume('fine')
      throw new RangeError('committed all the same')
    })
    await expect(despite).rejects.toThrow('committed all the same')
    expect(endings(server)).toEqual(['begin', 'commit', 'begin', 'commit'])
  })

  it('setRollbackOnly of the owner is no surprise, that of another is one', async () => {
    const { server, host, client } = await parts()
    const hooks: string[] = []
    const value = await host.run({}, async () => {
      await client.consume('fine')
      host.afterRollback(() => hooks.push('rolled back'))
      host.setRollbackOnly('a dry run')
      return 7
    })
    expect([value, hooks]).toEqual([7, ['rolled back']])
    const surprised = host.run({}, () => host.run({}, () => host.setRollbackOnly('not valid')))
    expect(await reasonOf(surprised)).toMatchObject({ name: 'UnexpectedRollbackError', cause: 'not valid' })
    expect(endings(server)).toEqual(['begin', 'rollback', 'begin', 'rollback'])
  })
})

describe('A COMMIT whose answer is lost', () => {
  it('comes as it is after a write, without another attempt or a hook, and is answered with 500', async () => {
    const server = await scripted()
    server.when('RETURN 1 AS x').returns([{ x: 1 }])
    const { app } = await start({ uri: server.uri })
    const host = app.get(TransactionHost)
    const client = app.get(BoltlineClient)
    const hooks: string[] = []
    server.onCommit().drops()
    const lost = host.run({ mode: 'write' }, async () => {
      host.afterCommit(() => hooks.push('committed'))
      host.afterRollback(() => hooks.push('rolled back'))
      return client.one('RETURN 1 AS x')
    })
    const error = await reasonOf(lost)
    expect(error).toBeInstanceOf(IncompleteCommit)
    expect(httpAnswer(error)?.status).toBe(500)
    server.onCommit().drops()
    expect(await reasonOf(client.one('RETURN 1 AS x', {}, { mode: 'write' }))).toBeInstanceOf(IncompleteCommit)
    expect(hooks).toEqual([])
    expect(server.calls.length).toBe(2)
  })

  it('has a read done again, because nothing is in doubt', async () => {
    hurry()
    const server = await scripted()
    server.when('RETURN 1 AS x').returns([{ x: 1 }])
    const { app } = await start({ uri: server.uri })
    const host = app.get(TransactionHost)
    const client = app.get(BoltlineClient)
    const hooks: string[] = []
    server.onCommit().drops()
    const value = await host.run({ mode: 'read' }, async () => {
      host.afterCommit(() => hooks.push('committed'))
      return client.one('RETURN 1 AS x')
    })
    expect([value, hooks]).toEqual([{ x: 1 }, ['committed']])
    server.onCommit().drops()
    expect(await client.one('RETURN 1 AS x', {}, { mode: 'read' })).toEqual({ x: 1 })
    expect(server.calls.length).toBe(4)
  })

  it('of another transaction, which the method has called, leaves this one rolled back', async () => {
    const server = await scripted()
    server.when('RETURN 1 AS x').returns([{ x: 1 }])
    const { app } = await start({ uri: server.uri })
    const host = app.get(TransactionHost)
    const client = app.get(BoltlineClient)
    const hooks: string[] = []
    server.onCommit().drops()
    const outer = host.run({}, async () => {
      host.afterRollback(() => hooks.push('rolled back'))
      await host.run({ propagation: 'requiresNew' }, () => client.one('RETURN 1 AS x'))
    })
    expect(await reasonOf(outer)).toBeInstanceOf(IncompleteCommit)
    expect(hooks).toEqual(['rolled back'])
  })
})

describe('A bookmark manager that fails behind the commit', () => {
  const foreign = Object.assign(new Error('the store is out of reach'), { isRetryable: true })
  const managed = async () => {
    const server = await scripted()
    server.when('RETURN 1 AS x').returns([{ x: 1 }])
    const bookmarkManager = { getBookmarks: () => [], updateBookmarks: () => Promise.reject(foreign) }
    const { app } = await start({ uri: server.uri, bookmarks: bookmarkManager })
    return { server, host: app.get(TransactionHost), client: app.get(BoltlineClient) }
  }

  it.each([true, false])('has nothing done again, and the hooks of the commit run, with retry %s', async (retry) => {
    const { server, host, client } = await managed()
    const hooks: string[] = []
    const outcome = host.run({ retry }, async () => {
      host.afterCommit(() => hooks.push('committed'))
      host.afterRollback(() => hooks.push('rolled back'))
      return client.one('RETURN 1 AS x')
    })
    expect(await reasonOf(outcome)).toMatchObject({ name: 'BookmarkUpdateError', isRetryable: false, cause: foreign })
    expect(hooks).toEqual(['committed'])
    expect(server.calls.length).toBe(1)
  })

  it('has a query of the client done once', async () => {
    const { server, client } = await managed()
    for (const mode of ['read', 'write'] as const) {
      expect(await reasonOf(client.one('RETURN 1 AS x', {}, { mode }))).toMatchObject({ name: 'BookmarkUpdateError' })
    }
    expect(server.calls.length).toBe(2)
  })

  it('of another transaction, which the method has called, leaves this one rolled back', async () => {
    const { server, host, client } = await managed()
    const hooks: string[] = []
    const outer = host.run({}, async () => {
      host.afterCommit(() => hooks.push('committed'))
      host.afterRollback(() => hooks.push('rolled back'))
      await host.run({ propagation: 'requiresNew' }, () => client.one('RETURN 1 AS x'))
    })
    expect(await reasonOf(outer)).toMatchObject({ name: 'BookmarkUpdateError' })
    expect(hooks).toEqual(['rolled back'])
    expect(endings(server)).toEqual(['begin', 'begin', 'commit', 'rollback'])
  })
})

describe('A signal that aborts while a transactional method waits for something else', () => {
  it.each([
    [true, 'text'],
    [false, 'text'],
    [true, null],
    [false, null],
    [false, new Error('the client has left')],
  ])('rejects the call at once, with retry %s and the reason %s', async (retry, reason) => {
    const server = await scripted()
    server.when('fine').returns([])
    const { app } = await start({ uri: server.uri })
    const host = app.get(TransactionHost)
    const client = app.get(BoltlineClient)
    const controller = new AbortController()
    const outcome = host.run({ retry, signal: controller.signal }, async () => {
      await client.consume('fine')
      controller.abort(reason)
      await new Promise(() => undefined)
    })
    expect(await reasonOf(outcome)).toBe(reason)
    // The connection is free, and nothing was committed.
    await host.run({}, () => client.consume('fine'))
    expect(endings(server)).toEqual(['begin', 'begin', 'commit'])
  })
})

describe('5. Any use of a transaction after its end fails with a named error, and never becomes a query of its own', () => {
  it('an orphaned sibling of Promise.all', async () => {
    const server = await scripted()
    server.when(/./).returns([])
    const { app } = await start({ uri: server.uri })
    const host = app.get(TransactionHost)
    const client = app.get(BoltlineClient)
    const gate = new Gate()
    let orphan: Promise<unknown> = Promise.resolve()
    const outcome = host.run({ initiator: 'Orders.place' }, () => {
      orphan = gate.opened.then(() => client.consume('late'))
      return Promise.all([orphan, Promise.reject(new Error('first'))])
    })
    await expect(outcome).rejects.toThrow('first')
    gate.open()
    const error = await reasonOf(orphan)
    expect(error).toBeInstanceOf(TransactionScopeEndedError)
    expect(error).toMatchObject({ message: expect.stringMatching(/Orders\.place ended at \d{4}-.*runOutside/) })
    expect(server.calls).toEqual([])
  })

  it('a late event handler, whichever way it goes', async () => {
    const server = await scripted()
    server.when(/./).returns([{ x: 1 }])
    const { app } = await start({ uri: server.uri })
    const host = app.get(TransactionHost)
    const client = app.get(BoltlineClient)
    const gate = new Gate()
    const late: Promise<unknown>[] = []
    await host.run({}, () => {
      late.push(
        gate.opened.then(() => client.run('late')),
        gate.opened.then(() => host.run({}, () => 1)),
        gate.opened.then(() => host.afterCommit(() => 1)),
        gate.opened.then(() => host.current),
      )
    })
    gate.open()
    for (const each of late) expect(await reasonOf(each)).toBeInstanceOf(TransactionScopeEndedError)
    expect(server.calls).toEqual([])
  })

  it('while hooks after the end, and what leaves the transaction on purpose, work', async () => {
    const server = await scripted()
    server.when(/./).returns([{ x: 1 }])
    const { app, logged } = await start({ uri: server.uri })
    const host = app.get(TransactionHost)
    const client = app.get(BoltlineClient)
    const rows: unknown[] = []
    await host.run({}, () => {
      host.afterCommit(async () => rows.push(await client.one('after')))
      host.afterCommit(() => {
        throw new Error('a hook that fails')
      })
      host.afterCommit(() => rows.push('last'))
    })
    expect(rows).toEqual([{ x: 1 }, 'last'])
    expect(logged.own.some((line) => line.startsWith('error') && line.includes('afterCommit'))).toBe(true)
    await expect(Promise.resolve().then(() => host.current)).rejects.toBeInstanceOf(NoTransactionError)
    expect(await reasonOf(client.run('outside'))).toBeInstanceOf(NoTransactionError)
  })
})

describe('6. A write inside of a read transaction fails before a byte is sent; so does another database or user', () => {
  @Injectable()
  class Reports {
    readonly neo: BoltlineClient

    constructor(neo: BoltlineClient) {
      this.neo = neo
    }

    @ReadTransaction()
    async read(inner: () => Promise<unknown>): Promise<unknown> {
      return inner()
    }

    @WriteTransaction()
    async write(): Promise<void> {
      await this.neo.consume('CREATE ()')
    }

    @Transactional({ database: 'tenant-b' })
    async other(): Promise<void> {
      await this.neo.consume('RETURN 1')
    }
  }

  it('by decorator, by option, by the query itself', async () => {
    const server = await scripted()
    const { app } = await start({ uri: server.uri, database: 'tenant-a' }, { providers: [Reports] })
    const reports = app.get(Reports)
    const client = app.get(BoltlineClient)
    for (const inner of [
      () => reports.write(),
      () => client.all('RETURN 1', {}, { mode: 'write' }),
      () => client.run('MATCH (n) DETACH DELETE n').consume(),
    ]) {
      expect(await reasonOf(reports.read(inner))).toBeInstanceOf(AccessModeError)
    }
    for (const inner of [
      () => reports.other(),
      () => client.all('RETURN 1', {}, { database: 'tenant-b' }),
      () => client.all('RETURN 1', {}, { impersonatedUser: 'bob' }),
    ]) {
      expect(await reasonOf(app.get(TransactionHost).run<unknown>({}, inner))).toBeInstanceOf(ScopeMismatchError)
    }
    expect(server.calls).toEqual([])
  })
})

describe('7. Async generators and Observables work in a mode of their own, or are refused before the commit', () => {
  @Injectable()
  class Streams extends Repository {
    @Transactional()
    async *generator(): AsyncGenerator<unknown> {
      yield this.host.current.initiator
      await Promise.resolve()
      yield this.host.current.initiator
    }

    @Transactional()
    observable(): Observable<string> {
      return of(this.host.current.initiator)
    }

    @Transactional()
    async escaping(kind: 'result' | 'generator' | 'observable'): Promise<unknown> {
      if (kind === 'observable') return of(1)
      return kind === 'generator' ? this.generator() : this.neo.run('RETURN 1')
    }
  }

  it('without losing the transaction', async () => {
    const server = await scripted()
    const { app } = await start({ uri: server.uri }, { providers: [Streams] })
    const streams = app.get(Streams)
    const seen: unknown[] = []
    for await (const value of streams.generator()) seen.push(value)
    await new Promise<void>((complete, error) => {
      streams.observable().subscribe({ next: (value) => seen.push(value), complete, error })
    })
    expect(seen).toEqual(['Streams.generator', 'Streams.generator', 'Streams.observable'])
    expect(endings(server)).toEqual(['begin', 'commit', 'begin', 'commit'])
  })

  it('refused where a promise gives one away', async () => {
    const server = await scripted()
    server.when('RETURN 1').returns([{ x: 1 }])
    const { app } = await start({ uri: server.uri }, { providers: [Streams] })
    const streams = app.get(Streams)
    for (const kind of ['result', 'generator', 'observable'] as const) {
      expect(await reasonOf(streams.escaping(kind))).toBeInstanceOf(StreamEscapesTransactionError)
    }
    expect(endings(server)).toEqual(['begin', 'rollback', 'begin', 'rollback', 'begin', 'rollback'])
  })
})

describe('8. app.close() waits for open transactions up to a limit, then closes; consumers may query until then', () => {
  it('waits, lets hooks of the shutdown query, and refuses what comes after', async () => {
    const answers: string[] = []
    @Injectable()
    class Consumer {
      readonly neo: BoltlineClient

      constructor(neo: BoltlineClient) {
        this.neo = neo
      }

      async onModuleDestroy(): Promise<void> {
        answers.push((await this.neo.one<{ x: string }>('destroy')).x)
      }

      async beforeApplicationShutdown(): Promise<void> {
        answers.push((await this.neo.one<{ x: string }>('before')).x)
      }
    }
    const server = await scripted()
    server.when(/./).returns(({ query }) => [{ x: query }])
    const { app } = await start({ uri: server.uri }, { providers: [Consumer] })
    const driver = app.get(Driver)
    const host = app.get(TransactionHost)
    const client = app.get(BoltlineClient)
    const gate = new Gate()
    const work = host.run({}, async () => {
      await gate.opened
      return client.one('last')
    })
    const closed = app.close()
    await expect.poll(() => answers).toEqual(['destroy', 'before'])
    await expect.poll(() => reasonOf(host.run({}, () => 'new work'))).toBeInstanceOf(ShuttingDownError)
    expect(await reasonOf(client.one('new'))).toBeInstanceOf(ShuttingDownError)
    expect(driver.closed).toBe(false)
    gate.open()
    expect(await work).toEqual({ x: 'last' })
    await closed
    expect(driver.closed).toBe(true)
    expect(endings(server).at(-1)).toBe('commit')
  })

  it('ends what takes longer than the limit, and says whose it was', async () => {
    const server = await scripted()
    server.when('slow').hangs()
    const { app, logged } = await start({ uri: server.uri, shutdownTimeout: 10 })
    const client = app.get(BoltlineClient)
    const work = reasonOf(app.get(TransactionHost).run({ initiator: 'Orders.slow' }, () => client.consume('slow')))
    await expect.poll(() => server.calls.length).toBe(1)
    await app.close()
    expect(await work).toBeInstanceOf(ShuttingDownError)
    expect(logged.own.some((line) => line.startsWith('warn') && line.includes('Orders.slow'))).toBe(true)
  })

  it('leaves a driver open that it was given', async () => {
    const server = await scripted()
    await using driver = GraphDatabase.driver(server.uri)
    const { app } = await start({ useDriver: driver })
    expect(app.get(Driver)).toBe(driver)
    await app.close()
    expect(driver.closed).toBe(false)
  })
})

describe('9. What is set up wrongly is an error at the start, with the remedy', () => {
  const uri = 'bolt://127.0.0.1:1'

  @Injectable()
  class NeedsAudit {
    readonly audit: Driver

    constructor(@InjectDriver('audit') audit: Driver) {
      this.audit = audit
    }
  }

  @Injectable()
  class DecoratedForAudit {
    @Transactional({ connection: 'audit' })
    async work(): Promise<void> {
      await Promise.resolve()
    }
  }

  it.each([
    [
      'two connections of one name',
      { imports: [lazy({ name: 'a' }), lazy({ name: 'a' })] },
      /imported 2 times for the connection 'a'/,
    ],
    [
      'no connection of that name',
      { imports: [lazy()], providers: [NeedsAudit] },
      /forRoot\(\{ name: 'audit', uri, … \}\)/,
    ],
    [
      'a decorator for a connection that is not there',
      { imports: [lazy()], providers: [DecoratedForAudit] },
      /@Transactional\(\) needs the connection 'audit'; add BoltlineModule\.forRoot\(\{ name: 'audit'/,
    ],
    [
      'no factory',
      { imports: [BoltlineModule.forRootAsync({} as never)] },
      /needs exactly one of useFactory, useClass and useExisting, found none/,
    ],
    [
      'a name that comes too late',
      { imports: [BoltlineModule.forRootAsync({ useFactory: () => ({ uri, name: 'late' }) as never })] },
      /forRootAsync\(\{ name, useFactory \}\)/,
    ],
    ['a wrong URI', { imports: [BoltlineModule.forRoot({ uri: 'http://localhost' })] }, /http/],
    ['no URI', { imports: [BoltlineModule.forRoot({ uri: undefined })] }, /environment variable missing/],
    ['a misspelled option', { imports: [lazy({ databse: 'x' } as object)] }, /did you mean "database"/],
    ['a name that cannot be one', { imports: [lazy({ name: 'my graph' })] }, /letters, digits/],
    [
      'a schema for a connection that is not there',
      { imports: [lazy(), BoltlineModule.forFeature({ connection: 'x' })] },
      /name: 'x'/,
    ],
    ['a lazy start with a schema', { imports: [lazy({ schema: { apply: 'verify' } })] }, /rules out/],
  ])('%s', async (_what, metadata, message) => {
    const error = await reasonOf(boot(metadata))
    expect(String(error)).toMatch(message)
  })

  it('a contradiction in the URI, in the words of the driver', async () => {
    const error = await reasonOf(start({ uri: `${uri}?region=eu`, startup: { mode: 'lazy' } }))
    expect(error).toBeInstanceOf(ConfigurationError)
  })

  function lazy(options: object = {}) {
    return BoltlineModule.forRoot({ uri, startup: { mode: 'lazy' }, ...options })
  }
})

describe('10. Two applications in one process do not see each other', () => {
  @Injectable()
  class Notes extends Repository {
    @Transactional()
    async add(then: () => Promise<unknown> = async () => undefined): Promise<void> {
      await this.neo.consume('CREATE (:Note)')
      await then()
    }
  }

  it('by the same classes and names, one inside of the other', async () => {
    const [one, two] = [await scripted(), await scripted()]
    for (const server of [one, two]) server.when('CREATE (:Note)').returns([])
    const first = (await start({ uri: one.uri }, { providers: [Notes] })).app.get(Notes)
    const second = (await start({ uri: two.uri }, { providers: [Notes] })).app.get(Notes)
    const failing = first.add(async () => {
      await second.add(async () => expect(second.host.current).not.toBe(first.host.current))
      throw new Error('the first one alone')
    })
    await expect(failing).rejects.toThrow('the first one alone')
    expect(endings(one)).toEqual(['begin', 'rollback'])
    expect(endings(two)).toEqual(['begin', 'commit'])
  })
})
