/** How much of a proof a run does, and from which seed: all of it with BOLTLINE_SOAK=1, otherwise a share. */

import { inject } from 'vitest'

export const soak = process.env['BOLTLINE_SOAK'] === '1'

/** What a run draws its faults from. BOLTLINE_SEED draws the same again. */
export const seed = Number(process.env['BOLTLINE_SEED'] ?? Date.now() % 2 ** 31)

/** Whether the server of this run is the embedded graph. */
export const embedded = inject('neo4j') === undefined

/** How many of something this run does: on the embedded graph, on a real server, and in a soak; BOLTLINE_COUNT overrules. */
export function shareOf(counts: { readonly embedded: number; readonly real: number; readonly soak: number }): number {
  const own = process.env['BOLTLINE_COUNT']
  if (own !== undefined) return Number(own)
  if (soak) return counts.soak
  return embedded ? counts.embedded : counts.real
}
