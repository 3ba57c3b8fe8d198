// The server that behaviour tests talk to: a real one, or the embedded graph for the tests in core/test/graph. `server` is
// shared by all tests of a file or a run: use labels of your own in it.
// A test that breaks, configures or restarts a server starts its own with `startOwnServer`.

import { startEmbedded } from '@boltline/embedded'
import { afterAll, inject } from 'vitest'
import { startNeo4j } from '../../../scripts/neo4j/start.mjs'
import { versionUnderTest } from './version.ts'

export interface ServerUnderTest {
  /** With routing: `neo4j://…`. */
  readonly uri: string
  /** Without: `bolt://…`. */
  readonly boltUri: string
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  /** `given` for the server that NEO4J_URI names, and for the embedded graph: ask the server what it is. */
  readonly version: '5.26' | '2026.09' | 'given'
}

declare module 'vitest' {
  export interface ProvidedContext {
    neo4j: ServerUnderTest
  }
}

type StartOptions = Parameters<typeof startNeo4j>[0]

/** The server of this run. */
export const server: ServerUnderTest = inject('neo4j') ?? (await embeddedGraph())

/** How to log in to it: `GraphDatabase.driver(server.uri, { auth: credentials })`. */
export const credentials: readonly [user: string, password: string] = [server.user, server.password]

/**
 * A server for one test alone, of the version of the run (the newest when the run's server was given); some seconds of
 * the processor each. Use `await using`, so that it is gone after the test.
 */
export function startOwnServer(options: Omit<StartOptions, 'version'> = {}): ReturnType<typeof startNeo4j> {
  const name = server.version === 'given' ? (process.env['BOLTLINE_NEO4J_VERSION'] ?? '2026.09') : server.version
  return startNeo4j({
    auth: { user: 'neo4j', password: 'boltline-tests' },
    quick: true,
    ...options,
    version: versionUnderTest(name),
  })
}

/** Where no server was started for the run, each file has an embedded graph of its own. */
async function embeddedGraph(): Promise<ServerUnderTest> {
  const [user, password] = ['neo4j', 'boltline-tests']
  const graph = await startEmbedded({ auth: { user, password } })
  afterAll(() => graph.close())
  const { uri: boltUri, host, port } = graph
  return { uri: boltUri.replace('bolt', 'neo4j'), boltUri, host, port, user, password, version: 'given' }
}
