import { fetchRoutingTable } from '../bolt/routing-table-request.ts'
import { silentConnect } from '../diagnostics/observer.ts'
import { RoutingTable } from '../routing/routing-table.ts'
import type { DriverSettings } from '../settings/config.ts'
import type { Credentials } from '../settings/credentials.ts'
import { systemLookup } from '../transport/resolve.ts'
import type { Connector } from './connector.ts'
import type { DiagnosisParts } from './diagnose.ts'
import { routingContext } from './routing-context.ts'

/** What a diagnosis uses of a driver. */
export function diagnosisParts(
  settings: DriverSettings,
  connector: Connector,
  credentials: Credentials,
  closed: AbortSignal,
): DiagnosisParts {
  const { connectionTimeout, connectionAcquisitionTimeout } = settings
  return {
    target: `${settings.scheme}://${settings.address}`,
    address: settings.address,
    encrypted: settings.tls !== null,
    routed: settings.routing,
    connectionTimeout,
    connectionAcquisitionTimeout,
    closed,
    resolve: settings.resolver,
    lookup: (host) => (connector.lookup ?? systemLookup)(host),
    link: async (place, encrypted, opening, signal) => {
      const tls = encrypted ? await connector.clientTls(opening, signal) : null
      return connector.openTransport(place, tls, { opening, signal })
    },
    credentials: async (deadline) => credentials.current(deadline),
    connect: async (place, auth, opening, signal) => {
      const tls = await connector.clientTls(opening, signal)
      return connector.openOne(place, tls, auth, true, { opening, signal }, silentConnect)
    },
    advertised: async (connection) => {
      const request = { database: null, impersonatedUser: null, bookmarks: [] }
      const { routers, readers, writers } = RoutingTable.parse(
        await fetchRoutingTable(connection, routingContext(settings), request),
        null,
      )
      const addresses = [...routers, ...readers, ...writers].map(String)
      return [...new Set(addresses)]
    },
  }
}
