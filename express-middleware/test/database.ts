import { type Driver, type DriverConfig, GraphDatabase } from '@boltline/core'
import { type ScriptedServer, startScripted } from '@boltline/embedded'
import { afterAll, beforeAll, beforeEach } from 'vitest'

/** A scripted server and a driver for it, of all tests of a file. */
export interface Database {
  readonly server: ScriptedServer
  readonly driver: Driver
}

/** Before each test the server has forgotten everything and is taught anew. */
export function useDatabase(teach: (server: ScriptedServer) => void, config: DriverConfig = {}): Database {
  const database = {} as { server: ScriptedServer; driver: Driver }
  beforeAll(async () => {
    database.server = await startScripted()
    database.driver = GraphDatabase.driver(database.server.uri, config)
  })
  afterAll(async () => {
    await database.driver.close()
    await database.server.close()
  })
  beforeEach(() => {
    database.server.reset()
    teach(database.server)
  })
  return database
}

/** What most tests need of a server. */
export function readsAndWrites(server: ScriptedServer): void {
  server.when('READ').returns([])
  server.when('WRITE').returns([])
}
