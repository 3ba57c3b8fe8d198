// Stands for a file or another system that rows come from.

import { float } from '@boltline/core'

const FIRST = Date.UTC(2025, 0, 1)
const MINUTE = 60_000

/**
 * `count` orders, the same in each run.
 *
 * @param {number} count
 */
export function* orders(count) {
  for (let id = 0; id < count; id++) {
    yield {
      id,
      customer: `customer-${id % 1_000}`,
      // A FLOAT also where it happens to be whole.
      total: float(((id * 7919) % 100_000) / 100),
      placed: new Date(FIRST + id * MINUTE),
    }
  }
}
