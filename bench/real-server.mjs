// A real Neo4j to measure against, with the nodes that the workloads ask for.

import { GraphDatabase } from '@boltline/core'
import { startNeo4j } from '../tools/neo4j/start.mjs'
import { isVersion } from '../tools/neo4j/versions.mjs'
import { prepareNodes } from './workloads.mjs'

/**
 * @param {string} version
 * @returns {Promise<import('./workloads.mjs').Server & { title: string, stop: () => Promise<void> }>}
 */
export async function realServer(version) {
  const server = process.env['NEO4J_URI'] === undefined ? await started(version) : given(process.env['NEO4J_URI'])
  const driver = GraphDatabase.driver(server.uri, {
    ...(server.user !== '' && { auth: /** @type {const} */ ([server.user, server.password]) }),
  })
  for (const query of prepareNodes) await driver.executeQuery(query)
  const { agent } = await driver.getServerInfo()
  await driver.close()
  return { ...server, title: agent }
}

/** @param {string} version */
async function started(version) {
  if (!isVersion(version)) throw new Error(`there is no Neo4j ${version} to start`)
  const { boltUri, user, password, stop } = await startNeo4j({ version, heap: '2g', pageCache: '256m' })
  return { uri: boltUri, user, password, stop }
}

/** @param {string} uri */
function given(uri) {
  const { NEO4J_USER: user = '', NEO4J_PASSWORD: password = '' } = process.env
  return { uri, user, password, stop: async () => undefined }
}
