/** Drivers for the server under test, and the cleanup of a test file's label. */

import { type Driver, type DriverConfig, GraphDatabase } from '../../src/index.ts'
import { credentials, server } from './server.ts'

export function connect(config: DriverConfig = {}, uri = server.boltUri): Driver {
  return GraphDatabase.driver(uri, { auth: credentials, ...config })
}

/** Removes every node of a label. */
export async function clear(driver: Driver, label: string): Promise<void> {
  await driver.executeQuery(`MATCH (n:${label}) DETACH DELETE n`)
}
