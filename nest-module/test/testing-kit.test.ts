import { Driver, GraphDatabase } from '@boltline/core'
import type { ScriptedServer } from '@boltline/embedded'
import {
  BoltlineClient,
  BoltlineModule,
  getClientToken,
  getDriverToken,
  getTransactionHostToken,
  NoTransactionError,
  PoolDepthError,
  type SchemaDefinition,
  Transactional,
  TransactionHost,
} from '@boltline/nestjs'
import {
  BoltlineTestingModule,
  getServerToken,
  noopTransactionHost,
  overrideBoltline,
  provideNoopBoltline,
  runInRollback,
  withTransactionHost,
} from '@boltline/nestjs/testing'
import { Injectable } from '@nestjs/common'
import { Test } from '@nestjs/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { endings, moduleOf, Repository, reasonOf, scripted, start } from './fixture.ts'

@Injectable()
class Orders extends Repository {
  readonly published: string[] = []

  @Transactional()
  async place(id: string): Promise<string> {
    this.host.afterCommit(() => this.published.push(id))
    return (await this.neo.one<{ id: string }>('CREATE (o:Order {id: $id}) RETURN o.id AS id', { id })).id
  }
}

function teach(server: ScriptedServer): void {
  server
    .when('CREATE (o:Order {id: $id}) RETURN o.id AS id')
    .returns(({ parameters }) => [{ id: (parameters as { id: string }).id }])
}

describe('overrideBoltline', () => {
  const application = (more: object = {}) =>
    moduleOf({
      imports: [
        BoltlineModule.forRoot({
          uri: 'bolt://127.0.0.1:1',
          driver: { maxConnectionPoolSize: 3 },
          database: 'shop',
          context: () => ({ impersonatedUser: 'ada', metadata: { tenant: 't1' } }),
          transaction: { mode: 'read', metadata: { app: 'shop-api' } },
          bookmarks: 'off',
          ...more,
        }),
      ],
      providers: [Orders],
    })

  it('keeps the settings of the application but for those of its driver', async () => {
    const server = await scripted()
    teach(server)
    await using driver = GraphDatabase.driver(server.uri)
    const builder = Test.createTestingModule({ imports: [application()] })
    const module = await overrideBoltline(builder, driver).compile()
    const host = module.get(TransactionHost)
    for (const id of ['o-1', 'o-2']) {
      await host.run({}, () =>
        module.get(BoltlineClient).one('CREATE (o:Order {id: $id}) RETURN o.id AS id', { id }, { mode: 'read' }),
      )
    }
    expect(server.calls).toMatchObject([
      { mode: 'READ', database: 'shop', impersonatedUser: 'ada', metadata: { app: 'shop-api', tenant: 't1' } },
      { bookmarks: [] },
    ])
    await module.close()
    expect(driver.closed).toBe(false)
  })

  it('applies the schema of the application and of its features', async () => {
    const server = await scripted()
    server.when(/^SHOW/).returns([], { keys: ['name'] })
    server.when(/^(CREATE CONSTRAINT|CALL db\.awaitIndexes)/).returns([])
    await using driver = GraphDatabase.driver(server.uri)
    const constraint = (name: string) => ({
      constraints: [{ name, type: 'unique', label: 'User', properties: ['email'] }],
    })
    const ofApplication = application({ schema: { apply: 'create', ...constraint('of_application') } })
    const feature = BoltlineModule.forFeature({ schema: constraint('of_feature') as SchemaDefinition })
    const builder = Test.createTestingModule({ imports: [ofApplication, feature] })
    const module = await overrideBoltline(builder, driver).compile()
    await module.init()
    onTestFinished(() => module.close())
    const created = server.calls.map(({ query }) => query).filter((query) => query.startsWith('CREATE CONSTRAINT'))
    expect(created).toEqual([expect.stringContaining('of_application'), expect.stringContaining('of_feature')])
  })

  it('takes what a test wants to be different', async () => {
    const server = await scripted()
    teach(server)
    await using driver = GraphDatabase.driver(server.uri)
    const builder = Test.createTestingModule({ imports: [application({ schema: { apply: 'create' } })] })
    const options = { database: 'test', schema: { apply: 'off' }, transaction: { mode: 'write' } } as const
    const module = await overrideBoltline(builder, driver, options).compile()
    onTestFinished(() => module.close())
    await module.get(Orders).place('o-1')
    expect(server.calls).toMatchObject([{ mode: 'WRITE', database: 'test', metadata: { app: 'shop-api' } }])
  })

  it('refuses wrong options by name', async () => {
    await using driver = GraphDatabase.driver('bolt://127.0.0.1:1')
    const builder = Test.createTestingModule({ imports: [application()] })
    const failing = overrideBoltline(builder, driver, { databse: 'test' } as never).compile()
    await expect(failing).rejects.toThrow(/"databse"; did you mean "database"/)
  })
})

it('starts a scripted server with the testing module and ends it with it', async () => {
  const module = await Test.createTestingModule({
    imports: [BoltlineTestingModule.forScripted({ script: teach })],
    providers: [Orders],
  }).compile()
  const server = module.get<ScriptedServer>(getServerToken())
  expect(await module.get(Orders).place('o-1')).toBe('o-1')
  expect(endings(server)).toEqual(['begin', 'commit'])
  await module.close()
  expect(module.get(Driver).closed).toBe(true)
  await expect.poll(() => server.connections).toBe(0)
  await using late = GraphDatabase.driver(server.uri, { connectionAcquisitionTimeout: 1_000 })
  await expect(late.verifyConnectivity()).rejects.toThrow()
})

it.each(['forScripted', 'forEmbedded'] as const)('takes null for the options of %s as not given', async (kind) => {
  const module = await Test.createTestingModule({ imports: [BoltlineTestingModule[kind](null)] }).compile()
  onTestFinished(() => module.close())
  expect(module.get(Driver).closed).toBe(false)
})

it('starts an embedded graph with the testing module', async () => {
  const module = await Test.createTestingModule({
    imports: [BoltlineTestingModule.forEmbedded({ load: "CREATE (:Order {id: 'o-0'})" })],
    providers: [Orders],
  }).compile()
  onTestFinished(() => module.close())
  expect(await module.get(Orders).place('o-1')).toBe('o-1')
  const orders = await module.get(BoltlineClient).all('MATCH (o:Order) RETURN o.id AS id ORDER BY id')
  expect(orders).toEqual([{ id: 'o-0' }, { id: 'o-1' }])
})

it("puts another driver in the place of an application's", async () => {
  const server = await scripted()
  teach(server)
  await using driver = GraphDatabase.driver(server.uri)
  const AppModule = moduleOf({
    imports: [BoltlineModule.forRoot({ uri: 'bolt://production.invalid' })],
    providers: [Orders],
  })
  const builder = Test.createTestingModule({ imports: [AppModule] })
  const module = await overrideBoltline(builder, driver).compile()
  onTestFinished(() => module.close())
  expect(module.get(Driver)).toBe(driver)
  expect(await module.get(Orders).place('o-2')).toBe('o-2')
  expect(server.calls.length).toBe(1)
})

it('runs transactional classes without a database', async () => {
  const module = await Test.createTestingModule({
    providers: [Orders, ...provideNoopBoltline({ one: async () => ({ id: 'fake' }) as never })],
  }).compile()
  onTestFinished(() => module.close())
  const orders = module.get(Orders)
  expect(await orders.place('o-3')).toBe('fake')
  expect(orders.published).toEqual(['o-3'])
})

it('gives a host to an instance that Nest has not made, which keeps the rules of transactions', async () => {
  const host = noopTransactionHost()
  const orders = withTransactionHost(new Orders({ one: () => Promise.reject(new Error('no')) } as never, host), host)
  await expect(orders.place('o-4')).rejects.toThrow('no')
  expect(orders.published).toEqual([])
  expect(await reasonOf(host.run({ propagation: 'mandatory' }, () => 1))).toBeInstanceOf(NoTransactionError)
})

it('overrides by token', async () => {
  const [driver, client, host] = [{ driver: 1 }, { client: 1 }, noopTransactionHost('audit')]
  const module = await Test.createTestingModule({
    imports: [BoltlineModule.forRoot({ name: 'audit', uri: 'bolt://127.0.0.1:1', startup: { mode: 'lazy' } })],
  })
    .overrideProvider(getDriverToken('audit'))
    .useValue(driver)
    .overrideProvider(getClientToken('audit'))
    .useValue(client)
    .overrideProvider(getTransactionHostToken('audit'))
    .useValue(host)
    .compile()
  onTestFinished(() => module.close())
  expect(module.get(getDriverToken('audit'))).toBe(driver)
  expect(module.get(getClientToken('audit'))).toBe(client)
  expect(module.get(getTransactionHostToken('audit'))).toBe(host)
})

it('rolls back whatever a test does, and refuses what would commit beside it', async () => {
  const server = await scripted()
  teach(server)
  const { app } = await start({ uri: server.uri }, { providers: [Orders] })
  const host = app.get(TransactionHost)
  const orders = app.get(Orders)
  expect(await runInRollback(host, () => orders.place('o-5'))).toBe('o-5')
  expect(orders.published).toEqual([])
  const failing = runInRollback(host, async () => {
    await orders.place('o-6')
    await host.run({ propagation: 'requiresNew' }, () => orders.place('o-7'))
  })
  expect(await reasonOf(failing)).toBeInstanceOf(PoolDepthError)
  expect(endings(server)).toEqual(['begin', 'rollback', 'begin', 'rollback'])
})
