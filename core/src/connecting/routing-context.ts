import type { DriverSettings } from '../settings/config.ts'

/** The routing context for HELLO and ROUTE: the URI's query, and the address that the driver was created with. */
export function routingContext(
  settings: Pick<DriverSettings, 'routingContext' | 'address'>,
): Readonly<Record<string, string>> {
  return { ...settings.routingContext, address: String(settings.address) }
}
