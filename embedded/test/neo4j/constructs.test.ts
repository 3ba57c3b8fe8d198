// Runs every construct on the embedded graph and on the Neo4j version that it imitates: the graph must answer each construct that Neo4j
// answers, or refuse it as a gap. This file starts a server of its own, because the constructs change all data.

import { GraphDatabase, isNeo4jError, type Session } from '@boltline/core'
import { expect, it } from 'vitest'
import { startNeo4j } from '../../../tools/neo4j/start.mjs'
import { startEmbedded } from '../../src/index.ts'
import { before, constructs, parameters } from '../comparison/constructs.ts'

async function kindOf(session: Session, query: string): Promise<string> {
  await session.run('MATCH (n) DETACH DELETE n').consume()
  await session.run(before).consume()
  try {
    await session.run(query, parameters).consume()
    return 'answered'
  } catch (error) {
    return isNeo4jError(error) ? String(error.code) : String(error)
  }
}

it('The embedded graph answers each construct that Neo4j answers, or refuses it and names the gap', async () => {
  const auth = { user: 'neo4j', password: 'boltline-tests' }
  await using server = await startNeo4j({ auth, quick: true, version: '5.26' })
  await using graph = await startEmbedded()
  await using embedded = GraphDatabase.driver(graph.uri)
  await using neo4j = GraphDatabase.driver(server.boltUri, { auth, notificationsMinSeverity: 'OFF' })
  await using ours = embedded.session()
  await using theirs = neo4j.session()
  const found: string[] = []
  for (const query of constructs) {
    const kind = await kindOf(ours, query)
    if (kind === 'answered' || kind.endsWith('.NotInEmbeddedGraph')) continue
    if ((await kindOf(theirs, query)) === 'answered') found.push(`${query}: ${kind}`)
  }
  expect(found).toEqual([])
}, 240_000)
