import type { CallSite } from '../errors/index.ts'
import type { Deadline } from '../time/deadline.ts'
import type { Address } from '../values/address.ts'

/** What the pool needs of a connection. */
export interface Poolable {
  /** False once the connection is broken or must not be used again. */
  readonly open: boolean
  /** The time of its creation, in ms of the clock. */
  readonly createdAt: number
  /** Bytes received and sent so far. */
  readonly received: number
  readonly sent: number
  /** False: it must be {@link reset} before its next lease. */
  readonly clean: boolean
  /** Restores the initial state by a round trip; rejects when that fails, and the pool destroys the connection. */
  reset(deadline?: Deadline): Promise<void>
  /** Sends GOODBYE and closes the connection. */
  close(): Promise<void> | void
  /** Closes the connection at once; pending requests fail with `error`. */
  destroy(error?: Error): void
  /** The API call that it is leased for, where the caller has set it. */
  readonly leasedBy?: CallSite | null
  /** Called once when the connection has ended, for any reason. Set by the pool. */
  onClose: (() => void) | null
}

/** How to open a connection for a caller: opaque to the pool. */
export interface Opening {
  /** The part of the caller's remaining time, from 0 to 1, that this attempt may take; below 1 when another server can be tried. */
  readonly share: number
  /** The address from which the user's resolver already gave the pool's address. */
  readonly resolvedFrom?: Address
}
