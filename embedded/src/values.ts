/** Builds nodes, relationships and paths for scripts. */

import { GraphNode, GraphPath, Relationship } from '@boltline/core'

let next = 0

/** The fields of a node for {@link node}; all optional. */
export interface NodeFields {
  readonly id?: number
  /** Default: derived from the id. */
  readonly elementId?: string
  readonly labels?: readonly string[]
  readonly properties?: Record<string, unknown>
}

/**
 * Builds a node. Default id: the next number of a counter.
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

/** The fields of a relationship for {@link relationship}. */
export interface RelationshipFields {
  readonly id?: number
  /** Default: derived from the id. */
  readonly elementId?: string
  readonly type: string
  readonly start: GraphNode
  readonly end: GraphNode
  readonly properties?: Record<string, unknown>
}

/** Builds a relationship between two nodes. */
export function relationship(fields: RelationshipFields): Relationship {
  const id = fields.id ?? next++
  const { start, end, type, properties = {}, elementId = `5:scripted:${id}` } = fields
  return new Relationship(elementId, id, type, properties, start.elementId, end.elementId, start.id, end.id)
}

/** Builds a path from its first node and then relationships and nodes in turn. */
export function path(start: GraphNode, ...steps: (Relationship | GraphNode)[]): GraphPath {
  const nodes = [start]
  const relationships: Relationship[] = []
  for (const step of steps) {
    if (step instanceof GraphNode) nodes.push(step)
    else relationships.push(step)
  }
  return new GraphPath(nodes, relationships)
}
