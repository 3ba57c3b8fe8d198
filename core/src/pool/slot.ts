import { clock } from '../time/clock.ts'
import type { Poolable } from './poolable.ts'
import type { Queue, Queued } from './queue.ts'

/** A connection with its bookkeeping in the pool. The queue it is in is its state. */
export class Slot<C extends Poolable> implements Queued<Slot<C>> {
  readonly connection: C
  /** When it became idle or leased, in ms of the clock. */
  since: number = clock.now()
  /** The stack of the acquisition, when leaks are traced. */
  borrowed: Error | undefined
  /** For subscribers: when it was leased, and the bytes published so far. */
  leasedAt = 0
  received = 0
  sent = 0
  queue: Queue<Slot<C>> | null = null
  before: Slot<C> | null = null
  behind: Slot<C> | null = null

  constructor(connection: C) {
    this.connection = connection
  }
}
