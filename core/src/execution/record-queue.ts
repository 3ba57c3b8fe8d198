/**
 * The unread records of a result. A caller that takes all of them gets the underlying array, not a copy.
 */

/** The array is compacted when at least this many of its records were read. */
const mostPassedOver = 1_000
/** The largest capacity that an array is created with. */
const mostRoom = 4_000

export class RecordQueue {
  /** The unread records are at `#first` up to `#end`; behind them is free capacity. */
  #list: unknown[][] = []
  #first = 0
  #end = 0
  /** The number of records in the last array: the next batch will probably be as large. */
  #usual = 1

  get length(): number {
    return this.#end - this.#first
  }

  push(fields: unknown[]): void {
    const end = this.#end
    // An array of the right capacity is not copied while it grows.
    if (end === 0) this.#list = new Array(this.#usual)
    this.#list[end] = fields
    this.#end = end + 1
  }

  shift(): unknown[] | undefined {
    if (this.#first === this.#end) return undefined
    const fields = this.#list[this.#first]
    this.#passOver(1)
    return fields
  }

  /** Returns the next record without taking it. */
  peek(): unknown[] | undefined {
    return this.#first === this.#end ? undefined : this.#list[this.#first]
  }

  /** Takes up to `n` records. The array belongs to the caller. */
  take(n: number): unknown[][] {
    const { length } = this
    if (length === 0) return []
    if (this.#first > 0 || n < length) {
      const taken = this.#list.slice(this.#first, this.#first + Math.min(n, length))
      this.#passOver(taken.length)
      return taken
    }
    const list = this.#list
    if (list.length > length) list.length = length
    this.clear()
    return list
  }

  clear(): void {
    if (this.#end > 0) this.#usual = Math.min(this.#end, mostRoom)
    this.#list = []
    this.#first = 0
    this.#end = 0
  }

  /** Skips records that were read. Compacts the array when many were read and others remain. */
  #passOver(count: number): void {
    const first = this.#first + count
    if (first === this.#end) this.clear()
    else if (first >= mostPassedOver && first * 2 >= this.#end) {
      this.#list = this.#list.slice(first, this.#end)
      this.#end -= first
      this.#first = 0
    } else this.#first = first
  }
}
