/**
 * Nodes, relationships and the graph that they form. Entities are made millions of times, once per record, so their constructors
 * only store fields. Links between entities are resolved lazily: an entity keeps a reference to the values of its record (its
 * home) and looks its neighbours up there.
 */
import type { InspectOptionsStylized } from 'node:util'
import { type Depth, type Inspect, inspectInner, inspection } from '../platform/inspection.ts'
import { brand, brandOf } from './brand.ts'
import { Entity } from './entity.ts'
import { EntitySet } from './entity-set.ts'
import { toJsonValue } from './json.ts'

/** The values an entity arrived with: the fields of its record, or the contents of its graph. */
export type Home = readonly unknown[]

const graphsByHome = new WeakMap<Home, Graph>()

/** The graph of a home, built on first use. An entity without a home is a graph of its own. */
function graphAt(home: Home | null, entity: unknown): Graph {
  const values = home ?? [entity]
  const known = graphsByHome.get(values)
  if (known) return known
  const { nodes, relationships } = collect(values)
  return settle(values, nodes, relationships)
}

function settle(home: Home, nodes: Map<string, GraphNode>, relationships: Map<string, Relationship>): Graph {
  const graph = makeGraph(new EntitySet(nodes), new EntitySet(relationships))
  graphsByHome.set(home, graph)
  return graph
}

/** A node of the graph. Made by the driver; not accepted as a parameter: pass its id or its properties. */
export class GraphNode<Properties extends object = Record<string, unknown>> extends Entity<Properties> {
  readonly elementId: string
  /** The legacy numeric id, or null where the server sends none. Prefer {@link elementId}. */
  readonly id: number | bigint | null
  /** The labels: a frozen array without duplicates. */
  readonly labels: readonly string[]
  readonly properties: Readonly<Properties>
  readonly #home: Home | null

  /**
   * @param labels frozen by the caller, who shares one array among nodes of equal labels
   * @param home the values of the record the node came in
   */
  constructor(
    elementId: string,
    id: number | bigint | null,
    labels: readonly string[],
    properties: Readonly<Properties>,
    home: Home | null = null,
  ) {
    super()
    this.elementId = elementId
    this.id = id
    this.labels = labels
    this.properties = properties
    this.#home = home
  }

  static {
    brand(GraphNode, 'Node')
  }

  /** The graph of everything that came in the same record, or the result graph this node was taken from. */
  get graph(): Graph {
    return graphAt(this.#home, this)
  }

  /** `{ elementId, id, labels, properties }` with JSON values. */
  toJSON(): { elementId: string; id: unknown; labels: readonly string[]; properties: unknown } {
    return {
      elementId: this.elementId,
      id: toJsonValue(this.id),
      labels: this.labels,
      properties: toJsonValue(this.properties),
    }
  }

  [inspection](depth: Depth, options: InspectOptionsStylized, inspect: Inspect): string {
    const labels = this.labels.map((label) => `:${label}`).join('')
    return `Node ${this.elementId} (${labels} ${inspectInner(this.properties, depth, options, inspect)})`
  }
}

/** A relationship of the graph. Made by the driver; not accepted as a parameter. */
export class Relationship<Properties extends object = Record<string, unknown>> extends Entity<Properties> {
  readonly elementId: string
  /** The legacy numeric id, or null where the server sends none. Prefer {@link elementId}. */
  readonly id: number | bigint | null
  /** The relationship type. */
  readonly type: string
  readonly properties: Readonly<Properties>
  /** The start node's `elementId`; known even where the node itself is not. */
  readonly startNodeElementId: string
  /** The end node's `elementId`; known even where the node itself is not. */
  readonly endNodeElementId: string
  /** The start node's legacy id, or null. */
  readonly startNodeId: number | bigint | null
  /** The end node's legacy id, or null. */
  readonly endNodeId: number | bigint | null
  readonly #home: Home | null

  /** @param home the values of the record the relationship came in */
  constructor(
    elementId: string,
    id: number | bigint | null,
    type: string,
    properties: Readonly<Properties>,
    startNodeElementId: string,
    endNodeElementId: string,
    startNodeId: number | bigint | null = null,
    endNodeId: number | bigint | null = null,
    home: Home | null = null,
  ) {
    super()
    this.elementId = elementId
    this.id = id
    this.type = type
    this.properties = properties
    this.startNodeElementId = startNodeElementId
    this.endNodeElementId = endNodeElementId
    this.startNodeId = startNodeId
    this.endNodeId = endNodeId
    this.#home = home
  }

  static {
    brand(Relationship, 'Relationship')
  }

  /** The node it starts at, or null where the record doesn't hold that node: return it from the query too. */
  get startNode(): GraphNode | null {
    return this.graph.nodes.get(this.startNodeElementId)
  }

  /** The node it ends at, or null where the record doesn't hold that node. */
  get endNode(): GraphNode | null {
    return this.graph.nodes.get(this.endNodeElementId)
  }

  /** `[startNode, endNode]`. */
  get nodes(): readonly [GraphNode | null, GraphNode | null] {
    return [this.startNode, this.endNode]
  }

  /** The graph of everything that came in the same record, or the result graph this relationship was taken from. */
  get graph(): Graph {
    return graphAt(this.#home, this)
  }

  /** `{ elementId, id, type, startNodeElementId, endNodeElementId, startNodeId, endNodeId, properties }` as JSON. */
  toJSON(): {
    elementId: string
    id: unknown
    type: string
    startNodeElementId: string
    endNodeElementId: string
    startNodeId: unknown
    endNodeId: unknown
    properties: unknown
  } {
    return {
      elementId: this.elementId,
      id: toJsonValue(this.id),
      type: this.type,
      startNodeElementId: this.startNodeElementId,
      endNodeElementId: this.endNodeElementId,
      startNodeId: toJsonValue(this.startNodeId),
      endNodeId: toJsonValue(this.endNodeId),
      properties: toJsonValue(this.properties),
    }
  }

  [inspection](depth: Depth, options: InspectOptionsStylized, inspect: Inspect): string {
    const properties = inspectInner(this.properties, depth, options, inspect)
    const ends = [`(${this.startNodeElementId})`, `(${this.endNodeElementId})`]
    return `Relationship ${this.elementId} ${ends.join(`-[:${this.type} ${properties}]->`)}`
  }
}

let makeGraph: (nodes: EntitySet<GraphNode>, relationships: EntitySet<Relationship>) => Graph

/**
 * The nodes and relationships of a record or a result, each once. The relationships' `startNode` and `endNode` are
 * looked up here.
 *
 * @example
 * ```ts
 * const graph = await session.run('MATCH (a)-[r]->(b) RETURN *').graph()
 * for (const relationship of graph.relationships) console.log(relationship.startNode?.get('name'))
 * ```
 */
export class Graph {
  /** The nodes, in the order of their first occurrence. */
  readonly nodes: EntitySet<GraphNode>
  /** The relationships, in the order of their first occurrence. */
  readonly relationships: EntitySet<Relationship>

  private constructor(nodes: EntitySet<GraphNode>, relationships: EntitySet<Relationship>) {
    this.nodes = nodes
    this.relationships = relationships
    Object.freeze(this)
  }

  static {
    brand(Graph, 'Graph')
    makeGraph = (nodes, relationships) => new Graph(nodes, relationships)
  }

  /**
   * Collects the nodes, relationships and paths from arbitrarily nested lists and maps. Of several occurrences of an entity, the
   * first is kept.
   */
  static of(values: Iterable<unknown>): Graph {
    const found = collect(values)
    const home: unknown[] = []
    const nodes = new Map<string, GraphNode>()
    const relationships = new Map<string, Relationship>()
    for (const [elementId, node] of found.nodes) {
      const settled = new GraphNode(elementId, node.id, node.labels, node.properties, home)
      nodes.set(elementId, settled)
    }
    for (const [elementId, r] of found.relationships) {
      const { startNodeElementId, endNodeElementId, startNodeId, endNodeId } = r
      const ends = [startNodeElementId, endNodeElementId, startNodeId, endNodeId] as const
      relationships.set(elementId, new Relationship(elementId, r.id, r.type, r.properties, ...ends, home))
    }
    return settle(home, nodes, relationships)
  }

  /** How many nodes and relationships the graph holds together. */
  get size(): number {
    return this.nodes.size + this.relationships.size
  }

  /** `{ nodes, relationships }` with JSON values. */
  toJSON(): { nodes: unknown[]; relationships: unknown[] } {
    return { nodes: this.nodes.toJSON(), relationships: this.relationships.toJSON() }
  }
}

interface Found {
  readonly nodes: Map<string, GraphNode>
  readonly relationships: Map<string, Relationship>
}

function collect(values: Iterable<unknown>): Found {
  const found: Found = { nodes: new Map(), relationships: new Map() }
  for (const value of values) collectFrom(value, found)
  return found
}

function collectFrom(value: unknown, found: Found): void {
  if (typeof value !== 'object' || value === null) return
  switch (brandOf(value)) {
    case 'Node':
      return keepFirst(found.nodes, value as GraphNode)
    case 'Relationship':
      return keepFirst(found.relationships, value as Relationship)
    case 'Path':
    case 'Graph': {
      const { nodes, relationships } = value as { nodes: Iterable<GraphNode>; relationships: Iterable<Relationship> }
      for (const node of nodes) keepFirst(found.nodes, node)
      for (const relationship of relationships) keepFirst(found.relationships, relationship)
      return
    }
    case undefined:
      if (Array.isArray(value)) return value.forEach((item) => collectFrom(item, found))
      if (value instanceof Map) return value.forEach((item) => collectFrom(item, found))
      // Instances of unknown classes may compute or refuse their contents: only plain maps are walked.
      if (Object.getPrototypeOf(value) === Object.prototype) {
        for (const item of Object.values(value)) collectFrom(item, found)
      }
  }
}

function keepFirst<E extends { readonly elementId: string }>(entities: Map<string, E>, entity: E): void {
  if (!entities.has(entity.elementId)) entities.set(entity.elementId, entity)
}
