/** Sends TELEMETRY once per unit of work, with the API that the caller used, to servers that enable it (Bolt 5.4). */

import type { Connection } from '../bolt/connection.ts'
import { telemetry } from '../bolt/requests.ts'
import { SummaryHandler } from '../bolt/responses.ts'

export { telemetryApis } from '../bolt/requests.ts'

export class Telemetry extends SummaryHandler {
  readonly #api: number
  /** Whether the server has received it, or telemetry is disabled. */
  #sent: boolean

  /** With `disabled`, TELEMETRY is never sent. */
  constructor(api: number, disabled: boolean) {
    super()
    this.#api = api
    this.#sent = disabled
  }

  /** Queues TELEMETRY before the next request, unless the server answered an earlier attempt. */
  send(connection: Connection): void {
    if (this.#sent || !connection.version.telemetry || connection.hints['telemetry.enabled'] !== true) return
    connection.send(telemetry(this.#api), this)
  }

  success(): void {
    this.#sent = true
  }

  refused(): void {
    // The next request fails as well and reports the failure.
  }
}
