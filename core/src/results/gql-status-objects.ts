/**
 * GQL status objects: the outcome and the notifications of a query, in the terms of the GQL standard. Servers send them from
 * Bolt 5.6 on; for older servers the driver derives them from the outcome and the notifications.
 */
import type { NotificationCategory, NotificationSeverity } from '../values/enums.ts'
import { type Metadata, mapIn, mapNumbers, mapsIn, textIn } from './metadata.ts'
import {
  categoryOf,
  isNotificationStatus,
  positionIn,
  type RawNotification,
  type SummaryNotificationPosition,
  severityOf,
} from './notifications.ts'
import { isPlainObject } from './plain-object.ts'

/**
 * A status of a query's execution. One of a query's statuses is its outcome: `00000` success, `00001` success without a
 * result, `02000` no data.
 *
 * @example
 * ```ts
 * summary.gqlStatusObjects.filter((status) => status.isNotification && status.severity === 'WARNING')
 * ```
 */
export interface GqlStatusObject {
  /** The five characters of the status, for example `01N50`. */
  readonly gqlStatus: string
  /** The server's description of the status. */
  readonly statusDescription: string
  /** Whether the status is a notification. */
  readonly isNotification: boolean
  readonly severity: NotificationSeverity
  /** The severity as the server sent it, or null. */
  readonly rawSeverity: string | null
  readonly classification: NotificationCategory
  /** The classification as the server sent it, or null. */
  readonly rawClassification: string | null
  /** The position in the query's text, or null. */
  readonly position: SummaryNotificationPosition | null
  /** Further details, with the standard's `OPERATION`, `OPERATION_CODE` and `CURRENT_SCHEMA` always present. */
  readonly diagnosticRecord: { readonly [key: string]: unknown }
}

/** Facts about a result that its metadata doesn't contain. */
export interface Outcome {
  /** Whether at least one record arrived. */
  readonly hadRecords: boolean
  /** Whether the query has columns. */
  readonly hadKeys: boolean
  /** Whether the driver sent a PULL. */
  readonly pulled: boolean
}

const diagnosticDefaults = { OPERATION: '', OPERATION_CODE: '0', CURRENT_SCHEMA: '/' } as const

const outcomes = {
  success: ['00000', 'note: successful completion'],
  omittedResult: ['00001', 'note: successful completion - omitted result'],
  noData: ['02000', 'note: no data'],
  noDataUnknown: ['02N42', 'note: no data - unknown subcondition'],
} as const

/** Parses the statuses that the server sent, in its order. */
export function statusObjectsIn(statuses: readonly unknown[]): readonly GqlStatusObject[] {
  return Object.freeze(
    mapsIn(statuses).map((status) => {
      const gqlStatus = textIn(status['gql_status']) ?? ''
      const description = textIn(status['status_description']) ?? ''
      return statusObject(gqlStatus, description, isNotificationStatus(status), mapIn(status['diagnostic_record']))
    }),
  )
}

/** Derives the statuses for a server before Bolt 5.6 from the outcome and the notifications, in the standard's order. */
export function statusObjectsFor(
  outcome: Outcome,
  notifications: readonly RawNotification[],
): readonly GqlStatusObject[] {
  const [gqlStatus, description] = outcomes[outcomeName(outcome)]
  const statuses = [statusObject(gqlStatus, description, false, {}), ...notifications.map(statusOfNotification)]
  return Object.freeze(statuses.sort((one, other) => rank(one) - rank(other)))
}

function outcomeName({ hadRecords, hadKeys, pulled }: Outcome): keyof typeof outcomes {
  if (hadRecords) return 'success'
  if (!hadKeys) return 'omittedResult'
  return pulled ? 'noData' : 'noDataUnknown'
}

/** Sort order: "no data", warnings, success, information. */
function rank({ gqlStatus }: GqlStatusObject): number {
  return ['02', '01', '00', '03'].indexOf(gqlStatus.slice(0, 2))
}

function statusOfNotification(notification: RawNotification): GqlStatusObject {
  const { severity, category, position, description } = notification
  const isWarning = severityOf(severity) === 'WARNING'
  const fallback = isWarning ? 'warn: unknown warning' : 'info: unknown notification'
  const record: { [key: string]: unknown } = {}
  if (textIn(severity) !== null) record['_severity'] = severity
  if (textIn(category) !== null) record['_classification'] = category
  if (isPlainObject(position)) record['_position'] = position
  return statusObject(isWarning ? '01N42' : '03N42', textIn(description) || fallback, true, record)
}

function statusObject(
  gqlStatus: string,
  statusDescription: string,
  isNotification: boolean,
  record: Metadata,
): GqlStatusObject {
  const { _severity: severity, _classification: classification, _position: position } = record
  return Object.freeze({
    gqlStatus,
    statusDescription,
    isNotification,
    severity: severityOf(severity),
    rawSeverity: textIn(severity),
    classification: categoryOf(classification),
    rawClassification: textIn(classification),
    position: positionIn(position),
    diagnosticRecord: Object.freeze({ ...diagnosticDefaults, ...mapNumbers(record) }),
  })
}
