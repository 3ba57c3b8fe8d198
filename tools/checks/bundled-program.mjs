// What an application bundles: the driver, the middleware, telemetry, and here a scripted server to talk to.

import { GraphDatabase, Neo4jError } from '@boltline/core'
import { startEmbedded, startScripted } from '@boltline/embedded'
import { boltline } from '@boltline/express'
import { BoltlineInstrumentation } from '@boltline/opentelemetry'

async function main() {
  const instrumentation = new BoltlineInstrumentation()
  const server = await startScripted()
  server.when('RETURN $n AS n', { n: 1 }).returns([{ n: 1 }])
  const driver = GraphDatabase.driver(server.uri)
  const middleware = boltline(driver)
  const { records } = await driver.executeQuery('RETURN $n AS n', { n: 1 })
  const refused = await driver.executeQuery('RETURN 2').catch((error) => error instanceof Neo4jError)
  const graph = await startEmbedded().catch((error) => /mark @boltline\/embedded as external/.test(error.message))
  // Reads the certificates that the system trusts, which Node releases do in different ways.
  await GraphDatabase.driver('bolt+s://localhost').close()
  await driver.close()
  await server.close()
  instrumentation.disable()
  console.log('answers', records[0]?.get('n'), refused, graph, typeof middleware)
}

void main()
