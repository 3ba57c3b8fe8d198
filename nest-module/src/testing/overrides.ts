/** Putting something else in the place of a connection's parts, by their tokens. */

import type { Driver } from '@boltline/core'
import type { Provider } from '@nestjs/common'
import type { BoltlineClient } from '../client/boltline-client.ts'
import { Connection } from '../module/connection.ts'
import { checkedSettings } from '../module/settings.ts'
import { connectionToken, DEFAULT_CONNECTION, getClientToken, getTransactionHostToken } from '../module/tokens.ts'
import { noopTransactionHost } from './noop-host.ts'

/** What is used of `@nestjs/testing`'s builder. */
export interface OverridableModule {
  overrideProvider(token: unknown): { useValue(value: unknown): unknown }
}

/**
 * Has the connection of a testing module use another driver: one for a scripted server, or one for a test database. The
 * connection's own options are not looked at, so the server they name need not be there.
 *
 * @example
 * ```ts
 * const builder = Test.createTestingModule({ imports: [AppModule] })
 * overrideBoltline(builder, driver)
 * const module = await builder.compile()
 * ```
 */
export function overrideBoltline<Builder extends OverridableModule>(
  builder: Builder,
  driver: Driver,
  name: string = DEFAULT_CONNECTION,
): Builder {
  const settings = checkedSettings(name, { useDriver: driver, startup: { mode: 'lazy' } })
  builder.overrideProvider(connectionToken(name)).useValue(new Connection(name, settings))
  return builder
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
