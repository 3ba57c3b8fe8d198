/** Loads the graph in batches: one query per batch, its rows as a parameter. */

import type { Driver } from '@boltline/core'
import type { FilmGraph } from './film-graph.ts'

const batchSize = 1000

const constraints = [
  'CREATE CONSTRAINT person_id IF NOT EXISTS FOR (p:Person) REQUIRE p.id IS UNIQUE',
  'CREATE CONSTRAINT film_id IF NOT EXISTS FOR (f:Film) REQUIRE f.id IS UNIQUE',
  'CREATE CONSTRAINT studio_id IF NOT EXISTS FOR (s:Studio) REQUIRE s.id IS UNIQUE',
  'CREATE CONSTRAINT genre_name IF NOT EXISTS FOR (g:Genre) REQUIRE g.name IS UNIQUE',
]

const parts: readonly (readonly [part: keyof FilmGraph, query: string])[] = [
  ['people', 'UNWIND $rows AS row CREATE (p:Person) SET p = row'],
  ['films', 'UNWIND $rows AS row CREATE (f:Film) SET f = row'],
  ['studios', 'UNWIND $rows AS row CREATE (s:Studio) SET s = row'],
  ['genres', 'UNWIND $rows AS row CREATE (g:Genre) SET g = row'],
  [
    'actedIn',
    'UNWIND $rows AS row MATCH (p:Person {id: row.person}), (f:Film {id: row.film}) CREATE (p)-[:ACTED_IN {role: row.role}]->(f)',
  ],
  [
    'produced',
    'UNWIND $rows AS row MATCH (s:Studio {id: row.studio}), (f:Film {id: row.film}) CREATE (s)-[:PRODUCED]->(f)',
  ],
  [
    'ofGenre',
    'UNWIND $rows AS row MATCH (f:Film {id: row.film}), (g:Genre {name: row.genre}) CREATE (f)-[:OF_GENRE]->(g)',
  ],
]

export interface Loaded {
  readonly nodes: number
  readonly relationships: number
}

/**
 * @param signal - ends the loading
 * @param done - called after each part
 */
export async function load(
  driver: Driver,
  graph: FilmGraph,
  signal: AbortSignal,
  done: (part: string, rows: number, ms: number) => void,
): Promise<Loaded> {
  for (const constraint of constraints) await driver.executeQuery(constraint, {}, { signal })
  let nodes = 0
  let relationships = 0
  for (const [part, query] of parts) {
    const rows = graph[part]
    const started = performance.now()
    for (let at = 0; at < rows.length; at += batchSize) {
      const { summary } = await driver.executeQuery(query, { rows: rows.slice(at, at + batchSize) }, { signal })
      nodes += summary.counters.nodesCreated
      relationships += summary.counters.relationshipsCreated
    }
    done(part, rows.length, performance.now() - started)
  }
  return { nodes, relationships }
}
