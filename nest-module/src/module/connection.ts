/**
 * One connection of an application over its life: opened and tried at the start, told about all work, closed at the end when
 * that work is done. What it is for, queries and transactions, is built on it elsewhere.
 */

import { ConfigurationError, type Driver } from '@boltline/core'
import { isGiven } from '@boltline/core/options'
import { oneLine, StreamGate } from '@boltline/core/web'
import type { Logger, OnApplicationShutdown, OnModuleInit } from '@nestjs/common'
import { requestBookmarks } from '../bookmarks/request-context.ts'
import { ShuttingDownError } from '../errors.ts'
import { applySchema } from '../schema/apply-schema.ts'
import type { SchemaDefinition } from '../schema/schema-definition.ts'
import { type Activity, activityOf } from '../transactions/activity.ts'
import type { WorkInfo, WorkPlace } from '../transactions/transaction-host.ts'
import type { WorkContext } from './boltline.options.ts'
import { driverLogger, loggerFor } from './driver-log.ts'
import { type ConnectionSettings, checkedWorkContext } from './settings.ts'
import { connected } from './startup.ts'

/** Work that goes on. */
interface Running {
  readonly initiator: string
  readonly activity: Activity
}

export class Connection implements OnModuleInit, OnApplicationShutdown {
  readonly name: string
  readonly driver: Driver
  readonly settings: ConnectionSettings
  readonly logger: Logger
  /** Lets streams to HTTP clients through. */
  readonly streams: StreamGate
  readonly #schemas: SchemaDefinition[]
  readonly #running = new Set<Running>()
  readonly #stopping = new AbortController()
  #whenIdle: (() => void) | undefined
  #starting: Promise<void> | undefined
  #stopped: Promise<void> | undefined

  constructor(name: string, settings: ConnectionSettings) {
    this.name = name
    this.settings = settings
    this.logger = loggerFor(name)
    this.driver = settings.openDriver(driverLogger(loggerFor(name, 'BoltlineDriver'), settings.logging))
    this.streams = new StreamGate(this.driver, settings.streams)
    this.#schemas = [...settings.schema.definitions]
  }

  /** A connection that has been tried, where its options want that. */
  static async open(name: string, settings: ConnectionSettings): Promise<Connection> {
    const connection = new Connection(name, settings)
    if (settings.startup.mode !== 'verify') return connection
    try {
      await connection.#connected()
      return connection
    } catch (error) {
      if (settings.closeOnShutdown) await connection.driver.close()
      throw error
    }
  }

  /** Adds to what the schema has to have; before the application is initialised. */
  addSchema(definitions: readonly SchemaDefinition[]): void {
    this.#schemas.push(...definitions)
  }

  /** All modules have added to the schema by now. */
  async onModuleInit(): Promise<void> {
    const { mode } = this.settings.startup
    if (mode === 'verify') return this.#applySchema()
    if (mode === 'lazy') return
    this.#starting = this.#connected()
      .then(() => this.#applySchema())
      // Whoever uses the connection meets the reason for itself; health tells it.
      .catch((error: unknown) => {
        if (!this.#stopping.signal.aborted) this.logger.error(`The connection is not ready: ${oneLine(String(error))}`)
      })
  }

  /** After the hooks of everything that may still need the connection. Nest may call it again. */
  onApplicationShutdown(): Promise<void> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  /**
   * Announces work that a shutdown is to wait for.
   * @throws ShuttingDownError when it has begun
   */
  enter(initiator: string, signals: readonly (AbortSignal | undefined)[]): Activity {
    if (this.#stopping.signal.aborted) {
      throw new ShuttingDownError(
        `${initiator} came after the shutdown of connection '${this.name}' had begun. Do what has to be done at the end in onModuleDestroy or beforeApplicationShutdown`,
      )
    }
    const activity = activityOf(signals, () => {
      this.#running.delete(running)
      if (this.#running.size === 0) this.#whenIdle?.()
    })
    const running: Running = { initiator, activity }
    this.#running.add(running)
    return activity
  }

  /** Where and in whose name a piece of work is done. */
  async place(info: WorkInfo): Promise<WorkPlace> {
    const { context, database, impersonatedUser, transaction } = this.settings
    const found = context === undefined ? {} : this.#checkedContext(await context(info))
    return {
      database: found.database ?? database,
      impersonatedUser: found.impersonatedUser ?? impersonatedUser,
      bookmarkManager: this.#bookmarkManager(),
      metadata: { ...transaction.metadata, ...found.metadata },
      databaseOfContext: isGiven(found.database),
      userOfContext: isGiven(found.impersonatedUser),
    }
  }

  /** How many connections there may be to one server. */
  poolSize(): number {
    return this.settings.poolSize ?? Math.max(1, ...this.driver.poolMetrics().map(({ max }) => max))
  }

  /** @throws ConfigurationError that names `context` and the connection */
  #checkedContext(returned: unknown): WorkContext {
    try {
      return checkedWorkContext(returned)
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error
      throw new ConfigurationError(
        `The context function of BoltlineModule, connection '${this.name}', returned what can't be used: ${error.message}`,
        { cause: error },
      )
    }
  }

  #bookmarkManager(): WorkPlace['bookmarkManager'] {
    const { bookmarks } = this.settings
    if (bookmarks === 'off') return null
    if (bookmarks === 'driver') return this.driver.executeQueryBookmarkManager
    if ('getBookmarks' in bookmarks) return bookmarks
    return requestBookmarks(this) ?? this.driver.executeQueryBookmarkManager
  }

  #connected(): Promise<void> {
    const { startup, database } = this.settings
    return connected(this.driver, database, startup, this.logger, this.#stopping.signal)
  }

  #applySchema(): Promise<void> {
    const { schema, database } = this.settings
    return applySchema(this.driver, database, schema.apply, this.#schemas, this.logger)
  }

  async #stop(): Promise<void> {
    this.#stopping.abort(new ShuttingDownError(`Connection '${this.name}' is being closed`))
    await this.#starting
    await this.#drained()
    if (!this.settings.closeOnShutdown) return
    try {
      await this.driver.close()
    } catch (error) {
      this.logger.error(`The driver could not be closed in order: ${oneLine(String(error))}`)
    }
  }

  /** Waits for the work that goes on, and ends it when that takes too long. */
  async #drained(): Promise<void> {
    if (this.#running.size === 0) return
    const { shutdownTimeout } = this.settings
    let timer: NodeJS.Timeout | undefined
    const idle = new Promise<void>((resolve) => {
      this.#whenIdle = resolve
    })
    const late = new Promise<void>((resolve) => {
      // Beyond what a timer can take, the limit is no limit.
      if (shutdownTimeout < 2 ** 31) timer = setTimeout(resolve, shutdownTimeout)
    })
    await Promise.race([idle, late])
    clearTimeout(timer)
    if (this.#running.size === 0) return
    const names = [...new Set([...this.#running].map(({ initiator }) => initiator))]
    this.logger.warn(`Still at work after ${shutdownTimeout} ms, and ended now: ${names.join(', ')}`)
    for (const { activity } of this.#running) {
      activity.abort(new ShuttingDownError(`The application has shut down while this went on; see shutdownTimeout`))
    }
  }
}
