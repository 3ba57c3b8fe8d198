/**
 * Chooses the server for a unit of work and leases a connection to it: to the one server of a `bolt` address (direct.ts), or
 * to a suitable member of a cluster (cluster.ts; rediscovery.ts finds the members). Must not know sessions, transactions or
 * messages: fetching a routing table and expiring a login are passed in as functions. Follows the routing chapter of the Bolt
 * documentation: one table per database, renewed when it expires or has no server for the access mode.
 */

import type { AcquireObserver } from '../diagnostics/observer.ts'
import type { PoolMetrics } from '../diagnostics/pool-metrics.ts'
import type { Deadline } from '../time/deadline.ts'
import type { Abortable } from '../time/on-abort.ts'
import type { Auth } from '../values/auth.ts'
import type { AccessMode } from '../values/enums.ts'

/** What a connection is acquired for. */
export interface AcquireRequest {
  readonly mode: AccessMode
  /** Null: the home database of the user. */
  readonly database: string | null
  readonly impersonatedUser: string | null
  /** Supplies the bookmarks for ROUTE. Called only when this caller's own search asks a router. */
  readonly bookmarks: () => readonly string[] | Promise<readonly string[]>
  /** The credentials for this request; null: those of the driver. */
  readonly auth: Auth | null
  /** The message about the acquisition, for subscribers. */
  readonly observer?: AcquireObserver
}

/** A leased connection, and the database to name in requests. */
export interface Acquired<C> {
  readonly connection: C
  /** The requested database, or the resolved home database; null: name none, the server resolves the home database. */
  readonly database: string | null
}

/** Leases connections to suitable servers. The caller gives each back with {@link release}, once. */
export interface Router<C> {
  /** Whether there may be several servers, so that work whose connection is lost can be retried on another one. */
  readonly routed: boolean

  /**
   * Leases a connection that is available without waiting for a server; undefined when there is none: then call
   * {@link acquire}. Returns a promise when the auth manager is asynchronous; it settles within `timeout` ms. When the request
   * names no database, the caller names none either and passes the server's choice to {@link resolved}.
   */
  tryAcquire(request: AcquireRequest, timeout?: number, signal?: Abortable): C | Promise<C | undefined> | undefined

  /**
   * Leases a connection; waits for routers, the pool and the server as needed.
   *
   * @param deadline - for the whole acquisition: routers and their answers, the servers of the table, and the user's functions
   * @throws ConnectionAcquisitionTimeoutError at the deadline, ServiceUnavailable or SessionExpired when no server can
   * be reached, the signal's reason when that aborts, DriverError when the driver is closed
   */
  acquire(request: AcquireRequest, deadline: Deadline, signal?: Abortable): Promise<Acquired<C>>

  /** Takes a connection back. The promise, if any, settles when the connection has been reset, and never rejects. */
  release(connection: C): Promise<void> | undefined

  /**
   * Handles an error that a server sent or that a connection was lost with; call it before releasing the connection.
   * The loss of an idle connection is ignored, since it says nothing about its server.
   */
  onError(connection: C, error: unknown): void

  /** Records the home database that a server chose for a request without a database. */
  resolved(request: Pick<AcquireRequest, 'impersonatedUser' | 'auth'>, database: string): void

  /** Calls `fn` with every open connection. */
  forEachConnection(fn: (connection: C) => void): void

  metrics(): PoolMetrics[]

  close(): Promise<void>
}
