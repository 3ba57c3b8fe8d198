/** Something that stands in at most one {@link Queue}; the links belong to the queue. */
export interface Queued<T extends Queued<T>> {
  queue: Queue<T> | null
  before: T | null
  behind: T | null
}

/**
 * A line in which anybody can step out of the middle at once: first come first served from `first`, last come first served
 * from `last`. An item knows which queue it stands in, so that its place is its state.
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

  /** Goes through the line; the item at hand may step out meanwhile. */
  *[Symbol.iterator](): Generator<T, void> {
    let item = this.#first
    while (item !== null) {
      const { behind }: T = item
      yield item
      item = behind
    }
  }
}
