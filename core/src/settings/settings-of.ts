/** The settings of a driver, for other packages of the suite that derive their defaults from them. */

import type { DriverSettings } from './config.ts'

const settings = new WeakMap<object, DriverSettings>()

/** Records the settings of a driver. */
export function keepSettings(driver: object, of: DriverSettings): void {
  settings.set(driver, of)
}

/** The settings of a driver; null for a driver of another copy of this package and for a test double. */
export function settingsOf(driver: object): DriverSettings | null {
  return settings.get(driver) ?? null
}
