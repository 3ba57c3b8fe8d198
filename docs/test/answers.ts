/** What the server answers to the queries in the documents. */

import { node, type ScriptedServer } from '@boltline/embedded'

const person = (name: string, age: number) => node({ labels: ['Person'], properties: { name, age } })

/** Query texts are compared without regard to white space. */
const ANSWERS: readonly (readonly [query: string, rows: readonly Readonly<Record<string, unknown>>[]])[] = [
  ['RETURN 1 AS x', [{ x: 1 }]],
  ['MATCH (p:Person {age: $age}) RETURN p.name AS name', [{ name: 'Ada' }, { name: 'Grace' }]],
  ['MATCH (p:Person) RETURN p', [{ p: person('Ada', 36) }, { p: person('Grace', 85) }]],
]

/** Tells the server. */
export function teach(server: ScriptedServer): void {
  for (const [query, rows] of ANSWERS) {
    const known = squeezed(query)
    server.when((call) => squeezed(call.query) === known).returns(rows)
  }
}

function squeezed(query: string): string {
  return query.replace(/\s+/g, ' ').trim()
}
