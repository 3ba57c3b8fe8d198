/** Publishes what happens in a pool on `boltline:pool`; does nothing while the channel has no subscribers. */

import { stopwatch } from '../time/stopwatch.ts'
import { channels } from './channels.ts'
import type { CloseReason, DriverIdentity, PoolEvent, PoolMessage, PoolView } from './messages.ts'

/** A connection in its pool, as the observer sees it. */
export interface ObservedSlot {
  readonly connection: { readonly received: number; readonly sent: number }
  /** When the connection was leased: on the stopwatch, and 0 without subscribers. */
  leasedAt: number
  /** The bytes that earlier messages have counted. */
  received: number
  sent: number
}

export class PoolObserver {
  readonly #driver: DriverIdentity
  readonly #pool: PoolView

  constructor(driver: DriverIdentity, pool: PoolView) {
    this.#driver = driver
    this.#pool = pool
  }

  created(): void {
    if (channels.pool.hasSubscribers) this.#publish({ event: 'created' })
  }

  failed(): void {
    if (channels.pool.hasSubscribers) this.#publish({ event: 'failed' })
  }

  timedOut(): void {
    if (channels.pool.hasSubscribers) this.#publish({ event: 'timedOut' })
  }

  removed(): void {
    if (channels.pool.hasSubscribers) this.#publish({ event: 'removed' })
  }

  leased(slot: ObservedSlot): void {
    if (!channels.pool.hasSubscribers) return
    slot.leasedAt = stopwatch()
    this.#publish({ event: 'acquired' })
  }

  released(slot: ObservedSlot): void {
    if (!channels.pool.hasSubscribers) return
    this.#publish({ event: 'released', useTime: stopwatch() - slot.leasedAt, ...bytesSince(slot) })
  }

  closed(slot: ObservedSlot, reason: CloseReason): void {
    if (channels.pool.hasSubscribers) this.#publish({ event: 'closed', reason, ...bytesSince(slot) })
  }

  #publish(what: PoolEvent): void {
    const message: PoolMessage = { driver: this.#driver, pool: this.#pool, ...what }
    channels.pool.publish(message)
  }
}

/** The bytes that were transferred since the last call. */
function bytesSince(slot: ObservedSlot): { readonly received: number; readonly sent: number } {
  const { received, sent } = slot.connection
  const bytes = { received: received - slot.received, sent: sent - slot.sent }
  slot.received = received
  slot.sent = sent
  return bytes
}
