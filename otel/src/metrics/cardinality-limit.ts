import { OTHER } from '../conventions/semconv.ts'

/** Bounds the cardinality of a metric attribute: keeps the first `most` distinct values and maps all further ones to `_OTHER`. */
export class CardinalityLimit {
  readonly #most: number
  readonly #known = new Set<string>()

  constructor(most: number) {
    this.#most = most
  }

  of(value: string): string {
    if (this.#known.has(value)) return value
    if (this.#known.size >= this.#most) return OTHER
    this.#known.add(value)
    return value
  }
}
