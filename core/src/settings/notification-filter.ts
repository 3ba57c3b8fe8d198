import { NotificationDisabledCategory, NotificationMinimumSeverity } from '../values/enums.ts'
import { choice, choices } from './checks.ts'

/** Which notifications the server is to send; for an undefined field the driver's filter or else the server decides. */
export interface NotificationFilter {
  readonly minimumSeverity?: NotificationMinimumSeverity | undefined
  readonly disabledCategories?: readonly NotificationDisabledCategory[] | undefined
}

/** The least severities a notification filter or warning can start from. */
export const SEVERITIES: readonly NotificationMinimumSeverity[] = Object.values(NotificationMinimumSeverity)
const CATEGORIES: readonly NotificationDisabledCategory[] = Object.values(NotificationDisabledCategory)

/** The filter from the settings of a driver or session; its fields are undefined if the settings are not given. */
export function parseNotificationFilter(options: {
  readonly notificationsMinSeverity?: unknown
  readonly notificationsDisabledCategories?: unknown
}): NotificationFilter {
  const severity = options.notificationsMinSeverity
  const categories = options.notificationsDisabledCategories
  const minimumSeverity = choice('notificationsMinSeverity', severity, SEVERITIES, undefined)
  const disabledCategories = choices('notificationsDisabledCategories', categories, CATEGORIES, undefined)
  return Object.freeze({ minimumSeverity, disabledCategories })
}
