// Runs the same queries on the embedded graph and on a real Neo4j, and compares the outcome with the table in the README.
// With BOLTLINE_WRITE_TABLE=1 it writes the table.

import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { GraphDatabase } from '@boltline/core'
import { expect, inject, it } from 'vitest'
import { startEmbedded } from '../../src/index.ts'
import { clean, outcomeOf, verdictOf } from '../comparison/compare.ts'
import { sections } from '../comparison/queries.ts'
import { type ComparedSection, withTable } from '../comparison/table.ts'

const readme = fileURLToPath(new URL('../../README.md', import.meta.url))

it('The embedded graph answers as the table in the README says', async () => {
  const { boltUri, user, password } = inject('neo4j')
  await using graph = await startEmbedded()
  await using embedded = GraphDatabase.driver(graph.uri)
  await using neo4j = GraphDatabase.driver(boltUri, { auth: [user, password] })
  await using session = neo4j.session()
  await clean(session)
  const compared: ComparedSection[] = []
  for (const { title, comparisons } of sections) {
    const rows: ComparedSection['compared'][number][] = []
    for (const each of comparisons) {
      const comparison = typeof each === 'string' ? { query: each } : each
      const [real, ours] = [await outcomeOf(neo4j, comparison), await outcomeOf(embedded, comparison)]
      rows.push({ comparison, verdict: verdictOf(real, ours) })
    }
    compared.push({ title, compared: rows })
  }
  const before = readFileSync(readme, 'utf8')
  const after = withTable(before, compared)
  if (process.env['BOLTLINE_WRITE_TABLE'] === '1') writeFileSync(readme, after)
  else expect(after).toBe(before)
}, 240_000)
