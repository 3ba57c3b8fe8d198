import type { Unpacker } from '../../packstream/unpack.ts'
import { Relationship } from '../../values/graph.ts'
import { type WireContext, wireType } from '../wire-type.ts'

export const relationship = wireType({
  kind: 'Relationship',
  structures: [
    { name: 'relationship', tag: 0x52, fields: ({ elementIds }) => (elementIds ? 8 : 5), read: readRelationship },
  ],
  instead: 'its elementId or its properties',
})

export function readRelationship(unpacker: Unpacker, { version }: WireContext): Relationship {
  const { elementIds } = version
  const id = unpacker.identityOrNull()
  const startId = unpacker.identityOrNull()
  const endId = unpacker.identityOrNull()
  const type = unpacker.text()
  const properties = unpacker.map()
  const elementId = elementIds ? unpacker.text() : String(id)
  const startElementId = elementIds ? unpacker.text() : String(startId)
  const endElementId = elementIds ? unpacker.text() : String(endId)
  const { fields } = unpacker
  return new Relationship(elementId, id, type, properties, startElementId, endElementId, startId, endId, fields)
}
