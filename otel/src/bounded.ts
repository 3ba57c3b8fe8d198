import { OTHER } from './semconv.ts'

/** Lets through the first so many distinct values; whatever comes later is one other value. Keeps metrics from growing. */
export class Bounded {
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
