import { clock } from '../time/clock.ts'
import type { Poolable } from './poolable.ts'
import type { Queue, Queued } from './queue.ts'

/** One connection of a pool. The queue it stands in says what is going on with it. */
export class Slot<C extends Poolable> implements Queued<Slot<C>> {
  readonly connection: C
  /** Since when it has been in its place, in ms on the clock's scale. */
  since: number = clock.now()
  /** Made where it was borrowed, when leaks are traced. */
  borrowed: Error | undefined
  /** For subscribers: when it was leased, and the bytes that were published. */
  lentAt = 0
  received = 0
  sent = 0
  queue: Queue<Slot<C>> | null = null
  before: Slot<C> | null = null
  behind: Slot<C> | null = null

  constructor(connection: C) {
    this.connection = connection
  }
}
