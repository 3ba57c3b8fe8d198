import {
  BoltlineClient,
  InjectTransactionHost,
  NoTransaction,
  ReadTransaction,
  Transactional,
  TransactionHost,
  transactionalOptionsOf,
  WriteTransaction,
} from '@boltline/nestjs'
import { Injectable, Scope, SetMetadata } from '@nestjs/common'
import { ContextIdFactory, ModuleRef } from '@nestjs/core'
import { firstValueFrom, from, Observable, toArray } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { endings, reasonOf, scripted, start } from './fixture.ts'

@Injectable()
class People {
  readonly neo: BoltlineClient
  readonly host: TransactionHost

  constructor(neo: BoltlineClient, @InjectTransactionHost() host: TransactionHost) {
    this.neo = neo
    this.host = host
  }

  @Transactional({ timeout: 5_000, metadata: { app: 'test' } })
  async add(name: string): Promise<string> {
    await this.neo.consume('CREATE (:Person {name: $name})', { name })
    const { name: found } = await this.find(name)
    return found
  }

  @ReadTransaction()
  find(name: string): Promise<{ name: string }> {
    return this.neo.one('MATCH (p:Person {name: $name}) RETURN p.name AS name', { name })
  }
}

async function people(providers: (new (...parameters: never[]) => object)[] = [People]) {
  const server = await scripted()
  server.when(/^CREATE/).returns([])
  server.when(/^MATCH/).returns(({ parameters }) => [{ name: (parameters as { name: string }).name }])
  const { app, logged } = await start({ uri: server.uri }, { providers })
  return { server, app, logged }
}

it('runs a decorated method and what it calls in one transaction', async () => {
  const { server, app } = await people()
  expect(await app.get(People).add('Ada')).toBe('Ada')
  expect(server.calls.map(({ query }) => query)).toEqual([
    'CREATE (:Person {name: $name})',
    'MATCH (p:Person {name: $name}) RETURN p.name AS name',
  ])
  expect(endings(server)).toEqual(['begin', 'commit'])
  expect(new Set(server.calls.map(({ mode }) => mode))).toEqual(new Set(['WRITE']))
})

it('sends timeout and metadata, with Class.method as the initiator', async () => {
  const { server, app } = await people()
  await app.get(People).add('Ada')
  expect(server.calls[0]).toMatchObject({ metadata: { initiator: 'People.add', app: 'test' }, timeout: 5_000 })
})

it('runs a method with @ReadTransaction in a read transaction', async () => {
  const { server, app } = await people()
  await app.get(People).find('Ada')
  expect(server.calls[0]).toMatchObject({ mode: 'READ', metadata: { initiator: 'People.find' } })
})

it('keeps name, length and the metadata of other decorators, above and below', async () => {
  class Decorated {
    @SetMetadata('above', 1)
    @Transactional()
    @SetMetadata('below', 2)
    async method(_a: string, _b: string): Promise<void> {
      await Promise.resolve()
    }
  }
  const { method } = Decorated.prototype
  expect([method.name, method.length]).toEqual(['method', 2])
  expect([Reflect.getMetadata('above', method), Reflect.getMetadata('below', method)]).toEqual([1, 2])
  expect(transactionalOptionsOf(method)).toEqual({ returns: undefined })
  expect(transactionalOptionsOf(People.prototype.find)).toMatchObject({ mode: 'read' })
  expect(transactionalOptionsOf(() => 1)).toBeUndefined()
})

it('decorates the asynchronous methods of a class, but those that say otherwise', async () => {
  @Injectable()
  @Transactional({ mode: 'write' })
  class Accounts {
    readonly host: TransactionHost

    constructor(host: TransactionHost) {
      this.host = host
    }

    async pay(): Promise<string | undefined> {
      return this.host.currentOrUndefined?.mode
    }

    @ReadTransaction()
    async balance(): Promise<string | undefined> {
      return this.host.currentOrUndefined?.mode
    }

    @NoTransaction()
    async ping(): Promise<string | undefined> {
      return this.host.currentOrUndefined?.mode
    }

    helper(): string {
      return 'plain'
    }

    async onModuleInit(): Promise<void> {
      expect(this.host.currentOrUndefined).toBeUndefined()
    }
  }
  const { app } = await people([Accounts])
  const accounts = app.get(Accounts)
  expect(await accounts.pay()).toBe('WRITE')
  expect(await accounts.balance()).toBe('READ')
  expect(await accounts.ping()).toBeUndefined()
  expect(accounts.helper()).toBe('plain')
})

it('covers inherited methods and super calls, and not an override without the decorator', async () => {
  class Base {
    readonly host: TransactionHost

    constructor(@InjectTransactionHost() host: TransactionHost) {
      this.host = host
    }

    @WriteTransaction()
    async initiator(): Promise<string | undefined> {
      return this.host.currentOrUndefined?.initiator
    }

    @WriteTransaction()
    async overridden(): Promise<string | undefined> {
      return this.host.currentOrUndefined?.initiator
    }
  }
  @Injectable()
  class Derived extends Base {
    override async overridden(): Promise<string | undefined> {
      expect(this.host.currentOrUndefined).toBeUndefined()
      return super.overridden()
    }
  }
  const { app } = await people([Derived])
  const derived = app.get(Derived)
  expect(await derived.initiator()).toBe('Base.initiator')
  expect(await derived.overridden()).toBe('Base.overridden')
})

it('works in request-scoped instances', async () => {
  @Injectable({ scope: Scope.REQUEST })
  class Scoped {
    @Transactional()
    async twice(value: number): Promise<number> {
      return value * 2
    }
  }
  const { app } = await people([Scoped])
  const scoped = await app.get(ModuleRef).resolve(Scoped, ContextIdFactory.create(), { strict: false })
  expect(await scoped.twice(21)).toBe(42)
})

it('refuses what is no asynchronous method when the class is defined, and says what to write', () => {
  const loose = Transactional as () => (...parameters: unknown[]) => void
  expect(() => {
    class Arrow {
      @loose()
      work = async () => 1
    }
    return Arrow
  }).toThrow(/@Transactional\(\) stands on work, which is a property.*async work/)
  expect(() => {
    class Getter {
      @loose()
      get work(): Promise<number> {
        return Promise.resolve(1)
      }
    }
    return Getter
  }).toThrow(/accessor/)
  expect(() => {
    class Sync {
      @loose()
      work(): number {
        return 1
      }
    }
    return Sync
  }).toThrow(/Sync\.work is about a method that is not asynchronous/)
  expect(() => {
    class Static {
      @loose()
      static async work(): Promise<number> {
        return 1
      }
    }
    return Static
  }).toThrow(/static/)
  expect(() => Transactional({ propagation: 'nested' as 'never' })).toThrow(/savepoints/)
  expect(() => Transactional({ timout: 1 } as object)).toThrow(/did you mean "timeout"/)
})

it('says which class and method has no host, and how a test gives it one', async () => {
  const made = new People({} as BoltlineClient, {} as TransactionHost)
  await expect(made.add('Ada')).rejects.toThrow(/People\.add has no transaction host.*withTransactionHost/s)
})

it('keeps the transaction of an async generator open while it is read, and commits at its end', async () => {
  @Injectable()
  class Streams {
    readonly neo: BoltlineClient

    constructor(neo: BoltlineClient) {
      this.neo = neo
    }

    @ReadTransaction()
    async *names(): AsyncGenerator<string> {
      for await (const record of this.neo.run<{ name: string }>('MATCH ALL')) yield record.get('name')
    }
  }
  const { server, app } = await people([Streams])
  server.when('MATCH ALL').returns([{ name: 'Ada' }, { name: 'Bob' }, { name: 'Cleo' }])
  const seen: string[] = []
  for await (const name of app.get(Streams).names()) {
    seen.push(name)
    expect(endings(server)).toEqual(['begin'])
  }
  expect(seen).toEqual(['Ada', 'Bob', 'Cleo'])
  expect(endings(server)).toEqual(['begin', 'commit'])
  for await (const name of app.get(Streams).names()) if (name === 'Bob') break
  expect(endings(server)).toEqual(['begin', 'commit', 'begin', 'rollback'])
})

it('keeps the transaction of an Observable open until it completes, and rolls back when it is left', async () => {
  @Injectable()
  class Streams {
    readonly neo: BoltlineClient

    constructor(neo: BoltlineClient) {
      this.neo = neo
    }

    @ReadTransaction()
    names(): Observable<string> {
      return from(this.#read())
    }

    async *#read(): AsyncGenerator<string> {
      for await (const record of this.neo.run<{ name: string }>('MATCH ALL')) yield record.get('name')
    }
  }
  const { server, app } = await people([Streams])
  server.when('MATCH ALL').returns([{ name: 'Ada' }, { name: 'Bob' }])
  const streams = app.get(Streams)
  expect(server.calls).toEqual([])
  expect(await firstValueFrom(streams.names().pipe(toArray()))).toEqual(['Ada', 'Bob'])
  expect(endings(server)).toEqual(['begin', 'commit'])
  expect(await firstValueFrom(streams.names())).toBe('Ada')
  await expect.poll(() => endings(server)).toEqual(['begin', 'commit', 'begin', 'rollback'])
})

it('takes null for options as not given, in decorators and calls', async () => {
  @Injectable()
  class Undecided {
    readonly neo: BoltlineClient

    constructor(neo: BoltlineClient) {
      this.neo = neo
    }

    @Transactional(null)
    either(): Promise<object[]> {
      return this.neo.all('MATCH (n {name: $name}) RETURN n', { name: 'Ada' }, null)
    }

    @ReadTransaction(null)
    read(): Promise<object[]> {
      return this.neo.all('MATCH (n {name: $name}) RETURN n', { name: 'Ada' }, null)
    }

    @WriteTransaction(null)
    write(): Promise<object[]> {
      return this.neo.all('MATCH (n {name: $name}) RETURN n', { name: 'Ada' }, { signal: null, timeout: null })
    }
  }
  const { server, app } = await people([Undecided])
  const undecided = app.get(Undecided)
  await undecided.either()
  await undecided.read()
  await undecided.write()
  await app.get(BoltlineClient).all('MATCH (n {name: $name}) RETURN n', { name: 'Ada' }, { signal: null })
  expect(server.calls.map(({ mode }) => mode)).toEqual(['WRITE', 'READ', 'WRITE', 'WRITE'])
})

describe('callbacks of a transaction', () => {
  it.each([
    [
      'throws',
      () => {
        throw new Error('of the matcher')
      },
    ],
    [
      'rejects',
      async () => {
        throw new Error('of the matcher')
      },
    ],
  ])('rolls back, logs and gives the error of the method where noRollbackFor %s', async (_what, noRollbackFor) => {
    const server = await scripted()
    server.when(/./).returns([])
    const { app, logged } = await start({ uri: server.uri })
    const [host, neo] = [app.get(TransactionHost), app.get(BoltlineClient)]
    const own = new Error('of the method')
    const failing = () =>
      host.run({ initiator: 'Orders.place', noRollbackFor }, async () => {
        await neo.consume('CREATE (:Order)')
        throw own
      })
    expect(await reasonOf(failing())).toBe(own)
    expect(endings(server)).toEqual(['begin', 'rollback'])
    expect(logged.own).toContainEqual(
      expect.stringMatching(/^error .*noRollbackFor of Orders\.place failed, so the transaction is rolled back/),
    )
    // In a method that takes part, the transaction of its caller must not be committed either.
    const caught = await reasonOf(host.run({}, () => failing().catch(() => undefined)))
    expect(caught).toMatchObject({ name: 'UnexpectedRollbackError', cause: own })
  })

  it.each([
    [
      'throws',
      () => {
        throw new Error('of onRetry')
      },
    ],
    [
      'rejects',
      async () => {
        throw new Error('of onRetry')
      },
    ],
  ])('makes no further attempt where onRetry %s', async (_what, onRetry) => {
    const server = await scripted()
    server.when('CREATE (:Order)').fails('Neo.TransientError.Transaction.DeadlockDetected')
    const { app } = await start({ uri: server.uri })
    const [host, neo] = [app.get(TransactionHost), app.get(BoltlineClient)]
    const failing = host.run({ onRetry }, () => neo.consume('CREATE (:Order)'))
    expect(await reasonOf(failing)).toMatchObject({ message: 'of onRetry' })
    expect(server.calls.length).toBe(1)
  })

  it('waits for an async noRollbackFor and commits only where it resolves with true', async () => {
    const server = await scripted()
    server.when(/./).returns([])
    const { app } = await start({ uri: server.uri })
    const [host, neo] = [app.get(TransactionHost), app.get(BoltlineClient)]
    for (const [answer, ending] of [
      [true, 'commit'],
      [false, 'rollback'],
    ] as const) {
      await reasonOf(
        host.run({ noRollbackFor: async () => answer }, async () => {
          await neo.consume('CREATE (:Order)')
          throw new Error('of the method')
        }),
      )
      expect(endings(server).at(-1)).toBe(ending)
    }
  })
})
