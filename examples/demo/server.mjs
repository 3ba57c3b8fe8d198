// The server of the demo, either kind.

import { startEmbedded } from '@boltline/embedded'
import { faint, line } from './output.mjs'

/**
 * @typedef {object} DemoServer
 * @property {string} uri
 * @property {readonly [user: string, password: string]} auth
 * @property {() => Promise<void>} stop
 */

const auth = /** @type {const} */ (['neo4j', 'demo-password'])

/** @returns {Promise<DemoServer>} */
export async function startEmbeddedGraph() {
  line(faint('Starting the embedded graph; --neo4j runs this on a real Neo4j …'))
  const graph = await startEmbedded({ auth })
  return { uri: graph.uri, auth, stop: () => graph.close() }
}

/** @returns {Promise<DemoServer>} */
export async function startRealNeo4j() {
  line(faint('Starting a Neo4j 5.26 of its own (the first time it is downloaded, which takes a minute or two) …'))
  const { startNeo4j } = await import('../../scripts/neo4j/start.mjs')
  const [user, password] = auth
  const server = await startNeo4j({ version: '5.26', auth: { user, password }, quick: true })
  return { uri: server.uri, auth, stop: () => server.stop() }
}
