// Loads the graph in batches: one query per batch, its rows as a parameter.

const batchSize = 1000

const constraints = [
  'CREATE CONSTRAINT person_id IF NOT EXISTS FOR (p:Person) REQUIRE p.id IS UNIQUE',
  'CREATE CONSTRAINT film_id IF NOT EXISTS FOR (f:Film) REQUIRE f.id IS UNIQUE',
  'CREATE CONSTRAINT studio_id IF NOT EXISTS FOR (s:Studio) REQUIRE s.id IS UNIQUE',
  'CREATE CONSTRAINT genre_name IF NOT EXISTS FOR (g:Genre) REQUIRE g.name IS UNIQUE',
]

/** @type {[part: 'people' | 'films' | 'studios' | 'genres' | 'actedIn' | 'produced' | 'ofGenre', query: string][]} */
const parts = [
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

/**
 * @param {import('@boltline/core').Driver} driver
 * @param {ReturnType<typeof import('./film-graph.mjs').filmGraph>} graph
 * @param {(part: string, rows: number, ms: number) => void} done
 */
export async function load(driver, graph, done) {
  for (const constraint of constraints) await driver.executeQuery(constraint)
  const totals = { nodes: 0, relationships: 0 }
  for (const [part, query] of parts) {
    const rows = graph[part]
    const started = performance.now()
    for (let at = 0; at < rows.length; at += batchSize) {
      const { summary } = await driver.executeQuery(query, { rows: rows.slice(at, at + batchSize) })
      totals.nodes += summary.counters.nodesCreated
      totals.relationships += summary.counters.relationshipsCreated
    }
    done(part, rows.length, performance.now() - started)
  }
  return totals
}
