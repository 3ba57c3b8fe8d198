import type { PoolMetrics } from '../diagnostics/pool-metrics.ts'
import { type CallSite, ConnectionAcquisitionTimeoutError } from '../errors/index.ts'
import type { Address } from '../values/address.ts'

/** The lease that was acquired first of those not released yet. */
export interface OldestLease {
  readonly forMs: number
  /** The call that acquired the connection; undefined when leaks are not traced. */
  readonly borrowed: CallSite | undefined
}

/** The error for a caller whose deadline has passed: the state of the pool, its oldest lease, and what to do. */
export function acquisitionTimeout(metrics: PoolMetrics, timeout: number, oldest: OldestLease | undefined): Error {
  const { address, max, inUse, idle, creating, waiting } = metrics
  const state = `${inUse} of at most ${max} in use, ${idle} idle, ${creating} being opened, ${waiting} more callers waiting`
  const parts = [
    `No connection to ${address} became free within ${Math.round(timeout)} ms (connectionAcquisitionTimeout): ${state}.`,
  ]
  if (oldest !== undefined) parts.push(`The oldest lease has been out for ${Math.round(oldest.forMs)} ms.`)
  if (creating > 0) {
    parts.push('The server is slow to accept connections: look at its load and at the network in between.')
  }
  if (inUse >= max) {
    parts.push(
      'Close sessions, transactions and results as soon as they are done with (await using does), raise ' +
        'maxConnectionPoolSize, or allow more time with connectionAcquisitionTimeout.',
    )
  }
  if (oldest !== undefined) {
    parts.push(
      oldest.borrowed?.stack === undefined
        ? 'Set BOLTLINE_DEBUG=1 to see where the oldest lease was taken.'
        : `It was taken here:\n${oldest.borrowed.stack.split('\n').slice(1).join('\n')}`,
    )
  }
  return new ConnectionAcquisitionTimeoutError(parts.join(' '))
}

/** The error for a caller that got a connection, but no credentials for it from the auth manager in time. */
export function slowAdmission(address: Address, timeout: number): Error {
  return new ConnectionAcquisitionTimeoutError(
    `A connection to ${address} was free, but no credentials for it came within ${Math.round(timeout)} ms (connectionAcquisitionTimeout). Look at the auth manager of the driver: its getAuth() has not answered`,
  )
}
