/**
 * The summary of a query, from the metadata of its final SUCCESS. Every query creates a summary and few callers read it, so all
 * properties but the query type are parsed on first access. Knows the names of the metadata, nothing of connections.
 */
import type { InspectOptionsStylized } from 'node:util'
import { BoltProtocolError } from '../errors/index.ts'
import { found } from '../platform/checked-options.ts'
import { type Inspect, inspection } from '../platform/inspection.ts'
import { toJsonValue } from '../values/json.ts'
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

/** The type of a query: `r` reads, `rw` reads and writes, `w` writes, `s` changes the schema. */
export type QueryType = 'r' | 'rw' | 'w' | 's'

/** The data that a summary is created from. */
export interface SummarySource extends Outcome {
  /** The query's text. */
  readonly query: string
  readonly parameters: { readonly [name: string]: unknown }
  /** The metadata of the last PULL or DISCARD, merged with that of RUN. */
  readonly metadata: Metadata
  readonly server: ServerInfo
  /** Whether the Bolt version has GQL statuses (5.6); statuses of an older version are not read. */
  readonly gqlStatuses: boolean
}

/**
 * The summary of a query, available once its result is consumed. Created by the driver.
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

  /** Created by the driver. */
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

  /** The type of the query, or null if the server did not send it. */
  get queryType(): QueryType | null {
    return (this.#source.metadata['type'] as QueryType | undefined) ?? null
  }

  /** The database in which the query ran, or null if the server did not send it. */
  get database(): string | null {
    return textIn(this.#source.metadata['db'])
  }

  /** The server that ran the query. */
  get server(): ServerInfo {
    return this.#source.server
  }

  /** Counts of the changes that the query made. */
  get counters(): SummaryCounters {
    this.#counters ??= new SummaryCounters(mapIn(this.#source.metadata['stats']))
    return this.#counters
  }

  /** The plan of a query with `EXPLAIN`, else null. */
  get plan(): Plan | null {
    if (this.#plan === undefined) this.#plan = planIn(this.#source.metadata['plan'])
    return this.#plan
  }

  /** The plan and measurements of a query with `PROFILE`, else null. */
  get profile(): ProfiledPlan | null {
    if (this.#profile === undefined) this.#profile = profileIn(this.#source.metadata['profile'])
    return this.#profile
  }

  /**
   * The server's notifications as plain objects with `code`, `title`, `description`, `severity`, `category` and `position`,
   * without the members that the server did not send; null if it sent no list. See {@link summaryNotifications}.
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

  /** The server's notifications with validated members; empty if there are none. */
  get summaryNotifications(): readonly SummaryNotification[] {
    this.#summaryNotifications ??= Object.freeze((this.notifications ?? []).map(summaryNotificationOf))
    return this.#summaryNotifications
  }

  /**
   * The outcome and the notifications as GQL statuses; at least one. From Bolt 5.6 on the server sends them, and its order is
   * kept. For older servers they are derived from the notifications, in the order "no data", warnings, success, information.
   */
  get gqlStatusObjects(): readonly GqlStatusObject[] {
    if (this.#gqlStatusObjects === undefined) {
      const statuses = statusesIn(this.#source)
      this.#gqlStatusObjects =
        statuses === null ? statusObjectsFor(this.#source, this.notifications ?? []) : statusObjectsIn(statuses)
    }
    return this.#gqlStatusObjects
  }

  /** How long the server took until the result was available, in ms; null if the server did not send it. */
  get resultAvailableAfter(): number | null {
    return numberIn(this.#source.metadata['t_first'])
  }

  /** How long the server took until the result was consumed, in ms; null if the server did not send it. */
  get resultConsumedAfter(): number | null {
    return numberIn(this.#source.metadata['t_last'])
  }

  /** The same properties as JSON values. Includes the values of the query's parameters, which may be confidential. */
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

  /** Formats the summary for `util.inspect` and `console.log`; shows the names of parameters, not their values. */
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
 * Creates a summary.
 *
 * @throws BoltProtocolError when the server sends an unknown query type
 */
export function summaryOf(source: SummarySource): ResultSummary {
  const type = source.metadata['type'] ?? null
  if (type !== null && !queryTypes.has(type)) {
    const shown = typeof type === 'string' ? `'${type}'` : found(type)
    throw new BoltProtocolError(
      `The server sent the query type ${shown}; this driver supports 'r', 'rw', 'w' and 's'. A newer driver may support it.`,
    )
  }
  return new ResultSummary(source)
}

const queryTypes: ReadonlySet<unknown> = new Set<QueryType>(['r', 'rw', 'w', 's'])

/** Replaces the value of a parameter, which may be confidential. */
const unshown = {
  [inspection]: (_depth: number, options: InspectOptionsStylized): string => options.stylize('…', 'special'),
}

/** The GQL statuses if the server's Bolt version has them, else null. */
function statusesIn({ metadata, gqlStatuses }: SummarySource): readonly unknown[] | null {
  const statuses = metadata['statuses']
  return gqlStatuses && Array.isArray(statuses) ? statuses : null
}
