/**
 * The life of one named connection of an application: opens and verifies the driver at the start, tracks all work, and closes
 * the driver at shutdown when that work is done.
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

/** Work in progress. */
interface Running {
  readonly initiator: string
  readonly activity: Activity
}

export class Connection implements OnModuleInit, OnApplicationShutdown {
  readonly name: string
  readonly driver: Driver
  readonly settings: ConnectionSettings
  readonly logger: Logger
  /** Limits concurrent streams to HTTP clients. */
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

  /** Opens a connection and, depending on `startup.mode`, verifies it. */
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

  /** Adds schema definitions. Called before the application is initialised. */
  addSchema(definitions: readonly SchemaDefinition[]): void {
    this.#schemas.push(...definitions)
  }

  /** Applies the schema, to which all modules have added by now. */
  async onModuleInit(): Promise<void> {
    const { mode } = this.settings.startup
    if (mode === 'verify') return this.#applySchema()
    if (mode === 'lazy') return
    this.#starting = this.#connected()
      .then(() => this.#applySchema())
      // Queries fail with the same reason, and health checks report it.
      .catch((error: unknown) => {
        if (!this.#stopping.signal.aborted) this.logger.error(`The connection is not ready: ${oneLine(String(error))}`)
      })
  }

  /** Runs after the shutdown hooks of providers that may still use the connection. Nest may call it twice. */
  onApplicationShutdown(): Promise<void> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  /**
   * Registers work that a shutdown waits for.
   * @throws ShuttingDownError when the shutdown has begun
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

  /** Resolves the database, user, bookmarks and metadata of a query or transaction. */
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

  /** The maximum number of connections to one server. */
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

  /** Waits for the work in progress, and aborts it after `shutdownTimeout`. */
  async #drained(): Promise<void> {
    if (this.#running.size === 0) return
    const { shutdownTimeout } = this.settings
    let timer: NodeJS.Timeout | undefined
    const idle = new Promise<void>((resolve) => {
      this.#whenIdle = resolve
    })
    const late = new Promise<void>((resolve) => {
      // A limit beyond the range of a timer means no limit.
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
