/** What the pool of one server is doing, as of the moment it was asked for. */
export interface PoolMetrics {
  /** The server, as `host:port`. */
  readonly address: string
  /** The most connections there may be (`maxConnectionPoolSize`). */
  readonly max: number
  /** Connections lent out, or being cleaned up before the next borrower. */
  readonly inUse: number
  /** Open connections that nobody uses. */
  readonly idle: number
  /** Connections being opened. */
  readonly creating: number
  /** Callers waiting for a connection. */
  readonly waiting: number
  /** Connections opened since the driver was made. */
  readonly created: number
  /** Connections closed since the driver was made. */
  readonly closed: number
  /** Attempts to open a connection that failed since the driver was made. */
  readonly failed: number
  /** Callers who gave up after `connectionAcquisitionTimeout` since the driver was made. */
  readonly timedOut: number
  /** All the time, in ms, that callers have waited until they got a connection. */
  readonly totalAcquisitionTimeMs: number
}
