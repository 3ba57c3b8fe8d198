// npm run demo: starts a server, loads a film graph, asks it four ways, and stops the server.

import { GraphDatabase } from '@boltline/core'
import { startNeo4j } from '../../scripts/neo4j/start.mjs'
import { filmGraph } from './film-graph.mjs'
import { load } from './load.mjs'
import { faint, heading, line, time } from './output.mjs'
import { awardInTransaction, genresByQuery, pathBetween, streamCast } from './tour.mjs'

const started = performance.now()
line(faint('Starting a Neo4j 5.26 of its own (the first time it is downloaded, which takes a minute or two) …'))
const server = await startNeo4j({ version: '5.26', auth: { user: 'neo4j', password: 'demo-password' }, quick: true })

let stopping = false
const stop = async () => {
  stopping = true
  await server.stop()
  process.exit(130)
}
process.once('SIGINT', stop)
process.once('SIGTERM', stop)

const driver = GraphDatabase.driver(server.uri, { auth: [server.user, server.password] })
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
