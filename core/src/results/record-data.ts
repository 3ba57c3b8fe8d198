/**
 * The simplified, lossy form of a value that `record.data()` returns: nodes become their properties, relationships
 * `[start, type, end]`, paths `[node, type, node, …]`, also inside lists and maps. Other values stay unchanged.
 */

import type { GraphNode } from '../values/graph.ts'
import { isNode, isPath, isRelationship } from '../values/guards.ts'
import type { GraphPath } from '../values/path.ts'
import { isPlainObject, objectOf, type PlainObject } from './plain-object.ts'

/** Converts a value to its form in `record.data()`. */
export function dataOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(dataOf)
  if (isNode(value)) return nodeData(value)
  if (isRelationship(value)) return [nodeData(value.startNode), value.type, nodeData(value.endNode)]
  if (isPath(value)) return pathData(value)
  if (isPlainObject(value)) return mapData(value)
  return value
}

/** The properties of a node; empty for the end node of a relationship if the record doesn't contain that node. */
function nodeData(node: GraphNode | null): PlainObject {
  return node === null ? {} : mapData(node.properties)
}

function pathData({ nodes, relationships }: GraphPath): unknown[] {
  return nodes.flatMap((node, at) => (at === 0 ? [nodeData(node)] : [relationships[at - 1]?.type, nodeData(node)]))
}

function mapData(map: { readonly [key: string]: unknown }): PlainObject {
  const keys = Object.keys(map)
  return objectOf(keys, (at) => dataOf(map[keys[at] as string]))
}
