/**
 * Notifications: advice of the server about a query, which does not affect its execution. Servers before Bolt 5.6 send
 * notifications; later ones send GQL statuses, which this module converts (gql-status-objects.ts converts the other way).
 */
import { NotificationCategory, NotificationSeverity } from '../values/enums.ts'
import { type Metadata, mapIn, mapsIn, numberIn, textIn } from './metadata.ts'
import { isPlainObject, type PlainObject } from './plain-object.ts'

/** A position in the query's text. A member that the server did not send is -1. */
export interface SummaryNotificationPosition {
  /** The line, from 1. */
  readonly line: number
  /** The column, from 1. */
  readonly column: number
  /** The character, from 0. */
  readonly offset: number
}

/**
 * A notification with validated members. Strings that the server did not send are empty.
 *
 * @example
 * ```ts
 * for (const { severityLevel, title, position } of summary.summaryNotifications) {
 *   if (severityLevel === NotificationSeverity.WARNING) console.warn(title, position?.line)
 * }
 * ```
 */
export interface SummaryNotification {
  /** A short description. */
  readonly title: string
  /** Neo4j's code, for example `Neo.ClientNotification.Statement.CartesianProduct`. */
  readonly code: string
  /** A detailed description with advice. */
  readonly description: string
  readonly severityLevel: NotificationSeverity
  readonly category: NotificationCategory
  /** The severity as the server sent it. */
  readonly rawSeverityLevel: string
  /** The category as the server sent it. */
  readonly rawCategory: string
  /** The position in the query's text, or null. */
  readonly position: SummaryNotificationPosition | null
}

/** A notification in the form of servers before Bolt 5.6. Its members are not validated. */
export type RawNotification = { readonly [key: string]: unknown }

/** The notifications as the server sent them; null if it sent no list. */
export function rawNotificationsIn(notifications: unknown): readonly RawNotification[] | null {
  return Array.isArray(notifications) ? Object.freeze(notifications.filter(isPlainObject)) : null
}

/** Converts the notifications among GQL statuses to the form of servers before Bolt 5.6; null if there is no list of statuses. */
export function rawNotificationsOf(statuses: unknown): readonly RawNotification[] | null {
  if (!Array.isArray(statuses)) return null
  return Object.freeze(mapsIn(statuses).filter(isNotificationStatus).map(rawNotificationOf))
}

/** The notifications in the metadata of the final SUCCESS, whichever form the server sent. */
export function notificationsIn(metadata: Metadata): SummaryNotification[] {
  const raw = rawNotificationsOf(metadata['statuses']) ?? rawNotificationsIn(metadata['notifications']) ?? []
  return raw.map(summaryNotificationOf)
}

/** Whether a status is a notification: only notifications have a Neo4j code. */
export function isNotificationStatus(status: Metadata): boolean {
  return typeof status['neo4j_code'] === 'string' && status['neo4j_code'] !== ''
}

/** Validates a raw notification. */
export function summaryNotificationOf(raw: RawNotification): SummaryNotification {
  return Object.freeze({
    title: textIn(raw['title']) ?? '',
    code: textIn(raw['code']) ?? '',
    description: textIn(raw['description']) ?? '',
    severityLevel: severityOf(raw['severity']),
    category: categoryOf(raw['category']),
    rawSeverityLevel: textIn(raw['severity']) ?? '',
    rawCategory: textIn(raw['category']) ?? '',
    position: positionIn(raw['position']),
  })
}

/** The severity, or `UNKNOWN` if this driver does not know the value. */
export function severityOf(value: unknown): NotificationSeverity {
  return value === 'WARNING' || value === 'INFORMATION' ? value : NotificationSeverity.UNKNOWN
}

/** The category, or `UNKNOWN` if this driver does not know the value. */
export function categoryOf(value: unknown): NotificationCategory {
  return categories.has(value) ? (value as NotificationCategory) : NotificationCategory.UNKNOWN
}

const categories: ReadonlySet<unknown> = new Set(Object.values(NotificationCategory))

/** The position, or null if the server sent none of its members. */
export function positionIn(value: unknown): SummaryNotificationPosition | null {
  const { line, column, offset } = mapIn(value)
  const figures = { line: numberIn(line), column: numberIn(column), offset: numberIn(offset) }
  if (figures.line === null && figures.column === null && figures.offset === null) return null
  return Object.freeze({ line: figures.line ?? -1, column: figures.column ?? -1, offset: figures.offset ?? -1 })
}

function rawNotificationOf(status: Metadata): RawNotification {
  const { _severity: severity, _classification: category, _position: position } = mapIn(status['diagnostic_record'])
  const parts = { code: status['neo4j_code'], title: status['title'], description: status['description'] }
  const raw: PlainObject = {}
  for (const [key, value] of Object.entries({ ...parts, severity, category, position })) {
    if (value !== undefined && value !== null) raw[key] = value
  }
  return raw
}
