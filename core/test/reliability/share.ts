/** How much of a proof a run does, and from which seed: all of it with BOLTLINE_SOAK=1, otherwise a share. */

import { inject } from 'vitest'

export const soak = process.env['BOLTLINE_SOAK'] === '1'

/** What a run draws its faults from. BOLTLINE_SEED draws the same again. */
export const seed = Number(process.env['BOLTLINE_SEED'] ?? Date.now() % 2 ** 31)

/** How many of something this run does: on the embedded graph, on a real server, and where everything is done. */
export function shareOf(counts: { readonly embedded: number; readonly real: number; readonly soak: number }): number {
  if (soak) return counts.soak
  return inject('neo4j') === undefined ? counts.embedded : counts.real
}
