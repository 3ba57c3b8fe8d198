/** The options of the module and their documentation. `settings.ts` validates them. */

import type { AuthManager, AuthToken, BookmarkManager, Driver, DriverConfig } from '@boltline/core'
import type { StreamOptions } from '@boltline/core/web'
import type { InjectionToken, ModuleMetadata, OptionalFactoryDependency, Provider, Type } from '@nestjs/common'
import type { RequestBookmarkOptions } from '../bookmarks/request-bookmark-options.ts'
import type { SchemaDefinition, SchemaOptions } from '../schema/schema-definition.ts'
import type { WorkInfo } from '../transactions/transaction-host.ts'
import type { TransactionMode } from '../transactions/transaction-options.ts'

/** How the connection is verified when the application starts. */
export interface StartupOptions {
  /**
   * - `'verify'`: the application starts after a server has answered, and fails to start when none does;
   * - `'lazy'`: nothing is sent before the first query;
   * - `'background'`: the application starts at once and verifies the connection meanwhile; health checks report the state.
   *
   * Default: `'verify'`.
   */
  readonly mode?: 'verify' | 'lazy' | 'background' | undefined
  /**
   * The maximum number of attempts. Failures that another attempt can't mend, such as wrong credentials or certificates, end
   * the attempts at once. Default: 8; unlimited with `'background'`.
   */
  readonly attempts?: number | undefined
  /** The delay after the first failure in ms; it doubles after each failure, with a jitter of ±20 %. Default: 200. */
  readonly minDelay?: number | undefined
  /** The maximum delay between attempts in ms. Default: 5000. */
  readonly maxDelay?: number | undefined
}

/** Defaults for all transactions of a connection. */
export interface TransactionDefaults {
  /** Whether transactions only read. Default: `'write'`. */
  readonly mode?: TransactionMode | undefined
  /** The server's transaction timeout in ms; 0: no limit. Default: the server's. */
  readonly timeout?: number | undefined
  /** Metadata of every transaction. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
  /** Whether transactions are retried after retryable failures. Default: true. */
  readonly retry?: boolean | undefined
  /**
   * What to do when a method that joins a transaction sets `timeout`, `metadata` or `retry`, which can't change an open
   * transaction. Default: `'warn'`, once for each pair.
   */
  readonly onJoinMismatch?: 'error' | 'warn' | 'ignore' | undefined
}

/** The return value of a {@link ContextResolver}. Omitted, undefined and null members take the connection's settings. */
export interface WorkContext {
  readonly database?: string | null | undefined
  readonly impersonatedUser?: string | null | undefined
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
}

/**
 * Chooses the database and user of a transaction, for example the database of a request's tenant. Called once for each
 * transaction (not for each query in it), in the async context of the code that opens it. Returning nothing selects the
 * connection's settings.
 *
 * The transaction fails before anything is sent when the function throws or rejects (with that error), and when it returns an unknown
 * key or a value of the wrong type (with a `ConfigurationError`).
 */
export type ContextResolver = (
  info: WorkInfo,
) => WorkContext | null | undefined | Promise<WorkContext | null | undefined>

/**
 * The options of a connection. {@link StreamOptions} apply to transactions of async generators and Observables in an HTTP
 * request; `streamIdleTimeout` applies to every transaction of a request whose client reads nothing.
 */
export interface BoltlineOptions extends StreamOptions {
  /** Where the server is: `neo4j://host:port`, `bolt://…`, `…+s://…`. Needed unless `useDriver` is given. */
  readonly uri?: string | undefined
  /** Credentials, or an `AuthManager`. Default: none. */
  readonly auth?: AuthToken | AuthManager | undefined
  /** Further options of the driver, passed through unchanged. */
  readonly driver?: Omit<DriverConfig, 'auth'> | undefined
  /** An existing driver, instead of `uri`, `auth` and `driver`. */
  readonly useDriver?: Driver | undefined
  /** Whether to close the driver at shutdown. Default: true, or false with `useDriver`. */
  readonly closeOnShutdown?: boolean | undefined
  /** The default database. Default: the user's home database. */
  readonly database?: string | undefined
  /** The user to impersonate by default. Default: none. */
  readonly impersonatedUser?: string | undefined
  /** How the connection is verified when the application starts. */
  readonly startup?: StartupOptions | undefined
  /** How long a shutdown waits for open transactions before it aborts them, in ms. Default: 10 000. */
  readonly shutdownTimeout?: number | undefined
  /**
   * Whether queries and transactions of an HTTP request are aborted, on the server as well, when the client disconnects before
   * the response is complete; they reject with `ClientGone`. Default: true.
   */
  readonly abort?: boolean | undefined
  /** Defaults for transactions. */
  readonly transaction?: TransactionDefaults | undefined
  /** Chooses the database and user of each transaction, for example by tenant. */
  readonly context?: ContextResolver | undefined
  /**
   * How reads see earlier writes in a cluster:
   *
   * - `'driver'`: all transactions of this driver see its earlier writes;
   * - `'request'` or an object: each HTTP request sees its own writes and those its client has seen, by a header of request and
   *   response; the object holds the options, `'request'` takes their defaults;
   * - `'off'`: no bookmarks are shared;
   * - a `BookmarkManager` of your own.
   *
   * Default: `'driver'`.
   */
  readonly bookmarks?: 'driver' | 'request' | 'off' | RequestBookmarkOptions | BookmarkManager | undefined
  /** Constraints and indexes, and whether to verify or create them when the application starts. */
  readonly schema?: SchemaOptions | undefined
  /** The lowest level of driver log lines that go to Nest's `Logger`; false disables them. Default: `'info'`. */
  readonly logging?: 'debug' | 'info' | 'warn' | 'error' | false | undefined
}

/** The settings of `BoltlineModule.forRoot()`. */
export interface BoltlineModuleOptions extends BoltlineOptions {
  /** The name of the connection: letters, digits, `_`, `-`. Default: `'default'`, which every API assumes when no name is given. */
  readonly name?: string | undefined
  /** Whether every module can inject the connection without an import. Default: true. */
  readonly isGlobal?: boolean | undefined
}

/** A class that makes the settings, for `useClass` and `useExisting`. */
export interface BoltlineOptionsFactory {
  createBoltlineOptions(): BoltlineOptions | Promise<BoltlineOptions>
}

/** The settings of `BoltlineModule.forRootAsync()`. Exactly one of `useFactory`, `useClass`, `useExisting` is needed. */
export interface BoltlineModuleAsyncOptions extends Pick<ModuleMetadata, 'imports'> {
  /** The name of the connection. Not part of the factory's result, because the tokens depend on it. */
  readonly name?: string | undefined
  /** Whether every module can inject the connection without an import. Default: true. */
  readonly isGlobal?: boolean | undefined
  /** Tokens of the factory's arguments. */
  readonly inject?: (InjectionToken | OptionalFactoryDependency)[] | undefined
  /** Returns the options; called once. */
  // biome-ignore lint/suspicious/noExplicitAny: what is injected is typed by the function that takes it
  readonly useFactory?: ((...injected: any[]) => BoltlineOptions | Promise<BoltlineOptions>) | undefined
  /** A class that the module instantiates to get the options. */
  readonly useClass?: Type<BoltlineOptionsFactory> | undefined
  /** An existing provider that returns the options. */
  readonly useExisting?: InjectionToken<BoltlineOptionsFactory> | undefined
  /** Providers that the factory needs besides `imports`. */
  readonly extraProviders?: Provider[] | undefined
}

/** The settings of `BoltlineModule.forFeature()`. */
export interface BoltlineFeatureOptions {
  /** The name of the connection. Default: the unnamed connection. */
  readonly connection?: string | undefined
  /** Classes to provide and export. */
  readonly repositories?: Provider[] | undefined
  /** Constraints and indexes that these classes need; see `schema` of the connection. */
  readonly schema?: SchemaDefinition | readonly SchemaDefinition[] | undefined
}
