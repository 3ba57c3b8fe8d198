/** The server that the film graph lives in: the embedded graph, or a real Neo4j. */

import type { AuthToken } from '@boltline/core'
import { startEmbedded } from '@boltline/embedded'

interface Running {
  readonly uri: string
  readonly auth: AuthToken | undefined
  /** What it is, for people. */
  readonly about: string
  close(): Promise<void>
}

/** How long a writer waits for another (ms): short, so that a conflict is seen, and seen to be survived. */
const lockTimeout = 250

/** Belongs to the repository, not to a package, and is plain JavaScript. */
const launcher = new URL('../../../../tools/neo4j/start.mjs', import.meta.url)

interface Launcher {
  startNeo4j(options: {
    readonly version: '5.26'
    readonly auth: { readonly user: string; readonly password: string }
    readonly quick: boolean
  }): Promise<{
    readonly uri: string
    readonly user: string
    readonly password: string
    stop(): Promise<void>
  }>
}

export async function startDatabase(real: boolean, say: (text: string) => void): Promise<Running> {
  if (!real) {
    const graph = await startEmbedded({ lockTimeout })
    return { uri: graph.uri, auth: undefined, about: 'the embedded graph', close: () => graph.close() }
  }
  say('Starting a Neo4j 5.26 of its own (the first time it is downloaded, which takes a minute or two) …')
  const { startNeo4j } = (await import(launcher.href)) as Launcher
  const server = await startNeo4j({ version: '5.26', auth: { user: 'neo4j', password: 'demo-password' }, quick: true })
  return {
    uri: server.uri,
    auth: [server.user, server.password] as const,
    about: 'a real Neo4j 5.26',
    close: () => server.stop(),
  }
}
