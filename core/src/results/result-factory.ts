/** Creates the readers of results, with what all results of one driver share: warnings, the log of notifications, record shapes. */

import { channels } from '../diagnostics/channels.ts'
import type { Log } from '../diagnostics/log.ts'
import type { NotificationMessage, QueryMessage } from '../diagnostics/messages.ts'
import { notificationWarning, type Warnings } from '../diagnostics/warnings.ts'
import type { Cursor } from '../execution/cursor.ts'
import type { Connection } from '../execution/executor.ts'
import type { NotificationMinimumSeverity } from '../values/enums.ts'
import type { Metadata } from './metadata.ts'
import { notificationsIn } from './notifications.ts'
import { RecordShape } from './record-shape.ts'
import { type ReadingScope, type ResultHooks, ResultReader, type ResultSurroundings } from './result-reader.ts'
import { ServerInfo } from './server-info.ts'
import type { ResultSummary } from './summary.ts'

/** Record shapes are cached for this many query texts of at most this length. */
const mostShapes = 500
const longestText = 2_000

const servers = new WeakMap<Connection, ServerInfo>()

/** Describes the server of a connection. */
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

export class ResultFactory implements ResultSurroundings {
  readonly warnings: Warnings
  readonly #log: Log
  readonly #warnFrom: NotificationMinimumSeverity
  readonly #shapes = new Map<string, RecordShape>()

  constructor(warnings: Warnings, log: Log, warnFrom: NotificationMinimumSeverity) {
    this.warnings = warnings
    this.#log = log
    this.#warnFrom = warnFrom
  }

  /** Creates the reader of a query's result; `resultOf` creates its public handle. */
  of(
    cursor: Cursor,
    connection: Connection,
    query: string,
    parameters: object,
    hooks: ResultHooks | null,
    scope: ReadingScope | null,
  ): ResultReader {
    const { message } = cursor.observer
    if (message !== null && channels.notification.hasSubscribers) {
      cursor.whenEnded((metadata) => publishNotifications(message, metadata))
    }
    return new ResultReader({
      cursor,
      connection,
      query,
      parameters: parameters instanceof Map ? Object.fromEntries(parameters) : parameters,
      surroundings: this,
      hooks,
      scope,
    })
  }

  server(connection: Connection): ServerInfo {
    return serverInfoOf(connection)
  }

  /** Returns the cached shape of the query's records, or a new one if the keys have changed. */
  shape(query: string, keys: readonly string[]): RecordShape {
    const known = this.#shapes.get(query)
    if (known?.has(keys) === true) return known
    const shape = new RecordShape(keys)
    if (query.length > longestText) return shape
    if (known === undefined && this.#shapes.size === mostShapes) this.#shapes.clear()
    this.#shapes.set(query, shape)
    return shape
  }

  /** Logs the notifications, and emits those from `warnFrom` on as process warnings. */
  summarised(summary: ResultSummary): void {
    if (this.#warnFrom === 'OFF' && !this.#log.enabled('info')) return
    for (const notification of summary.summaryNotifications) {
      const { severityLevel, code, title, description } = notification
      const text = `${code} ${title}: ${description}`
      if (severityLevel === 'WARNING') this.#log.warn(text)
      else this.#log.info(text)
      const wanted = this.#warnFrom === 'INFORMATION' || (this.#warnFrom === 'WARNING' && severityLevel === 'WARNING')
      if (wanted) this.warnings.emit(notificationWarning(notification, summary.query))
    }
  }
}
