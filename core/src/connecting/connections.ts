/** Opens connections for the pool with the right credentials, and prepares pooled ones for their next caller. */

import type { Connection } from '../bolt/connection.ts'
import { fetchRoutingTable, type RoutingRequest } from '../bolt/routing-table-request.ts'
import { observeConnect } from '../diagnostics/channel-observer.ts'
import type { DriverIdentity } from '../diagnostics/messages.ts'
import type { AcquireObserver } from '../diagnostics/observer.ts'
import { isThenable } from '../platform/thenable.ts'
import type { Opening } from '../pool/poolable.ts'
import type { Router } from '../routing/router.ts'
import type { DriverSettings } from '../settings/config.ts'
import type { Credentials } from '../settings/credentials.ts'
import type { Deadline } from '../time/deadline.ts'
import type { Address } from '../values/address.ts'
import type { Auth } from '../values/auth.ts'
import type { Connector } from './connector.ts'
import { routingContext } from './routing-context.ts'

export class Connections {
  readonly #settings: DriverSettings
  readonly #connector: Connector
  readonly #credentials: Credentials
  readonly #driver: DriverIdentity

  constructor(settings: DriverSettings, connector: Connector, credentials: Credentials, driver: DriverIdentity) {
    this.#settings = settings
    this.#connector = connector
    this.#credentials = credentials
    this.#driver = driver
  }

  /** Opens a connection, logged in with the credentials of a session (`own`), or else with the driver's current ones. */
  async open(
    address: Address,
    deadline: Deadline,
    signal: AbortSignal,
    own: Auth | null | undefined,
    acquire?: AcquireObserver,
    how?: Opening,
  ): Promise<Connection> {
    const credentials = this.#credentials
    const observer = observeConnect(this.#driver, address, acquire?.message ?? null)
    const auth = own ?? (await credentials.current(deadline, signal))
    const time = { deadline, share: how?.share ?? 1, signal }
    try {
      const connection = await observer.connect(() =>
        this.#connector.open(address, how?.resolvedFrom, auth, !own, time, observer),
      )
      connection.responseTimeout = this.#settings.responseTimeout
      return connection
    } catch (error) {
      if (!own) credentials.recordAuthError(error, auth)
      await credentials.handleAuthError(error, deadline, signal)
      throw error
    }
  }

  /**
   * Ensures that a connection is logged in with the session's `own` credentials, or else with the driver's current ones. False when the
   * connection has to be replaced.
   * @throws ConfigurationError when the server does not support credentials of sessions (before Bolt 5.1)
   */
  prepare({ authentication }: Connection, own: Auth | null | undefined, timeout: number): boolean | Promise<boolean> {
    if (own) {
      authentication.assertChangeable()
      return authentication.as(own, false)
    }
    if (authentication.justVerified) return true
    const auth = this.#credentials.current(timeout)
    return isThenable(auth) ? auth.then((given) => authentication.as(given, true)) : authentication.as(auth, true)
  }

  async fetchTable(
    connection: Connection,
    request: RoutingRequest,
    deadline: Deadline,
    signal: AbortSignal | undefined,
  ): ReturnType<typeof fetchRoutingTable> {
    try {
      return await fetchRoutingTable(connection, routingContext(this.#settings), request)
    } catch (error) {
      // Handled here, because the caller does not see this error when another router answers.
      await this.#credentials.handleAuthError(error, deadline, signal)
      throw error
    }
  }

  /** Reports the failures of every connection to the router, and security errors of the driver's own credentials to the auth manager. */
  reportFailuresTo(router: Router<Connection>): void {
    this.#connector.onFailure = (connection, error) => {
      router.onError(connection, error)
      const { own, current } = connection.authentication
      if (own && current !== null) this.#credentials.recordAuthError(error, current)
    }
  }
}
