import { expect, it } from 'vitest'
import { credentials, server } from '../neo4j/server.ts'
import { countOf, embedded, seed, soak } from '../reliability/share.ts'
import { type FaultyTrial, runTrials } from '../reliability/trials.ts'

const count = countOf({ embedded: [12, 200], real: [60, 1_000] })
/** The bound of every wait that a silent connection can cause, in ms. */
const limit = embedded ? 600 : 2_000
/** The bound of a login in ms. It may take seconds on a busy machine. */
const loginLimit = embedded ? 1_500 : 6_000
const slack = soak ? 1_000 : 3_000
const abortAfter = 200

const common = {
  target: { ...server, credentials },
  label: 'StallProof',
  seed,
  count,
  breaks: ['stall'],
  // Trials mostly wait, so they run side by side, except on the embedded graph: there a stalled writer blocks all others.
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

it('The driver settles every kind of work within responseTimeout when its connection falls silent at any message', async () => {
  const tally = await runTrials({
    ...common,
    title: `stalls with responseTimeout on Neo4j ${server.version}`,
    bound: (trial) => (connects(trial) ? loginLimit : limit) + slack,
  })
  console.log(String(tally))
  expect(tally.problems).toEqual([])
  expect(tally.faults).toBeGreaterThan(count * 0.9)
})

it('The driver settles every kind of work soon after an abort when its connection falls silent at any message', async () => {
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

/** Whether a connection may still have been opening; with several connections, one of them may. */
function connects({ work, before }: FaultyTrial): boolean {
  return work === 'several callers at once' || !before.some(({ name }) => /^(BEGIN|RUN|RESET|LOGOFF)$/.test(name))
}

/** Whether the client has sent COMMIT or ROLLBACK, which a signal no longer interrupts. */
function ends({ trace }: FaultyTrial): boolean {
  return trace.some(({ name }) => name === 'COMMIT' || name === 'ROLLBACK')
}
