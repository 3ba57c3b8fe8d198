// Gives every real-server test of one vitest project the same server: the one that NEO4J_URI names, or one that is
// started here, once per run, in the version that the project asks for with BOLTLINE_NEO4J_VERSION. Auth is always on.

import type { TestProject } from 'vitest/node'
import { startNeo4j } from '../../../tools/neo4j/start.mjs'
import type { ServerUnderTest } from './server.ts'
import { versionUnderTest } from './version.ts'

/** Called by vitest before the first test of a project. Returns the teardown for after its last test. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = serverFromEnvironment()
  if (given !== undefined) {
    project.provide('neo4j', given)
    return async () => undefined
  }
  const version = versionUnderTest(
    project.config.env['BOLTLINE_NEO4J_VERSION'] ?? process.env['BOLTLINE_NEO4J_VERSION'],
  )
  const server = await startNeo4j({
    version,
    auth: { user: 'neo4j', password: 'boltline-tests' },
    heap: '512m',
    pageCache: '64m',
    quick: true,
  })
  const { uri, boltUri, host, port, user, password } = server
  project.provide('neo4j', { uri, boltUri, host, port, user, password, version })
  return () => server.stop()
}

function serverFromEnvironment(): ServerUnderTest | undefined {
  const { NEO4J_URI: uri, NEO4J_USER: user = 'neo4j', NEO4J_PASSWORD: password } = process.env
  if (!uri) return undefined
  if (password === undefined)
    throw new Error('NEO4J_URI is set but NEO4J_PASSWORD is not: set it (and NEO4J_USER, if not neo4j)')
  const url = URL.canParse(uri) ? new URL(uri) : undefined
  if (url === undefined || !/^(neo4j|bolt)(\+s|\+ssc)?:$/.test(url.protocol)) {
    throw new Error(`NEO4J_URI=${JSON.stringify(uri)} is no Bolt address: give one such as neo4j://localhost:7687`)
  }
  return {
    uri,
    boltUri: uri.replace(/^neo4j/, 'bolt').replace(/\?.*$/, ''),
    host: url.hostname,
    port: url.port === '' ? 7687 : Number(url.port),
    user,
    password,
    version: 'given',
  }
}
