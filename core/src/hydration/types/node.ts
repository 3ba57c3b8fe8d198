import type { Unpacker } from '../../packstream/unpack.ts'
import { GraphNode } from '../../values/graph.ts'
import { type WireContext, wireType } from '../wire-type.ts'
import { Labels } from './labels.ts'

export const nodeTag = 0x4e

/** Shared by all connections. */
const allLabels = new Labels()

export const node = wireType({
  kind: 'Node',
  structures: [{ name: 'node', tag: nodeTag, fields: ({ elementIds }) => (elementIds ? 4 : 3), read: readNode }],
  instead: 'its elementId or its properties',
})

export function readNode(unpacker: Unpacker, { version }: WireContext): GraphNode {
  const id = unpacker.identityOrNull()
  const labels = allLabels.read(unpacker)
  const properties = unpacker.map()
  const elementId = version.elementIds ? unpacker.text() : String(id)
  return new GraphNode(elementId, id, labels, properties, unpacker.fields)
}
