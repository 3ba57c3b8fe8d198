// How long the servers of @boltline/embedded take to start: `node bench/embedded-start-up.mjs [runs]`, after `npm run build`.
// Each run is a Node process of its own, so that nothing is warm. Prints medians and the slowest run, in ms.

import { execFileSync } from 'node:child_process'
import process from 'node:process'

const runs = Number(process.argv[2] ?? 10)
/** Ms that the start may take. */
const goals = { startScripted: 300, startEmbedded: 1500 }

/** @param {string} start the function that starts the server */
function program(start) {
  return `
    const { ${start} } = await import('@boltline/embedded')
    const { GraphDatabase } = await import('@boltline/core')
    const imported = performance.now()
    const server = await ${start}()
    const started = performance.now()
    server.when?.('RETURN 1 AS x').returns([{ x: 1 }])
    const driver = GraphDatabase.driver(server.uri)
    await driver.executeQuery('RETURN 1 AS x')
    const answered = performance.now()
    await driver.close()
    await server.close()
    console.log(JSON.stringify({ start: started - imported, answer: answered - started, process: answered }))`
}

/**
 * @param {readonly number[]} values
 * @param {number} share
 */
function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b)
  return /** @type {number} */ (sorted[Math.ceil(share * sorted.length) - 1])
}

console.log(`Node ${process.versions.node}, ${runs} runs each; median and slowest, in ms`)
let missed = 0
for (const [start, goal] of Object.entries(goals)) {
  /** @type {Record<string, number[]>} */
  const times = { start: [], answer: [], process: [] }
  for (let run = 0; run < runs; run++) {
    const output = execFileSync(process.execPath, ['--input-type=module', '--eval', program(start)], {
      encoding: 'utf8',
    })
    for (const [name, ms] of Object.entries(JSON.parse(output))) times[name]?.push(ms)
  }
  const figure = (/** @type {string} */ name) =>
    `${quantile(times[name] ?? [], 0.5).toFixed(0)} (${quantile(times[name] ?? [], 1).toFixed(0)})`
  const within = quantile(times['start'] ?? [], 0.5) <= goal
  if (!within) missed += 1
  console.log(
    `${start}: ${figure('start')} to start, which may take ${goal}: ${within ? 'kept' : 'MISSED'}; ` +
      `${figure('answer')} more to the first answer; ${figure('process')} from the start of Node to that answer`,
  )
}
process.exitCode = missed === 0 ? 0 : 1
