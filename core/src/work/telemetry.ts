/** Tells the server once which part of the API a piece of work came from, where the server asks for it (Bolt 5.4). */

import type { Connection } from '../bolt/connection.ts'
import { telemetry } from '../bolt/requests.ts'
import { SummaryHandler } from '../bolt/responses.ts'

export { telemetryApis } from '../bolt/requests.ts'

export class Telemetry extends SummaryHandler {
  readonly #api: number
  #told: boolean

  /** With `disabled`, nothing is ever sent. */
  constructor(api: number, disabled: boolean) {
    super()
    this.#api = api
    this.#told = disabled
  }

  /** Sends TELEMETRY in front of the next request, unless an earlier attempt got through. */
  send(connection: Connection): void {
    if (this.#told || !connection.version.telemetry || connection.hints['telemetry.enabled'] !== true) return
    connection.send(telemetry(this.#api), this)
  }

  success(): void {
    this.#told = true
  }

  refused(): void {
    // Shows in the request behind it.
  }
}
