/** Validates the options of a connection. Every error names the connection, the option and the remedy. */

import {
  type AccessMode,
  type BookmarkManager,
  ConfigurationError,
  Driver,
  type DriverConfig,
  GraphDatabase,
} from '@boltline/core'
import {
  callback,
  checkedOptions,
  choice,
  driverSettings,
  duration,
  flag,
  found,
  isGiven,
  limit,
  name,
} from '@boltline/core/options'
import { type StreamOptions, streamKeys } from '@boltline/core/web'
import { checkedRequestBookmarks, type RequestBookmarkSettings } from '../bookmarks/request-bookmark-options.ts'
import { DEFAULT_CONNECTION } from '../injection/names.ts'
import { checkedSchemaOptions, type SchemaSettings } from '../schema/schema-definition.ts'
import { accessMode, metadataOf } from '../transactions/transaction-options.ts'
import type {
  BoltlineOptions,
  ContextResolver,
  StartupOptions,
  TransactionDefaults,
  WorkContext,
} from './boltline.options.ts'

export interface StartupSettings {
  readonly mode: 'verify' | 'lazy' | 'background'
  readonly attempts: number
  readonly minDelay: number
  readonly maxDelay: number
}

/** How bookmarks are shared: by driver, by request, by the application's own manager, or not at all. */
export type BookmarkSettings = 'driver' | 'off' | RequestBookmarkSettings | BookmarkManager

export interface ConnectionSettings {
  /** Makes the driver; the logger is for the driver's lines. */
  readonly openDriver: (logger: DriverConfig['logger']) => Driver
  readonly closeOnShutdown: boolean
  /** The maximum pool size, when it doesn't come from the driver. */
  readonly poolSize: number | undefined
  readonly database: string | null
  readonly impersonatedUser: string | null
  readonly startup: StartupSettings
  readonly shutdownTimeout: number
  readonly abort: boolean
  readonly streams: StreamOptions
  readonly transaction: {
    readonly mode: AccessMode
    readonly timeout: number | undefined
    readonly metadata: Readonly<Record<string, unknown>>
    readonly retry: boolean
    readonly onJoinMismatch: 'error' | 'warn' | 'ignore'
  }
  readonly context: ContextResolver | undefined
  readonly bookmarks: BookmarkSettings
  readonly schema: SchemaSettings
  readonly logging: 'debug' | 'info' | 'warn' | 'error' | false
}

const KEYS = [
  'uri',
  'auth',
  'driver',
  'useDriver',
  'closeOnShutdown',
  'database',
  'impersonatedUser',
  'startup',
  'shutdownTimeout',
  'abort',
  ...streamKeys,
  'transaction',
  'context',
  'bookmarks',
  'schema',
  'logging',
] as const satisfies readonly (keyof BoltlineOptions)[]

const STARTUP_KEYS = ['mode', 'attempts', 'minDelay', 'maxDelay'] as const satisfies readonly (keyof StartupOptions)[]
const TRANSACTION_KEYS = [
  'mode',
  'timeout',
  'metadata',
  'retry',
  'onJoinMismatch',
] as const satisfies readonly (keyof TransactionDefaults)[]

const CONTEXT_KEYS = ['database', 'impersonatedUser', 'metadata'] as const satisfies readonly (keyof WorkContext)[]

/** @throws ConfigurationError that says of which connection it is about */
export function checkedSettings(connection: string, given: unknown): ConnectionSettings {
  try {
    return settingsOf(given)
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error
    throw new ConfigurationError(`BoltlineModule, connection '${connection}': ${error.message}`, { cause: error })
  }
}

/**
 * Checks what a `context` function returned. Nothing (`undefined`, `null`) means the settings of the module.
 * @throws ConfigurationError for an unknown key, and for a value of the wrong type
 */
export function checkedWorkContext(returned: unknown): WorkContext {
  const { database, impersonatedUser, metadata } = checkedOptions(returned, CONTEXT_KEYS, 'context')
  return {
    database: name('database', database, undefined),
    impersonatedUser: name('impersonatedUser', impersonatedUser, undefined),
    metadata: metadataOf(metadata),
  }
}

/** @throws ConfigurationError for what can't be a name */
export function checkedName(given: unknown): string {
  const connection = name('name of a BoltlineModule', given, DEFAULT_CONNECTION)
  if (/^[\w-]+$/.test(connection)) return connection
  throw new ConfigurationError(
    `The name of a BoltlineModule may have letters, digits, '_' and '-', found ${JSON.stringify(connection)}`,
  )
}

function settingsOf(given: unknown): ConnectionSettings {
  if (isGiven(given) && typeof given === 'object' && 'name' in given) {
    throw new ConfigurationError(
      'a name was returned by the factory, where it comes too late: put it beside the factory, as in forRootAsync({ name, useFactory })',
    )
  }
  if (!isGiven(given)) throw new ConfigurationError(`there are no options; found ${found(given)}, expected { uri, … }`)
  const options = checkedOptions(given, KEYS, 'BoltlineModule')
  const startup = startupOf(options.startup)
  const transaction = checkedOptions(options.transaction, TRANSACTION_KEYS, 'transaction')
  const schema = checkedSchemaOptions(options.schema)
  if (schema.apply !== 'off' && startup.mode === 'lazy') {
    throw new ConfigurationError(
      `schema.apply '${schema.apply}' asks the server at the start, which startup.mode 'lazy' rules out; choose 'verify' or 'background'`,
    )
  }
  return {
    ...driverOf(options),
    database: name('database', options.database, null),
    impersonatedUser: name('impersonatedUser', options.impersonatedUser, null),
    startup,
    shutdownTimeout: duration('shutdownTimeout', options.shutdownTimeout, 10_000),
    abort: flag('abort', options.abort, true),
    streams: {
      streamIdleTimeout: duration('streamIdleTimeout', options.streamIdleTimeout, undefined),
      maxStreams: isGiven(options.maxStreams) ? limit('maxStreams', options.maxStreams, 1) : undefined,
      streamQueueTimeout: duration('streamQueueTimeout', options.streamQueueTimeout, undefined),
    },
    transaction: {
      mode: accessMode('transaction.mode', transaction.mode) ?? 'WRITE',
      timeout: duration('transaction.timeout', transaction.timeout, undefined),
      metadata: metadataOf(transaction.metadata) ?? {},
      retry: flag('transaction.retry', transaction.retry, true),
      onJoinMismatch: choice(
        'transaction.onJoinMismatch',
        transaction.onJoinMismatch,
        ['error', 'warn', 'ignore'] as const,
        'warn',
      ),
    },
    context: callback<ContextResolver>('context', options.context),
    bookmarks: bookmarksOf(options.bookmarks),
    schema,
    logging:
      options.logging === false
        ? false
        : choice('logging', options.logging, ['debug', 'info', 'warn', 'error'] as const, 'info'),
  }
}

type Unchecked = Readonly<Record<(typeof KEYS)[number], unknown>>

function driverOf(
  options: Partial<Unchecked>,
): Pick<ConnectionSettings, 'openDriver' | 'closeOnShutdown' | 'poolSize'> {
  const { useDriver, uri, auth, driver } = options
  if (isGiven(useDriver)) {
    const beside = (['uri', 'auth', 'driver'] as const).filter((key) => isGiven(options[key]))
    if (beside.length > 0) {
      throw new ConfigurationError(`useDriver is a driver that is made already; leave out ${beside.join(' and ')}`)
    }
    if (typeof (useDriver as Partial<Driver>).executeQuery !== 'function') {
      throw new ConfigurationError(
        `useDriver must be a driver of @boltline/core, found ${found(useDriver)}; for settings of the driver use the option driver`,
      )
    }
    return {
      openDriver: () => useDriver as Driver,
      closeOnShutdown: flag('closeOnShutdown', options.closeOnShutdown, false),
      poolSize: undefined,
    }
  }
  if (typeof uri !== 'string' || uri === '') {
    throw new ConfigurationError(
      `uri must say where the server is, such as 'neo4j://localhost:7687', found ${found(uri)}. Is an environment variable missing?`,
    )
  }
  const config = checkedDriverConfig(driver)
  // Checked now, with a driver that opens nothing; each connection makes its own with its logger.
  const openDriver = (logger: DriverConfig['logger']) =>
    GraphDatabase.driver(uri, { logger, ...config, ...(isGiven(auth) && { auth }) } as DriverConfig)
  return {
    openDriver,
    closeOnShutdown: flag('closeOnShutdown', options.closeOnShutdown, true),
    poolSize: limit(
      'driver.maxConnectionPoolSize',
      config.maxConnectionPoolSize,
      driverSettings.maxConnectionPoolSize.fallback,
    ),
  }
}

function checkedDriverConfig(driver: unknown): DriverConfig {
  if (!isGiven(driver)) return {}
  if (driver instanceof Driver) {
    throw new ConfigurationError('driver is for settings of the driver; a driver that is made already is useDriver')
  }
  if (typeof driver !== 'object' || Array.isArray(driver)) {
    throw new ConfigurationError(`driver must be an object with settings of the driver, found ${found(driver)}`)
  }
  if ('auth' in driver) throw new ConfigurationError('driver.auth stands beside uri: use the option auth')
  return driver
}

function startupOf(given: unknown): StartupSettings {
  const startup = checkedOptions(given, STARTUP_KEYS, 'startup')
  const mode = choice('startup.mode', startup.mode, ['verify', 'lazy', 'background'] as const, 'verify')
  const minDelay = duration('startup.minDelay', startup.minDelay, 200)
  return {
    mode,
    attempts: limit('startup.attempts', startup.attempts, mode === 'background' ? Number.POSITIVE_INFINITY : 8),
    minDelay,
    maxDelay: Math.max(minDelay, duration('startup.maxDelay', startup.maxDelay, 5_000)),
  }
}

function bookmarksOf(given: unknown): BookmarkSettings {
  if (typeof given === 'object' && given !== null) {
    const { getBookmarks, updateBookmarks } = given as Partial<BookmarkManager>
    if (typeof getBookmarks === 'function' && typeof updateBookmarks === 'function') return given as BookmarkManager
    return checkedRequestBookmarks(given)
  }
  const word = choice('bookmarks', given, ['driver', 'request', 'off'] as const, 'driver')
  return word === 'request' ? checkedRequestBookmarks({}) : word
}
