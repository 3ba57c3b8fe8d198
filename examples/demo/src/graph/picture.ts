/** The part of the graph that the page draws: read by queries, turned into what can be sent as JSON. */

import { type Driver, type Graph, type GraphNode, resultTransformers } from '@boltline/core'
import type { GraphView } from '../page/stage.ts'

const around = 60

/** Some of the best films with their casts, genres and studios: some hundreds of nodes. */
export async function overview(driver: Driver): Promise<GraphView> {
  const films = await driver.executeQuery(
    'MATCH (f:Film) WITH f ORDER BY f.rating DESC, f.id LIMIT 24 MATCH (f)-[r]-(n) RETURN f, r, n',
    {},
    { routing: 'READ', resultTransformer: resultTransformers.graph },
  )
  return viewOf(films)
}

/** A node and those next to it; null when there is no such node. */
export async function neighbours(driver: Driver, elementId: string): Promise<GraphView | null> {
  const graph = await driver.executeQuery(
    'MATCH (n) WHERE elementId(n) = $id OPTIONAL MATCH (n)-[r]-(m) RETURN n, r, m LIMIT $most',
    { id: elementId, most: around },
    { routing: 'READ', resultTransformer: resultTransformers.graph },
  )
  return graph.nodes.size === 0 ? null : viewOf(graph)
}

function viewOf(graph: Graph): GraphView {
  return {
    nodes: [...graph.nodes].map((node) => ({
      id: node.elementId,
      label: node.labels[0] ?? '',
      caption: captionOf(node),
      properties: { ...node.properties },
    })),
    relationships: [...graph.relationships].map((relationship) => ({
      id: relationship.elementId,
      type: relationship.type,
      start: relationship.startNodeElementId,
      end: relationship.endNodeElementId,
    })),
  }
}

function captionOf(node: GraphNode): string {
  return String(node.get('title', null) ?? node.get('name', null) ?? node.elementId)
}
