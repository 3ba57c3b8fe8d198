/**
 * A stand-in for a cluster: several servers on loopback ports that share one routing table and one ordered log of
 * acknowledged writes. The leader writes, followers apply writes after a lag, and a bookmark is a position in the log. There is
 * no consensus protocol: the log is authoritative, and faults occur only where a test calls for them.
 */

import { checkedOptions } from '@boltline/core/options'
import type { BoltServerOptions } from '../bolt-server/bolt-server.ts'
import type { RoutingTable } from '../bolt-server/query-handler.ts'
import { ClusterLog } from './log.ts'
import { Member } from './member.ts'
import { type ClusterExpectation, ClusterRules } from './rules.ts'

/** Options of {@link startCluster}: the number of members, their lag, and how they listen. */
export interface ClusterOptions extends Pick<BoltServerOptions, 'auth' | 'hints' | 'agent'> {
  /** The number of members that only answer ROUTE. Default: 1. */
  readonly routers?: number
  /** The number of members that follow and never lead. Default: 2. */
  readonly readers?: number
  /** The number of members that can lead; one leads at a time, the others follow. Default: 1. */
  readonly writers?: number
  /** Ms until a follower has applied a write. Default: 0. */
  readonly lag?: number
  /** The seed of random choices, such as that of the next leader. Default: 1. */
  readonly seed?: number
  /** The validity of a routing table, in seconds. Default: 300. */
  readonly ttl?: number
}

const clusterOptions = [
  'routers',
  'readers',
  'writers',
  'lag',
  'seed',
  'ttl',
  'auth',
  'hints',
  'agent',
] as const satisfies readonly (keyof ClusterOptions)[]

/** A running cluster; see {@link startCluster}. */
export interface Cluster extends AsyncDisposable {
  /** The URI of the first router: `neo4j://…`. */
  readonly uri: string
  readonly routers: readonly Member[]
  readonly readers: readonly Member[]
  readonly writers: readonly Member[]
  /** All members: routers, readers and writers. */
  readonly members: readonly Member[]
  /** The current leader; null after {@link loseLeader}. */
  readonly leader: Member | null
  /** The acknowledged writes in order. */
  readonly log: readonly unknown[]
  /** Adds a rule for a query with this exact text. */
  when(query: string): ClusterExpectation
  /** Makes another writer the leader, chosen by the seed, and returns it; a single writer stays the leader. */
  switchLeader(): Member
  /** Leaves the cluster without a leader until {@link switchLeader}. */
  loseLeader(): void
  close(): Promise<void>
}

/**
 * Starts a cluster stand-in.
 *
 * @throws ConfigurationError for an option that doesn't exist
 * @example
 * ```ts
 * await using cluster = await startCluster({ readers: 2, lag: 50 })
 * cluster.when('CREATE (:Note {id: $id})').writes((log, { id }) => void log.push(id))
 * cluster.when('MATCH (n:Note) RETURN n.id AS id').reads((log) => log.map((id) => ({ id })))
 * await using driver = GraphDatabase.driver(cluster.uri)
 * ```
 */
export async function startCluster(options?: ClusterOptions | null): Promise<Cluster> {
  checkedOptions(options, clusterOptions, 'startCluster')
  const given = options ?? {}
  const log = new ClusterLog(given.lag ?? 0)
  const rules = new ClusterRules()
  const random = generator(given.seed ?? 1)
  let leader: Member | null = null
  const surroundings = { log, rules, table: () => table(), leads: (member: Member) => member === leader }
  const some = (count: number) => Array.from({ length: count }, () => new Member(surroundings, given))
  const routers = some(given.routers ?? 1)
  const readers = some(given.readers ?? 2)
  const writers = some(given.writers ?? 1)
  const members = [...routers, ...readers, ...writers]
  await Promise.all(members.map((member) => member.start()))
  leader = writers[0] ?? null

  const table = (): RoutingTable => {
    const addresses = (list: readonly (Member | null)[]) =>
      list.flatMap((member) => (member === null ? [] : [member.address]))
    const followers = writers.filter((member) => member !== leader)
    return {
      ttl: given.ttl ?? 300,
      db: 'neo4j',
      servers: [
        { role: 'ROUTE', addresses: addresses(routers) },
        { role: 'READ', addresses: addresses([...readers, ...followers]) },
        { role: 'WRITE', addresses: addresses([leader]) },
      ],
    }
  }
  const close = async () => {
    await Promise.all(members.map((member) => member.die()))
  }
  return {
    uri: `neo4j://${routers[0]?.address ?? ''}`,
    routers,
    readers,
    writers,
    members,
    get leader() {
      return leader
    },
    get log() {
      return log.values
    },
    when: (query) => rules.when(query),
    switchLeader: () => {
      const others = writers.filter((member) => member !== leader)
      const next = others[Math.floor(random() * others.length)] ?? (writers[0] as Member)
      leader = next
      return next
    },
    loseLeader: () => {
      leader = null
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** Returns a generator of numbers from 0 to 1 that depend only on the seed (mulberry32). */
function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}
