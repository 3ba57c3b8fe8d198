interface Pending<T> {
  readonly resolve: (value: T | Promise<T>) => void
  readonly reject: (reason: unknown) => void
  /** What callers wait for: the promise of this call, and those of calls that were given up for it. */
  readonly promises: Set<unknown>
  callers: number
}

/**
 * A function of the user whose answer several callers share. When one of them has waited in vain the call is given up: the others
 * wait for a new one, as do callers to come.
 */
export class SharedCall<T> {
  readonly #ask: (call: number) => Promise<T>
  #promise: Promise<T> | undefined
  #pending: Pending<T> | undefined
  #calls = 0

  /** @param ask - gets the number of its call, to recognise an answer that comes behind that of a later call */
  constructor(ask: (call: number) => Promise<T>) {
    this.#ask = ask
  }

  /** The answer to the call that is under way, or to one that begins now. */
  join(): Promise<T> {
    this.#promise ??= this.#begin()
    if (this.#pending !== undefined) this.#pending.callers += 1
    return this.#promise
  }

  /** A caller has waited in vain for what {@link join} gave it. */
  giveUp(promise: unknown): void {
    const former = this.#pending
    if (former === undefined || !former.promises.has(promise)) return
    this.#end(former)
    if (former.callers < 2) return
    former.resolve(this.join())
    // The caller that has left doesn't wait for the new call, but the others do.
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
