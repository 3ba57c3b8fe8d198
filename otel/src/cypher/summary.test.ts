import { expect, it } from 'vitest'
import { summarizeCypher } from './summary.ts'

const summaries: readonly (readonly [text: string, summary: string])[] = [
  ['MATCH (c:Customer {id: $id}) MERGE (c)-[:PLACED]->(:Order {no: $no})', 'MATCH Customer MERGE PLACED Order'],
  ['MATCH (n) RETURN n', 'MATCH'],
  ['RETURN 1', 'RETURN'],
  ['match (p:Person)-[k:KNOWS|LIKES*1..3]->(q:Person) where p.x = 1 return q', 'MATCH Person KNOWS LIKES'],
  ['MATCH (a:A) OPTIONAL MATCH (a)--(b:B) DETACH DELETE b', 'MATCH A OPTIONAL MATCH B DETACH DELETE'],
  ['MATCH (a:A) MATCH (a:A) MATCH (b:B) RETURN a', 'MATCH A MATCH B'],
  [
    'UNWIND $rows AS row MERGE (p:Person {id: row.id}) ON CREATE SET p.x = 1 ON MATCH SET p.y = 2',
    'UNWIND MERGE Person SET',
  ],
  [
    'MATCH (p:Person) SET p:Adult:Voter, p.match = {set: 1, `create`: 2} REMOVE p:Child',
    'MATCH Person SET Adult Voter REMOVE Child',
  ],
  ['MATCH (n:(A|B)&!C WHERE n.x > 1) RETURN n', 'MATCH A B C'],
  ['MATCH (n:%) RETURN n', 'MATCH'],
  ['MATCH (n) WHERE n:Person AND n.delete = true RETURN n', 'MATCH Person'],
  ['CALL db.labels() YIELD label RETURN label', 'CALL db.labels'],
  ['CALL apoc.load.`json`($url) YIELD value RETURN value', 'CALL apoc.load.json'],
  ['MATCH (p:Person) CALL (p) { MATCH (p)-[:OWNS]->(c:Car) RETURN c } RETURN p, c', 'MATCH Person MATCH OWNS Car'],
  ['CALL { MATCH (p:Person) RETURN p } IN TRANSACTIONS OF 10 ROWS RETURN p', 'MATCH Person'],
  ['MATCH (p:Person) WHERE EXISTS { MATCH (p)-[:HAS]->(:Dog) } RETURN p', 'MATCH Person MATCH HAS Dog'],
  ['FOREACH (x IN [1, 2] | CREATE (:Item {n: x}))', 'FOREACH CREATE Item'],
  ["LOAD CSV WITH HEADERS FROM 'file:///a.csv' AS line CREATE (:Row)", 'LOAD CSV CREATE Row'],
  ['CREATE INDEX person_name IF NOT EXISTS FOR (p:Person) ON (p.name)', 'CREATE INDEX Person'],
  ['CREATE OR REPLACE DATABASE tenant4711', 'CREATE OR REPLACE DATABASE'],
  ['CREATE database = (:Thing)', 'CREATE Thing'],
  ['SHOW TRANSACTIONS YIELD transactionId', 'SHOW TRANSACTIONS'],
  ['DROP USER jane', 'DROP USER'],
  ['ALTER USER jane SET PASSWORD "secret"', 'ALTER USER SET'],
  ['MATCH (`a b`:`Bad Label`)-[:`R-1`]->(:`Good`) RETURN 1', 'MATCH `Bad Label` `R-1` Good'],
  ['// MATCH (x:Comment)\nMATCH (n:A) /* CREATE (:B) */ RETURN "MATCH (:C)" AS `MERGE`', 'MATCH A'],
  ['EXPLAIN MATCH (n:A) RETURN n UNION MATCH (n:B) RETURN n', 'MATCH A MATCH B'],
  ['RETURN {match: 1, create: {merge: 2}}', 'RETURN'],
  ['MATCH (n:Müller)-[:ÜBER]->(:人) RETURN n', 'MATCH Müller ÜBER 人'],
  ['INSERT (:Person)-[:KNOWS]->(:Cat)', 'INSERT Person KNOWS Cat'],
  ['', ''],
]

for (const [text, summary] of summaries) {
  it(`summarizeCypher returns ${JSON.stringify(summary)} for ${JSON.stringify(text)}`, () => {
    expect(summarizeCypher(text)).toBe(summary)
  })
}

it('summarizeCypher returns at most 255 characters and ends with a whole word', () => {
  const labels = Array.from({ length: 100 }, (_, at) => `Label${at}`)
  const summary = summarizeCypher(`MATCH (n:${labels.join('|')}) RETURN n`)
  expect(summary.length).toBeLessThanOrEqual(255)
  expect(labels).toContain(summary.split(' ').at(-1))
})

it('summarizeCypher returns the same summary whatever the values in the text', () => {
  const texts = [1, 77].map(
    (n) => `MATCH (p:Person {id: ${n}, name: 'name ${n}'}) WHERE p.age > ${n}.5 RETURN p LIMIT ${n}`,
  )
  expect(new Set(texts.map(summarizeCypher)).size).toBe(1)
})
