import { expect, it } from 'vitest'
import { credentials, server } from '../neo4j/server.ts'
import { countOf, seed } from '../reliability/share.ts'
import { runTrials } from '../reliability/trials.ts'

const count = countOf({ embedded: [60, 1_000], real: [150, 2_500] })

it('The driver loses, duplicates and leaks nothing when connections break at any message', async () => {
  const tally = await runTrials({
    title: `cuts on Neo4j ${server.version}`,
    target: { ...server, credentials },
    label: 'CutProof',
    seed,
    count,
    breaks: ['fin', 'rst'],
    // A managed transaction waits about a second before its retry.
    bound: () => 15_000,
  })
  console.log(String(tally))
  expect(tally.problems).toEqual([])
  expect(tally.faults).toBeGreaterThan(count * 0.9)
})
