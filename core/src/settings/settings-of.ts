/** The settings of a driver, for the packages around it whose defaults follow from them. */

import type { DriverSettings } from './config.ts'

const settings = new WeakMap<object, DriverSettings>()

/** Remembers what a driver was made with. */
export function keepSettings(driver: object, of: DriverSettings): void {
  settings.set(driver, of)
}

/** What a driver was made with; null for a driver of another copy of this package, and for a stand-in. */
export function settingsOf(driver: object): DriverSettings | null {
  return settings.get(driver) ?? null
}
