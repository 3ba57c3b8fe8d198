/** An item of at most one {@link Queue} at a time; only the queue sets these fields. */
export interface Queued<T extends Queued<T>> {
  queue: Queue<T> | null
  before: T | null
  behind: T | null
}

/**
 * A doubly linked list with removal of any item in constant time. Take from `first` for FIFO order, from `last` for LIFO.
 * Each item names the queue it is in, so that the queue is the state of the item.
 */
export class Queue<T extends Queued<T>> {
  #first: T | null = null
  #last: T | null = null
  #size = 0

  get first(): T | null {
    return this.#first
  }

  get last(): T | null {
    return this.#last
  }

  get size(): number {
    return this.#size
  }

  push(item: T): void {
    item.queue = this
    item.before = this.#last
    if (this.#last === null) this.#first = item
    else this.#last.behind = item
    this.#last = item
    this.#size += 1
  }

  remove(item: T): void {
    if (item.before === null) this.#first = item.behind
    else item.before.behind = item.behind
    if (item.behind === null) this.#last = item.before
    else item.behind.before = item.before
    item.queue = null
    item.before = null
    item.behind = null
    this.#size -= 1
  }

  /** Iterates from first to last; the current item may be removed during the iteration. */
  *[Symbol.iterator](): Generator<T, void> {
    let item = this.#first
    while (item !== null) {
      const { behind }: T = item
      yield item
      item = behind
    }
  }
}
