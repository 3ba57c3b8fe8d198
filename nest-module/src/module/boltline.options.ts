/** What users may set; the documentation of every option is here. `settings.ts` checks it. */

import type { AuthManager, AuthToken, BookmarkManager, Driver, DriverConfig } from '@boltline/core'
import type { StreamOptions } from '@boltline/core/web'
import type { InjectionToken, ModuleMetadata, OptionalFactoryDependency, Provider, Type } from '@nestjs/common'
import type { RequestBookmarkOptions } from '../bookmarks/request-bookmark-options.ts'
import type { SchemaDefinition, SchemaOptions } from '../schema/schema-definition.ts'
import type { WorkInfo } from '../transactions/transaction-host.ts'
import type { TransactionMode } from '../transactions/transaction-options.ts'

/** How a connection is tried when the application starts. */
export interface StartupOptions {
  /**
   * - `'verify'`: the application starts when a server has answered, and not at all when none does;
   * - `'lazy'`: nothing is sent before the first query;
   * - `'background'`: the application starts at once, and the server is asked meanwhile; health tells how that goes.
   *
   * Default: `'verify'`.
   */
  readonly mode?: 'verify' | 'lazy' | 'background' | undefined
  /**
   * How often to try. Wrong credentials, certificates, addresses and the like end it at once, because they would be as wrong
   * the next time. Default: 8; in the background without end.
   */
  readonly attempts?: number | undefined
  /** The wait after the first failure, in ms; it doubles each time, within ±20 %. Default: 200. */
  readonly minDelay?: number | undefined
  /** The longest wait, in ms. Default: 5000. */
  readonly maxDelay?: number | undefined
}

/** What all transactions of a connection have in common, unless they say otherwise. */
export interface TransactionDefaults {
  /** Default: `'write'`. */
  readonly mode?: TransactionMode | undefined
  /** In ms; 0: no limit. Default: the server's. */
  readonly timeout?: number | undefined
  /** Put into every transaction's metadata. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
  /** Whether failures that may pass are followed by another attempt. Default: true. */
  readonly retry?: boolean | undefined
  /**
   * What to do where a method that takes part in a transaction has a `timeout`, `metadata` or `retry` of its own, which come
   * too late. Default: `'warn'`, once for each pair.
   */
  readonly onJoinMismatch?: 'error' | 'warn' | 'ignore' | undefined
}

/** What a {@link ContextResolver} returns. The settings of the connection hold for what is left out, undefined or null. */
export interface WorkContext {
  readonly database?: string | null | undefined
  readonly impersonatedUser?: string | null | undefined
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
}

/**
 * Chooses the database and user of a piece of work, for example the database of the tenant that a request belongs to. Called
 * once for each transaction (not for each query in it), in the async context of the code that opens it. A function that
 * returns nothing chooses the settings of the connection.
 *
 * The work fails before anything is sent when the function throws or rejects (with that error), and when it returns an unknown
 * key or a value of the wrong type (with a `ConfigurationError`).
 */
export type ContextResolver = (
  info: WorkInfo,
) => WorkContext | null | undefined | Promise<WorkContext | null | undefined>

/**
 * The settings of a connection. Those of {@link StreamOptions} are about transactions of async generators and Observables that are
 * opened for an HTTP request; `streamIdleTimeout` holds for every transaction of a request whose client takes nothing.
 */
export interface BoltlineOptions extends StreamOptions {
  /** Where the server is: `neo4j://host:port`, `bolt://…`, `…+s://…`. Needed unless `useDriver` is given. */
  readonly uri?: string | undefined
  /** Credentials, or an `AuthManager`. Default: none. */
  readonly auth?: AuthToken | AuthManager | undefined
  /** Further settings of the driver, handed on as they are. */
  readonly driver?: Omit<DriverConfig, 'auth'> | undefined
  /** A driver that exists already, in place of `uri`, `auth` and `driver`. */
  readonly useDriver?: Driver | undefined
  /** Whether to close the driver at shutdown. Default: true, but false for `useDriver`. */
  readonly closeOnShutdown?: boolean | undefined
  /** The database of everything that doesn't say otherwise. Default: the user's home database. */
  readonly database?: string | undefined
  /** In whose name everything is done that doesn't say otherwise. Default: nobody. */
  readonly impersonatedUser?: string | undefined
  /** How the connection is tried at the start. */
  readonly startup?: StartupOptions | undefined
  /** For how many ms a shutdown waits for open transactions before it ends them. Default: 10 000. */
  readonly shutdownTimeout?: number | undefined
  /**
   * Whether work that is done for an HTTP request ends when its client leaves before the answer is complete: queries and
   * transactions are called off on the server as well, and reject with `ClientGone`. Default: true.
   */
  readonly abort?: boolean | undefined
  /** What transactions have in common. */
  readonly transaction?: TransactionDefaults | undefined
  /** Where and in whose name work is done, asked for each transaction: tenants. */
  readonly context?: ContextResolver | undefined
  /**
   * What makes reads see earlier writes in a cluster:
   *
   * - `'driver'`: everything in this process sees what was written before;
   * - `'request'` or an object: each HTTP request sees its own writes and what its client has seen, by a header that comes in
   *   and goes out; the object has the settings, `'request'` takes their defaults;
   * - `'off'`: nothing;
   * - a `BookmarkManager` of your own.
   *
   * Default: `'driver'`.
   */
  readonly bookmarks?: 'driver' | 'request' | 'off' | RequestBookmarkOptions | BookmarkManager | undefined
  /** Constraints and indexes, and what to do about them at the start. */
  readonly schema?: SchemaOptions | undefined
  /** From which level on the driver's log goes to Nest's Logger; false: not at all. Default: `'info'`. */
  readonly logging?: 'debug' | 'info' | 'warn' | 'error' | false | undefined
}

/** The settings of `BoltlineModule.forRoot()`. */
export interface BoltlineModuleOptions extends BoltlineOptions {
  /** The name of the connection: letters, digits, `_`, `-`. Default: `'default'`, for which no name is needed anywhere. */
  readonly name?: string | undefined
  /** Whether all modules can inject it without importing it. Default: true. */
  readonly isGlobal?: boolean | undefined
}

/** A class that makes the settings, for `useClass` and `useExisting`. */
export interface BoltlineOptionsFactory {
  createBoltlineOptions(): BoltlineOptions | Promise<BoltlineOptions>
}

/** The settings of `BoltlineModule.forRootAsync()`. Exactly one of `useFactory`, `useClass`, `useExisting` is needed. */
export interface BoltlineModuleAsyncOptions extends Pick<ModuleMetadata, 'imports'> {
  /** The name of the connection; it has to be known before the settings are, so it stands here. */
  readonly name?: string | undefined
  /** Whether all modules can inject it without importing it. Default: true. */
  readonly isGlobal?: boolean | undefined
  /** What the factory is called with. */
  readonly inject?: (InjectionToken | OptionalFactoryDependency)[] | undefined
  /** Makes the settings; called once. */
  // biome-ignore lint/suspicious/noExplicitAny: what is injected is typed by the function that takes it
  readonly useFactory?: ((...injected: any[]) => BoltlineOptions | Promise<BoltlineOptions>) | undefined
  /** A class of which an instance is made here. */
  readonly useClass?: Type<BoltlineOptionsFactory> | undefined
  /** A provider that exists already. */
  readonly useExisting?: InjectionToken<BoltlineOptionsFactory> | undefined
  /** Providers that the factory needs besides `imports`. */
  readonly extraProviders?: Provider[] | undefined
}

/** The settings of `BoltlineModule.forFeature()`. */
export interface BoltlineFeatureOptions {
  /** The connection whose schema it is. Default: the one without a name. */
  readonly connection?: string | undefined
  /** Classes to provide and export. */
  readonly repositories?: Provider[] | undefined
  /** Constraints and indexes that these classes count on; see `schema` of the connection. */
  readonly schema?: SchemaDefinition | readonly SchemaDefinition[] | undefined
}
