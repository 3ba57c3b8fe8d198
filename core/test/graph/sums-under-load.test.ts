import { expect, it } from 'vitest'
import { credentials, server } from '../neo4j/server.ts'
import { runLoad } from '../reliability/load.ts'
import { seed, shareOf } from '../reliability/share.ts'

it('The driver keeps sums, transfers and reads of own writes correct while connections break under load', async () => {
  const report = await runLoad({
    title: `load on Neo4j ${server.version}`,
    target: { ...server, credentials },
    seed,
    callers: shareOf({ embedded: [8, 8], real: [20, 200] }),
    seconds: shareOf({ embedded: [3, 60], real: [4, 600] }),
    messagesPerFault: shareOf({ embedded: [200, 1_000], real: [150, 2_000] }),
  })
  console.log(String(report))
  expect(report.problems).toEqual([])
  expect(report.transfers).toBeGreaterThan(0)
  expect(report.faults).toBeGreaterThan(0)
})
