/**
 * What the server says of a query after its last record. Queries are summed up twenty thousand times a second and hardly
 * ever asked, so everything but the query type is parsed when it is read. Knows the metadata's names (the Bolt manual's
 * success messages), nothing of connections.
 */
import type { InspectOptionsStylized } from 'node:util'
import { BoltProtocolError } from '../errors/index.ts'
import { type Inspect, inspection } from '../values/inspection.ts'
import { toJsonValue } from '../values/json.ts'
import { found } from '../values/options.ts'
import { SummaryCounters } from './counters.ts'
import { type GqlStatusObject, type Outcome, statusObjectsFor, statusObjectsIn } from './gql-status-objects.ts'
import { type Metadata, mapIn, numberIn, textIn } from './metadata.ts'
import {
  type RawNotification,
  rawNotificationsIn,
  rawNotificationsOf,
  type SummaryNotification,
  summaryNotificationOf,
} from './notifications.ts'
import { objectOf } from './plain-object.ts'
import { type Plan, type ProfiledPlan, planIn, profileIn } from './plan.ts'
import type { ServerInfo } from './server-info.ts'

/** What a query does: reads, reads and writes, writes, or changes the schema. */
export type QueryType = 'r' | 'rw' | 'w' | 's'

/** What a summary is made from. */
export interface SummarySource extends Outcome {
  /** The query's text. */
  readonly query: string
  readonly parameters: { readonly [name: string]: unknown }
  /** The metadata of the last PULL or DISCARD, together with RUN's. */
  readonly metadata: Metadata
  readonly server: ServerInfo
  /** Whether the server's Bolt version has GQL statuses; an older server's are not read. */
  readonly gqlStatuses: boolean
}

/**
 * What the server says of a query once its result is consumed. Made by the driver.
 *
 * @example
 * ```ts
 * const { summary } = await driver.executeQuery('CREATE (:Person {name: $name})', { name: 'Ada' })
 * console.log(`${summary.counters.nodesCreated} node in ${summary.resultAvailableAfter} ms`)
 * ```
 */
export class ResultSummary {
  readonly #source: SummarySource
  #counters: SummaryCounters | undefined
  #plan: Plan | null | undefined
  #profile: ProfiledPlan | null | undefined
  #notifications: readonly RawNotification[] | null | undefined
  #summaryNotifications: readonly SummaryNotification[] | undefined
  #gqlStatusObjects: readonly GqlStatusObject[] | undefined

  /** Made by the driver. */
  constructor(source: SummarySource) {
    this.#source = source
  }

  /** The text of the query. */
  get query(): string {
    return this.#source.query
  }

  /** The parameters that were sent with the query. */
  get parameters(): { readonly [name: string]: unknown } {
    return this.#source.parameters
  }

  /** What the query does, or null where the server does not say. */
  get queryType(): QueryType | null {
    return (this.#source.metadata['type'] as QueryType | undefined) ?? null
  }

  /** The database the query ran in, or null where the server does not say. */
  get database(): string | null {
    return textIn(this.#source.metadata['db'])
  }

  /** The server that ran the query. */
  get server(): ServerInfo {
    return this.#source.server
  }

  /** What the query changed. */
  get counters(): SummaryCounters {
    this.#counters ??= new SummaryCounters(mapIn(this.#source.metadata['stats']))
    return this.#counters
  }

  /** How the database will execute the query: there after `EXPLAIN`, else null. */
  get plan(): Plan | null {
    if (this.#plan === undefined) this.#plan = planIn(this.#source.metadata['plan'])
    return this.#plan
  }

  /** How the database has executed the query: there after `PROFILE`, else null. */
  get profile(): ProfiledPlan | null {
    if (this.#profile === undefined) this.#profile = profileIn(this.#source.metadata['profile'])
    return this.#profile
  }

  /**
   * The server's remarks on the query as plain objects with `code`, `title`, `description`, `severity`, `category` and
   * `position`, as far as the server sent them; null if it sent no list at all. See {@link summaryNotifications}.
   */
  get notifications(): readonly RawNotification[] | null {
    if (this.#notifications === undefined) {
      const { metadata } = this.#source
      const statuses = statusesIn(this.#source)
      this.#notifications =
        statuses === null ? rawNotificationsIn(metadata['notifications']) : rawNotificationsOf(statuses)
    }
    return this.#notifications
  }

  /** The server's remarks on the query in structured form; empty if there are none. */
  get summaryNotifications(): readonly SummaryNotification[] {
    this.#summaryNotifications ??= Object.freeze((this.notifications ?? []).map(summaryNotificationOf))
    return this.#summaryNotifications
  }

  /**
   * The outcome and the server's remarks as GQL statuses, at least one. From Bolt 5.6 on they are the server's, in its order;
   * before, they are derived from the notifications: "no data" first, then warnings, success, information.
   */
  get gqlStatusObjects(): readonly GqlStatusObject[] {
    if (this.#gqlStatusObjects === undefined) {
      const statuses = statusesIn(this.#source)
      this.#gqlStatusObjects =
        statuses === null ? statusObjectsFor(this.#source, this.notifications ?? []) : statusObjectsIn(statuses)
    }
    return this.#gqlStatusObjects
  }

  /** How long the server took until the result was available, in ms; null where it does not say. */
  get resultAvailableAfter(): number | null {
    return numberIn(this.#source.metadata['t_first'])
  }

  /** How long the server took until the result was consumed, in ms; null where it does not say. */
  get resultConsumedAfter(): number | null {
    return numberIn(this.#source.metadata['t_last'])
  }

  /** The same properties with JSON values; the parameters are included, so mind who reads it. */
  toJSON(): { [key: string]: unknown } {
    return {
      query: this.query,
      parameters: toJsonValue(this.parameters),
      queryType: this.queryType,
      database: this.database,
      server: this.server.toJSON(),
      counters: this.counters,
      plan: this.plan,
      profile: this.profile,
      notifications: toJsonValue(this.notifications),
      summaryNotifications: this.summaryNotifications,
      gqlStatusObjects: toJsonValue(this.gqlStatusObjects),
      resultAvailableAfter: this.resultAvailableAfter,
      resultConsumedAfter: this.resultConsumedAfter,
    }
  }

  /** Prints what the server sent; of the parameters only their names. */
  [inspection](depth: number, options: InspectOptionsStylized, inspect: Inspect): string {
    if (depth < 0) return options.stylize('[ResultSummary]', 'special')
    const { query, parameters, queryType, database, server, counters, plan, profile, gqlStatusObjects } = this
    const { resultAvailableAfter, resultConsumedAfter } = this
    const names = Object.keys(parameters)
    const shown = {
      query,
      parameters: objectOf(names, () => unshown),
      queryType,
      database,
      server,
      counters,
      ...(plan !== null && { plan }),
      ...(profile !== null && { profile }),
      gqlStatusObjects,
      resultAvailableAfter,
      resultConsumedAfter,
    }
    return `ResultSummary ${inspect(shown, { ...options, depth })}`
  }
}

/**
 * Makes a summary.
 *
 * @throws BoltProtocolError when the server names a query type that does not exist
 */
export function summaryOf(source: SummarySource): ResultSummary {
  const type = source.metadata['type'] ?? null
  if (type !== null && !queryTypes.has(type)) {
    const shown = typeof type === 'string' ? `'${type}'` : found(type)
    throw new BoltProtocolError(
      `The server calls the query's type ${shown}; this driver knows 'r', 'rw', 'w' and 's'. A newer driver may know it.`,
    )
  }
  return new ResultSummary(source)
}

const queryTypes: ReadonlySet<unknown> = new Set<QueryType>(['r', 'rw', 'w', 's'])

/** Stands for the value of a parameter, which may be a secret. */
const unshown = {
  [inspection]: (_depth: number, options: InspectOptionsStylized): string => options.stylize('…', 'special'),
}

/** The statuses of a server whose Bolt version has them. */
function statusesIn({ metadata, gqlStatuses }: SummarySource): readonly unknown[] | null {
  const statuses = metadata['statuses']
  return gqlStatuses && Array.isArray(statuses) ? statuses : null
}
