/** Packs the structures that only servers send: nodes, relationships and paths. The driver's own code packs all other values. */

import {
  type GraphNode,
  type GraphPath,
  isNode,
  isPath,
  isRelationship,
  isUnsupportedType,
  type Relationship,
} from '@boltline/core'
import { type BoltVersion, Dehydrator, type Packer, type StructureWriter, tags } from '@boltline/core/codec'

export class ServerStructures implements StructureWriter {
  readonly #version: BoltVersion
  readonly #values: Dehydrator

  constructor(version: BoltVersion) {
    this.#version = version
    this.#values = new Dehydrator(version)
  }

  /** Whether date-times are encoded in UTC; negotiated in HELLO on Bolt 4.3 and 4.4. */
  set utc(utc: boolean) {
    this.#values.utc = utc
  }

  write(packer: Packer, value: object): boolean {
    if (isNode(value)) this.#node(packer, value)
    else if (isRelationship(value)) this.#relationship(packer, value)
    else if (isPath(value)) this.#path(packer, value)
    else if (isUnsupportedType(value)) {
      packer.structureHeader(4, tags.unsupported)
      packer.string(value.name)
      packer.integer(value.minimumProtocol[0])
      packer.integer(value.minimumProtocol[1])
      packer.value(value.message === null ? {} : { message: value.message })
    } else return this.#values.write(packer, value)
    return true
  }

  #node(packer: Packer, node: GraphNode): void {
    packer.structureHeader(this.#version.elementIds ? 4 : 3, tags.node)
    packer.value(node.id)
    packer.value(node.labels)
    packer.value(node.properties)
    if (this.#version.elementIds) packer.string(node.elementId)
  }

  #relationship(packer: Packer, { id, startNodeId, endNodeId, type, properties, ...rest }: Relationship): void {
    packer.structureHeader(this.#version.elementIds ? 8 : 5, tags.relationship)
    for (const value of [id, startNodeId, endNodeId, type, properties]) packer.value(value)
    if (!this.#version.elementIds) return
    for (const text of [rest.elementId, rest.startNodeElementId, rest.endNodeElementId]) packer.string(text)
  }

  /** Packs each node and relationship once, and the path as pairs of indices; a negative index means against the direction. */
  #path(packer: Packer, path: GraphPath): void {
    const nodes = [...new Map(path.nodes.map((node) => [node.elementId, node])).values()]
    const relationships = [...new Map(path.relationships.map((each) => [each.elementId, each])).values()]
    const indices: number[] = []
    path.relationships.forEach((step, i) => {
      const from = path.nodes[i] as GraphNode
      const to = path.nodes[i + 1] as GraphNode
      const index = relationships.findIndex(({ elementId }) => elementId === step.elementId) + 1
      indices.push(step.startNodeElementId === from.elementId ? index : -index)
      indices.push(nodes.findIndex(({ elementId }) => elementId === to.elementId))
    })
    packer.structureHeader(3, tags.path)
    packer.listHeader(nodes.length)
    for (const node of nodes) this.#node(packer, node)
    packer.listHeader(relationships.length)
    for (const { id, type, properties, elementId } of relationships) {
      packer.structureHeader(this.#version.elementIds ? 4 : 3, tags.unboundRelationship)
      for (const value of [id, type, properties]) packer.value(value)
      if (this.#version.elementIds) packer.string(elementId)
    }
    packer.value(indices)
  }
}
