/** Graph values for scripts: nodes, relationships and paths without a database behind them. */

import { GraphNode, GraphPath, Relationship } from '@boltline/core'

let next = 0

/** What a node is made of; all optional. */
export interface NodeFields {
  readonly id?: number
  /** Default: made from the id. */
  readonly elementId?: string
  readonly labels?: readonly string[]
  readonly properties?: Record<string, unknown>
}

/**
 * A node. Ids count up by themselves unless they are given.
 *
 * @example
 * ```ts
 * node({ labels: ['Person'], properties: { name: 'Ada' } })
 * ```
 */
export function node(options?: NodeFields | null): GraphNode {
  const fields = options ?? {}
  const id = fields.id ?? next++
  const labels = Object.freeze([...(fields.labels ?? [])])
  return new GraphNode(fields.elementId ?? `4:scripted:${id}`, id, labels, fields.properties ?? {})
}

/** What a relationship is made of. */
export interface RelationshipFields {
  readonly id?: number
  /** Default: made from the id. */
  readonly elementId?: string
  readonly type: string
  readonly start: GraphNode
  readonly end: GraphNode
  readonly properties?: Record<string, unknown>
}

/** A relationship between two nodes. */
export function relationship(fields: RelationshipFields): Relationship {
  const id = fields.id ?? next++
  const { start, end, type, properties = {}, elementId = `5:scripted:${id}` } = fields
  return new Relationship(elementId, id, type, properties, start.elementId, end.elementId, start.id, end.id)
}

/** A path: its first node, then relationships and nodes in turn. */
export function path(start: GraphNode, ...steps: (Relationship | GraphNode)[]): GraphPath {
  const nodes = [start]
  const relationships: Relationship[] = []
  for (const step of steps) {
    if (step instanceof GraphNode) nodes.push(step)
    else relationships.push(step)
  }
  return new GraphPath(nodes, relationships)
}
