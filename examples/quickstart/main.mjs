// First steps: connect, write, read, do several things in one transaction, read a stream.

import { basicAuth, GraphDatabase } from '@boltline/core'

const { NEO4J_URI = 'neo4j://localhost:7687', NEO4J_USER = 'neo4j', NEO4J_PASSWORD = '' } = process.env

const driver = GraphDatabase.driver(NEO4J_URI, { auth: basicAuth(NEO4J_USER, NEO4J_PASSWORD) })
try {
  await driver.verifyConnectivity()

  // Write. MERGE makes it safe to run again.
  const { summary } = await driver.executeQuery(
    `UNWIND $people AS row
     MERGE (p:Person {name: row.name}) SET p.born = row.born`,
    {
      people: [
        { name: 'Ada', born: 1815 },
        { name: 'Grace', born: 1906 },
        { name: 'Katherine', born: 1918 },
      ],
    },
    { database: 'neo4j' },
  )
  console.log(`Nodes created: ${summary.counters.nodesCreated}`)

  // Read.
  const { records } = await driver.executeQuery(
    'MATCH (p:Person) WHERE p.born < $year RETURN p.name AS name, p.born AS born ORDER BY born',
    { year: 1910 },
    { database: 'neo4j', routing: 'READ' },
  )
  for (const record of records) console.log(`${record.get('name')} was born in ${record.get('born')}`)

  const session = driver.session({ database: 'neo4j' })
  try {
    // Several queries, all or none; done again if a deadlock or a change of the leader gets in the way.
    const knows = await session.executeWrite(async (tx) => {
      const pair = { from: 'Ada', to: 'Grace' }
      await tx.run('MATCH (a:Person {name: $from}), (b:Person {name: $to}) MERGE (a)-[:INSPIRED]->(b)', pair)
      const result = await tx.run('MATCH p = (:Person {name: $from})-[:INSPIRED]->() RETURN p', pair)
      return result.single({ strict: true })
    })
    const path = knows.get('p')
    console.log(`${path.startNode.get('name')} inspired ${path.endNode.get('name')}`)

    // A result of any size, record by record.
    let sum = 0
    for await (const record of session.run('UNWIND range(1, 10000) AS n RETURN n')) sum += record.get('n')
    console.log(`The numbers up to 10000 add up to ${sum}`)
  } finally {
    await session.close()
  }
} finally {
  await driver.close()
}
