import { inspection } from '../platform/inspection.ts'
import { brand, brandOf } from './brand.ts'
import type { Graph, GraphNode, Relationship } from './graph.ts'

/**
 * A walk through the graph: one node more than relationships, in the order of the walk. A walk that comes back to a
 * node holds it at each visit. Made by the driver; not accepted as a parameter.
 *
 * @example
 * ```ts
 * for (const relationship of path) console.log(relationship.type)
 * console.log(path.startNode.get('name'), path.endNode.get('name'), path.length)
 * ```
 */
export class GraphPath implements Iterable<Relationship> {
  /** The nodes in walking order: a frozen array. */
  readonly nodes: readonly GraphNode[]
  /** The relationships in walking order, each with the direction it has in the graph: a frozen array. */
  readonly relationships: readonly Relationship[]

  /** Keeps both arrays without a copy, and freezes them. */
  constructor(nodes: readonly GraphNode[], relationships: readonly Relationship[]) {
    if (nodes.length !== relationships.length + 1) {
      const found = `${nodes.length} nodes and ${relationships.length} relationships`
      throw new RangeError(`A path has one node more than it has relationships, found ${found}`)
    }
    this.nodes = Object.freeze(nodes)
    this.relationships = Object.freeze(relationships)
  }

  static {
    brand(GraphPath, 'Path')
  }

  /** The first node. */
  get startNode(): GraphNode {
    return this.nodes[0] as GraphNode
  }

  /** The last node; in a path of length 0 it is the start node. */
  get endNode(): GraphNode {
    return this.nodes[this.nodes.length - 1] as GraphNode
  }

  /** The number of relationships. */
  get length(): number {
    return this.relationships.length
  }

  /** The graph of everything that came in the same record. */
  get graph(): Graph {
    return this.startNode.graph
  }

  /** Iterates over the relationships. */
  [Symbol.iterator](): Iterator<Relationship> {
    return this.relationships.values()
  }

  /** Whether `other` is a path along the same nodes and relationships. */
  equals(other: unknown): boolean {
    if (brandOf(other) !== 'Path') return false
    const { nodes, relationships } = other as GraphPath
    return (
      this.length === relationships.length &&
      this.nodes.every((node, i) => node.equals(nodes[i])) &&
      this.relationships.every((relationship, i) => relationship.equals(relationships[i]))
    )
  }

  /** `{ nodes, relationships }` with JSON values. */
  toJSON(): { nodes: unknown[]; relationships: unknown[] } {
    return {
      nodes: this.nodes.map((node) => node.toJSON()),
      relationships: this.relationships.map((relationship) => relationship.toJSON()),
    }
  }

  [inspection](): string {
    let walk = `(${this.startNode.elementId})`
    this.relationships.forEach((relationship, i) => {
      const from = this.nodes[i] as GraphNode
      const to = this.nodes[i + 1] as GraphNode
      const forward = relationship.startNodeElementId === from.elementId
      walk += forward ? `-[:${relationship.type}]->` : `<-[:${relationship.type}]-`
      walk += `(${to.elementId})`
    })
    return `Path ${walk}`
  }
}
