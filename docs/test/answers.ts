/** The answers of the scripted server to the queries in the documents. */

import { node, path, relationship, type ScriptedServer } from '@boltline/embedded'

const person = (name: string, age: number) => node({ labels: ['Person'], properties: { name, age } })

function acquaintance() {
  const [ada, grace] = [person('Ada', 36), person('Grace', 85)]
  return path(ada, relationship({ type: 'KNOWS', start: ada, end: grace }), grace)
}

/** Query texts are compared ignoring white space. */
const ANSWERS: readonly (readonly [query: string, rows: readonly Readonly<Record<string, unknown>>[]])[] = [
  ['RETURN 1 AS x', [{ x: 1 }]],
  ['MATCH (p:Person {age: $age}) RETURN p.name AS name', [{ name: 'Ada' }, { name: 'Grace' }]],
  ['MERGE (p:Person {name: $name}) SET p.age = $age', []],
  ['MERGE (o:Order {id: $orderId}) ON CREATE SET o.placed = datetime()', []],
  ['RETURN 9007199254740993 AS big, 1 AS small', [{ big: 9007199254740993n, small: 1 }]],
  ['CREATE (:Visit {at: $at, on: $on, rating: $rating, place: $place, tags: $tags})', []],
  ['MATCH p = (:Person {name: $name})-[:KNOWS]->(:Person) RETURN p', [{ p: acquaintance() }]],
  ['MATCH (p:Person {id: $id}) RETURN p.name AS name', [{ name: 'Ada' }]],
  ['MATCH (a:Account {id: $id}) RETURN a.balance AS balance', [{ balance: 100 }]],
  ['MATCH (a:Account {id: $id}) SET a.balance = a.balance - $amount', []],
  ['MATCH (a:Account {id: $id}) SET a.balance = a.balance + $amount', []],
  ['MATCH (p:Person) RETURN count(p) AS n', [{ n: 2 }]],
  ['MATCH (f:Film) RETURN count(f) AS n', [{ n: 3 }]],
  ['UNWIND $rows AS row MERGE (p:Person {id: row.id}) SET p.name = row.name', []],
  ['MATCH (n) DETACH DELETE n', []],
  ['MATCH (p:Person) RETURN p', [{ p: person('Ada', 36) }, { p: person('Grace', 85) }]],
]

const FAILURES: readonly (readonly [query: string, code: string, message: string])[] = [
  [
    'CREATE (:User {email: $email})',
    'Neo.ClientError.Schema.ConstraintValidationFailed',
    "Node(70) already exists with label `User` and property `email` = 'ada@example.com'",
  ],
]

const COUNTED: readonly (readonly [query: string, counters: Readonly<Record<string, number>>])[] = [
  ['CREATE (p:Person {name: $name})', { nodesCreated: 1 }],
  ['MATCH (n:Old) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 1000 ROWS', { nodesDeleted: 5000 }],
]

const LONG = 'UNWIND range(1, 10000) AS n RETURN n'
const ENDLESS = 'MATCH (a), (b), (c) RETURN count(*) AS n'

/** All queries that the server has an answer for. */
export const queries: readonly string[] = [
  LONG,
  ENDLESS,
  ...[...ANSWERS, ...FAILURES, ...COUNTED].map(([query]) => query),
]

/** Configures the answers of the server. */
export function teach(server: ScriptedServer): void {
  server.when(LONG).streams(10_000, (index) => ({ n: index + 1 }))
  server.when(ENDLESS).hangs()
  for (const [query, counters] of COUNTED) server.when(query).returns([], { counters })
  for (const [query, code, message] of FAILURES) server.when(query).fails(code, { message })
  for (const [query, rows] of ANSWERS) {
    const known = squeezed(query)
    server.when((call) => squeezed(call.query) === known).returns(rows)
  }
}

function squeezed(query: string): string {
  return query.replace(/\s+/g, ' ').trim()
}
