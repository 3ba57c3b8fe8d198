/** The ordered log of acknowledged writes that all members of a cluster share. A bookmark is a position in it. */

/** A write that was acknowledged. */
export interface Entry {
  readonly value: unknown
  /** The time of the acknowledgement, on the scale of `performance.now()`. */
  readonly at: number
}

const prefix = 'cluster:'

export class ClusterLog {
  readonly #entries: Entry[] = []
  readonly #lag: number

  /** @param lag - ms until a follower has applied a write */
  constructor(lag: number) {
    this.#lag = lag
  }

  /** All values in order. */
  get values(): unknown[] {
    return this.#entries.map(({ value }) => value)
  }

  get length(): number {
    return this.#entries.length
  }

  append(values: readonly unknown[]): void {
    const at = performance.now()
    for (const value of values) this.#entries.push({ value, at })
  }

  /** The position up to which followers have applied the log. */
  followed(): number {
    const until = performance.now() - this.#lag
    let position = this.#entries.length
    while (position > 0 && (this.#entries[position - 1] as Entry).at > until) position--
    return position
  }

  bookmark(): string {
    return `${prefix}${this.#entries.length}`
  }

  /** Ms until followers have applied the log up to `position`. */
  wait(position: number): number {
    const entry = this.#entries[position - 1]
    return entry === undefined ? 0 : Math.ceil(Math.max(0, entry.at + this.#lag - performance.now()))
  }
}

/** The highest log position among bookmarks; bookmarks of other servers are ignored. */
export function positionIn(bookmarks: readonly string[]): number {
  const positions = bookmarks
    .filter((bookmark) => bookmark.startsWith(prefix))
    .map((bookmark) => Number(bookmark.slice(prefix.length)))
  return Math.max(0, ...positions.filter(Number.isSafeInteger))
}
