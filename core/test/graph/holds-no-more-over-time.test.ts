import { expect, it } from 'vitest'
import { credentials, server } from '../neo4j/server.ts'
import { countOf } from '../reliability/share.ts'
import { soaked } from '../reliability/soak.ts'

const sessions = countOf({ embedded: [300, 10_000], real: [500, 100_000] })
const rounds = 5
const megabyte = 1024 * 1024

it('The driver holds no more memory, sockets or timers after many queries and sessions than after few', {
  timeout: 7_200_000,
}, async () => {
  const report = await soaked({ uri: server.uri, credentials, sessions, rounds })
  const [first, last] = [report.rounds[1], report.rounds.at(-1)]
  if (first === undefined || last === undefined) throw new Error(`only ${report.rounds.length} rounds were measured`)
  const grown = (last.bytes - first.bytes) / megabyte
  console.log(
    `soak on Neo4j ${server.version}: ${report.queries} queries, ${report.sessions} sessions; ` +
      `memory ${report.rounds.map(({ bytes }) => (bytes / megabyte).toFixed(2)).join(', ')} MB, ` +
      `resources ${report.rounds.map(({ resources }) => resources).join(', ')}, ` +
      `files ${report.rounds.map(({ files }) => files).join(', ')}, ${report.held} connections held`,
  )
  expect(report.sessions).toBeGreaterThanOrEqual(sessions)
  expect(report.queries).toBe(report.sessions * 10)
  expect(report.held).toBe(0)
  // MiB that the JavaScript engine and caches take over time, independent of the number of queries.
  expect(grown).toBeLessThan(2)
  expect(last.resources).toBeLessThanOrEqual(first.resources)
  expect(last.files).toBeLessThanOrEqual(first.files)
})
