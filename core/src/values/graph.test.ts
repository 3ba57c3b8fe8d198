import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { CypherDate } from './date.ts'
import { Graph, GraphNode, Relationship } from './graph.ts'
import { GraphPath } from './path.ts'

/** A record's values: Ada knows Bob, who is not part of it, and both are reachable through nested values only. */
function record() {
  const home: unknown[] = []
  const ada = new GraphNode('4:x:1', 1, Object.freeze(['Person', 'Admin']), { name: 'Ada', born: null }, home)
  const bob = new GraphNode('4:x:2', 2n, Object.freeze(['Person']), { name: 'Bob' }, home)
  const knows = new Relationship('5:x:1', 7, 'KNOWS', { since: 1999 }, '4:x:1', '4:x:2', 1, 2, home)
  const likes = new Relationship('5:x:2', null, 'LIKES', {}, '4:x:2', '4:x:3', 2, 3, home)
  home.push([{ deep: [ada] }], new Map([['bob', bob]]), knows, likes, 'text', null, 1)
  return { home, ada, bob, knows, likes }
}

describe('a node', () => {
  it('gives its properties by name, and the default or null where there is none', () => {
    const { ada } = record()
    expect(ada.get('name')).toBe('Ada')
    expect(ada.get('born', 1815)).toBeNull()
    expect(ada.get('age')).toBeNull()
    expect(ada.get('age', 36)).toBe(36)
    expect(ada.has('born')).toBe(true)
    expect(ada.has('toString')).toBe(false)
    expect(ada.get('toString')).toBeNull()
  })

  it('lists names, values and entries, and iterates over the names', () => {
    const { ada } = record()
    expect(ada.keys()).toEqual(['name', 'born'])
    expect(ada.values()).toEqual(['Ada', null])
    expect(ada.entries()).toEqual([
      ['name', 'Ada'],
      ['born', null],
    ])
    expect([...ada]).toEqual(['name', 'born'])
    expect(ada.size).toBe(2)
  })

  it('equals a node of the same elementId, whatever its properties, and no relationship', () => {
    const { ada, bob } = record()
    expect(ada.equals(new GraphNode('4:x:1', null, [], {}))).toBe(true)
    expect(ada.equals(bob)).toBe(false)
    expect(ada.equals(new Relationship('4:x:1', 1, 'R', {}, 'a', 'b'))).toBe(false)
    expect(ada.equals({ elementId: '4:x:1' })).toBe(false)
    expect(ada.equals(null)).toBe(false)
  })

  it('becomes a plain object with its ids in JSON', () => {
    const node = new GraphNode('4:x:9', 2n ** 60n, ['A'], { on: new CypherDate(2024, 7, 1), nan: Number.NaN, id: 5n })
    expect(JSON.parse(JSON.stringify(node))).toEqual({
      elementId: '4:x:9',
      id: '1152921504606846976',
      labels: ['A'],
      properties: { on: '2024-07-01', nan: null, id: 5 },
    })
  })

  it('shows neither its record nor an empty shell when it is inspected', () => {
    const { ada, knows } = record()
    expect(inspect(ada)).toBe("Node 4:x:1 (:Person:Admin { name: 'Ada', born: null })")
    expect(inspect(knows)).toBe('Relationship 5:x:1 (4:x:1)-[:KNOWS { since: 1999 }]->(4:x:2)')
    expect(inspect([[[ada]]])).toBe('[ [ [ Node 4:x:1 (:Person:Admin [Object]) ] ] ]')
    expect(Object.keys(ada)).toEqual(['elementId', 'id', 'labels', 'properties'])
    expect(Reflect.ownKeys(ada)).toEqual(Object.keys(ada))
  })
})

describe('a relationship', () => {
  it('finds its ends anywhere in the record, as the very nodes the record holds', () => {
    const { ada, bob, knows } = record()
    expect(knows.startNode).toBe(ada)
    expect(knows.endNode).toBe(bob)
    expect(knows.nodes[0]).toBe(ada)
  })

  it('knows the ids of its ends where the record does not hold them', () => {
    const { likes, bob } = record()
    expect(likes.startNode).toBe(bob)
    expect(likes.endNode).toBeNull()
    expect(likes.endNodeElementId).toBe('4:x:3')
    expect(new Relationship('5:x:1', 7, 'KNOWS', {}, '4:x:1', '4:x:2').startNode).toBeNull()
  })

  it('becomes a plain object with ids and type in JSON', () => {
    expect(JSON.parse(JSON.stringify(record().likes))).toEqual({
      elementId: '5:x:2',
      id: null,
      type: 'LIKES',
      startNodeElementId: '4:x:2',
      endNodeElementId: '4:x:3',
      startNodeId: 2,
      endNodeId: 3,
      properties: {},
    })
  })

  it('finds the ends that only a path of the record holds', () => {
    const { home, ada, bob, knows } = record()
    home.splice(0, home.length, { path: new GraphPath([ada, bob], [knows]) })
    expect(knows.startNode).toBe(ada)
    expect(knows.endNode).toBe(bob)
  })
})

describe('a path', () => {
  it('has its nodes and relationships in walking order, a node again at each visit', () => {
    const { ada, bob, knows } = record()
    const path = new GraphPath([ada, bob, ada], [knows, knows])
    expect(path.length).toBe(2)
    expect(path.nodes).toEqual([ada, bob, ada])
    expect(path.startNode).toBe(ada)
    expect(path.endNode).toBe(ada)
    expect([...path]).toEqual([knows, knows])
    expect(Object.isFrozen(path.nodes) && Object.isFrozen(path.relationships)).toBe(true)
    expect(inspect(path)).toBe('Path (4:x:1)-[:KNOWS]->(4:x:2)<-[:KNOWS]-(4:x:1)')
  })

  it('may be a single node', () => {
    const { ada } = record()
    const path = new GraphPath([ada], [])
    expect(path.length).toBe(0)
    expect(path.startNode).toBe(path.endNode)
    expect(path.graph).toBe(ada.graph)
  })

  it('equals a path along the same entities only', () => {
    const { ada, bob, knows, likes } = record()
    const path = new GraphPath([ada, bob], [knows])
    expect(path.equals(new GraphPath([record().ada, record().bob], [record().knows]))).toBe(true)
    expect(path.equals(new GraphPath([bob, ada], [knows]))).toBe(false)
    expect(path.equals(new GraphPath([ada, bob], [likes]))).toBe(false)
    expect(path.equals(new GraphPath([ada], []))).toBe(false)
    expect(path.equals([ada, bob])).toBe(false)
  })

  it('refuses nodes and relationships that make no path', () => {
    const { ada, bob } = record()
    expect(() => new GraphPath([ada, bob], [])).toThrow(/found 2 nodes and 0 relationships/)
  })

  it('becomes nodes and relationships in JSON', () => {
    const { ada, bob, knows } = record()
    const json = JSON.parse(JSON.stringify(new GraphPath([ada, bob], [knows])))
    expect(json.nodes.map((node: { elementId: string }) => node.elementId)).toEqual(['4:x:1', '4:x:2'])
    expect(json.relationships[0].type).toBe('KNOWS')
  })
})

describe('a graph', () => {
  it('holds the entities of nested values once each, the first met', () => {
    const { home, ada } = record()
    const graph = Graph.of([...home, new GraphNode('4:x:1', 1, [], { name: 'later' })])
    expect([...graph.nodes].map((node) => node.get('name'))).toEqual(['Ada', 'Bob'])
    expect(graph.relationships.size).toBe(2)
    expect(graph.size).toBe(4)
    expect(graph.nodes.get('4:x:1')?.equals(ada)).toBe(true)
    expect(graph.nodes.get('4:x:3')).toBeNull()
    expect(graph.nodes.has('4:x:2')).toBe(true)
    expect(graph.relationships.has('4:x:2')).toBe(false)
  })

  it('resolves ends that came in another record', () => {
    const { ada, bob, likes } = record()
    const bare = new Relationship('5:x:1', 7, 'KNOWS', {}, '4:x:1', '4:x:2', 1, 2, [])
    expect(bare.startNode).toBeNull()
    const graph = Graph.of([[bare, likes], ada, bob])
    const knows = graph.relationships.get('5:x:1')
    expect(knows?.startNode).toBe(graph.nodes.get('4:x:1'))
    expect(knows?.endNode).toBe(graph.nodes.get('4:x:2'))
    expect(graph.relationships.get('5:x:2')?.endNode).toBeNull()
    expect(knows?.graph).toBe(graph)
    expect(knows?.startNode?.graph).toBe(graph)
  })

  it('is the same for everything of one record', () => {
    const { ada, bob, knows } = record()
    expect(ada.graph).toBe(bob.graph)
    expect(ada.graph).toBe(knows.graph)
    expect(ada.graph.nodes.get('4:x:1')).toBe(ada)
  })

  it('collects from paths and from other graphs', () => {
    const { ada, bob, knows } = record()
    const graph = Graph.of([new GraphPath([ada, bob], [knows])])
    expect(graph.nodes.size).toBe(2)
    expect(Graph.of([graph]).relationships.get('5:x:1')?.startNode?.get('name')).toBe('Ada')
  })

  it('becomes lists in JSON and stays short in print', () => {
    const graph = Graph.of([record().ada])
    expect(JSON.parse(JSON.stringify(graph))).toMatchObject({ nodes: [{ elementId: '4:x:1' }], relationships: [] })
    expect(inspect(graph)).toContain('EntitySet(1) [ Node 4:x:1 (:Person:Admin')
  })
})
