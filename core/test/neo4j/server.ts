// The server under test: a real Neo4j, or the embedded graph for the tests in core/test/graph. All tests of a file or a
// run share `server`, so each test file uses a label of its own.
// A test that breaks, configures or restarts a server starts a separate one with `startOwnServer`.

import { startEmbedded } from '@boltline/embedded'
import { afterAll, inject } from 'vitest'
import { startNeo4j } from '../../../tools/neo4j/start.mjs'
import { versionUnderTest } from './version.ts'

export interface ServerUnderTest {
  /** The URI with routing: `neo4j://…`. */
  readonly uri: string
  /** The URI without routing: `bolt://…`. */
  readonly boltUri: string
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  /** The version that the run started; `given` for the server of NEO4J_URI and for the embedded graph, whose agent tells the version. */
  readonly version: '5.26' | '2026.09' | 'given'
}

declare module 'vitest' {
  export interface ProvidedContext {
    neo4j: ServerUnderTest
  }
}

type StartOptions = Parameters<typeof startNeo4j>[0]

/** The server that all tests of this run share. */
export const server: ServerUnderTest = inject('neo4j') ?? (await embeddedGraph())

/** The credentials of `server`, for `GraphDatabase.driver(server.uri, { auth: credentials })`. */
export const credentials: readonly [user: string, password: string] = [server.user, server.password]

/**
 * Starts a server for a single test, in the version of the run (the newest when the run's server was given). A start takes
 * several seconds of CPU time. Use `await using`, so that it stops after the test.
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

/** Starts an embedded graph for each test file when the run has no server. */
async function embeddedGraph(): Promise<ServerUnderTest> {
  const [user, password] = ['neo4j', 'boltline-tests']
  const graph = await startEmbedded({ auth: { user, password } })
  afterAll(() => graph.close())
  const { uri: boltUri, host, port } = graph
  return { uri: boltUri.replace('bolt', 'neo4j'), boltUri, host, port, user, password, version: 'given' }
}
