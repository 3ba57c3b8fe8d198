import type { Around } from '../diagnostics/messages.ts'
import type { AcquireObserver } from '../diagnostics/observer.ts'
import { clock, type Timer } from '../time/clock.ts'
import type { Deadline } from '../time/deadline.ts'
import { type Abortable, onAbort } from '../time/on-abort.ts'
import type { Opening } from './poolable.ts'
import type { Queue, Queued } from './queue.ts'

/** A caller that waits for a connection, with its deadline and abort signal. */
export class Waiter<C, Want> implements Queued<Waiter<C, Want>> {
  readonly deadline: Deadline
  readonly want: Want | undefined
  readonly since: number = clock.now()
  readonly borrowed: Error | undefined
  readonly observer: AcquireObserver
  readonly opening: Opening | undefined
  /** Whether its deadline has passed while its own attempt to connect may still reject with a more specific error. */
  overdue = false
  /** The running attempt to connect that was started for this waiter. */
  attempt: AbortController | undefined
  queue: Queue<Waiter<C, Want>> | null = null
  before: Waiter<C, Want> | null = null
  behind: Waiter<C, Want> | null = null
  readonly #signal: Abortable | undefined
  readonly #settle: { resolve(connection: C): void; reject(reason: unknown): void }
  /** Runs work in the async context of the caller. */
  readonly asCaller: Around
  #timer: Timer | undefined
  #probeTimer: Timer | undefined
  #stopListening: (() => void) | undefined

  constructor(
    settle: { resolve(connection: C): void; reject(reason: unknown): void },
    deadline: Deadline,
    signal: Abortable | undefined,
    want: Want | undefined,
    borrowed: Error | undefined,
    observer: AcquireObserver,
    opening: Opening | undefined,
  ) {
    this.#settle = settle
    this.deadline = deadline
    this.#signal = signal
    this.want = want
    this.borrowed = borrowed
    this.observer = observer
    this.opening = opening
    this.asCaller = observer.inContext()
  }

  /** Starts the timeout and the abort listener. */
  watch(onTimeout: () => void, onAborted: (reason: unknown) => void): void {
    // There may be no open socket: the timer keeps the process alive until the caller's promise settles.
    this.#timer = clock.setTimeout(onTimeout, this.deadline.remaining(), { ref: true })
    const signal = this.#signal
    if (signal === undefined) return
    this.#stopListening = onAbort(signal, () => onAborted(signal.reason))
  }

  /** Calls `onSilence` after `ms` unless the waiter is settled before. */
  watchProbes(ms: number, onSilence: () => void): void {
    this.#probeTimer = clock.setTimeout(onSilence, ms)
  }

  /** Marks the waiter as overdue and gives its attempt `ms` more. */
  grant(ms: number, onTimeout: () => void): void {
    this.overdue = true
    this.#timer = clock.setTimeout(onTimeout, ms, { ref: true })
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
