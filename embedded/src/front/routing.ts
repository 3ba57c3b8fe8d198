/** The routing table of a server that is all there is. */

interface RoutingTable {
  readonly ttl: number
  readonly db: string
  readonly servers: readonly { readonly role: string; readonly addresses: readonly string[] }[]
}

/** Names the server as the client found it, or by its own address. */
export function routingTable(
  own: string,
  context: Readonly<Record<string, unknown>>,
  database: string | null,
): RoutingTable {
  const address = typeof context['address'] === 'string' ? context['address'] : own
  const servers = ['ROUTE', 'READ', 'WRITE'].map((role) => ({ role, addresses: [address] }))
  return { ttl: 300, db: database ?? 'neo4j', servers }
}
