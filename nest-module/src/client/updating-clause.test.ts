import { expect, it } from 'vitest'
import { updatingClause } from './updating-clause.ts'

it.each([
  ['CREATE (:A)', 'CREATE'],
  ['match (a) merge (a)-[:R]->(b)', 'MERGE'],
  ['MATCH (n)\nDETACH DELETE n', 'DETACH DELETE'],
  ['MATCH (n) SET n.x = 1', 'SET'],
  ['MATCH (n) REMOVE n:Old', 'REMOVE'],
  ['MATCH (n) FOREACH (x IN [1] | SET n.x = x)', 'FOREACH'],
  ['CREATE INDEX i FOR (n:A) ON (n.x)', 'CREATE'],
  ['DROP CONSTRAINT c', 'DROP'],
  ['CREATE p = (a)-[:R]->(b) RETURN p', 'CREATE'],
  ["MATCH (n {x: 'it\\'s'}) DELETE n", 'DELETE'],
  ['MATCH (n) detach /* all */\n delete n', 'DETACH DELETE'],
  ['MATCH (n) REMOVE `n`.x', 'REMOVE'],
  ['MATCH (n) SET (n).x = 1', 'SET'],
])('updatingClause finds that %j writes', (query, clause) => {
  expect(updatingClause(query)).toBe(clause)
})

it.each([
  "MATCH (n) WHERE n.text = 'CREATE (n)' RETURN n",
  'MATCH (n) // SET n.x = 1\nRETURN n',
  'MATCH (n) /* DELETE n */ RETURN n',
  'MATCH (n:`CREATE `) RETURN n.`SET x`',
  'MATCH (n:Set) RETURN n',
  'MATCH (n)-[:CREATE]->(m) RETURN m',
  'MATCH (n) RETURN n.set AS set, n.delete AS delete',
  'MATCH (n {set: $set}) RETURN n',
  'MATCH (n) RETURN n.createdAt ORDER BY n.created DESC',
  'CALL db.labels() YIELD label RETURN label',
  'MATCH (n) WHERE n.state IN $merge RETURN n',
  'MATCH (n) RETURN n . set AS x',
  'RETURN set(1), delete',
  'RETURN 1 AS /* alias */ create, 2 AS merge',
  'WITH 1 AS set, 2 AS delete RETURN set AS x, delete AS y',
  "RETURN 'open; CREATE (n)",
])('updatingClause takes %j for a query that only reads', (query) => {
  expect(updatingClause(query)).toBeUndefined()
})
