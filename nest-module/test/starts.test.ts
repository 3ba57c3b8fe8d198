import { basicAuth, Driver } from '@boltline/core'
import { startScripted } from '@boltline/embedded'
import { BoltlineClient, BoltlineModule, type BoltlineOptionsFactory } from '@boltline/nestjs'
import { Injectable } from '@nestjs/common'
import { expect, it, onTestFinished } from 'vitest'
import { freePort } from '../../tools/testing/free-port.mjs'
import { boot, reasonOf, scripted, start } from './fixture.ts'

async function listenLater(port: number): Promise<void> {
  const server = await startScripted({ port })
  server.when('RETURN 1 AS x').returns([{ x: 1 }])
  onTestFinished(() => server.close())
}

it('verify waits for a server that comes late, and starts when it is there', async () => {
  const port = await freePort()
  const starting = start({ uri: `bolt://127.0.0.1:${port}`, startup: { attempts: 1000, minDelay: 1, maxDelay: 20 } })
  await listenLater(port)
  const { app } = await starting
  expect(await app.get(BoltlineClient).one('RETURN 1 AS x')).toEqual({ x: 1 })
})

it('verify gives up after its attempts, with the error of the driver', async () => {
  const port = await freePort()
  const startup = { attempts: 3, minDelay: 1, maxDelay: 1 }
  const error = await reasonOf(start({ uri: `bolt://127.0.0.1:${port}`, startup }))
  expect(error).toMatchObject({ name: 'ServiceUnavailable' })
})

it('verify does not try again with wrong credentials', async () => {
  const server = await startScripted({ auth: { user: 'neo4j', password: 'right' } })
  onTestFinished(() => server.close())
  const error = await reasonOf(start({ uri: server.uri, auth: basicAuth('neo4j', 'wrong') }))
  expect(error).toMatchObject({ name: 'AuthError' })
  expect(server.events.filter(({ type }) => type === 'logon').length).toBeLessThanOrEqual(1)
})

it('verify does not try again where TLS meets a server without it', async () => {
  const server = await scripted()
  const startup = { attempts: Number.POSITIVE_INFINITY }
  const error = await reasonOf(start({ uri: server.uri.replace('bolt://', 'bolt+s://'), startup }))
  expect(String(error)).toMatch(/does not speak TLS/)
})

it('lazy sends nothing before the first query', async () => {
  const server = await scripted()
  server.when('RETURN 1 AS x').returns([{ x: 1 }])
  const { app } = await start({ uri: server.uri, startup: { mode: 'lazy' } })
  expect(
    app
      .get(Driver)
      .poolMetrics()
      .map(({ created, creating }) => created + creating),
  ).toEqual([0])
  expect(await app.get(BoltlineClient).one('RETURN 1 AS x')).toEqual({ x: 1 })
})

it('background starts at once, and creates the schema when the server has come', async () => {
  const port = await freePort()
  const constraint = { name: 'order_id', type: 'unique', label: 'Order', properties: ['id'] } as const
  const { app } = await start({
    uri: `bolt://127.0.0.1:${port}`,
    startup: { mode: 'background', minDelay: 1, maxDelay: 10 },
    schema: { apply: 'create', constraints: [constraint] },
  })
  await app.init()
  const server = await startScripted({ port })
  onTestFinished(() => server.close())
  server.when(/^SHOW/).returns([], { keys: ['name'] })
  server.when(/^C/).returns([])
  await expect
    .poll(() => server.calls.map(({ query }) => query).filter((query) => /CONSTRAINT order_id/.test(query)))
    .toHaveLength(1)
})

it('background says why, when it is no use to wait, and can be shut down while it waits', async () => {
  const server = await startScripted({ auth: { user: 'neo4j', password: 'right' } })
  onTestFinished(() => server.close())
  const { logged } = await start({
    uri: server.uri,
    auth: basicAuth('neo4j', 'wrong'),
    startup: { mode: 'background' },
  })
  await expect.poll(() => logged.own.filter((line) => line.startsWith('error')).join()).toContain('AuthError')
  const waiting = await start({ uri: `bolt://127.0.0.1:${await freePort()}`, startup: { mode: 'background' } })
  await waiting.app.close()
  expect(waiting.app.get(Driver).closed).toBe(true)
})

it('takes its options from a factory, a class or a provider, each asked once', async () => {
  const server = await scripted()
  let asked = 0
  const options = () => {
    asked += 1
    return { uri: server.uri }
  }

  @Injectable()
  class Options implements BoltlineOptionsFactory {
    createBoltlineOptions() {
      return options()
    }
  }
  class OptionsModule {}
  const provided = {
    module: OptionsModule,
    providers: [Options, { provide: 'uri', useValue: server.uri }],
    exports: [Options, 'uri'],
  }
  const { app } = await boot({
    imports: [
      BoltlineModule.forRootAsync({
        imports: [provided],
        inject: ['uri'],
        useFactory: (uri: string) => ({ ...options(), uri }),
      }),
      BoltlineModule.forRootAsync({ name: 'class', useClass: Options }),
      BoltlineModule.forRootAsync({ name: 'existing', imports: [provided], useExisting: Options }),
    ],
  })
  expect(app.get(Driver).closed).toBe(false)
  expect(asked).toBe(3)
})

it('is there for all modules, or with isGlobal: false for those that import it', async () => {
  @Injectable()
  class Service {
    readonly neo: BoltlineClient

    constructor(neo: BoltlineClient) {
      this.neo = neo
    }
  }
  class FeatureModule {}
  const server = await scripted()
  const feature = (imports: object[]) => ({ module: FeatureModule, imports: imports as never[], providers: [Service] })
  const connection = (isGlobal: boolean) => BoltlineModule.forRoot({ uri: server.uri, isGlobal })
  expect((await boot({ imports: [connection(true), feature([])] })).app).toBeDefined()
  expect(await reasonOf(boot({ imports: [connection(false), feature([])] }))).toMatchObject({
    message: expect.stringContaining('BoltlineClient'),
  })
  const shared = connection(false)
  expect((await boot({ imports: [shared, feature([shared])] })).app).toBeDefined()
})

it('sends the log of the driver to the Logger of Nest, from the level that is wanted on', async () => {
  const server = await scripted()
  const loud = await start({ uri: server.uri, name: 'loud', logging: 'debug' })
  expect(loud.logged.own.some((line) => /^debug \[BoltlineDriver\(loud\)\] boltline\.io: /.test(line))).toBe(true)
  const quiet = await start({ uri: server.uri, logging: false })
  expect(quiet.logged.own).toEqual([])
})
