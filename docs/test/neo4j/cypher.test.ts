/** The Cypher in the documents is Cypher: a real server plans each query, of the snippets and of the text. */

import { GraphDatabase } from '@boltline/core'
import { describe, expect, inject, it } from 'vitest'
import { queries } from '../answers.ts'
import { documents } from '../documents.ts'

const STATEMENT = /`((?:MATCH|CREATE|MERGE|ALTER|SHOW|UNWIND) [^`…]+)`/g

const inText = documents
  .filter(([path]) => path.startsWith('docs/'))
  .flatMap(([, markdown]) => [...markdown.matchAll(STATEMENT)].map(([, query = '']) => query))
  .filter((query) => query !== 'UNWIND $rows AS row')

describe('The Cypher in the documents', () => {
  it('is understood by the server', async () => {
    const { uri, user, password } = inject('neo4j')
    await using driver = GraphDatabase.driver(uri, { auth: [user, password] })
    const all = new Set([...queries, ...inText])
    expect(all.size).toBeGreaterThan(20)
    const refused: string[] = []
    for (const query of all) {
      await using session = driver.session({ database: /^(ALTER|SHOW DATABASES)/.test(query) ? 'system' : 'neo4j' })
      await session
        .run(`EXPLAIN ${query}`)
        .consume()
        .catch((error: Error) => refused.push(`${query}: ${error.message}`))
    }
    expect(refused).toEqual([])
  })
})
