import { isDriverError } from '@boltline/core'
import { type BoltVersion, boltVersions, Mismatch } from '@boltline/core/codec'
import type { Chance } from '../../../tools/testing/fuzz/chance.ts'
import { pieces } from '../../../tools/testing/fuzz/mutations.ts'
import { Wire } from '../../src/bolt-server/wire.ts'

/** Decodes client bytes like the embedded Bolt server. @throws every error that the codec doesn't define */
export function readClient(bytes: Buffer, chance: Chance): void {
  const version = chance.pick(boltVersions) as BoltVersion
  let heard = 0
  const wire = new Wire(
    version,
    { limit: 4 * 1024 * 1024, maxValues: 100_000, exactNumbers: chance.oneIn(2) },
    ({ name, fields }) => {
      if (typeof name !== 'string' || !Array.isArray(fields)) throw new Error('a message without name or fields')
      heard++
    },
  )
  try {
    for (const piece of pieces(bytes, chance)) wire.receive(piece)
  } catch (error) {
    if (!isDriverError(error) && !(error instanceof Mismatch) && !(error instanceof RangeError)) throw error
  }
  if (heard > bytes.length) throw new Error('more messages than bytes')
}
