/** How much of a proof a run does, and from which seed: all of it with BOLTLINE_SOAK=1, otherwise a share. */

import { inject } from 'vitest'

export const soak = process.env['BOLTLINE_SOAK'] === '1'

/** What a run draws its faults from. BOLTLINE_SEED draws the same again. */
export const seed = Number(process.env['BOLTLINE_SEED'] ?? Date.now() % 2 ** 31)

/** Whether the server of this run is the embedded graph. */
export const embedded = inject('neo4j') === undefined

/** How many of something a run does: in a share of the proof, and in all of it. */
type Counts = readonly [share: number, soak: number]

/** How many of something this run does. */
export function shareOf(counts: { readonly embedded: Counts; readonly real: Counts }): number {
  const [share, whole] = embedded ? counts.embedded : counts.real
  return soak ? whole : share
}

/** The same, where BOLTLINE_COUNT may ask for another number. */
export function countOf(counts: Parameters<typeof shareOf>[0]): number {
  return Number(process.env['BOLTLINE_COUNT'] ?? shareOf(counts))
}
