/** Makes the readers of results, with what all results of one driver share: warnings, notification logs, the servers' descriptions. */

import { channels } from '../diagnostics/channels.ts'
import type { Log } from '../diagnostics/log.ts'
import type { NotificationMessage, QueryMessage } from '../diagnostics/messages.ts'
import { notificationWarning, type Warnings } from '../diagnostics/warnings.ts'
import type { NotificationMinimumSeverity } from '../values/enums.ts'
import type { Cursor } from '../work/cursor.ts'
import type { Connection } from '../work/workspace.ts'
import type { Metadata } from './metadata.ts'
import { notificationsIn } from './notifications.ts'
import { type ReadingScope, type ResultHooks, ResultReader } from './result-reader.ts'
import { ServerInfo } from './server-info.ts'
import type { ResultSummary } from './summary.ts'

const servers = new WeakMap<Connection, ServerInfo>()

/** What the server at the other end of a connection said of itself. */
export function serverInfoOf(connection: Connection): ServerInfo {
  let info = servers.get(connection)
  if (info === undefined) {
    const { address, agent, connectionId, version } = connection
    info = new ServerInfo({ address, agent, connectionId, protocolVersion: [version.major, version.minor] })
    servers.set(connection, info)
  }
  return info
}

function publishNotifications(query: QueryMessage, metadata: Metadata): void {
  for (const notification of notificationsIn(metadata)) {
    const message: NotificationMessage = { driver: query.driver, query, notification }
    channels.notification.publish(message)
  }
}

export class ResultFactory {
  readonly #warnings: Warnings
  readonly #log: Log
  readonly #warnFrom: NotificationMinimumSeverity

  constructor(warnings: Warnings, log: Log, warnFrom: NotificationMinimumSeverity) {
    this.#warnings = warnings
    this.#log = log
    this.#warnFrom = warnFrom
  }

  /** The reader of a query's result; `resultOf` makes it something to hand out. */
  of(
    cursor: Cursor,
    connection: Connection,
    query: string,
    parameters: object,
    hooks: ResultHooks | null,
    scope: ReadingScope | null,
  ): ResultReader {
    const { traced } = cursor
    if (traced !== null && channels.notification.hasSubscribers) {
      cursor.whenEnded((metadata) => publishNotifications(traced, metadata))
    }
    return new ResultReader({
      cursor,
      query,
      parameters: parameters instanceof Map ? Object.fromEntries(parameters) : parameters,
      server: () => serverInfoOf(connection),
      warnings: this.#warnings,
      hooks,
      scope,
      summarised: (summary) => this.#report(summary),
    })
  }

  /** Notifications go to their logger, and where it is wanted to the developer as warnings. */
  #report(summary: ResultSummary): void {
    if (this.#warnFrom === 'OFF' && !this.#log.enabled('info')) return
    for (const notification of summary.summaryNotifications) {
      const { severityLevel, code, title, description } = notification
      const text = `${code} ${title}: ${description}`
      if (severityLevel === 'WARNING') this.#log.warn(text)
      else this.#log.info(text)
      const wanted = this.#warnFrom === 'INFORMATION' || (this.#warnFrom === 'WARNING' && severityLevel === 'WARNING')
      if (wanted) this.#warnings.emit(notificationWarning(notification, summary.query))
    }
  }
}
