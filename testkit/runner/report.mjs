// What a run has shown: totals per folder for the terminal, and results.md.

/** @typedef {import('./shards.mjs').Outcome} Outcome */

/**
 * @typedef {object} Totals
 * @property {number} tests
 * @property {number} pass
 * @property {number} fail
 * @property {number} error
 * @property {number} skip
 */

/**
 * @typedef {object} Report
 * @property {readonly [name: string, value: string][]} facts what was run, with what, and when
 * @property {readonly (readonly Outcome[])[]} runs of the stub tests
 * @property {readonly Outcome[]} server the tests on a real server
 * @property {Readonly<Record<string, string>>} allowed failures that are the suite's own, with the reason
 */

/** How the suite says that a test needs a version that no living server speaks. */
const bolt3 = 'BOLT_3_0'

/** @param {readonly Outcome[]} outcomes */
export function totalsOf(outcomes) {
  /** @type {Totals} */
  const totals = { tests: 0, pass: 0, fail: 0, error: 0, skip: 0 }
  for (const { outcome } of outcomes) {
    totals.tests += 1
    totals[outcome] += 1
  }
  return totals
}

/**
 * Totals by folder of the suite.
 *
 * @param {readonly Outcome[]} outcomes
 */
export function byFolder(outcomes) {
  /** @type {Map<string, Outcome[]>} */
  const folders = new Map()
  for (const outcome of outcomes) {
    const folder = outcome.id.split('.').slice(1, 3).join('/')
    const list = folders.get(folder) ?? []
    list.push(outcome)
    folders.set(folder, list)
  }
  return [...folders].sort(([a], [b]) => a.localeCompare(b)).map(([folder, list]) => ({ folder, ...totalsOf(list) }))
}

/** @param {readonly Outcome[]} outcomes */
export function withoutBolt3(outcomes) {
  return outcomes.filter(({ outcome, why }) => outcome !== 'skip' || !why.includes(bolt3))
}

/** @param {Outcome} outcome */
export function isFailure({ outcome }) {
  return outcome === 'fail' || outcome === 'error'
}

/** @param {readonly Outcome[]} outcomes */
export function tableOf(outcomes) {
  const rows = [...byFolder(outcomes), { folder: 'total', ...totalsOf(outcomes) }]
  return [
    '| folder | tests | pass | fail | error | skip |',
    '| --- | ---: | ---: | ---: | ---: | ---: |',
    ...rows.map(
      ({ folder, tests, pass, fail, error, skip }) =>
        `| ${folder} | ${tests} | ${pass} | ${fail} | ${error} | ${skip} |`,
    ),
  ].join('\n')
}

/** @param {Report} report */
export function resultsFile({ facts, runs, server, allowed }) {
  const last = runs.at(-1) ?? []
  const parts = [
    '# TestKit results',
    'Written by `npm run test:testkit`; [README.md](README.md) tells how.',
    facts.map(([name, value]) => `- ${name}: ${value}`).join('\n'),
    '## Stub tests',
    runsTable(runs),
    'The last run by folder:',
    tableOf(last),
    '## Tests on a real server',
    tableOf(server),
    '## Skipped',
    skipsOf([...last, ...server]),
    '## Failed',
    failuresOf([...runs.flat(), ...server], allowed),
  ]
  return `${parts.join('\n\n')}\n`
}

/** @param {readonly (readonly Outcome[])[]} runs */
function runsTable(runs) {
  return [
    '| run | tests | pass | fail | error | skip | without Bolt 3: tests | pass |',
    '| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...runs.map((run, i) => {
      const { tests, pass, fail, error, skip } = totalsOf(run)
      const rest = withoutBolt3(run).length
      return `| ${i + 1} | ${tests} | ${pass} | ${fail} | ${error} | ${skip} | ${rest} | ${pass} |`
    }),
  ].join('\n')
}

/** @param {readonly Outcome[]} outcomes */
function skipsOf(outcomes) {
  /** @type {Map<string, string[]>} */
  const reasons = new Map()
  for (const { id, why } of outcomes.filter(({ outcome }) => outcome === 'skip')) {
    const reason = why.includes(bolt3) ? 'Bolt 3, which no living server speaks' : why
    reasons.set(reason, [...(reasons.get(reason) ?? []), id])
  }
  const lines = [...reasons].map(([reason, ids]) =>
    ids.length > 5 ? `- ${ids.length} tests: ${reason}` : `- ${ids.map((id) => `\`${id}\``).join(', ')}: ${reason}`,
  )
  return lines.join('\n') || 'None.'
}

/**
 * @param {readonly Outcome[]} outcomes
 * @param {Report['allowed']} allowed
 */
function failuresOf(outcomes, allowed) {
  const lines = outcomes
    .filter(isFailure)
    .map(({ id, why }) => `- \`${id}\`: ${allowed[id] === undefined ? why : `${allowed[id]} (allowed)`}`)
  return lines.join('\n') || 'None.'
}
