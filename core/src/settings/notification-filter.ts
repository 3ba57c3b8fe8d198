import { NotificationDisabledCategory, NotificationMinimumSeverity } from '../values/enums.ts'
import { oneOf, someOf } from './checks.ts'
import { type Settings, setting, type Values } from './schema.ts'

/** Which notifications the server is to send; for an undefined field the driver's filter or else the server decides. */
export interface NotificationFilter {
  readonly minimumSeverity?: NotificationMinimumSeverity | undefined
  readonly disabledCategories?: readonly NotificationDisabledCategory[] | undefined
}

/** The least severities a notification filter or warning can start from. */
export const SEVERITIES: readonly NotificationMinimumSeverity[] = Object.values(NotificationMinimumSeverity)

/** The rows of the filter, which drivers and sessions share. */
export const notificationRows = {
  notificationsMinSeverity: setting(oneOf(SEVERITIES), undefined),
  notificationsDisabledCategories: setting(someOf(Object.values(NotificationDisabledCategory)), undefined),
}

/** The filter from the checked settings of a driver or session. */
export function notificationFilter(checked: Values<Settings<typeof notificationRows>>): NotificationFilter {
  return Object.freeze({
    minimumSeverity: checked.notificationsMinSeverity,
    disabledCategories: checked.notificationsDisabledCategories,
  })
}
