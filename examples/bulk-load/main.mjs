// Loads many rows: batches as parameters, a constraint first, MERGE so that it can be repeated, and a progress bar.

import { basicAuth, GraphDatabase, resultTransformers } from '@boltline/core'
import { batches } from './batches.mjs'
import { orders } from './orders.mjs'
import { ProgressBar } from './progress-bar.mjs'

const { NEO4J_URI = 'neo4j://localhost:7687', NEO4J_USER = 'neo4j', NEO4J_PASSWORD = '' } = process.env
const [rows = 1_000_000, size = 10_000] = process.argv.slice(2).map(Number)

const LOAD = `
  UNWIND $rows AS row
  MERGE (o:Order {id: row.id})
  SET o.customer = row.customer, o.total = row.total, o.placed = row.placed`

const driver = GraphDatabase.driver(NEO4J_URI, { auth: basicAuth(NEO4J_USER, NEO4J_PASSWORD) })
try {
  // Without it every MERGE would look through all orders.
  await driver.executeQuery('CREATE CONSTRAINT order_id IF NOT EXISTS FOR (o:Order) REQUIRE o.id IS UNIQUE')

  const bar = new ProgressBar(rows)
  let created = 0
  for (const batch of batches(orders(rows), size)) {
    // Retried after a deadlock or a lost connection; MERGE makes that safe.
    const { summary } = await driver.executeQuery(LOAD, { rows: batch }, { database: 'neo4j' })
    created += summary.counters.nodesCreated
    bar.advance(batch.length)
  }
  bar.end()

  const found = await driver.executeQuery(
    'MATCH (o:Order) RETURN count(o) AS orders, count(DISTINCT o.customer) AS customers',
    {},
    { database: 'neo4j', routing: 'READ', resultTransformer: resultTransformers.singleStrict },
  )
  console.log(`created ${created} orders; ${found.get('orders')} of ${found.get('customers')} customers are there`)
} finally {
  await driver.close()
}
