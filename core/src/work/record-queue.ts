/**
 * The records of a result that have arrived and were not read yet. Whoever takes all of them gets the list they are in.
 */

/** Up to so many records that were read are kept in front of the others. */
const mostPassedOver = 1_000
/** A list begins with room for at most so many. */
const mostRoom = 4_000

export class RecordQueue {
  /** From `#first` up to `#end` the records, behind them room for more. */
  #list: unknown[][] = []
  #first = 0
  #end = 0
  /** How many came while the last list was filled: the next batch will be as large. */
  #usual = 1

  get length(): number {
    return this.#end - this.#first
  }

  push(fields: unknown[]): void {
    const end = this.#end
    // Most results are one record, and a list that grows is copied again and again.
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

  /** The next record, which stays where it is. */
  peek(): unknown[] | undefined {
    return this.#first === this.#end ? undefined : this.#list[this.#first]
  }

  /** Up to `n` records. The list belongs to the caller. */
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

  /** Lets go of records that were read: of all at once, or of those in front where more keep coming than are ever read. */
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
