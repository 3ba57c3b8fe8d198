import type { CallSite } from '../errors/index.ts'
import type { Deadline } from '../time/deadline.ts'
import type { Address } from '../values/address.ts'

/** What a pool needs to know of the things it lends: connections, to everybody else. */
export interface Poolable {
  /** False once it is broken, or must not be used again. */
  readonly open: boolean
  /** When it was made, in ms on the clock's scale. */
  readonly createdAt: number
  /** How many bytes have come and gone. */
  readonly received: number
  readonly sent: number
  /** False: has to be {@link reset} before another caller may have it. */
  readonly clean: boolean
  /** A round trip that brings it back into its first state; rejects when it is beyond repair. */
  reset(deadline?: Deadline): Promise<void>
  /** Takes leave of the server. */
  close(): Promise<void> | void
  /** Cuts it off; callers that wait for an answer get `error`. */
  destroy(error?: Error): void
  /** The call of the driver's user that it is leased for, where the caller has said so. */
  readonly lentTo?: CallSite | null
  /** Called once it has ended, for whatever reason. Belongs to the pool. */
  onClose: (() => void) | null
}

/** What a caller says about a connection that has to be opened for it: opaque to the pool. */
export interface Opening {
  /** The part of the caller's remaining time that the server may use up, from 0 to 1, where another server could be tried. */
  readonly share: number
  /** The address that the user's resolver has already turned into the pool's address. */
  readonly resolvedFrom?: Address
}
