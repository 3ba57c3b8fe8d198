interface Pending<T> {
  readonly resolve: (value: T | Promise<T>) => void
  readonly reject: (reason: unknown) => void
  /** The promises that callers wait for: this call's, and those of the abandoned calls that it replaces. */
  readonly promises: Set<unknown>
  callers: number
}

/**
 * Shares one call of a user-supplied function between concurrent callers. When a caller's wait times out, the call is abandoned:
 * the other callers, and later ones, wait for a new call.
 */
export class SharedCall<T> {
  readonly #ask: (call: number) => Promise<T>
  #promise: Promise<T> | undefined
  #pending: Pending<T> | undefined
  #calls = 0

  /** @param ask - gets the number of its call, to recognise an answer that arrives after that of a later call */
  constructor(ask: (call: number) => Promise<T>) {
    this.#ask = ask
  }

  /** The promise of the pending call, or of a new one. */
  join(): Promise<T> {
    this.#promise ??= this.#begin()
    if (this.#pending !== undefined) this.#pending.callers += 1
    return this.#promise
  }

  /** Abandons the call behind a promise of {@link join}, because a caller's wait for it timed out. */
  giveUp(promise: unknown): void {
    const former = this.#pending
    if (former === undefined || !former.promises.has(promise)) return
    this.#end(former)
    if (former.callers < 2) return
    former.resolve(this.join())
    // The caller that timed out does not wait for the new call, but the others do.
    const next = this.#pending as Pending<T> | undefined
    if (next === undefined) return
    next.callers = former.callers - 1
    for (const each of former.promises) next.promises.add(each)
  }

  #begin(): Promise<T> {
    const promises = new Set<unknown>()
    const promise = new Promise<T>((resolve, reject) => {
      this.#pending = { resolve, reject, promises, callers: 0 }
    })
    promises.add(promise)
    const pending = this.#pending as unknown as Pending<T>
    this.#ask(++this.#calls).then(
      (value) => {
        this.#end(pending)
        pending.resolve(value)
      },
      (error) => {
        this.#end(pending)
        pending.reject(error)
      },
    )
    return promise
  }

  #end(pending: Pending<T>): void {
    if (this.#pending !== pending) return
    this.#pending = undefined
    this.#promise = undefined
  }
}
