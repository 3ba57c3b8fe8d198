import { type Metadata, numberIn } from './metadata.ts'

/**
 * Counts of the changes that a query made. A counter that the server does not report is 0.
 *
 * @example
 * ```ts
 * const { counters } = await session.run('CREATE (:Person {name: "Ada"})').consume()
 * counters.nodesCreated // 1
 * counters.containsUpdates // true
 * ```
 */
export class SummaryCounters {
  readonly nodesCreated: number
  readonly nodesDeleted: number
  readonly relationshipsCreated: number
  readonly relationshipsDeleted: number
  readonly propertiesSet: number
  readonly labelsAdded: number
  readonly labelsRemoved: number
  readonly indexesAdded: number
  readonly indexesRemoved: number
  readonly constraintsAdded: number
  readonly constraintsRemoved: number
  /** Changes to the system database, such as users and databases. */
  readonly systemUpdates: number
  /** Whether the query changed the database: sent by the server, or else true if a counter other than `systemUpdates` is above 0. */
  readonly containsUpdates: boolean
  /** Whether the query changed the system database. */
  readonly containsSystemUpdates: boolean

  /** @param stats - the `stats` entry of a result's metadata */
  constructor(stats: Metadata) {
    const count = (key: string): number => numberIn(stats[key]) ?? 0
    this.nodesCreated = count('nodes-created')
    this.nodesDeleted = count('nodes-deleted')
    this.relationshipsCreated = count('relationships-created')
    this.relationshipsDeleted = count('relationships-deleted')
    this.propertiesSet = count('properties-set')
    this.labelsAdded = count('labels-added')
    this.labelsRemoved = count('labels-removed')
    this.indexesAdded = count('indexes-added')
    this.indexesRemoved = count('indexes-removed')
    this.constraintsAdded = count('constraints-added')
    this.constraintsRemoved = count('constraints-removed')
    this.systemUpdates = count('system-updates')
    this.containsUpdates = flag(stats['contains-updates']) ?? updateCounters.some((key) => count(key) > 0)
    this.containsSystemUpdates = flag(stats['contains-system-updates']) ?? this.systemUpdates > 0
    Object.freeze(this)
  }
}

/** The counters that `containsUpdates` is derived from if an older server doesn't send it. */
const updateCounters = [
  'nodes-created',
  'nodes-deleted',
  'relationships-created',
  'relationships-deleted',
  'properties-set',
  'labels-added',
  'labels-removed',
  'indexes-added',
  'indexes-removed',
  'constraints-added',
  'constraints-removed',
] as const

function flag(value: unknown): boolean | null {
  return typeof value === 'boolean' ? value : null
}
