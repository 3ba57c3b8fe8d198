/**
 * Where a piece of work gets its connection: from the one server of a `bolt` address (direct.ts) or from the member of a
 * cluster that fits (cluster.ts, with rediscovery.ts finding the members). Must not know sessions, transactions or messages:
 * how a routing table is fetched, or a login expires, comes in as a function. Follows the routing chapter of the Bolt
 * documentation: a table per database, renewed when it runs out or the server for a mode is missing.
 */

import type { AcquireMessage } from '../diagnostics/messages.ts'
import type { PoolMetrics } from '../diagnostics/pool-metrics.ts'
import type { Deadline } from '../time/deadline.ts'
import type { Abortable } from '../time/on-abort.ts'
import type { Auth } from '../values/auth.ts'
import type { AccessMode } from '../values/enums.ts'

/** What a connection is wanted for. */
export interface AcquireRequest {
  readonly mode: AccessMode
  /** Null: the home database of the user. */
  readonly database: string | null
  readonly impersonatedUser: string | null
  /** What a router must have seen before it answers; called when one has to be asked, and never for the work of another caller. */
  readonly bookmarks: () => readonly string[] | Promise<readonly string[]>
  /** The credentials of this work alone; null: the driver's. */
  readonly auth: Auth | null
  /** For subscribers. */
  readonly traced?: AcquireMessage
}

/** A connection on loan, and which database to name in requests. */
export interface Acquired<C> {
  readonly connection: C
  /** The database asked for, or the home database found out; null: name none, the server knows. */
  readonly database: string | null
}

/** Lends connections that fit the work. Every one is given back with {@link release}, once. */
export interface Router<C> {
  /** Whether there is a choice of servers: a lost connection is a reason to try another one. */
  readonly routed: boolean

  /**
   * A connection that can be had without waiting for a server, or undefined: then {@link acquire} one. A promise where the
   * driver's credentials have to be waited for, at most `timeout` ms. Where the request names no database the work names none either, and tells
   * {@link resolved} which one the server chose.
   */
  tryAcquire(request: AcquireRequest, timeout?: number, signal?: Abortable): C | Promise<C | undefined> | undefined

  /**
   * A connection, whatever has to be waited for.
   *
   * @param deadline - for everything on the way: routers, their answers, the servers of the table, and functions of the user
   * @throws ConnectionAcquisitionTimeoutError when the time is over, ServiceUnavailable or SessionExpired when no server can
   * be reached, the signal's reason when that aborts, DriverError when the driver is closed
   */
  acquire(request: AcquireRequest, deadline: Deadline, signal?: Abortable): Promise<Acquired<C>>

  /** Takes a connection back; the promise, if any, tells when it is clean again, and never rejects. */
  release(connection: C): Promise<void> | undefined

  /**
   * To be told every error that a server has sent, or that a connection was lost with, before the connection is released.
   * The loss of an idle connection says nothing about its server.
   */
  onError(connection: C, error: unknown): void

  /** To be told which database a server chose for a request that named none. */
  resolved(request: Pick<AcquireRequest, 'impersonatedUser' | 'auth'>, database: string): void

  /** Calls `fn` with every open connection. */
  forEachConnection(fn: (connection: C) => void): void

  metrics(): PoolMetrics[]

  close(): Promise<void>
}
