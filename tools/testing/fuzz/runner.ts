/** Runs many inputs and keeps an eye on time and memory. */

import { Chance } from './chance.ts'

export const soak = process.env['BOLTLINE_SOAK'] === '1'

/** Seeds of a run: fixed ones, so that a failure is met again, and in a soak one of the day. BOLTLINE_SEED is the only one where it is set. */
export function seeds(): readonly number[] {
  const own = process.env['BOLTLINE_SEED']
  if (own !== undefined) return [Number(own)]
  return soak ? [1, 20_261_130, 77, Date.now() % 2 ** 31] : [20_261_130]
}

/** How many inputs a run tries: all of them in a soak; BOLTLINE_COUNT overrules. */
export function share(usual: number, whole: number): number {
  return Number(process.env['BOLTLINE_COUNT'] ?? (soak ? whole : usual))
}

/** How long one input may take at most, on a machine with other work: none needs a hundredth of it. */
const longestInputMs = 5_000
/** How much of the heap may be used at any time. */
const mostMemory = 200 * 1024 * 1024

/** What a run saw. */
export interface Report {
  readonly inputs: number
  readonly seeds: readonly number[]
  readonly slowestMs: number
  readonly heapMB: number
}

/**
 * Makes and tries `inputs` inputs, shared out among the seeds. An input that fails is in the error, in hex, with the seed of the way in
 * which it arrived: enough to try it alone.
 */
export async function tryInputs(
  inputs: number,
  maker: (chance: Chance) => () => Buffer,
  tryOne: (bytes: Buffer, chance: Chance) => void,
): Promise<Report> {
  let slowest = 0
  let heap = 0
  const perSeed = Math.ceil(inputs / seeds().length)
  for (const seed of seeds()) {
    const chance = new Chance(seed)
    const make = maker(chance)
    for (let i = 0; i < perSeed; i++) {
      const bytes = make()
      const kept = Buffer.from(bytes)
      const own = chance.below(2 ** 31)
      const started = performance.now()
      try {
        tryOne(bytes, new Chance(own))
        const took = performance.now() - started
        slowest = Math.max(slowest, took)
        if (took > longestInputMs) throw new Error(`it took ${Math.round(took)} ms`)
      } catch (error) {
        const input = kept.toString('hex').slice(0, 20_000)
        throw new Error(`input ${i} of seed ${seed} (arrival ${own}): ${input}`, { cause: error })
      }
      if (i % 2_000 > 0) continue
      // What waits for the next turn of the event loop goes on, and may fail there.
      await new Promise((resolve) => setImmediate(resolve))
      heap = Math.max(heap, process.memoryUsage().heapUsed)
      if (heap > mostMemory)
        throw new Error(`${Math.round(heap / 1e6)} MB of heap in use behind input ${i} of seed ${seed}`)
    }
  }
  return { inputs, seeds: seeds(), slowestMs: Math.round(slowest), heapMB: Math.round(heap / 1e6) }
}
