import { generator } from '../random.mjs'

/** Choices that depend on a seed alone. */
export class Chance {
  readonly #next: () => number

  constructor(seed: number) {
    this.#next = generator(seed)
  }

  /** A whole number from 0 on, below `n`. */
  below(n: number): number {
    return Math.floor(this.#next() * n)
  }

  /** True in one of `n` cases. */
  oneIn(n: number): boolean {
    return this.#next() * n < 1
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T
  }
}
