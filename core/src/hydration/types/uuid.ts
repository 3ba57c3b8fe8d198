import type { Uuid } from '../../values/uuid.ts'
import { wireType } from '../wire-type.ts'

/** A UUID has a marker of its own instead of a structure; the unpacker reads it. */
export const uuidType = wireType({
  kind: 'Uuid',
  structures: [],
  since: { feature: 'uuids', version: '6.1 (Neo4j 2026)' },
  write: (packer, { bytes }: Uuid) => packer.marked(0xe0, bytes),
})
