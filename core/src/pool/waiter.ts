import { AsyncResource } from 'node:async_hooks'
import type { AcquireMessage } from '../diagnostics/messages.ts'
import { clock, type Timer } from '../time/clock.ts'
import type { Deadline } from '../time/deadline.ts'
import { onAbort } from '../time/on-abort.ts'
import type { Queue, Queued } from './queue.ts'

/** Somebody who waits for a connection, and what ends the waiting. */
export class Waiter<C, Want> implements Queued<Waiter<C, Want>> {
  readonly deadline: Deadline
  readonly want: Want | undefined
  readonly since: number = clock.now()
  readonly borrowed: Error | undefined
  /** For those who watch. */
  readonly traced: AcquireMessage | undefined
  /** The attempt to connect that was started on this waiter's behalf, while it runs. */
  attempt: AbortController | undefined
  queue: Queue<Waiter<C, Want>> | null = null
  before: Waiter<C, Want> | null = null
  behind: Waiter<C, Want> | null = null
  readonly #signal: AbortSignal | undefined
  readonly #settle: { resolve(connection: C): void; reject(reason: unknown): void }
  /** Where those who watch expect to be: at the caller, whoever's turn it is when a connection is opened for him. */
  readonly #caller: AsyncResource | undefined
  #timer: Timer | undefined
  #stopListening: (() => void) | undefined

  constructor(
    settle: { resolve(connection: C): void; reject(reason: unknown): void },
    deadline: Deadline,
    signal: AbortSignal | undefined,
    want: Want | undefined,
    borrowed: Error | undefined,
    traced: AcquireMessage | undefined,
  ) {
    this.#settle = settle
    this.deadline = deadline
    this.#signal = signal
    this.want = want
    this.borrowed = borrowed
    this.traced = traced
    this.#caller = traced === undefined ? undefined : new AsyncResource('BoltlineWaiter')
  }

  /** Has one of the two called when the waiter stops waiting on its own account. */
  watch(onTimeout: () => void, onAborted: (reason: unknown) => void): void {
    this.#timer = clock.setTimeout(onTimeout, this.deadline.remaining())
    const signal = this.#signal
    if (signal === undefined) return
    this.#stopListening = onAbort(signal, () => onAborted(signal.reason))
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
    this.#stopListening?.()
  }
}
