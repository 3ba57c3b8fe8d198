/** A snapshot of the pool of one server. */
export interface PoolMetrics {
  /** The server, as `host:port`. */
  readonly address: string
  /** The most connections there may be (`maxConnectionPoolSize`). */
  readonly max: number
  /** Leased connections, and those being reset after their lease. */
  readonly inUse: number
  /** Open connections that are not leased. */
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
  /** Acquisitions that ended by `connectionAcquisitionTimeout` since the driver was made. */
  readonly timedOut: number
  /** The total time, in ms, of all successful acquisitions. */
  readonly totalAcquisitionTimeMs: number
}
