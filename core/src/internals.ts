/** The internals of a driver that tests use: see testing.ts. */

import type { Connection } from './bolt/connection.ts'
import type { Driver } from './driver/driver.ts'
import { ConfigurationError } from './errors/index.ts'
import type { ExecutionServices } from './execution/executor.ts'
import { assertNoOther, SharedTransaction } from './execution/shared-transaction.ts'
import { ClusterRouter } from './routing/cluster.ts'
import type { Router } from './routing/router.ts'
import type { RoutingTableSnapshot } from './routing/routing-table.ts'
import { Deadline } from './time/deadline.ts'
import type { Lookup } from './transport/resolve.ts'

/** The internals of a driver that tests use; see testing.ts. */
export interface DriverInternals {
  /** Replaces the system's name resolution for connections opened from now on. */
  lookup: Lookup | undefined
  /** Fetches the routing table of a database even if the known one is fresh. */
  refreshRoutingTable(database: string | null, bookmarks: readonly string[]): Promise<void>
  /** The known routing table of a database; with empty lists when there is none. */
  routingTable(database: string | null): RoutingTableSnapshot
  /**
   * Makes all work of the driver join one transaction, until `end()` of the returned object closes it, which rolls it back.
   * @throws TransactionNestingError when the driver already shares a transaction
   */
  shareTransaction(): { end(): Promise<void> }
}

const internalsByDriver = new WeakMap<Driver, DriverInternals>()

/** @throws TypeError when another copy of the package made the driver */
export function driverInternals(driver: Driver): DriverInternals {
  const internals = internalsByDriver.get(driver)
  if (internals === undefined) throw new TypeError('driverInternals takes a driver made by this copy of the package')
  return internals
}

/** Makes the internals of a driver available to tests. `names`: what resolves host names for the driver. */
export function keepInternals(
  driver: Driver,
  names: Pick<DriverInternals, 'lookup'>,
  router: Router<Connection>,
  services: ExecutionServices,
): void {
  internalsByDriver.set(
    driver,
    Object.assign(names, {
      refreshRoutingTable: async (database: string | null, bookmarks: readonly string[]) => {
        const request = { database, impersonatedUser: null, bookmarks: () => bookmarks, auth: null }
        await routedOver(router).refresh(request, Deadline.in(services.acquisitionTimeout))
      },
      routingTable: (database: string | null) => routedOver(router).routingTable(database),
      shareTransaction: () => {
        assertNoOther(services.shared)
        const shared = new SharedTransaction()
        services.shared = shared
        return {
          end: () => {
            services.shared = null
            return shared.end()
          },
        }
      },
    }),
  )
}

function routedOver(router: Router<Connection>): ClusterRouter<Connection> {
  if (router instanceof ClusterRouter) return router
  throw new ConfigurationError('Only a driver with the scheme neo4j has routing tables; this one talks to one server')
}
