import { expect, it } from 'vitest'
import { credentials, server } from '../neo4j/server.ts'
import { countOf, embedded, seed, soak } from '../reliability/share.ts'
import { type FaultyTrial, runTrials } from '../reliability/trials.ts'

const count = countOf({ embedded: [12, 200], real: [60, 1_000] })
/** For every wait that a silent connection can cause, in ms. */
const limit = embedded ? 600 : 2_000
/** A login may take seconds on a machine that has other work. */
const loginLimit = embedded ? 1_500 : 6_000
const slack = soak ? 1_000 : 3_000
const abortAfter = 200

const common = {
  target: { ...server, credentials },
  label: 'StallProof',
  seed,
  count,
  breaks: ['stall'],
  // A trial waits more than it works. But the embedded graph has one writer at a time, and a stalled one makes all others wait.
  lanes: embedded ? 1 : 24,
  config: {
    responseTimeout: limit,
    connectionAcquisitionTimeout: loginLimit,
    rollbackTimeout: limit,
    resetTimeout: limit,
    goodbyeTimeout: limit,
    maxTransactionRetryTime: 0,
  },
} as const

it('settles every kind of work within responseTimeout when its connection falls silent at any message', async () => {
  const tally = await runTrials({
    ...common,
    title: `stalls with responseTimeout on Neo4j ${server.version}`,
    bound: (trial) => (connects(trial) ? loginLimit : limit) + slack,
  })
  console.log(String(tally))
  expect(tally.problems).toEqual([])
  expect(tally.faults).toBeGreaterThan(count * 0.9)
})

it('settles every kind of work soon after its signal when its connection falls silent at any message', async () => {
  const tally = await runTrials({
    ...common,
    title: `stalls with a signal on Neo4j ${server.version}`,
    abortAfter,
    bound: (trial) => (ends(trial) ? limit : abortAfter) + slack,
  })
  console.log(String(tally))
  expect(tally.problems).toEqual([])
  expect(tally.faults).toBeGreaterThan(count * 0.9)
})

/** Whether a connection may still have been on its way to its first work: where there are several, one of them may. */
function connects({ work, before }: FaultyTrial): boolean {
  return work === 'several callers at once' || !before.some(({ name }) => /^(BEGIN|RUN|RESET|LOGOFF)$/.test(name))
}

/** Whether the client has asked for the end of a transaction, which a signal doesn't interrupt any more. */
function ends({ trace }: FaultyTrial): boolean {
  return trace.some(({ name }) => name === 'COMMIT' || name === 'ROLLBACK')
}
