/** The module: which providers a connection has. What they do is elsewhere. */

import { ConfigurationError } from '@boltline/core'
import { checkedOptions, found, isGiven } from '@boltline/core/options'
import {
  type DynamicModule,
  type FactoryProvider,
  Inject,
  type MiddlewareConsumer,
  type NestModule,
  Optional,
  type Provider,
  RequestMethod,
} from '@nestjs/common'
import { APP_INTERCEPTOR, HttpAdapterHost, ModulesContainer } from '@nestjs/core'
import { requestBookmarksMiddleware } from '../bookmarks/request-context.ts'
import { boltlineClientOf } from '../client/boltline-client.ts'
import { DriverQueries } from '../client/plain-queries.ts'
import { RequestInterceptor } from '../http/request.interceptor.ts'
import { hookFastify, requestMiddleware } from '../http/request-scope.ts'
import { DEFAULT_CONNECTION, registration } from '../injection/names.ts'
import { checkedDefinitions } from '../schema/schema-definition.ts'
import { DriverTransactions } from '../transactions/physical-transactions.ts'
import { getTransactionHostToken } from '../transactions/transaction-host.token.ts'
import { type HostParts, transactionHostOf } from '../transactions/transaction-host.ts'
import type {
  BoltlineFeatureOptions,
  BoltlineModuleAsyncOptions,
  BoltlineModuleOptions,
  BoltlineOptions,
  BoltlineOptionsFactory,
} from './boltline.options.ts'
import { Connection } from './connection.ts'
import { loggerFor } from './driver-log.ts'
import { checkedName, checkedSettings } from './settings.ts'
import { connectionToken, getClientToken, getDriverToken, optionsToken } from './tokens.ts'

/** The connection that an import of the module has made, whatever its name is. */
const OWN_CONNECTION = Symbol('the connection of this BoltlineModule')

/**
 * Neo4j for Nest: a driver for each connection, a client that knows the open transaction, and the host of transactions.
 *
 * @example
 * ```ts
 * @Module({
 *   imports: [
 *     BoltlineModule.forRoot({ uri: 'neo4j://localhost:7687', auth: basicAuth('neo4j', 'secret'), database: 'shop' }),
 *     BoltlineModule.forRootAsync({
 *       name: 'audit',
 *       inject: [ConfigService],
 *       useFactory: (config: ConfigService) => ({ uri: config.getOrThrow('AUDIT_URI') }),
 *     }),
 *   ],
 * })
 * export class AppModule {}
 * ```
 */
export class BoltlineModule implements NestModule {
  readonly #connection: Connection
  readonly #adapterHost: HttpAdapterHost | undefined

  /** Made by Nest. @internal */
  constructor(
    @Inject(OWN_CONNECTION) connection: Connection,
    @Optional() @Inject(HttpAdapterHost) adapterHost?: HttpAdapterHost,
  ) {
    this.#connection = connection
    this.#adapterHost = adapterHost
  }

  /** Opens a scope for each HTTP request, and gives it bookmarks of its own where the connection's options say so. */
  configure(consumer: MiddlewareConsumer): void {
    const adapter = this.#adapterHost?.httpAdapter
    if (adapter?.getType() === 'fastify') hookFastify(adapter.getInstance())
    consumer.apply(requestMiddleware).forRoutes({ path: '{*path}', method: RequestMethod.ALL })
    const { settings, logger } = this.#connection
    const { bookmarks, database } = settings
    if (typeof bookmarks !== 'object' || 'getBookmarks' in bookmarks) return
    const middleware = requestBookmarksMiddleware(this.#connection, { settings: bookmarks, database, logger })
    consumer.apply(middleware).forRoutes({ path: '{*path}', method: RequestMethod.ALL })
  }

  /** Registers a connection from options. Wrong options raise a `ConfigurationError` when the application starts. */
  static forRoot(options: BoltlineModuleOptions): DynamicModule {
    const { name, isGlobal, ...settings } = options ?? {}
    return dynamicModule(name, isGlobal, [], (token) => [{ provide: token, useValue: settings }])
  }

  /** Registers a connection whose options come from a factory or class. */
  static forRootAsync(options: BoltlineModuleAsyncOptions): DynamicModule {
    const { name, isGlobal, imports = [], extraProviders = [] } = options
    return dynamicModule(name, isGlobal, imports, (token) => [...extraProviders, ...asyncOptions(token, options)])
  }

  /** Provides classes that use a connection, and declares the constraints and indexes they need. */
  static forFeature(options: BoltlineFeatureOptions): DynamicModule {
    const checked = checkedOptions(options, ['connection', 'repositories', 'schema'], 'BoltlineModule.forFeature')
    const repositories = options.repositories ?? []
    const connection = checkedName(checked.connection)
    const definitions = checkedDefinitions(isGiven(options.schema) ? [options.schema].flat() : [])
    const schema: FactoryProvider = {
      provide: Symbol(`the schema of a feature of ${registration(connection)}`),
      inject: [connectionToken(connection)],
      useFactory: (found: Connection) => {
        found.addSchema(definitions)
        return definitions
      },
    }
    return { module: BoltlineFeature, providers: [schema, ...repositories], exports: repositories }
  }
}

/** Holds the classes of one `forFeature`. */
class BoltlineFeature {}

function dynamicModule(
  given: unknown,
  isGlobal: boolean | undefined,
  imports: DynamicModule['imports'],
  optionProviders: (token: ReturnType<typeof optionsToken>) => Provider[],
): DynamicModule {
  const { name, error } = nameOf(given)
  const providers: Provider[] = [
    ...optionProviders(optionsToken(name)),
    {
      provide: connectionToken(name),
      inject: [optionsToken(name), ModulesContainer],
      useFactory: (options: BoltlineOptions, modules: ModulesContainer) => {
        if (error !== undefined) throw error
        assertUnique(name, modules)
        return Connection.open(name, checkedSettings(name, options))
      },
    },
    { provide: APP_INTERCEPTOR, useClass: RequestInterceptor },
    // An alias: Nest would call the hooks of an instance that two factories give twice.
    { provide: OWN_CONNECTION, useExisting: connectionToken(name) },
    ofConnection(name, getDriverToken(name), ({ driver }) => driver),
    ofConnection(name, getTransactionHostToken(name), (connection) =>
      transactionHostOf({ ...hostParts(connection), transactions: new DriverTransactions(connection.driver) }),
    ),
    {
      provide: getClientToken(name),
      inject: [connectionToken(name), getTransactionHostToken(name)],
      useFactory: (connection: Connection, host) =>
        boltlineClientOf(host, new DriverQueries(connection.driver, hostParts(connection))),
    },
  ]
  const exports = [connectionToken(name), getDriverToken(name), getTransactionHostToken(name), getClientToken(name)]
  return { module: BoltlineModule, global: isGlobal ?? true, imports: imports ?? [], providers, exports }
}

/** Reports a wrong name when the application starts, where startup errors are handled, and not when a decorator runs. */
function nameOf(given: unknown): { readonly name: string; readonly error?: unknown } {
  try {
    return { name: checkedName(given) }
  } catch (error) {
    return { name: DEFAULT_CONNECTION, error }
  }
}

function ofConnection<T>(name: string, provide: FactoryProvider['provide'], make: (of: Connection) => T): Provider {
  return { provide, inject: [connectionToken(name)], useFactory: make }
}

function hostParts(connection: Connection): Omit<HostParts, 'transactions'> {
  return {
    name: connection.name,
    defaults: connection.settings.transaction,
    logger: loggerFor(connection.name, 'BoltlineTransaction'),
    poolSize: () => connection.poolSize(),
    place: (info) => connection.place(info),
    abort: connection.settings.abort,
    streams: connection.streams,
    enter: (initiator, signals) => connection.enter(initiator, signals),
  }
}

/** In this application; another one in the same process may use the same names. */
function assertUnique(name: string, modules: ModulesContainer): void {
  const having = [...modules.values()].filter((module) => module.providers.has(connectionToken(name)))
  if (having.length < 2) return
  throw new ConfigurationError(
    `BoltlineModule is imported ${having.length} times for the connection '${name}'. Import it once, in the root module; give others a name of their own: ${registration('other')}`,
  )
}

function asyncOptions(token: ReturnType<typeof optionsToken>, options: BoltlineModuleAsyncOptions): Provider[] {
  const { useFactory, useClass, useExisting, inject = [] } = options
  const given = Object.entries({ useFactory, useClass, useExisting }).filter(([, value]) => isGiven(value))
  const failing = (message: string): Provider[] => [
    {
      provide: token,
      useFactory: () => {
        throw new ConfigurationError(message)
      },
    },
  ]
  if (given.length !== 1) {
    const what = given.length === 0 ? 'none of them' : given.map(([key]) => key).join(' and ')
    return failing(
      `BoltlineModule.forRootAsync needs exactly one of useFactory, useClass and useExisting, found ${what}. For settings that are known use forRoot`,
    )
  }
  if (typeof useFactory === 'function') return [{ provide: token, inject, useFactory }]
  if (isGiven(useFactory)) return failing(`useFactory of BoltlineModule must be a function, found ${found(useFactory)}`)
  const factory = useExisting ?? Symbol('the factory of BoltlineModule options')
  return [
    ...(isGiven(useClass) ? [{ provide: factory, useClass }] : []),
    { provide: token, inject: [factory], useFactory: (made: BoltlineOptionsFactory) => made.createBoltlineOptions() },
  ]
}
