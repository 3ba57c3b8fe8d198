/** The routing table of a single server. */

import type { RoutingTable } from './query-handler.ts'

/** Names the server by the address that the client connected to, or else by `address`. */
export function routingTable(
  own: string,
  context: Readonly<Record<string, unknown>>,
  database: string | null,
): RoutingTable {
  const address = typeof context['address'] === 'string' ? context['address'] : own
  const servers = (['ROUTE', 'READ', 'WRITE'] as const).map((role) => ({ role, addresses: [address] }))
  return { ttl: 300, db: database ?? 'neo4j', servers }
}
