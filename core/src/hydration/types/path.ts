/** A path is sent as its distinct nodes, its distinct relationships, and the walk as pairs of (relationship, node) indices. */

import { Mismatch, type Unpacker } from '../../packstream/unpack.ts'
import { type GraphNode, Relationship } from '../../values/graph.ts'
import { GraphPath } from '../../values/path.ts'
import { assertFields, type WireContext, wireType } from '../wire-type.ts'
import { nodeTag, readNode } from './node.ts'

const unboundTag = 0x72

export const path = wireType({
  kind: 'Path',
  structures: [
    { name: 'path', tag: 0x50, fields: 3, read: readPath },
    { name: 'unboundRelationship', tag: unboundTag, fields: entityFields },
  ],
  instead: 'its elementId or its properties',
})

interface UnboundRelationship {
  readonly id: number | bigint | null
  readonly type: string
  readonly properties: Record<string, unknown>
  readonly elementId: string
}

function entityFields({ elementIds }: { readonly elementIds: boolean }): number {
  return elementIds ? 4 : 3
}

function readPath(unpacker: Unpacker, context: WireContext): GraphPath {
  const entitySize = entityFields(context.version)
  const nodes: GraphNode[] = []
  for (let i = unpacker.listHeader(); i > 0; i--) {
    assertFields(unpacker.structureHeader(nodeTag), entitySize)
    nodes.push(readNode(unpacker, context))
  }
  const unbound: UnboundRelationship[] = []
  for (let i = unpacker.listHeader(); i > 0; i--) {
    assertFields(unpacker.structureHeader(unboundTag), entitySize)
    unbound.push(readUnbound(unpacker, context))
  }
  const steps = unpacker.listHeader()
  if (steps % 2 !== 0) throw new Mismatch(`a path has ${steps} indices, which are no pairs`)
  let from = at(nodes, 0, 'node')
  const walked = [from]
  const relationships: Relationship[] = []
  for (let i = 0; i < steps; i += 2) {
    const index = unpacker.integer()
    const to = at(nodes, unpacker.integer(), 'node')
    const { elementId, id, type, properties } = at(unbound, Math.abs(index) - 1, 'relationship')
    const [start, end] = index > 0 ? [from, to] : [to, from]
    const { fields } = unpacker
    relationships.push(
      new Relationship(elementId, id, type, properties, start.elementId, end.elementId, start.id, end.id, fields),
    )
    walked.push(to)
    from = to
  }
  return new GraphPath(walked, relationships)
}

function readUnbound(unpacker: Unpacker, { version }: WireContext): UnboundRelationship {
  const id = unpacker.identityOrNull()
  const type = unpacker.text()
  const properties = unpacker.map()
  return { id, type, properties, elementId: version.elementIds ? unpacker.text() : String(id) }
}

function at<T>(list: readonly T[], index: number, what: string): T {
  const value = list[index]
  if (value === undefined) throw new Mismatch(`a path points at ${what} ${index} of ${list.length}`)
  return value
}
