import { ServiceUnavailable } from '../../src/errors/index.ts'
import { type ClusterOptions, ClusterRouter } from '../../src/routing/cluster.ts'
import type { TableQuestion } from '../../src/routing/rediscovery.ts'
import type { AcquireRequest } from '../../src/routing/router.ts'
import type { RawTable } from '../../src/routing/routing-table.ts'
import { Deadline } from '../../src/time/deadline.ts'
import { Address } from '../../src/values/address.ts'
import { basicAuth } from '../../src/values/auth.ts'
import { FakeConnection, Later, poolSettings } from './pool-fixture.ts'

export class FakeMember extends FakeConnection {
  routesItself = false
  /** Rejects when the connection is destroyed. */
  readonly end = new Later<never>()

  override destroy(error?: Error): void {
    super.destroy()
    this.end.promise.catch(() => undefined)
    this.end.reject(error ?? new ServiceUnavailable('cut off'))
  }
}

/** What one member of the cluster answers; a promise lets the test decide when, an error is thrown. */
export type Answer = RawTable | Error | Promise<RawTable>

/** A routing table as servers send it; roles are lists of `host:port`, separated by spaces. */
export function table(
  routers: string,
  readers: string,
  writers: string,
  more: { readonly db?: string; readonly ttl?: number } = {},
): RawTable {
  const list = (text: string) => text.split(' ').filter((word) => word !== '')
  return {
    ttl: 300,
    ...more,
    servers: [
      { role: 'ROUTE', addresses: list(routers) },
      { role: 'READ', addresses: list(readers) },
      { role: 'WRITE', addresses: list(writers) },
    ],
  }
}

/** A deadline that is never reached. */
export const patiently = Deadline.never

export const auth = basicAuth('neo4j', 'secret')

export const request = (overrides: Partial<AcquireRequest> = {}): AcquireRequest => ({
  mode: 'READ',
  database: 'movies',
  impersonatedUser: null,
  bookmarks: () => [],
  auth,
  ...overrides,
})

/** A cluster without servers: the test decides which members are up, and how each answers ROUTE. */
export class FakeCluster {
  readonly down = new Set<string>()
  readonly answers = new Map<string, Answer | ((request: TableQuestion) => Answer)>()
  /** The members that were asked for a routing table, in order. */
  readonly asked: string[] = []
  readonly requests: TableQuestion[] = []
  readonly connections: FakeMember[] = []
  readonly expired: FakeMember[] = []
  /** Whether servers connected to from now on have server-side routing. */
  routesItself = false
  readonly router: ClusterRouter<FakeMember>

  constructor(options: Partial<ClusterOptions<FakeMember>> & { readonly now: () => number }) {
    const { now, ...rest } = options
    this.router = new ClusterRouter<FakeMember>({
      seed: Address.parse('seed:1'),
      max: 10,
      ...poolSettings,
      routingTimeout: undefined,
      acquisitionTimeout: 60_000,
      connect: async (address) => {
        if (this.down.has(address.toString())) throw new ServiceUnavailable(`${address} refused the connection`)
        const connection = new FakeMember(this.connections.length, address, now())
        connection.routesItself = this.routesItself
        this.connections.push(connection)
        return connection
      },
      fetchTable: async (connection, tableRequest) => {
        const name = connection.address.toString()
        this.asked.push(name)
        this.requests.push(tableRequest)
        const answer = this.answers.get(name)
        const given = typeof answer === 'function' ? answer(tableRequest) : answer
        if (given === undefined) throw new ServiceUnavailable(`${name} hung up`)
        if (given instanceof Error) throw given
        return Promise.race([given, connection.end.promise])
      },
      routesItself: (connection) => connection.routesItself,
      expireLogin: (connection) => this.expired.push(connection),
      ...rest,
    })
  }

  openTo(name: string): number {
    return this.connections.filter((connection) => connection.open && connection.address.toString() === name).length
  }
}
