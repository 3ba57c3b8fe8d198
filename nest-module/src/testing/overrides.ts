/** Overrides a connection's providers in tests. */

import type { Driver } from '@boltline/core'
import type { Provider } from '@nestjs/common'
import type { BoltlineClient } from '../client/boltline-client.ts'
import { DEFAULT_CONNECTION } from '../injection/names.ts'
import type { BoltlineOptions } from '../module/boltline.options.ts'
import { Connection } from '../module/connection.ts'
import { type ConnectionSettings, checkedName, checkedSettings } from '../module/settings.ts'
import { connectionToken, getClientToken, optionsToken } from '../module/tokens.ts'
import { getTransactionHostToken } from '../transactions/transaction-host.token.ts'
import { noopTransactionHost } from './noop-host.ts'

/** The part of `@nestjs/testing`'s builder that is used. */
export interface OverridableModule {
  overrideProvider(token: unknown): {
    // biome-ignore lint/suspicious/noExplicitAny: the builder takes factories of any kind
    useFactory(options: { factory: (...injected: any[]) => unknown; inject?: any[] }): unknown
  }
}

/** The options of {@link overrideBoltline}: the connection, and changes to its options. */
export interface OverrideBoltlineOptions extends Omit<BoltlineOptions, 'uri' | 'auth' | 'driver' | 'useDriver'> {
  /** The name of the connection. Default: the unnamed connection. */
  readonly name?: string | undefined
}

/**
 * Makes the connection of a testing module use another driver: one for a scripted server, for the embedded graph, or for a test
 * database. `uri`, `auth` and `driver` of the connection's options are ignored, so the server they name need not exist; all
 * other options apply: `database`, `impersonatedUser`, `context`, `transaction`, `bookmarks`, `schema` and so on. `options`
 * override them for the test; `schema`, `transaction` and `startup` are merged with the application's.
 *
 * The driver is verified at the start only when `schema.apply` is not `'off'` (a scripted server has no schema, so set
 * `schema: { apply: 'off' }`), and it stays open when the module is closed.
 *
 * @throws ConfigurationError, when the module is compiled, for wrong options
 *
 * @example
 * ```ts
 * const builder = Test.createTestingModule({ imports: [AppModule] })
 * overrideBoltline(builder, driver)
 * overrideBoltline(builder, auditDriver, { name: 'audit', schema: { apply: 'off' } })
 * const module = await builder.compile()
 * ```
 */
export function overrideBoltline<Builder extends OverridableModule>(
  builder: Builder,
  driver: Driver,
  options: string | OverrideBoltlineOptions = {},
): Builder {
  const { name, ...changes } = typeof options === 'string' ? { name: options } : options
  const connection = checkedName(name)
  builder.overrideProvider(connectionToken(connection)).useFactory({
    inject: [optionsToken(connection)],
    factory: (given: BoltlineOptions) => Connection.open(connection, settingsFor(connection, driver, given, changes)),
  })
  return builder
}

/** The settings of the application's connection with the test's driver and changes. */
function settingsFor(
  connection: string,
  driver: Driver,
  given: BoltlineOptions,
  changes: BoltlineOptions,
): ConnectionSettings {
  const { uri: _uri, auth: _auth, driver: _driver, ...kept } = given
  const options: BoltlineOptions = {
    ...kept,
    ...changes,
    useDriver: driver,
    closeOnShutdown: changes.closeOnShutdown ?? false,
    schema: { ...given.schema, ...changes.schema },
    transaction: { ...given.transaction, ...changes.transaction },
  }
  const applies = (options.schema?.apply ?? 'off') !== 'off'
  return checkedSettings(connection, {
    ...options,
    startup: { ...given.startup, mode: applies ? 'verify' : 'lazy', ...changes.startup },
  })
}

/**
 * Providers for a unit test without a database: a no-op host, and `client` in place of the client.
 *
 * @example
 * ```ts
 * const module = await Test.createTestingModule({
 *   providers: [Orders, ...provideNoopBoltline({ one: async () => ({ id: 'o-1' }) })],
 * }).compile()
 * ```
 */
export function provideNoopBoltline(
  client: Partial<BoltlineClient> = {},
  name: string = DEFAULT_CONNECTION,
): Provider[] {
  return [
    { provide: getTransactionHostToken(name), useValue: noopTransactionHost(name) },
    { provide: getClientToken(name), useValue: client },
  ]
}
