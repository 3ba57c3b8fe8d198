import { NotificationDisabledCategory, NotificationMinimumSeverity } from '../values/enums.ts'
import { choice, choices } from './options.ts'

/** Which notifications the server is to send; what is undefined is left to the server, or to the driver's own filter. */
export interface NotificationFilter {
  readonly minimumSeverity?: NotificationMinimumSeverity | undefined
  readonly disabledCategories?: readonly NotificationDisabledCategory[] | undefined
}

/** The least severities a notification filter or warning can start from. */
export const SEVERITIES: readonly NotificationMinimumSeverity[] = Object.values(NotificationMinimumSeverity)
const CATEGORIES: readonly NotificationDisabledCategory[] = Object.values(NotificationDisabledCategory)

/** The filter that the settings of a driver or session ask for; without content when neither is given. */
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
