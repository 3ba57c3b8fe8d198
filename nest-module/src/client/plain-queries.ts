/** Queries outside of any transaction: each is one of its own, and the driver retries it. */

import type { AccessMode, Driver, Result } from '@boltline/core'
import { completeQueryConfig } from '@boltline/core/options'
import { addNotes, type ErrorNotes } from '../http/error-notes.ts'
import { tiedRequest } from '../http/request-scope.ts'
import { untilAborted } from '../transactions/activity.ts'
import { type HostParts, notesOn } from '../transactions/transaction-host.ts'

/** What one query says about itself. */
export interface PlainRequest {
  readonly mode: AccessMode | undefined
  readonly database: string | undefined
  readonly impersonatedUser: string | undefined
  readonly timeout: number | undefined
  readonly metadata: Readonly<Record<string, unknown>> | undefined
  readonly signal: AbortSignal | undefined
  readonly abort: boolean | undefined
}

/** Runs queries outside of transactions. */
export interface PlainQueries {
  run<T>(
    text: string,
    parameters: object | undefined,
    request: PlainRequest,
    read: (result: Result) => Promise<T>,
  ): Promise<T>
}

/** Queries of a driver, in the place that the connection's options say. */
export class DriverQueries implements PlainQueries {
  readonly #driver: Driver
  readonly #parts: Pick<HostParts, 'name' | 'defaults' | 'abort' | 'place' | 'enter'>

  constructor(driver: Driver, parts: Pick<HostParts, 'name' | 'defaults' | 'abort' | 'place' | 'enter'>) {
    this.#driver = driver
    this.#parts = parts
  }

  async run<T>(
    text: string,
    parameters: object | undefined,
    request: PlainRequest,
    read: (result: Result) => Promise<T>,
  ): Promise<T> {
    const { name, defaults, place, enter } = this.#parts
    const mode = request.mode ?? defaults.mode
    const ofClient = (request.abort ?? this.#parts.abort) ? tiedRequest()?.signal : undefined
    const activity = enter('a query outside of a transaction', [request.signal, ofClient])
    let notes: ErrorNotes = {}
    try {
      const found = await untilAborted(place({ connection: name, mode, initiator: text }), activity.signal)
      notes = notesOn(request, found)
      const { database, impersonatedUser, timeout } = request
      const metadata = { ...found.metadata, ...request.metadata }
      const given = { database, impersonatedUser, timeout, metadata, signal: activity.signal }
      const config = completeQueryConfig(given, {
        mode,
        database: found.database,
        impersonatedUser: found.impersonatedUser,
        timeout: defaults.timeout,
        bookmarkManager: () => found.bookmarkManager,
      })
      return await this.#driver.executeQuery<T>(text, parameters, { ...config, resultTransformer: read })
    } catch (error) {
      addNotes(error, notes)
      throw error
    } finally {
      activity.done()
    }
  }
}
