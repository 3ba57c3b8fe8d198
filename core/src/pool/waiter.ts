import { AsyncResource } from 'node:async_hooks'
import type { AcquireMessage } from '../diagnostics/messages.ts'
import { clock, type Timer } from '../time/clock.ts'
import type { Deadline } from '../time/deadline.ts'
import { type Abortable, onAbort } from '../time/on-abort.ts'
import type { Opening } from './poolable.ts'
import type { Queue, Queued } from './queue.ts'

/** A caller that waits for a connection, and what ends the waiting. */
export class Waiter<C, Want> implements Queued<Waiter<C, Want>> {
  readonly deadline: Deadline
  readonly want: Want | undefined
  readonly since: number = clock.now()
  readonly borrowed: Error | undefined
  /** For subscribers. */
  readonly traced: AcquireMessage | undefined
  readonly opening: Opening | undefined
  /** Its time is over, but its own attempt to connect may still say why it failed. */
  overdue = false
  /** The attempt to connect that was started on this waiter's behalf, while it runs. */
  attempt: AbortController | undefined
  queue: Queue<Waiter<C, Want>> | null = null
  before: Waiter<C, Want> | null = null
  behind: Waiter<C, Want> | null = null
  readonly #signal: Abortable | undefined
  readonly #settle: { resolve(connection: C): void; reject(reason: unknown): void }
  /** The async context of the caller, in which subscribers expect to be called, whichever turn opens its connection. */
  readonly #caller: AsyncResource | undefined
  #timer: Timer | undefined
  #probeTimer: Timer | undefined
  #stopListening: (() => void) | undefined

  constructor(
    settle: { resolve(connection: C): void; reject(reason: unknown): void },
    deadline: Deadline,
    signal: Abortable | undefined,
    want: Want | undefined,
    borrowed: Error | undefined,
    traced: AcquireMessage | undefined,
    opening: Opening | undefined,
  ) {
    this.#settle = settle
    this.deadline = deadline
    this.#signal = signal
    this.want = want
    this.borrowed = borrowed
    this.traced = traced
    this.opening = opening
    this.#caller = traced === undefined ? undefined : new AsyncResource('BoltlineWaiter')
  }

  /** Has one of the two called when the waiter stops waiting on its own account. */
  watch(onTimeout: () => void, onAborted: (reason: unknown) => void): void {
    // No socket may be open now; the caller's promise must keep the process alive all the same.
    this.#timer = clock.setTimeout(onTimeout, this.deadline.remaining(), { ref: true })
    const signal = this.#signal
    if (signal === undefined) return
    this.#stopListening = onAbort(signal, () => onAborted(signal.reason))
  }

  /** Calls `onSilence` after `ms` unless the waiter has been served by then. */
  watchProbes(ms: number, onSilence: () => void): void {
    this.#probeTimer = clock.setTimeout(onSilence, ms)
  }

  /** Gives the attempt of an overdue waiter `ms` more. */
  grant(ms: number, onTimeout: () => void): void {
    this.overdue = true
    this.#timer = clock.setTimeout(onTimeout, ms, { ref: true })
  }

  /** Runs `work` as if the caller did. */
  asCaller<T>(work: () => T): T {
    return this.#caller === undefined ? work() : this.#caller.runInAsyncScope(work)
  }

  resolve(connection: C): void {
    this.#unwatch()
    this.#settle.resolve(connection)
  }

  reject(reason: unknown): void {
    this.#unwatch()
    this.#settle.reject(reason)
  }

  #unwatch(): void {
    clock.clearTimeout(this.#timer)
    clock.clearTimeout(this.#probeTimer)
    this.#stopListening?.()
  }
}
