// npm run demo: starts a server, loads a film graph, asks it four ways, and stops the server. The server is the embedded
// graph, which needs Node alone; with --neo4j it is a real Neo4j, which needs a JDK 17.

import { GraphDatabase } from '@boltline/core'
import { filmGraph } from './film-graph.mjs'
import { load } from './load.mjs'
import { faint, heading, line, time } from './output.mjs'
import { startEmbeddedGraph, startRealNeo4j } from './server.mjs'
import { awardInTransaction, genresByQuery, pathBetween, streamCast } from './tour.mjs'

const started = performance.now()
const server = process.argv.includes('--neo4j') ? await startRealNeo4j() : await startEmbeddedGraph()

let stopping = false
const stop = async () => {
  stopping = true
  await server.stop()
  process.exit(130)
}
process.once('SIGINT', stop)
process.once('SIGTERM', stop)

const driver = GraphDatabase.driver(server.uri, { auth: server.auth })
try {
  await driver.verifyConnectivity()
  line(`Connected to ${server.uri} ${faint(`after ${time(performance.now() - started)}`)}`)

  heading('Loading a film graph, in batches')
  const totals = await load(driver, filmGraph(), (part, rows, ms) => {
    line(`${part.padEnd(9)} ${String(rows).padStart(6)} rows  ${faint(time(ms))}`)
  })
  line(`${totals.nodes} nodes, ${totals.relationships} relationships`)

  await genresByQuery(driver)
  await awardInTransaction(driver)
  await streamCast(driver)
  await pathBetween(driver)
  line(`\nDone in ${time(performance.now() - started)}.`)
} catch (error) {
  // What Ctrl-C cut off is no failure to report.
  if (!stopping) throw error
} finally {
  await driver.close()
  await server.stop()
}
