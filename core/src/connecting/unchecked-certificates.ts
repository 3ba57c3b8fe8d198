import type { Logs } from '../diagnostics/log.ts'
import { SecurityWarning, type Warnings } from '../diagnostics/warnings.ts'
import type { DriverSettings } from '../settings/config.ts'
import { uncheckedCertificates } from '../settings/tls-config.ts'

/** Warns once for each driver that accepts every certificate. */
export function warnOfUncheckedCertificates(
  { scheme, address, tls }: DriverSettings,
  logs: Logs,
  warnings: Warnings,
): void {
  const setting = uncheckedCertificates(scheme, tls)
  if (setting === null) return
  const text = `The driver for ${address} accepts every certificate (${setting}): an attacker in between can pretend to be the server. Use ${scheme.replace(/\+.*/, '')}+s://, or encrypted: true with trustedCertificates: TrustCustomCAs('ca.pem')`
  logs.driver.warn(text)
  warnings.emit(new SecurityWarning(text))
}
